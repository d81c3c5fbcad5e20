// My bookings: what is to come, what has been, where one takes part, and what one waits for. Each can be opened by its own address.

import { api } from "../api.js";
import { BookingDialog, Change, Status, acted, cancelled, cancelledSeries, intoCalendar, placeOf, stateOf, zoneOf } from "../components/booking.js";
import { Said } from "../components/closing.js";
import { useCurrent } from "../components/current.js";
import { When } from "../components/refused.js";
import { Scopes } from "../components/scopes.js";
import { Icon, html, kindShape } from "../html.js";
import { locale, t } from "../i18n.js";
import { useLive } from "../live.js";
import { asked, put } from "../router.js";
import { learnKinds, nameOf, resourceOf, stands, wordsOf } from "../state.js";
import { dayOf, here, showDay, showMonth, text, titled } from "../time.js";
import { useEffect, useState } from "../vendor/hooks.js";
import { Waiting } from "./my/waiting.js";

const YEAR = 365 * 24 * 3_600_000;
const TABS = ["next", "with", "waiting", "past"];
/** So many are shown at first, and so many more when one asks for them. */
const PAGE = 60;

/** @typedef {import("../state.js").Booking} Booking */

/** One booking that the address names, whosever it is: one's own, one that one takes part in, or one that one manages. @param {{id: string, changed: () => any}} props */
function Named({ id, changed }) {
  const [booking, setBooking] = useState(/** @type {Booking | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const load = () => api.get(`/bookings/${id}`).then(setBooking, setError);
  useEffect(() => void load(), [id]);
  const close = () => put("booking", "");
  if (error) return html`<p class="notice bad" role="alert">${error.status === 404 ? t("my.noSuch") : wordsOf(error)}</p>`;
  if (!booking) return null;
  return html`<${BookingDialog} booking=${booking} close=${close} changed=${async () => (await changed(), void load())} />`;
}

export function My() {
  const show = TABS.includes(asked("show") ?? "") ? /** @type {string} */ (asked("show")) : "next";
  const named = asked("booking");
  const [found, setFound] = useState(/** @type {Booking[] | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [shown, setShown] = useState(PAGE);
  const [again, setAgain] = useState(0);
  useEffect(() => void learnKinds().catch(() => {}), []);
  const isCurrent = useCurrent(show);
  const load = async () => {
    if (show === "waiting") return setAgain((n) => n + 1);
    try {
      const now = Date.now();
      const time = show === "past" ? { from: text(now - YEAR), to: text(now) } : { from: text(now) };
      const all = /** @type {Booking[]} */ (await api.all("/bookings/my", { ...time, role: show === "with" ? "participant" : "owner" }));
      if (!isCurrent()) return;
      const over = (/** @type {Booking} */ it) => Date.parse(it.ends_at) <= now || !stands(it);
      // What somebody else has closed is told until it would have been.
      const told = (/** @type {Booking} */ it) => !over(it) || it.status === "rejected" || (it.status === "cancelled" && it.closed_reason !== null);
      setFound(show === "past" ? all.filter(over).reverse() : all.filter(told));
      setError(null);
    } catch (problem) {
      if (!isCurrent()) return;
      setError(problem);
      setFound((before) => before ?? []);
    }
  };
  useEffect(() => {
    setFound(null);
    setShown(PAGE);
  }, [show]);
  useLive(load, [show]);

  const some = (found ?? []).slice(0, shown);
  /** By days, or where it has been, by months. @type {Map<string, Booking[]>} */
  const groups = new Map();
  for (const it of some) {
    const day = dayOf(Date.parse(it.starts_at), zoneOf(it));
    const key = show === "past" ? `${day.slice(0, 7)}-01` : day;
    groups.set(key, [...(groups.get(key) ?? []), it]);
  }
  const today = dayOf(Date.now(), here());
  const title = (/** @type {string} */ key) => titled(show === "past" ? showMonth(key, locale()) : `${key === today ? `${t("today")}, ` : ""}${showDay(key, locale(), "long")}`);
  return html`<section class="page wider my ${show}">
    <div class="head"><h1>${t("my.title")}</h1>
      <div class="acts">
        ${show === "next" && some.length > 0 && html`<button type="button" onClick=${() => intoCalendar((found ?? []).filter(stands), "bookings")}><${Icon} name="download" />${t("my.calendarAll")}</button>`}
        <button type="button" class="no-phone" onClick=${() => print()}><${Icon} name="print" />${t("my.print")}</button></div></div>
    <div class="segments tabs-of" role="group" aria-label=${t("my.which")}>${TABS.map((it) => html`<button aria-pressed=${show === it} onClick=${() => put("show", it === "next" ? "" : it)}>${t(`my.${it}`)}</button>`)}</div>
    ${error && html`<p class="notice bad" role="alert">${wordsOf(error)}</p>`}
    ${show === "waiting" ? html`<${Waiting} again=${again} />` : html`
      ${found === null && html`<ul class="bookings" aria-busy="true">${[1, 2, 3].map((n) => html`<li key=${n} class="item skeleton-item"><span class="unseen">${t("loading")}</span></li>`)}</ul>`}
      ${found?.length === 0 && !error && html`<div class="empty"><${Icon} name="calendar" /><p>${t(`my.none.${show}`)}</p>${show === "next" && html`<a class="button primary" href="/">${t("book.title")}</a>`}</div>`}
      ${[...groups].map(([key, all]) => html`<div class="my-day" key=${key}><h2>${title(key)}</h2>
        <ul class="bookings">${all.map((booking) => html`<${Item} key=${booking.id} booking=${booking} show=${show} changed=${load} />`)}</ul></div>`)}
      ${found && found.length > shown && html`<button type="button" onClick=${() => setShown(shown + PAGE)}>${t("my.more", { n: found.length - shown })}</button>`}`}
    ${named && html`<${Named} key=${named} id=${named} changed=${load} />`}
  </section>`;
}

