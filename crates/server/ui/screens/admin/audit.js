// The audit log: who did what when, the latest first.

import { api } from "../../api.js";
import { html } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { homeZone, resourceOf, wordsOf } from "../../state.js";
import { dayOf, showDay, showTime } from "../../time.js";
import { useEffect, useState } from "../../vendor/hooks.js";

export function Audit() {
  const [lines, setLines] = useState(/** @type {any[]} */ ([]));
  const [cursor, setCursor] = useState(/** @type {string | null | undefined} */ (undefined));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [names, setNames] = useState(/** @type {Record<string, string>} */ ({}));
  const more = () =>
    api.get("/audit/", { limit: 50, cursor: cursor || undefined }).then((page) => {
      setLines([...lines, ...page.items]);
      setCursor(page.next_cursor);
    }, setError);
  useEffect(() => {
    void more();
    api.all("/users/", {}, 1_000).then((found) => setNames(Object.fromEntries(found.map((/** @type {any} */ it) => [it.id, it.username]))), () => {});
  }, []);
  const zone = homeZone.value;
  return html`${error && html`<p class="notice bad" role="alert">${wordsOf(error)}</p>`}
    <div class="scroll" tabindex="0" role="region" aria-label=${t("admin.audit")}><table><thead><tr><th>${t("audit.at")}</th><th>${t("audit.who")}</th><th>${t("audit.what")}</th><th>${t("audit.about")}</th><th>${t("audit.from")}</th></tr></thead>
      <tbody>${lines.map((it) => html`<tr key=${it.id}><td>${showDay(dayOf(Date.parse(it.at), zone), locale())} ${showTime(Date.parse(it.at), zone, locale())}</td>
        <td>${it.actor_id ? names[it.actor_id] ?? it.actor_id.slice(-8) : t("audit.system")}</td><td><code>${it.action}</code></td>
        <td>${[it.resource_id && (resourceOf(it.resource_id)?.name ?? t("gone")), it.user_id && it.user_id !== it.actor_id && names[it.user_id]].filter(Boolean).join(" · ")}</td><td>${it.address ?? ""}</td></tr>`)}</tbody></table></div>
    ${cursor && html`<button onClick=${more}>${t("more")}</button>`}`;
}
