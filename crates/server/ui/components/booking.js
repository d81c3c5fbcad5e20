// One booking: what it is, and all that can be done with it, wherever it is shown: check in, end, make longer, change, cancel, one of a series,
// what follows, or all; into a calendar; what happened to it.

import { api, queryOf } from "../api.js";
import { Icon, html } from "../html.js";
import { locale, t } from "../i18n.js";
import { calendarOf } from "../ics.js";
import { mayManage, rightsOf, useMine } from "../mine.js";
import { complain, homeZone, isAdmin, kinds, lengthText, nameOf, resourceOf, resources, stands, toast, user } from "../state.js";
import { dayOf, daysFrom, instantOf, minutesOf, showDay, showTime, text, titled } from "../time.js";
import { useEffect, useState } from "../vendor/hooks.js";
import { Closing, Said } from "./closing.js";
import { Dialog } from "./dialog.js";
import { Choice, Clock, Day, Length, Stepper } from "./inputs.js";
import { nameOf as personOf, whose } from "./people.js";
import { Refused, When } from "./refused.js";
import { Scopes } from "./scopes.js";
import { useStill } from "./still.js";
import { Told } from "./told.js";

/** @typedef {import("../state.js").Booking} Booking */
/** @typedef {"one" | "following" | "all"} Scope */

/** From when before the start one checks in, where the rules say nothing else. */
const CHECK_IN_MS = 15 * 60_000;
/** By how much a booking is made longer. */
const LONGER = [15, 30];

/** @param {{status: string}} props */
export const Status = ({ status }) => html`<span class="status ${status}">${t(`status.${status}`)}</span>`;

/** @param {Booking} booking */
export const zoneOf = (booking) => resourceOf(booking.resource_id)?.time_zone ?? homeZone.value;
/** @param {Booking} booking */
export const placeOf = (booking) => resourceOf(booking.resource_id)?.name ?? t("gone");

/** Cancels, says so, and offers to take that back: the time is free for others at once. @param {Booking} booking @param {() => any} changed @param {string} [reason] */
export async function cancelled(booking, changed, reason) {
  try {
    const fresh = await api.delete(`/bookings/${booking.id}`, undefined, reason ? { reason } : undefined);
    const undo = () => void api.act(`/bookings/${booking.id}/undo`).then(() => toast(t("my.again")), complain).then(changed);
    toast(t("my.cancelled", { what: booking.title || placeOf(booking) }), fresh.undo_until ? { undo } : {});
  } catch (problem) {
    complain(problem);
  }
  await changed();
}

/** How many dates are told one by one. */
const DATES = 4;
/** The days of what can't be had any more, in words. @param {{starts_at: string}[]} refused @param {string} zone */
function daysOf(refused, zone) {
  const days = refused.slice(0, DATES).map((it) => showDay(dayOf(Date.parse(it.starts_at), zone), locale()));
  return new Intl.ListFormat(locale(), { type: "conjunction" }).format([...days, ...(refused.length > DATES ? [t("booking.moreDays", { n: refused.length - DATES })] : [])]);
}

/** Takes the cancelling of a series back, and says which of it can't be had any more. @param {Booking} booking @param {() => any} changed */
async function seriesAgain(booking, changed) {
  try {
    const { items, refused } = await api.act(`/series/${booking.series_id}/undo`);
    const again = t("booking.seriesAgain", { n: items.length });
    if (refused.length === 0) toast(again);
    else toast(`${again} ${t("booking.seriesTaken", { days: daysOf(refused, zoneOf(booking)) })}`, { tone: "bad" });
  } catch (problem) {
    const { kind, body } = /** @type {any} */ (problem);
    if (kind === "series-refused") toast(t("booking.seriesTaken", { days: daysOf(body.refused, zoneOf(booking)) }), { tone: "bad" });
    else complain(problem);
  }
  await changed();
}

/** Cancels a series from a time on, says so, and offers to take that back. @param {Booking} booking @param {Scope} scope @param {() => any} changed @param {string} [reason] */
export async function cancelledSeries(booking, scope, changed, reason) {
  try {
    const { items } = await api.delete(`/series/${booking.series_id}${queryOf({ from: scope === "following" ? booking.starts_at : undefined })}`, undefined, reason ? { reason } : undefined);
    const again = items.some((/** @type {any} */ it) => it.undo_until);
    toast(t("booking.seriesCancelled", { n: items.length }), again ? { undo: () => void seriesAgain(booking, changed) } : {});
  } catch (problem) {
    complain(problem);
  }
  await changed();
}

