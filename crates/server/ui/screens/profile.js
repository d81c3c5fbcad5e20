// The profile: language, looks, password, sessions, signing out.

import { api, signOut } from "../api.js";
import { Choice, Field } from "../components/inputs.js";
import { useStill } from "../components/still.js";
import { Icon, html } from "../html.js";
import { choose, language, languages, locale, t } from "../i18n.js";
import { go } from "../router.js";
import { complain, forget, isAdmin, liveIn, ownZone, theme, toast, user, wear, wordsOf } from "../state.js";
import { here, showDay, showTime, dayOf } from "../time.js";
import { useEffect, useState } from "../vendor/hooks.js";

/** What a browser calls itself, in short. @param {string | null} agent */
function browserOf(agent) {
  if (!agent) return "";
  const browser = [[/Edg\//, "Edge"], [/OPR\//, "Opera"], [/Firefox\//, "Firefox"], [/Chrome\//, "Chrome"], [/Safari\//, "Safari"]].find(([sign]) => /** @type {RegExp} */ (sign).test(agent))?.[1];
  const system = [[/Android/, "Android"], [/iPhone|iPad/, "iOS"], [/Mac OS X/, "macOS"], [/Windows/, "Windows"], [/Linux/, "Linux"]].find(([sign]) => /** @type {RegExp} */ (sign).test(agent))?.[1];
  return browser ? [browser, system].filter(Boolean).join(", ") : agent.slice(0, 40);
}

/** Every zone that the browser knows. */
const zones = Intl.supportedValuesOf("timeZone");

export function Profile() {
  const me = user.value;
  const [sessions, setSessions] = useState(/** @type {any[]} */ ([]));
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const still = useStill(busy);
  const [name, setName] = useState(me?.display_name ?? "");
  const [email, setEmail] = useState(me?.email ?? "");
  const load = () => api.all("/users/me/sessions").then(setSessions, () => {});
  useEffect(() => void load(), []);
  const leave = async () => {
    await signOut().catch(() => {});
    forget();
    go("/sign-in", { replace: true });
  };
  const changePassword = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setError(null);
    setBusy(true);
    try {
      await api.put("/users/me/password", { current_password: old, new_password: fresh });
      toast(t("profile.passwordChanged"));
      setOld("");
      setFresh("");
      await load();
    } catch (problem) {
      setError(problem);
    }
    setBusy(false);
  };
  const rename = async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      user.value = await api.patch("/users/me", { display_name: name || null, email: email || null });
      toast(t("saved"));
    } catch (problem) {
      complain(problem);
    }
  };
  const others = sessions.filter((it) => !it.current).length;
  const takeAlong = async () => {
    try {
      const all = await api.get("/users/me/export");
      const file = URL.createObjectURL(new Blob([JSON.stringify(all, null, 2)], { type: "application/json" }));
      Object.assign(document.createElement("a"), { href: file, download: `${me?.username}.json` }).click();
      setTimeout(() => URL.revokeObjectURL(file), 10_000);
    } catch (problem) {
      complain(problem);
    }
  };
  const endOthers = () => api.delete("/users/me/sessions").then(() => toast(t("profile.othersEnded")), complain).then(load);
  const themes = ["system", "light", "dark"].map((it) => ({ value: it, text: t(`theme.${it}`) }));
  return html`<section class="page">
    <div class="head"><div class="me-head"><span class="avatar" aria-hidden="true"><${Icon} name="user" /></span><div><h1>${me?.display_name || me?.username}</h1><p class="muted">${me?.username}${isAdmin.value ? ` · ${t("profile.admin")}` : ""}</p></div></div><button onClick=${leave}>${t("profile.leave")}</button></div>
    <div class="cards halves">
      <div class="card"><h2>${t("profile.looks")}</h2>
        <${Choice} label=${t("profile.language")} value=${language.value} options=${Object.entries(languages).map(([value, name]) => ({ value, text: name }))} onPick=${choose} />
        <${Choice} label=${t("profile.theme")} value=${theme.value} options=${themes} onPick=${(/** @type {any} */ it) => wear(it)} />
        <${Choice} label=${t("profile.zone")} value=${ownZone.value} options=${["", ...zones].map((it) => ({ value: it, text: it || t("profile.zoneBrowser", { zone: Intl.DateTimeFormat().resolvedOptions().timeZone }) }))} onPick=${liveIn} />
        <p class="hint">${t("profile.zoneHint")}</p>
        ${!isAdmin.value && html`<a href="/admin">${t("profile.manage")}</a>`}</div>
      <form class="card" onSubmit=${rename}><h2>${t("profile.you")}</h2>
        <${Field} label=${t("profile.name")} value=${name} maxlength="100" autocomplete="name" onInput=${(/** @type {any} */ event) => setName(event.target.value)} />
        <${Field} label=${t("profile.email")} type="email" value=${email} maxlength="200" autocomplete="email" onInput=${(/** @type {any} */ event) => setEmail(event.target.value)} />
        <div class="acts"><button type="submit">${t("save")}</button><button type="button" onClick=${takeAlong}><${Icon} name="download" />${t("profile.export")}</button></div></form>
      <form class="card" ref=${still} onSubmit=${changePassword}><h2>${t("profile.password")}</h2>
        <input class="unseen" autocomplete="username" value=${me?.username} readonly tabindex="-1" aria-hidden="true" />
        <${Field} label=${t("profile.old")} type="password" autocomplete="current-password" required value=${old} onInput=${(/** @type {any} */ event) => setOld(event.target.value)} />
        <${Field} label=${t("profile.new")} type="password" autocomplete="new-password" required hint=${t("register.hint")} value=${fresh} onInput=${(/** @type {any} */ event) => setFresh(event.target.value)} />
        ${error && html`<p class="wrong" role="alert">${wordsOf(error)}</p>`}
        <div class="acts"><button type="submit" disabled=${busy}>${t("profile.change")}</button></div></form>
      <div class="card"><h2>${t("profile.sessions")}</h2>
        <ul class="plain">${sessions.map((it) => html`<li key=${it.id}><div><strong>${it.current ? t("profile.this") : browserOf(it.user_agent) || t("profile.unknown")}</strong>
          <span class="muted">${showDay(dayOf(Date.parse(it.used_at), here()), locale())}, ${showTime(Date.parse(it.used_at), here(), locale())}${it.address ? ` · ${it.address}` : ""}</span></div>
          ${!it.current && html`<button onClick=${() => api.delete(`/users/me/sessions/${it.id}`).then(load)}>${t("profile.end")}</button>`}</li>`)}</ul>
        ${others > 1 && html`<button onClick=${endOthers}>${t("profile.endOthers")}</button>`}</div>
    </div>
  </section>`;
}
