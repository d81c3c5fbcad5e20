// A new password for whoever has forgotten it, or was invited: how one comes by a link, and the page that it leads to.

import { asVisitor, signIn } from "../api.js";
import { Field } from "../components/inputs.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { go } from "../router.js";
import { said } from "../said.js";
import { forget, toast, user, welcome, wordsOf } from "../state.js";
import { useLayoutEffect, useState } from "../vendor/hooks.js";

/** How one comes by a link here. It asks for no name, so it tells of none. */
export function Forgotten() {
  return html`<section class="card narrow">
    <h1>${t("password.forgotten")}</h1>
    <p>${t("password.how")}</p>
    <ol class="steps">${["ask", "made", "open"].map((step) => html`<li key=${step}>${t(`password.${step}`)}</li>`)}</ol>
    <p class="hint">${t("password.unseen")}</p>
    <details><summary>${t("password.alone")}</summary><p class="hint">${t("password.aloneHow")}</p><code class="command">bronya user password-link ${t("password.aloneName")}</code></details>
    <p class="after"><a href=${user.value ? "/" : "/sign-in"}>${t(user.value ? "notHere.back" : "password.back")}</a></p>
  </section>`;
}

/** What a link leads to; its secret stands behind the `#`, which is sent to nobody but in the body of the one request. */
export function NewPassword() {
  const [token, setToken] = useState(() => location.hash.slice(1));
  const [password, setPassword] = useState("");
  const [shown, setShown] = useState(false);
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  useLayoutEffect(() => {
    // Whoever opens another link here comes to the same page.
    const another = () => (setToken(location.hash.slice(1)), setError(null));
    addEventListener("hashchange", another);
    return () => removeEventListener("hashchange", another);
  }, []);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const account = await asVisitor("POST", "/users/password", { body: { token, new_password: password } });
      await signIn(account.username, password).then(
        (who) => (forget(), welcome(who), toast(t("password.done")), go("/", { replace: true })),
        // The password is set all the same.
        () => (forget(), toast(t("password.doneSignIn", { name: account.username })), go("/sign-in", { replace: true })),
      );
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  if (!token || error?.kind === "link-not-good") {
    return html`<section class="card narrow"><h1>${t(token ? "password.notGood" : "password.none")}</h1>
      <p role="alert">${t(token ? "password.notGoodText" : "password.noneText")}</p>
      <p><a class="button wide" href="/forgotten">${t("password.another")}</a></p>
      <p class="after"><a href="/sign-in">${t("password.back")}</a></p></section>`;
  }
  const wrong = error?.errors?.filter((/** @type {any} */ it) => it.pointer === "/new_password").map((/** @type {any} */ it) => said(it.detail)).join("; ");
  return html`<section class="card narrow">
    <h1>${t("password.choose")}</h1>
    <p>${t("password.chooseText")}</p>
    <form onSubmit=${submit}>
      <${Field} label=${t("profile.new")} name="new-password" type=${shown ? "text" : "password"} value=${password} required autofocus maxlength="1024"
        autocomplete="new-password" autocapitalize="none" spellcheck="false" hint=${t("register.hint")} wrong=${wrong || undefined} onInput=${(/** @type {any} */ event) => setPassword(event.target.value)} />
      <label class="check"><input type="checkbox" checked=${shown} onChange=${(/** @type {any} */ event) => setShown(event.target.checked)} /> ${t("password.show")}</label>
      <p class="wrong" role="alert">${error && !wrong ? wordsOf(error) : ""}</p>
      <button class="primary wide" type="submit" disabled=${busy}>${t("password.set")}</button>
    </form>
  </section>`;
}
