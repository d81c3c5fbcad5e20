// My bookings: what is to come and what has been; cancel, move, extend.

import { api, queryOf } from "../api.js";
import { Scopes } from "../components/scopes.js";
import { Clock, Day, Length } from "../components/inputs.js";
import { Icon, html } from "../html.js";
import { locale, t } from "../i18n.js";
import { useLive } from "../live.js";
import { put, asked } from "../router.js";
import { complain, homeZone, resourceOf, stands, toast, wordsOf } from "../state.js";
import { dayOf, instantOf, minutesOf, showDay, showSpan, text } from "../time.js";
import { useEffect, useState } from "../vendor/hooks.js";

/** From when before the start one checks in, where the rules say nothing else. */
const CHECK_IN_MS = 15 * 60_000;
const YEAR = 365 * 24 * 3_600_000;

/** @typedef {import("../state.js").Booking} Booking */

/** @param {{status: string}} props */
export const Status = ({ status }) => html`<span class="status ${status}">${t(`status.${status}`)}</span>`;

/** @param {Booking} booking */
const zoneOf = (booking) => resourceOf(booking.resource_id)?.time_zone ?? homeZone.value;

export function My() {
  const past = asked("show") === "past";
  const [found, setFound] = useState(/** @type {Booking[] | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const load = async () => {
    try {
      const now = Date.now();
      const query = past ? { from: text(now - YEAR), to: text(now) } : { from: text(now) };
      const all = await api.all("/bookings/my", query, 500);
      setFound(all.filter((/** @type {Booking} */ it) => past || stands(it)));
      setError(null);
    } catch (problem) {
      setError(problem);
      setFound((before) => before ?? []);
    }
  };
  useEffect(() => setFound(null), [past]);
  useLive(load, [past]);

  return html`<section class="page">
    <div class="head"><h1>${t("my.title")}</h1>
      <div class="segments" role="group" aria-label=${t("my.which")}>
        <button aria-pressed=${!past} onClick=${() => put("show", "next")}>${t("my.next")}</button>
        <button aria-pressed=${past} onClick=${() => put("show", "past")}>${t("my.past")}</button>
      </div></div>
    ${error && html`<p class="notice bad" role="alert">${wordsOf(error)}</p>`}
    ${found === null && html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`}
    ${found?.length === 0 && !error && html`<div class="empty"><p>${past ? t("my.nonePast") : t("my.none")}</p>${!past && html`<a class="button primary" href="/">${t("book.title")}</a>`}</div>`}
    <ul class="bookings">${found?.map((booking) => html`<${Item} key=${booking.id} booking=${booking} past=${past} changed=${load} />`)}</ul>
  </section>`;
}

/** @param {{booking: Booking, past: boolean, changed: () => void}} props */
function Item({ booking, past, changed }) {
  const zone = zoneOf(booking);
  const from = Date.parse(booking.starts_at);
  const to = Date.parse(booking.ends_at);
  const [moving, setMoving] = useState(false);
  const name = resourceOf(booking.resource_id)?.name ?? t("gone");
  const [scopes, setScopes] = useState(false);
  const act = async (/** @type {string} */ what, /** @type {string} */ said) => {
    try {
      await api.act(`/bookings/${booking.id}/${what}`);
      toast(t(said));
    } catch (problem) {
      complain(problem);
    }
    changed();
  };
  const cancelSeries = async (/** @type {string | undefined} */ since) => {
    setScopes(false);
    try {
      await api.delete(`/series/${booking.series_id}${queryOf({ from: since })}`);
      toast(t("my.seriesCancelled"));
    } catch (problem) {
      complain(problem);
    }
    changed();
  };
  const soon = from - Date.now() < CHECK_IN_MS && Date.now() < to;
  const cancel = async () => {
    setScopes(false);
    try {
      await api.delete(`/bookings/${booking.id}`);
      // The time is free for others at once: what can be done is to ask for it again.
      const { resource_id, starts_at, ends_at, title, party_size, quantity, notes } = booking;
      const undo = () => void api.post("/bookings/", { resource_id, starts_at, ends_at, title, party_size, quantity, notes })
        .then(() => toast(t("my.again")), complain).then(changed);
      toast(t("my.cancelled", { what: name }), { undo });
    } catch (problem) {
      complain(problem);
    }
    changed();
  };
  return html`<li class="item">
    <div class="what">
      <strong>${booking.title || name}</strong>
      <span>${showDay(dayOf(from, zone), locale(), "long")}, ${showSpan(from, to, zone, locale())}</span>
      <span class="muted">${[booking.series_id && t("my.series"), booking.title && name, booking.party_size && t("people", { n: booking.party_size })].filter(Boolean).join(" · ")}</span>
    </div>
    <${Status} status=${booking.status} />
    ${!past && html`<div class="acts">
      ${booking.status === "confirmed" && soon && html`<button class="primary" onClick=${() => act("check-in", "my.checkedIn")}>${t("my.checkIn")}</button>`}
      ${booking.status === "checked_in" && from <= Date.now() && html`<button onClick=${() => act("end", "my.ended")}>${t("my.end")}</button>`}
      <button onClick=${() => setMoving(!moving)} aria-expanded=${moving}>${t("my.move")}</button>
      <button class="danger" aria-expanded=${booking.series_id ? scopes : undefined} onClick=${booking.series_id ? () => setScopes(!scopes) : cancel}>${t("my.cancel")}</button>
    </div>`}
    ${scopes && html`<${Scopes} danger one=${cancel} following=${() => cancelSeries(booking.starts_at)} all=${() => cancelSeries(undefined)} />`}
    ${moving && html`<${Move} booking=${booking} done=${() => (setMoving(false), changed())} />`}
  </li>`;
}

/** @param {{booking: Booking, done: () => void}} props */
function Move({ booking, done }) {
  const zone = zoneOf(booking);
  const from = Date.parse(booking.starts_at);
  const [day, setDay] = useState(dayOf(from, zone));
  const [minutes, setMinutes] = useState(minutesOf(from, zone));
  const [length, setLength] = useState((Date.parse(booking.ends_at) - from) / 60_000);
  const [error, setError] = useState(/** @type {any} */ (null));
  const move = async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      const start = instantOf(day, minutes, zone);
      await api.patch(`/bookings/${booking.id}`, { starts_at: text(start), ends_at: text(start + length * 60_000) }, booking.version);
      toast(t("my.moved"));
      done();
    } catch (problem) {
      setError(problem);
    }
  };
  return html`<form class="move" onSubmit=${move}>
    <div class="row">
      <${Day} day=${day} today=${dayOf(Date.now(), zone)} onPick=${setDay} />
      <${Clock} minutes=${minutes} onPick=${setMinutes} />
      <${Length} minutes=${length} onPick=${setLength} />
      <button class="primary" type="submit">${t("my.moveHere")}</button>
    </div>
    ${error && html`<p class="notice bad" role="alert"><${Icon} name="alert" />${wordsOf(error)}</p>`}
  </form>`;
}