/** Does something with it, says so, and lets who manages it take that back where it can be. @param {Booking} booking @param {string} what @param {string} said @param {() => any} changed @param {boolean} [manages] @param {string} [reason] */
export async function acted(booking, what, said, changed, manages = false, reason) {
  try {
    const fresh = await api.act(`/bookings/${booking.id}/${what}`, reason ? { reason } : undefined);
    const undo = () => void api.act(`/bookings/${booking.id}/undo`).catch(complain).then(changed);
    toast(t(said), manages && fresh.undo_until ? { undo } : {});
  } catch (problem) {
    complain(problem);
  }
  await changed();
}

/** What can be done with a booking now. @param {Booking} booking */
export function stateOf(booking) {
  const [from, to, now] = [Date.parse(booking.starts_at), Date.parse(booking.ends_at), Date.now()];
  return {
    checkIn: booking.status === "confirmed" && from - now < CHECK_IN_MS && now < to,
    end: booking.status === "checked_in" && from <= now && now < to,
    open: ["pending", "held", "confirmed", "checked_in"].includes(booking.status) && now < to,
    longer: ["confirmed", "checked_in"].includes(booking.status) && now < to,
    noShow: booking.status === "confirmed" && from <= now,
  };
}

/** Gives the browser a calendar file. @param {Booking[]} bookings @param {string} name */
export function intoCalendar(bookings, name) {
  const entries = bookings.map((it) => {
    const resource = resourceOf(it.resource_id);
    return {
      uid: it.id, from: Date.parse(it.starts_at), to: Date.parse(it.ends_at), title: it.title || placeOf(it), where: [placeOf(it), nameOf(resource?.site_id ?? null)].filter(Boolean).join(", "),
      about: it.notes ?? "", url: `${location.origin}/my?booking=${it.id}`, status: /** @type {"CONFIRMED" | "TENTATIVE" | "CANCELLED"} */ (it.status === "pending" ? "TENTATIVE" : stands(it) ? "CONFIRMED" : "CANCELLED"),
    };
  });
  const file = URL.createObjectURL(new Blob([calendarOf(entries, Date.now())], { type: "text/calendar" }));
  const link = Object.assign(document.createElement("a"), { href: file, download: `${name}.ics` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(file), 10_000);
}

/** What happened to it. @param {{booking: Booking}} props */
function History({ booking }) {
  const [found, setFound] = useState(/** @type {(import("./told.js").Line & {id: string, at: string, action: string, actor_id: string | null, reason: string | null})[] | null} */ (null));
  useEffect(() => void api.all(`/bookings/${booking.id}/events`).then(setFound, () => setFound([])), [booking.version]);
  const zone = zoneOf(booking);
  const said = (/** @type {string} */ action) => {
    const key = `event.${action}`;
    return t(key) === key ? action : t(key);
  };
  const who = (/** @type {string | null} */ id) => (id === null ? t("event.time") : id === user.value?.id ? t("event.you") : personOf(id) || t("event.other"));
  if (!found) return html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`;
  return html`<ol class="history">${found.map((it) => html`<li key=${it.id}><span class="muted">${showDay(dayOf(Date.parse(it.at), zone), locale())}, ${showTime(Date.parse(it.at), zone, locale())}</span> <strong>${said(it.action)}</strong> <span class="muted">${who(it.actor_id)}</span> <${Told} line=${it} zone=${zone} /><${Said} why=${it.reason} /></li>`)}${isAdmin.value && html`<li><a href="/admin/audit?booking=${booking.id}">${t("booking.inLog")}</a></li>`}</ol>`;
}

/** What can't be had of a series, each with its day. @param {{error: any, zone: string}} props */
function RefusedSeries({ error, zone }) {
  const refused = /** @type {any[]} */ (error.body?.refused ?? []);
  return html`<div class="notice bad" role="alert"><p><${Icon} name="alert" />${t("series.notAll", { n: refused.length })}</p>
    <ul class="conflicts">${refused.slice(0, 5).map((it) => html`<li>${it.starts_at ? html`<${When} from=${Date.parse(it.starts_at)} to=${Date.parse(it.ends_at)} zone=${zone} />` : it.problem?.title}</li>`)}</ul></div>`;
}

/**
 * Another time, length, resource; of a series for one, what follows, or all.
 * @param {{booking: Booking, done: () => void}} props
 */
export function Change({ booking, done }) {
  const zone = zoneOf(booking);
  const from = Date.parse(booking.starts_at);
  const before = (Date.parse(booking.ends_at) - from) / 60_000;
  const [day, setDay] = useState(dayOf(from, zone));
  const [minutes, setMinutes] = useState(minutesOf(from, zone));
  const [length, setLength] = useState(before);
  const [where, setWhere] = useState(booking.resource_id);
  const [title, setTitle] = useState(booking.title ?? "");
  const [people, setPeople] = useState(booking.party_size);
  const [scope, setScope] = useState(/** @type {Scope} */ ("one"));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const still = useStill(busy);
  const here = resourceOf(booking.resource_id);
  const { own } = rightsOf(booking);
  const others = (resources.value ?? []).filter((it) => it.id === booking.resource_id || ((own || mayManage(it)) && it.kind === here?.kind && it.site_id === here?.site_id && (!people || !it.capacity || people <= it.capacity * booking.quantity)));
  const about = { ...(title === (booking.title ?? "") ? {} : { title: title || null }), ...(people === booking.party_size ? {} : { party_size: people }), ...(where === booking.resource_id ? {} : { resource_id: where }) };
  const clock = (/** @type {number} */ it) => `${String(Math.floor(it / 60) % 24).padStart(2, "0")}:${String(it % 60).padStart(2, "0")}`;
  const undo = (/** @type {Booking} */ fresh) => () => {
    const { resource_id, starts_at, ends_at, title: name, party_size } = booking;
    void api.patch(`/bookings/${booking.id}`, { resource_id, starts_at, ends_at, title: name, party_size }, fresh.version).catch(complain).then(done);
  };
  const change = async (/** @type {Event | null} */ event, /** @type {any} */ offer = null) => {
    event?.preventDefault();
    setBusy(true);
    try {
      if (scope === "one" || offer) {
        const start = instantOf(day, minutes, zone);
        const times = offer ?? { starts_at: text(start), ends_at: text(start + length * 60_000) };
        const fresh = await api.patch(`/bookings/${booking.id}`, { ...about, resource_id: offer?.resource_id ?? where, starts_at: times.starts_at, ends_at: times.ends_at }, booking.version);
        toast(t("my.moved"), { undo: undo(fresh) });
      } else {
        const days = daysFrom(dayOf(from, zone), day);
        const times = { ...(days === 0 ? {} : { shift_days: days }), ...(minutes === minutesOf(from, zone) ? {} : { start_time: clock(minutes) }), ...(length === before ? {} : { end_time: clock(minutes + length) }) };
        const { items } = await api.patch(`/series/${booking.series_id}${queryOf({ from: scope === "following" ? booking.starts_at : undefined })}`, { ...about, ...times });
        toast(t("booking.seriesChanged", { n: items.length }));
      }
      done();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return html`<form class="move" ref=${still} onSubmit=${change}>
    ${booking.series_id && html`<fieldset class="segments-of"><legend>${t("my.scope")}</legend>${/** @type {[Scope, string][]} */ ([["one", "my.scopeThis"], ["following", "my.scopeFollowing"], ["all", "my.scopeAll"]]).map(([it, key]) => html`<label class="check"><input type="radio" name="scope-${booking.id}" checked=${scope === it} onChange=${() => setScope(it)} />${t(key)}</label>`)}</fieldset>`}
    <div class="row numbers">
      <${Day} day=${day} today=${dayOf(Date.now(), zone)} onPick=${setDay} />
      <${Clock} minutes=${minutes} onPick=${setMinutes} />
      <${Length} minutes=${length} onPick=${setLength} />
    </div>
    <div class="row numbers">
      ${others.length > 1 && html`<${Choice} label=${t("booking.where")} value=${where} options=${others.map((it) => ({ value: it.id, text: it.name }))} onPick=${setWhere} />`}
      <div class="field"><label for="title-${booking.id}">${t("book.what")}</label><input id="title-${booking.id}" value=${title} maxlength="200" onInput=${(/** @type {any} */ event) => setTitle(event.target.value)} /></div>
      ${here?.capacity && html`<${Stepper} label=${t("when.people")} value=${people} most=${here.capacity * booking.quantity} onPick=${setPeople} />`}
    </div>
    ${error && (error.kind === "series-refused" ? html`<${RefusedSeries} error=${error} zone=${zone} />` : html`<${Refused} error=${error} zone=${zone} busy=${busy} take=${(/** @type {any} */ offer) => change(null, offer)} />`)}
    <div class="row end"><button class="primary" type="submit" disabled=${busy}>${t("my.moveHere")}</button></div>
  </form>`;
}

/** What is said in a booking of what its kind lets it carry. @param {{booking: Booking}} props */
function Fields({ booking }) {
  const declared = kinds.value?.find((it) => it.name === resourceOf(booking.resource_id)?.kind)?.booking_fields ?? [];
  return Object.entries(booking.fields).map(([key, value]) => {
    const field = declared.find((it) => it.key === key);
    return html`<dt>${field?.label ?? key}</dt><dd>${value === true ? t("booking.yes") : value === false ? t("booking.no") : `${value} ${field?.unit ?? ""}`}</dd>`;
  });
}

/**
 * A booking with all that can be done with it.
 * @param {{booking: Booking, close: () => void, changed: () => any, beside?: () => Element | null | undefined}} props
 */
export function BookingDialog({ booking, close, changed, beside }) {
  const [doing, setDoing] = useState(/** @type {"" | "change" | "cancel" | "close" | "reject" | "missed" | "history"} */ (""));
  const zone = zoneOf(booking);
  const [from, to] = [Date.parse(booking.starts_at), Date.parse(booking.ends_at)];
  const can = stateOf(booking);
  const resource = resourceOf(booking.resource_id);
  useMine();
  const { own, runs, closes, changes, approves } = rightsOf(booking);
  // Whoever takes something from somebody else may say why.
  const others = runs && !own;
  const who = own ? booking.guest?.name : whose(booking);
  const gone = booking.series_id ? "cancel" : others ? "close" : "";
  const why = (/** @type {(reason: string) => Promise<any>} */ work) => (/** @type {string} */ reason) => then(work(reason));
  const then = (/** @type {Promise<any>} */ done) => void done.then(close);
  const longer = async (/** @type {number} */ by) => {
    try {
      const fresh = await api.patch(`/bookings/${booking.id}`, { ends_at: text(to + by * 60_000) }, booking.version);
      const undo = () => void api.patch(`/bookings/${booking.id}`, { ends_at: booking.ends_at }, fresh.version).catch(complain).then(changed);
      toast(t("booking.longer", { time: showTime(to + by * 60_000, zone, locale()) }), { undo });
    } catch (problem) {
      complain(problem);
    }
    await changed();
  };
  const link = `${location.origin}/my?booking=${booking.id}`;
  const people = booking.participants.map((it) => it.name || (it.user_id === user.value?.id ? t("event.you") : it.user_id ? t("booking.aUser") : it.email)).filter(Boolean).join(", ");
  const toggle = (/** @type {typeof doing} */ it) => setDoing(doing === it ? "" : it);
  return html`<${Dialog} title=${booking.title || placeOf(booking)} close=${close} beside=${beside}>
    <div class="booking-state"><${Status} status=${booking.status} />${booking.series_id && html`<span class="status plainly"><${Icon} name="repeat" />${t("my.series")}</span>`}</div>
    <dl class="facts">
      <dt>${t("booking.when")}</dt><dd>${titled(showDay(dayOf(from, zone), locale(), "long"))}<br /><${When} from=${from} to=${to} zone=${zone} day=${dayOf(from, zone)} /> · ${lengthText((to - from) / 60_000)}<br /><span class="muted">${zone}</span></dd>
      <dt>${t("booking.where")}</dt><dd><a href="/resource/${booking.resource_id}">${placeOf(booking)}</a>${resource?.site_id ? html` <span class="muted">${nameOf(resource.site_id)}</span>` : ""}</dd>
      ${(who || booking.party_size) && html`<dt>${t("booking.who")}</dt><dd>${[who, booking.party_size && t("people", { n: booking.party_size })].filter(Boolean).join(" · ")}${booking.guest?.phone ? html`<br /><a href="tel:${booking.guest.phone}">${booking.guest.phone}</a>` : ""}${booking.guest?.email ? html`<br /><a href="mailto:${booking.guest.email}">${booking.guest.email}</a>` : ""}</dd>`}
      ${people && html`<dt>${t("booking.with")}</dt><dd>${people}</dd>`}
      ${booking.along.length > 0 && html`<dt>${t("booking.along")}</dt><dd>${booking.along.map((it) => `${resourceOf(it.resource_id)?.name ?? t("gone")}${it.quantity > 1 ? ` × ${it.quantity}` : ""}`).join(", ")}</dd>`}
      <${Fields} booking=${booking} />
      ${booking.notes && html`<dt>${t("booking.notes")}</dt><dd class="prose">${booking.notes}</dd>`}
      ${booking.closed_reason && html`<dt>${t("closing.reason")}</dt><dd>${booking.closed_reason}</dd>`}
    </dl>
    <div class="acts">
      ${approves && booking.status === "pending" && html`<button class="primary" onClick=${() => then(acted(booking, "confirm", "booking.approved", changed))}>${t("booking.approve")}</button>`}
      ${runs && booking.status === "pending" && html`<button aria-expanded=${doing === "reject"} onClick=${() => toggle("reject")}>${t("booking.reject")}</button>`}
      ${closes && can.checkIn && html`<button class="primary" onClick=${() => then(acted(booking, "check-in", "my.checkedIn", changed, runs))}><${Icon} name="check" />${t("my.checkIn")}</button>`}
      ${closes && can.end && html`<button class="primary" onClick=${() => then(acted(booking, "end", "my.ended", changed, runs))}>${t("my.end")}</button>`}
      ${changes && can.longer && LONGER.map((n) => html`<button onClick=${() => then(longer(n))}>+${t("minutes", { n })}</button>`)}
      ${changes && can.open && html`<button aria-expanded=${doing === "change"} onClick=${() => toggle("change")}>${t("my.move")}</button>`}
      ${runs && can.noShow && html`<button aria-expanded=${doing === "missed"} onClick=${() => toggle("missed")}>${t("status.no_show")}</button>`}
      <button onClick=${() => intoCalendar([booking], booking.title || placeOf(booking))}><${Icon} name="calendar" />${t("booking.calendar")}</button>
      <button onClick=${() => navigator.clipboard?.writeText(link).then(() => toast(t("booking.copied")), () => {})}><${Icon} name="link" />${t("booking.link")}</button>
      <button aria-expanded=${doing === "history"} onClick=${() => toggle("history")}><${Icon} name="history" />${t("booking.history")}</button>
      ${closes && can.open && html`<button class="danger" aria-expanded=${gone ? doing === gone : undefined} onClick=${() => (gone ? toggle(gone) : then(cancelled(booking, changed)))}>${t("my.cancel")}</button>`}
    </div>
    ${doing === "reject" && html`<${Closing} key="reject" does=${t("booking.reject")} send=${why((it) => acted(booking, "reject", "booking.rejected", changed, false, it))} />`}
    ${doing === "missed" && html`<${Closing} key="missed" does=${t("status.no_show")} send=${why((it) => acted(booking, "no-show", "booking.noShow", changed, runs, it))} />`}
    ${doing === "close" && html`<${Closing} key="close" does=${t("my.cancel")} send=${why((it) => cancelled(booking, changed, it))} />`}
    ${doing === "cancel" && html`<${Scopes} asks=${others} one=${why((it) => cancelled(booking, changed, it))} following=${why((it) => cancelledSeries(booking, "following", changed, it))} all=${why((it) => cancelledSeries(booking, "all", changed, it))} />`}
    ${doing === "change" && html`<${Change} booking=${booking} done=${() => then(Promise.resolve(changed()))} />`}
    ${doing === "history" && html`<${History} booking=${booking} />`}
    <div class="row end"><button onClick=${close}>${t("close")}</button></div>
  <//>`;
}
