// What new rules of time zones would have moved: nobody is moved silently, so whoever runs the place sees what the clock on the wall tells otherwise now, and
// moves it where that is wanted.

import { api } from "../../api.js";
import { Icon, html } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { useLive } from "../../live.js";
import { complain, nameOf, resourceOf, toast, wordsOf } from "../../state.js";
import { dayOf, showDay, showSpan } from "../../time.js";
import { useState } from "../../vendor/hooks.js";
import { Head } from "./parts.js";

/** @typedef {{booking_id?: string, block_id?: string, series_id: string | null, resource_id: string, time_zone: string, starts_at: string, ends_at: string, would_start_at: string, would_end_at: string, from_version: string, to_version: string}} Shift */

/** How many are read at most, and how many are shown before one asks for more. */
const [MOST, SHOWN] = [2_000, 100];

export function Zones() {
  const [all, setAll] = useState(/** @type {Shift[] | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [shown, setShown] = useState(SHOWN);
  const load = () => Promise.all(["/time-zone-shifts/", "/time-zone-shifts/blocks"].map((path) => api.all(path, {}, MOST)))
    .then((found) => (setAll(found.flat().sort((a, b) => Date.parse(a.starts_at) - Date.parse(b.starts_at))), setError(null)), setError);
  useLive(load, []);
  const zones = [...new Set((all ?? []).map((it) => it.time_zone))];
  return html`<${Head} title=${t("section.zones")} about=${t("zones.about")} />
    ${error && html`<p class="notice bad" role="alert">${wordsOf(error)}</p>`}
    ${!all && !error && html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`}
    ${all?.length === 0 && html`<div class="empty"><${Icon} name="check" /><p>${t("zones.none")}</p></div>`}
    ${all && all.length > 0 && html`<p>${t("zones.some", { n: all.length, zones: new Intl.ListFormat(locale()).format(zones) })}</p>
      <ul class="bookings">${all.slice(0, shown).map((it) => html`<${Line} key=${it.booking_id ?? it.block_id} it=${it} changed=${load} />`)}</ul>
      ${all.length > shown && html`<button type="button" onClick=${() => setShown(shown + SHOWN)}>${t("more")}</button>`}`}`;
}

/** @param {{it: Shift, changed: () => Promise<any>}} props */
function Line({ it, changed }) {
  const [busy, setBusy] = useState(false);
  const resource = resourceOf(it.resource_id);
  const when = (/** @type {string} */ from, /** @type {string} */ to, /** @type {string} */ zone) => html`<span class="whole">${showDay(dayOf(Date.parse(from), zone), locale())} ${from.slice(0, 4)},</span> <span class="whole">${showSpan(Date.parse(from), Date.parse(to), zone, locale())}</span>`;
  const move = async () => {
    setBusy(true);
    const back = { starts_at: it.starts_at, ends_at: it.ends_at };
    try {
      const fresh = await api.patch(`/bookings/${it.booking_id}`, { starts_at: it.would_start_at, ends_at: it.would_end_at });
      toast(t("zones.moved"), { undo: () => void api.patch(`/bookings/${it.booking_id}`, back, fresh.version).catch(complain).then(changed) });
    } catch (problem) {
      complain(problem);
    }
    setBusy(false);
    await changed();
  };
  return html`<li class="item shift"><div class="what"><strong>${resource?.name ?? t("gone")}</strong>${it.block_id && html` <span class="badge">${t("zones.block")}</span>`}
      <span class="muted">${[resource?.site_id && nameOf(resource.site_id), it.time_zone, t("zones.versions", { from: it.from_version, to: it.to_version })].filter(Boolean).join(" · ")}</span>
      <dl class="facts"><div><dt>${t("zones.stands")}</dt><dd>${when(it.starts_at, it.ends_at, it.time_zone)} <span class="muted whole">${showSpan(Date.parse(it.starts_at), Date.parse(it.ends_at), "UTC", locale())} UTC</span></dd></div>
        <div><dt>${t("zones.meant")}</dt><dd>${when(it.would_start_at, it.would_end_at, it.time_zone)} <span class="muted whole">${showSpan(Date.parse(it.would_start_at), Date.parse(it.would_end_at), "UTC", locale())} UTC</span></dd></div></dl></div>
    <div class="acts">${it.block_id
      ? html`<a class="button" href="/admin/blocks">${t("zones.look")}</a>`
      : html`<button class="primary" disabled=${busy} onClick=${move}>${t("zones.move")}</button><a class="button" href="/my?booking=${it.booking_id}">${t("zones.look")}</a>`}</div></li>`;
}
