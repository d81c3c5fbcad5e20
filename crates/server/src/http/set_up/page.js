// Sends the form with the token that stands in the address after the `#`, and says what came of it.

const element = (id) => document.getElementById(id);
const form = element("form");
const problem = element("problem");
const token = location.hash.slice(1);

if (!token) {
  problem.textContent = "This address lacks its end. Copy the whole link that the server printed.";
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.textContent = "";
  const username = element("username").value;
  const password = element("password").value;
  if (password !== element("again").value) {
    problem.textContent = "The two passwords are not the same.";
    element("again").focus();
    return;
  }
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const response = await fetch("/setup", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token, username, password }),
    });
    const body = await response.json();
    if (response.ok) {
      history.replaceState(null, "", "/setup");
      element("name").textContent = body.username;
      form.hidden = true;
      element("done").hidden = false;
      return;
    }
    const errors = (body.errors ?? []).map(({ pointer, detail }) => `${pointer.slice(1)} ${detail}`);
    problem.textContent = errors.length > 0 ? `${errors.join("; ")}.` : `${body.title}: ${body.detail ?? ""}`;
  } catch {
    problem.textContent = "The server does not answer. Is it still running?";
  } finally {
    button.disabled = false;
  }
});
