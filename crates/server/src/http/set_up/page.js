// Sends the form with the token that stands in the address after the `#`, says what came of it, and signs in, so that the place can be set up at once.
// The choice of language and theme is that of the UI.

const words = {
  en: {
    other: "Русский", dark: "Dark", light: "Light", step1: "Your account", step2: "Your place", step3: "Ready", title: "Welcome to Bronya",
    about: "First the account of whoever runs this server. This link works once.", username: "User name", display_name: "What others see (you may leave it out)",
    password: "Password", hint: "At least 8 characters. A few unusual words make a good one.", again: "The password again", show: "Show the password", make: "Make the account",
    done: "is an administrator.", signIn: "Sign in", cut: "This address lacks its end. Copy the whole link that the server printed.", differ: "The two passwords are not the same.",
    missing: "This has to be said.", silent: "The server does not answer. Is it still running?", taken: "That name is taken.", weak: "That password is easy to guess. Take a longer one, or a few unusual words.",
    used: "This link is used, too old, or was never one. Start the server again for a new one.", often: "Too many attempts. Wait a little and try again.", page: "Set up",
  },
  ru: {
    other: "English", dark: "Тёмная", light: "Светлая", step1: "Учётная запись", step2: "Ваша площадка", step3: "Готово", title: "Добро пожаловать в Bronya",
    about: "Сначала учётная запись того, кто управляет этим сервером. Ссылка действует один раз.", username: "Имя пользователя", display_name: "Как вас видят другие (можно не указывать)",
    password: "Пароль", hint: "Не меньше 8 знаков. Хорошо подойдут несколько необычных слов.", again: "Пароль ещё раз", show: "Показать пароль", make: "Создать учётную запись",
    done: "теперь администратор.", signIn: "Войти", cut: "В адресе нет конца. Скопируйте всю ссылку, которую напечатал сервер.", differ: "Пароли не совпадают.",
    missing: "Это нужно указать.", silent: "Сервер не отвечает. Он ещё работает?", taken: "Это имя занято.", weak: "Такой пароль легко угадать. Возьмите длиннее или несколько необычных слов.",
    used: "Эта ссылка уже использована, устарела или никогда не действовала. Запустите сервер снова, чтобы получить новую.", often: "Слишком много попыток. Подождите немного и попробуйте снова.", page: "Настройка",
  },
};

const element = (id) => document.getElementById(id);
const form = element("form");
const problem = element("problem");
const token = location.hash.slice(1);
const fields = ["username", "display_name", "password", "again"];

let language = localStorage.getItem("language") || navigator.languages.map((it) => it.slice(0, 2)).find((it) => it in words) || "en";
const say = (key) => (words[language] ?? words.en)[key];
const dark = () => (document.documentElement.dataset.theme ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);

function speak() {
  document.documentElement.lang = language;
  document.title = `${say("page")} · Bronya`;
  for (const it of document.querySelectorAll("[data-say]")) it.textContent = say(it.dataset.say === "theme" ? (dark() ? "light" : "dark") : it.dataset.say);
  element("language").textContent = say("other");
}

const theme = localStorage.getItem("theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
speak();
if (!token) problem.textContent = say("cut");

element("language").addEventListener("click", () => {
  language = language === "ru" ? "en" : "ru";
  localStorage.setItem("language", language);
  speak();
});
element("theme").addEventListener("click", () => {
  const next = dark() ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  localStorage.setItem("theme", next);
  speak();
});
element("show").addEventListener("change", (event) => {
  for (const id of ["password", "again"]) element(id).type = event.target.checked ? "text" : "password";
});

/** What is wrong with a field, or nothing. */
function mark(id, text) {
  element(`${id}-wrong`).textContent = text;
  if (text) element(id).setAttribute("aria-invalid", "true");
  else element(id).removeAttribute("aria-invalid");
}

function refuse(body) {
  const kind = String(body.type ?? "").replace("/problems/", "");
  for (const { pointer, detail } of body.errors ?? []) {
    const id = pointer.slice(1);
    if (fields.includes(id)) mark(id, detail);
    else problem.textContent = detail;
  }
  if (kind === "username-taken") mark("username", say("taken"));
  else if (kind === "weak-password") mark("password", say("weak"));
  else if (kind === "not-found") problem.textContent = say("used");
  else if (kind === "too-many-requests") problem.textContent = say("often");
  else if ((body.errors ?? []).length === 0) problem.textContent = `${body.title}: ${body.detail ?? ""}`;
}

const post = (path, body) => fetch(path, { method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json" }, body: JSON.stringify(body) });

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.textContent = "";
  for (const id of fields) mark(id, "");
  const [username, password, shown] = [element("username").value, element("password").value, element("display_name").value.trim()];
  for (const id of ["username", "password", "again"]) if (!element(id).value) mark(id, say("missing"));
  if (password && element("again").value && password !== element("again").value) mark("again", say("differ"));
  const first = form.querySelector("[aria-invalid]");
  if (first) return first.focus();
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  try {
    const response = await post("/setup", { token, username, password, ...(shown ? { display_name: shown } : {}) });
    const body = await response.json();
    if (!response.ok) {
      refuse(body);
      form.querySelector("[aria-invalid]")?.focus();
      return;
    }
    history.replaceState(null, "", "/setup");
    // Where a browser may sign in here, the next step follows at once.
    const signedIn = await post("/session", { username, password }).then((it) => it.ok, () => false);
    if (signedIn) {
      localStorage.setItem("signedIn", "yes");
      location.replace("/");
      return;
    }
    element("name").textContent = body.username;
    form.hidden = true;
    element("done").hidden = false;
  } catch {
    problem.textContent = say("silent");
  } finally {
    button.disabled = false;
  }
});
