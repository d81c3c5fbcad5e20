// Signing in, and making an account.

import { api, signIn } from "../api.js";
import { Field } from "../components/inputs.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { asked, go, ownAddress } from "../router.js";
import { welcome, wordsOf } from "../state.js";
import { useState } from "../vendor/hooks.js";

/** @param {{fresh?: boolean}} props whether an account is to be made first */
export function SignIn({ fresh = false }) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const next = asked("next");
  const taken = error?.kind === "username-taken";
  const wrong = (/** @type {string} */ pointer) => (taken && pointer === "/username" ? wordsOf(error) : error?.errors?.find((/** @type {any} */ it) => it.pointer === pointer)?.detail);

  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      if (fresh) await api.post("/users/register", { username: name, password });
      welcome(await signIn(name, password));
      go(ownAddress(next), { replace: true });
    } catch (problem) {
      setError(problem);
      if (/** @type {any} */ (problem).kind === "username-taken") /** @type {HTMLElement | null} */ (document.querySelector("[name=username]"))?.focus();
    } finally {
      setBusy(false);
    }
  };
  const other = next ? `?next=${encodeURIComponent(next)}` : "";
  const placed = wrong("/username") || wrong("/password");
  return html`<section class="card narrow">
    <h1>${fresh ? t("register.title") : t("signIn.title")}</h1>
    <form onSubmit=${submit}>
      <${Field} label=${t("signIn.name")} name="username" value=${name} required autofocus autocomplete="username" autocapitalize="none" spellcheck=${false}
        maxlength="64" wrong=${wrong("/username")} onInput=${(/** @type {any} */ event) => setName(event.target.value)} />
      <${Field} label=${t("signIn.password")} name="password" type="password" value=${password} required maxlength="1024"
        autocomplete=${fresh ? "new-password" : "current-password"} hint=${fresh ? t("register.hint") : undefined} wrong=${wrong("/password")}
        onInput=${(/** @type {any} */ event) => setPassword(event.target.value)} />
      <p class="wrong" role="alert">${error && !placed ? wordsOf(error) : ""}</p>
      <button class="primary wide" type="submit" disabled=${busy}>${fresh ? t("register.do") : t("signIn.do")}</button>
    </form>
    ${!fresh && html`<p class="after"><a href="/forgotten">${t("signIn.forgotten")}</a></p>`}
    <p class="after">${fresh ? html`<a href="/sign-in${other}">${t("register.instead")}</a>` : html`<a href="/register${other}">${t("signIn.instead")}</a>`}</p>
  </section>`;
}
