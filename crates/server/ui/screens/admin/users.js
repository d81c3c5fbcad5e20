// Users: who there is, who is an administrator, who can't sign in.

import { api } from "../../api.js";
import { Choice } from "../../components/inputs.js";
import { Icon, html } from "../../html.js";
import { t } from "../../i18n.js";
import { complain, toast, user } from "../../state.js";
import { useEffect, useState } from "../../vendor/hooks.js";

export function Users() {
  const [query, setQuery] = useState("");
  const [found, setFound] = useState(/** @type {any[] | null} */ (null));
  const load = () => api.get("/users/", { q: query, limit: 100 }).then((page) => setFound(page.items), complain);
  useEffect(() => {
    const timer = setTimeout(load, query ? 200 : 0);
    return () => clearTimeout(timer);
  }, [query]);
  const change = async (/** @type {any} */ one, /** @type {object} */ to) => {
    try {
      await api.patch(`/users/${one.id}`, to, one.version);
      toast(t("saved"));
    } catch (problem) {
      complain(problem);
    }
    await load();
  };
  return html`<label class="search"><${Icon} name="search" /><input type="search" aria-label=${t("admin.findUser")} placeholder=${t("admin.findUser")} value=${query} onInput=${(/** @type {any} */ event) => setQuery(event.target.value)} /></label>
    <ul class="bookings">${found?.map((it) => html`<li class="item" key=${it.id}>
      <div class="what"><strong>${it.display_name || it.username}</strong><span class="muted">${it.username}${it.email ? ` · ${it.email}` : ""}</span></div>
      ${it.disabled_at && html`<span class="status cancelled">${t("admin.disabled")}</span>`}
      ${it.erased_at
        ? html`<span class="muted">${t("admin.erased")}</span>`
        : html`<div class="acts"><${Choice} label=${t("admin.role")} value=${it.role} options=${["user", "admin"].map((role) => ({ value: role, text: t(`role.${role}`) }))} onPick=${(/** @type {string} */ role) => change(it, { role })} />
            ${it.id !== user.value?.id && html`<button onClick=${() => change(it, { disabled: !it.disabled_at })}>${it.disabled_at ? t("admin.enable") : t("admin.disable")}</button>`}</div>`}
    </li>`)}</ul>`;
}
