// Users: who there is, who is an administrator, who can't sign in; new ones, and what is left of those who want to be forgotten.

import { api } from "../../api.js";
import { useCurrent } from "../../components/current.js";
import { Dialog } from "../../components/dialog.js";
import { Sure } from "../../components/forms.js";
import { Choice, Field } from "../../components/inputs.js";
import { useStill } from "../../components/still.js";
import { Icon, html } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { said } from "../../said.js";
import { complain, toast, user, wordsOf } from "../../state.js";
import { useEffect, useState } from "../../vendor/hooks.js";
import { Head, Search, typed } from "./parts.js";
import { PasswordLink } from "./password-link.js";

const PAGE = 50;
const ROLES = ["user", "admin"];

export function Users() {
  const [query, setQuery] = useState("");
  const [found, setFound] = useState(/** @type {any[] | null} */ (null));
  const [cursor, setCursor] = useState(/** @type {string | null} */ (null));
  const [linking, setLinking] = useState(/** @type {any} */ (null));
  const [adding, setAdding] = useState(false);
  const [erasing, setErasing] = useState(/** @type {any} */ (null));
  const [typedName, setTypedName] = useState("");
  // Who looks for somebody else by now wants none of these.
  const isCurrent = useCurrent(query);
  const load = () => api.get("/users/", { q: query, limit: PAGE }).then((page) => isCurrent() && (setFound(page.items), setCursor(page.next_cursor)), complain);
  const more = () => api.get("/users/", { q: query, limit: PAGE, cursor }).then((page) => {
    if (!isCurrent()) return;
    setFound([...(found ?? []), ...page.items]);
    setCursor(page.next_cursor);
  }, complain);
  useEffect(() => {
    const timer = setTimeout(load, query ? 200 : 0);
    return () => clearTimeout(timer);
  }, [query]);
  /** Changes somebody, and offers to change it back. */
  const change = async (/** @type {any} */ one, /** @type {any} */ to, /** @type {any} */ back) => {
    try {
      await api.patch(`/users/${one.id}`, to, one.version);
      toast(t("user.changed", { who: one.username }), { undo: () => void api.patch(`/users/${one.id}`, back).then(load, complain) });
    } catch (problem) {
      complain(problem);
    }
    await load();
  };
  const endSessions = (/** @type {any} */ one) => api.delete(`/users/${one.id}/sessions`).then(() => toast(t("user.signedOut", { who: one.username })), complain);
  const able = (/** @type {any} */ one) => t(one.disabled_at ? "admin.enable" : "admin.disable");
  const erase = async () => {
    await api.delete(`/users/${erasing.id}`);
    toast(t("user.isErased", { who: erasing.username }));
    setErasing(null);
    setTypedName("");
    await load();
  };
  return html`<${Head} title=${t("section.users")} about=${t("section.users.about")}><button class="primary" onClick=${() => setAdding(true)}><${Icon} name="plus" />${t("user.add")}</button><//>
    <div class="filters"><${Search} label=${t("admin.findUser")} value=${query} onInput=${setQuery} /></div>
    ${found === null && html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`}
    ${found?.length === 0 && html`<p class="empty">${t("admin.nobody")}</p>`}
    ${found && found.length > 0 && html`<div class="table"><table><thead><tr><th>${t("user.name")}</th><th>${t("user.mail")}</th><th>${t("admin.role")}</th><th>${t("user.since")}</th><th><span class="unseen">${t("admin.actions")}</span></th></tr></thead>
      <tbody>${found.map((it) => {
        const me = it.id === user.value?.id;
        return html`<tr key=${it.id} class=${it.disabled_at || it.erased_at ? "off" : undefined}>
          <td class="main"><strong>${it.erased_at ? t("admin.erased") : it.display_name || it.username}</strong>${!it.erased_at && html`<span class="muted">${it.username}${me ? ` · ${t("user.you")}` : ""}</span>`}
            ${it.disabled_at && !it.erased_at && html`<span class="badge bad">${t("admin.disabled")}</span>`}</td>
          <td data-label=${t("user.mail")}>${it.email ?? "–"}</td>
          <td data-label=${t("admin.role")}>${it.erased_at ? "–" : html`<select aria-label="${t("admin.role")}: ${it.username}" value=${it.role} onChange=${typed((role) => change(it, { role }, { role: it.role }))}>${ROLES.map((role) => html`<option value=${role} selected=${role === it.role}>${t(`role.${role}`)}</option>`)}</select>`}</td>
          <td class="whole" data-label=${t("user.since")}>${new Intl.DateTimeFormat(locale(), { dateStyle: "medium" }).format(Date.parse(it.created_at))}</td>
          <td class="row-acts">${!it.erased_at && html`${!me && !it.disabled_at && html`<button class="quiet" aria-haspopup="dialog" onClick=${() => setLinking(it)}>${t("user.link")}</button>`}
            <button class="quiet by-icon" title=${t("user.endSessions")} onClick=${() => endSessions(it)}><${Icon} name="out" /><span>${t("user.endSessions")}</span></button>
            ${!me && html`<button class="quiet by-icon" title=${able(it)} onClick=${() => change(it, { disabled: !it.disabled_at }, { disabled: !!it.disabled_at })}><${Icon} name=${it.disabled_at ? "check" : "ban"} /><span>${able(it)}</span></button>
              <button class="quiet danger" aria-label="${t("user.erase")}: ${it.username}" title=${t("user.erase")} onClick=${() => setErasing(it)}><${Icon} name="trash" /></button>`}`}</td></tr>`;
      })}</tbody></table></div>`}
    ${cursor && html`<button onClick=${more}>${t("more")}</button>`}
    ${linking && html`<${PasswordLink} who=${linking} close=${() => setLinking(null)} />`}
    ${adding && html`<${Add} done=${(/** @type {any} */ invited) => (setAdding(false), setLinking(invited), void load())} close=${() => setAdding(false)} />`}
    ${erasing && html`<${Sure} title=${t("user.eraseOf", { who: erasing.username })} yes=${t("user.erase")} close=${() => (setErasing(null), setTypedName(""))}
      act=${async () => {
        if (typedName !== erasing.username) throw Object.assign(new Error(), { kind: "", errors: [], detail: t("user.typeIt", { who: erasing.username }) });
        await erase();
      }}><p>${t("user.eraseText")}</p><${Field} label=${t("user.typeIt", { who: erasing.username })} autocomplete="off" value=${typedName} onInput=${typed(setTypedName)} autofocus /><//>`}`;
}

/** @param {{done: (invited: {id: string, username: string} | null) => void, close: () => void}} props `invited`: who is to be given a link */
function Add({ done, close }) {
  const [name, setName] = useState("");
  const [shown, setShown] = useState("");
  const [email, setEmail] = useState("");
  const [role, setRole] = useState("user");
  const [error, setError] = useState(/** @type {any} */ (null));
  const [wrong, setWrong] = useState(/** @type {Record<string, string>} */ ({}));
  const [made, setMade] = useState(/** @type {string | null} */ (null));
  const [busy, setBusy] = useState(false);
  const still = useStill(busy);
  const add = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    try {
      const { rows } = await api.post("/import/users", { items: [{ username: name, role, ...(shown ? { display_name: shown } : {}), ...(email ? { email } : {}) }] });
      const [row] = rows;
      setError(null);
      setWrong(Object.fromEntries(row.errors.map((/** @type {any} */ it) => [it.column ?? "", it.type === "/problems/username-taken" ? t("problem.username-taken") : said(it.detail)])));
      if (row.accepted) setMade(row.id);
    } catch (problem) {
      setError(problem);
    }
    setBusy(false);
  };
  if (made) {
    return html`<${Dialog} title=${t("user.made", { who: name })} close=${() => done(null)}><p>${t("user.madeText")}</p>
      <div class="row end"><button onClick=${() => done(null)}>${t("close")}</button><button class="primary" autofocus onClick=${() => done({ id: made, username: name })}>${t("user.invite")}</button></div><//>`;
  }
  return html`<${Dialog} title=${t("user.add")} close=${close}><form ref=${still} onSubmit=${add}>
    <${Field} label=${t("signIn.name")} required maxlength="64" autocapitalize="none" spellcheck="false" autocomplete="off" value=${name} wrong=${wrong["username"] ?? wrong[""]} onInput=${typed(setName)} autofocus />
    <${Field} label=${t("user.shown")} maxlength="100" value=${shown} wrong=${wrong["display_name"]} onInput=${typed(setShown)} />
    <${Field} label=${t("user.mail")} type="email" maxlength="254" value=${email} wrong=${wrong["email"]} onInput=${typed(setEmail)} />
    <${Choice} label=${t("admin.role")} value=${role} options=${ROLES.map((it) => ({ value: it, text: t(`role.${it}`) }))} onPick=${setRole} />
    ${error && html`<p class="wrong" role="alert">${wordsOf(error)}</p>`}
    <div class="row end"><button type="button" onClick=${close}>${t("close")}</button><button class="primary" type="submit" disabled=${busy}>${t("user.add")}</button></div></form><//>`;
}
