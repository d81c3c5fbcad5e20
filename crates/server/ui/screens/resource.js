// A resource: what it is, and its next days.

import { api } from "../api.js";
import { html } from "../html.js";
import { locale, t } from "../i18n.js";
import { resourceOf } from "../state.js";
import { addDays, dayOf, instantOf, showDay, showSpan, text } from "../time.js";
import { useEffect, useState } from "../vendor/hooks.js";

const DAYS = 7;

/** @param {{id: string}} props */
export function ResourcePage({ id }) {
  const resource = resourceOf(id);
  const [free, setFree] = useState(/** @type {any[] | null} */ (null));
  const zone = resource?.time_zone ?? "UTC";
  const today = dayOf(Date.now(), zone);
  useEffect(() => {
    if (!resource) return;
    const window = { resource_ids: id, from: text(Date.now()), to: text(instantOf(addDays(today, DAYS), 0, zone)) };
    api.get("/availability/", window).then((found) => setFree(found.items[0]?.free ?? []), () => setFree([]));
  }, [id, resource]);
  if (!resource) return html`<section class="page"><p class="empty">${t("resource.none")}</p></section>`;
  const days = Array.from({ length: DAYS }, (_, n) => addDays(today, n));
  const of = (/** @type {string} */ day) => {
    const [from, to] = [instantOf(day, 0, zone), instantOf(addDays(day, 1), 0, zone)];
    return (free ?? []).map((it) => [Math.max(from, Date.parse(it.starts_at)), Math.min(to, Date.parse(it.ends_at))]).filter(([a, b]) => Number(a) < Number(b));
  };
  return html`<section class="page">
    <div class="head"><h1>${resource.name}</h1><a class="button primary" href="/?resource=${id}">${t("book.do")}</a></div>
    ${resource.picture && html`<img class="picture" src="/resources/${id}/picture" alt=${resource.picture.alt ?? ""} />`}
    <p class="muted">${[resource.kind, resource.capacity && t("seats", { n: resource.capacity }), resource.requires_approval && t("needsApproval"), ...resource.tags].filter(Boolean).join(" · ")}</p>
    ${resource.out_of_order && html`<p class="notice bad">${t("resource.outOfOrder", { why: resource.out_of_order.reason })}</p>`}
    ${resource.description && html`<p class="prose">${resource.description}</p>`}
    <h2>${t("resource.free")}</h2>
    <p class="hint">${t("zone", { zone })}</p>
    <ul class="days" aria-busy=${free === null}>${days.map((day) => html`<li key=${day}><strong>${showDay(day, locale())}</strong>
      <span class="stretches">${of(day).map(([from, to]) => html`<a class="button" href="/?resource=${id}&at=${encodeURIComponent(text(Number(from)))}">${showSpan(Number(from), Number(to), zone, locale())}</a>`)}
      ${free && of(day).length === 0 && html`<span class="muted">${t("resource.full")}</span>`}</span></li>`)}</ul>
  </section>`;
}