/** @param {{booking: Booking, show: string, changed: () => any}} props */
function Item({ booking, show, changed }) {
  const zone = zoneOf(booking);
  const [from, to] = [Date.parse(booking.starts_at), Date.parse(booking.ends_at)];
  const [doing, setDoing] = useState(/** @type {"" | "change" | "cancel"} */ (""));
  const resource = resourceOf(booking.resource_id);
  const name = placeOf(booking);
  const can = stateOf(booking);
  const own = show === "next";
  const toggle = (/** @type {typeof doing} */ it) => setDoing(doing === it ? "" : it);
  const facts = [booking.title && name, resource?.site_id && nameOf(resource.site_id), booking.party_size && t("people", { n: booking.party_size }), booking.guest?.name].filter(Boolean).join(" · ");
  // Who was there then is there no more.
  const status = to <= Date.now() && booking.status === "checked_in" ? "completed" : booking.status;
  return html`<li class="item ${status}" id=${booking.id}>
    <span class="at-time"><${When} from=${from} to=${to} zone=${zone} day=${show === "past" ? undefined : dayOf(from, zone)} /></span>
    <div class="what">
      <strong><${Icon} name=${kindShape(resource?.kind ?? null)} /> ${booking.title || name}</strong>
      <span class="muted">${booking.series_id && html`<${Icon} name="repeat" /> ${t("my.series")}${facts ? " · " : ""}`}${facts}</span>
      <${Said} why=${booking.closed_reason} />
    </div>
    <${Status} status=${status} />
    <div class="acts">
      ${own && can.checkIn && html`<button class="primary" onClick=${() => acted(booking, "check-in", "my.checkedIn", changed)}>${t("my.checkIn")}</button>`}
      ${own && can.end && html`<button class="primary" onClick=${() => acted(booking, "end", "my.ended", changed)}>${t("my.end")}</button>`}
      ${own && can.open && html`<button onClick=${() => toggle("change")} aria-expanded=${doing === "change"}>${t("my.move")}</button>
        <button class="danger" aria-expanded=${booking.series_id ? doing === "cancel" : undefined} onClick=${() => (booking.series_id ? toggle("cancel") : cancelled(booking, changed))}>${t("my.cancel")}</button>`}
      ${show === "past" && html`<a class="button" href="/?${new URLSearchParams({ resource: booking.resource_id, minutes: String((to - from) / 60_000), title: booking.title ?? "" })}">${t("my.bookAgain")}</a>`}
      <button onClick=${() => put("booking", booking.id)}>${t("my.details")}</button>
    </div>
    ${doing === "cancel" && html`<${Scopes} one=${() => (setDoing(""), cancelled(booking, changed))} following=${() => (setDoing(""), cancelledSeries(booking, "following", changed))} all=${() => (setDoing(""), cancelledSeries(booking, "all", changed))} />`}
    ${doing === "change" && html`<${Change} booking=${booking} done=${() => (setDoing(""), changed())} />`}
  </li>`;
}
