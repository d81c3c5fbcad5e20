// What opens on a resource of a plan: booking what is free, and what may be known of what is not, with what can be done about it.

import { api } from "../api.js";
import { Closing } from "../components/closing.js";
import { Dialog } from "../components/dialog.js";
import { Choice, Field, Length, People } from "../components/inputs.js";
import { useStill } from "../components/still.js";
import { Icon, html } from "../html.js";
import { locale, t } from "../i18n.js";
import { mayManage, rightsOf } from "../mine.js";
import { book, resourceOf, toast, wordsOf } from "../state.js";
import { showSpan, text } from "../time.js";
import { useEffect, useRef, useState } from "../vendor/hooks.js";
import { canSeat, cancel, confirm, end, extend, missed, move, reject, seat, walkIn } from "./actions.js";
import { bookingsOn, nameOf } from "./data.js";
import { Mark } from "./plan.js";
import { allergyOf, endOf, holds, isFree, movable, sits, startOf, timerOf } from "./states.js";
import { standingText } from "./words.js";

/** @typedef {import("./data.js").Resource} Resource */
/** @typedef {import("./data.js").Times} Times */
/** @typedef {import("./states.js").Booking} Booking */
/** @typedef {import("./states.js").Standing} Standing */

/** Starts that are offered. */
const STARTS_MAX = 12;
/** How far ahead starts are looked for. */
const AHEAD_MS = 6 * 3_600_000;

/**
 * @param {object} props
 * @param {Resource} props.resource
 * @param {Standing} props.standing
 * @param {Times} props.times
 * @param {number} props.at the time that is looked at
 * @param {number} props.now
 * @param {number} props.party how many want to sit, where that was said
 * @param {Resource[]} props.others where somebody could move to
 * @param {() => void} props.close
 * @param {() => void} props.changed
 */
export function PlaceDialog(props) {
  const { resource, standing, times, at, now, close } = props;
  const zone = resource.time_zone;
  const [booking, setBooking] = useState(isFree(standing));
  const here = bookingsOn(times, resource.id, Math.min(at, now)).filter(holds);
  const list = standing.kind === "overdue" && standing.booking ? [standing.booking, ...here] : here;
  const [shown, setShown] = useState(/** @type {string | undefined} */ (undefined));
  const picked = list.find((it) => it.id === shown) ?? (standing.booking && list.find((it) => it.id === standing.booking?.id));
  return html`<${Dialog} title=${resource.name} close=${close}>
    <p class="standing ${standing.kind}"><${Mark} kind=${standing.kind} />${standingText(standing, at, zone)}
      ${resource.capacity && html`<span class="muted">${t("seats", { n: resource.capacity })}</span>`}</p>
    ${standing.kind === "out_of_order" && resource.out_of_order?.reason && html`<p>${resource.out_of_order.reason}</p>`}
    ${picked && html`<${BookingCard} ...${props} booking=${picked} />`}
    ${booking ? html`<${BookForm} ...${props} />` : html``}
    ${list.length > 0 && html`<div class="then"><h3>${t("floor.today")}</h3><ul>${list.map((it) => html`<li key=${it.id}>
      <button class="quiet" aria-pressed=${picked?.id === it.id} onClick=${() => setShown(it.id)}><span>${showSpan(startOf(it), endOf(it), zone, locale())}</span><strong>${nameOf(it)}</strong>
        <span class="muted">${[it.party_size && t("people", { n: it.party_size }), t(`status.${it.status}`)].filter(Boolean).join(" · ")}</span></button></li>`)}</ul></div>`}
    ${!booking && html`<div class="row end">
      ${standing.kind !== "blocked" && standing.kind !== "out_of_order" && html`<button onClick=${() => setBooking(true)}>${t(mayManage(resource) ? "floor.bookLater" : "floor.bookOther")}</button>`}
      <button onClick=${close}>${t("close")}</button>
    </div>`}
  <//>`;
}

/** Booking a resource: the starts that can be had, the first that is. @param {Parameters<typeof PlaceDialog>[0]} props */
function BookForm({ resource, standing, at, now, party, close, changed }) {
  const zone = resource.time_zone;
  const staff = mayManage(resource);
  const present = at - now < 60_000;
  const [people, setPeople] = useState(Math.min(party || 2, resource.capacity ?? 99));
  const [minutes, setMinutes] = useState(resource.kind === "table" ? 90 : 60);
  const [starts, setStarts] = useState(/** @type {string[] | null} */ (null));
  const [start, setStart] = useState("");
  const [name, setName] = useState("");
  const [phone, setPhone] = useState("");
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const still = useStill(busy);
  const round = useRef(0);
  useEffect(() => {
    const mine = ++round.current;
    const from = Math.max(at, Date.now());
    const query = { resource_ids: resource.id, from: text(from), to: text(from + AHEAD_MS), duration_minutes: minutes, party_size: people };
    api.get("/availability/slots", query).then((found) => {
      if (mine !== round.current) return;
      const all = (found.items[0]?.slots ?? []).slice(0, STARTS_MAX).map((/** @type {any} */ it) => it.starts_at);
      setStarts(all);
      setStart((before) => (all.includes(before) ? before : (all[0] ?? "")));
    }, (problem) => mine === round.current && (setError(problem), setStarts([])));
  }, [resource.id, minutes, people, at]);
  const take = async (/** @type {string} */ resource_id, /** @type {string} */ starts_at, /** @type {string} */ ends_at) => {
    setBusy(true);
    setError(null);
    try {
      const guest = staff && name.trim() ? { guest: { name: name.trim(), phone: phone.trim() || null } } : {};
      await book({ resource_id, starts_at, ends_at }, { title: null, party_size: people, ...guest }, () => (toast(t("book.undone")), changed()));
      changed();
      close();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (start) void take(resource.id, start, text(Date.parse(start) + minutes * 60_000));
  };
  const left = standing.until === null ? Infinity : Math.floor((standing.until - now) / 60_000);
  const sitDown = async () => {
    setBusy(true);
    if (await walkIn({ resource_id: resource.id, minutes: Math.min(minutes, left), party_size: people, name, phone: phone.trim() }, changed)) close();
    setBusy(false);
  };
  const instead = error?.body?.alternatives?.slice(0, 3) ?? [];
  return html`<form class="book-here" ref=${still} onSubmit=${submit}>
    <div class="row">
      <${People} people=${people} onPick=${setPeople} />
      <${Length} minutes=${minutes} onPick=${setMinutes} />
    </div>
    ${staff && html`<div class="row"><${Field} label=${t("floor.guest")} value=${name} maxlength="200" autocomplete="off" onInput=${(/** @type {any} */ event) => setName(event.target.value)} />
      <${Field} label=${t("floor.phone")} type="tel" value=${phone} maxlength="40" autocomplete="off" onInput=${(/** @type {any} */ event) => setPhone(event.target.value)} /></div>`}
    ${starts === null ? html`<p class="skeleton" aria-busy="true">${t("loading")}</p>` : starts.length === 0 ? html`<p class="empty">${t("floor.noStart")}</p>`
      : html`<${Choice} label=${t("floor.start")} value=${start} onPick=${setStart} options=${starts.map((it) => ({ value: it, text: showSpan(Date.parse(it), Date.parse(it) + minutes * 60_000, zone, locale()) }))} />`}
    ${resource.requires_approval && !staff && html`<p class="hint">${t("needsApproval")}</p>`}
    ${error && html`<div class="notice bad" role="alert"><p><${Icon} name="alert" />${wordsOf(error)}</p>
      ${instead.length > 0 && html`<p>${t("book.instead")}</p><ul class="alternatives">${instead.map((/** @type {any} */ it) => html`<li><button type="button" disabled=${busy} onClick=${() => take(it.resource_id, it.starts_at, it.ends_at)}>
        <${Where} offer=${it} /></button></li>`)}</ul>`}</div>`}
    <div class="row end">
      <button type="button" onClick=${close}>${t("close")}</button>
      ${staff && present && isFree(standing) && html`<button type="button" disabled=${busy} onClick=${sitDown}><${Mark} kind="seated" />${t("floor.seatNow")}</button>`}
      <button class="primary" type="submit" disabled=${busy || !start}>${t("book.do")}</button>
    </div>
  </form>`;
}

/** @param {{offer: {resource_id: string, starts_at: string, ends_at: string}}} props */
function Where({ offer }) {
  const resource = resourceOf(offer.resource_id);
  return html`<span class="offer"><strong>${resource?.name}</strong><span>${showSpan(Date.parse(offer.starts_at), Date.parse(offer.ends_at), resource?.time_zone ?? "UTC", locale())}</span></span>`;
}

/** A booking with what is known of it and what can be done. @param {Parameters<typeof PlaceDialog>[0] & {booking: Booking}} props */
export function BookingCard({ booking, resource, times, now, others, close, changed }) {
  const zone = resource.time_zone;
  const { own, runs, changes, approves } = rightsOf(booking);
  const [doing, setDoing] = useState(/** @type {"" | "move" | "explain"} */ (""));
  const toggle = (/** @type {typeof doing} */ it) => setDoing(doing === it ? "" : it);
  const moving = doing === "move";
  const allergy = allergyOf(booking);
  const timer = timerOf(booking, now);
  const begun = startOf(booking) <= now;
  const done = (/** @type {Promise<boolean>} */ work) => void work.then((good) => good && close());
  const places = moving ? movable(booking, others.filter((it) => own || mayManage(it)), timesOf(times), now) : [];
  const seated = sits(booking, now);
  const standing = seated || (holds(booking) && now < endOf(booking));
  // One tap takes it away; whoever wants to say why has a line for it. Whoever could have come by now did not, or cancelled.
  const absent = booking.status === "confirmed" && begun;
  const [away, does] = booking.status === "pending" ? [reject, t("approvals.reject")] : absent ? [missed, t("floor.noShow")] : [cancel, t("my.cancel")];
  const told = (/** @type {typeof away} */ what) => (/** @type {string} */ reason) => done(what(booking, changed, reason));
  return html`<div class="booking-card">
    <p class="who"><strong>${nameOf(booking)}</strong> <span class="status ${booking.status}">${t(`status.${booking.status}`)}</span></p>
    <p>${showSpan(startOf(booking), endOf(booking), zone, locale())}${booking.party_size ? ` · ${t("people", { n: booking.party_size })}` : ""}
      ${seated ? ` · ${timer.tone === "over" ? t("floor.overBy", { n: -timer.minutes }) : t("floor.leftFor", { n: timer.minutes })}` : ""}</p>
    ${booking.guest?.phone && html`<p><a href="tel:${booking.guest.phone.replace(/[^\d+]/g, "")}" data-outside>${booking.guest.phone}</a></p>`}
    ${allergy && html`<p class="allergy"><${Icon} name="alert" /><span>${t("floor.allergy", { what: allergy })}</span></p>`}
    ${booking.notes && booking.notes !== allergy && html`<p class="prose">${booking.notes}</p>`}
    ${runs && standing && html`<div class="acts">
      ${approves && booking.status === "pending" && html`<button class="primary" onClick=${() => done(confirm(booking, changed))}>${t("approvals.confirm")}</button>`}
      ${booking.status === "pending" && html`<button class="danger" onClick=${() => done(reject(booking, changed))}>${t("approvals.reject")}</button>`}
      ${canSeat(booking, now) && html`<button class="primary" autofocus onClick=${() => done(seat(booking, changed))}>${t("floor.seat")}</button>`}
      ${absent && html`<button onClick=${() => done(missed(booking, changed))}>${t("floor.noShow")}</button>`}
      ${seated && begun && html`<button class="primary" autofocus onClick=${() => done(end(booking, changed))}>${t("floor.end")}</button>`}
      ${changes && (seated || booking.status === "confirmed") && html`<button onClick=${() => done(extend(booking, 15, changed))}>${t("floor.extendBy", { n: 15 })}</button><button onClick=${() => done(extend(booking, 30, changed))}>${t("floor.extendBy", { n: 30 })}</button>`}
      ${changes && booking.resource_id === resource.id && (booking.status === "checked_in" || booking.status === "confirmed") && html`<button aria-expanded=${moving} onClick=${() => toggle("move")}>${t("floor.move")}</button>`}
      ${!seated && html`<button class="danger" onClick=${() => done(cancel(booking, changed))}>${t("my.cancel")}</button>
        <button class="quiet" aria-expanded=${doing === "explain"} onClick=${() => toggle("explain")}>${t("approvals.why")}</button>`}
    </div>`}
    ${doing === "explain" && !seated && html`<${Closing} does=${does} send=${told(away)} other=${absent ? { does: t("my.cancel"), send: told(cancel) } : undefined} />`}
    ${moving && html`<div class="move-to" role="group" aria-label=${t("floor.moveTo")}>${places.length === 0 ? html`<p class="empty">${t("floor.nowhere")}</p>`
      : places.slice(0, 24).map((it) => html`<button key=${it.id} onClick=${() => done(move(booking, it.id, changed))}>${it.name}${it.capacity && html` <span class="muted">${t("seats", { n: it.capacity })}</span>`}</button>`)}</div>`}
  </div>`;
}

/** What is free and what is not, by resource. @param {Times} times */
export const timesOf = (times) => Object.fromEntries(Object.keys(times.free).map((id) => [id, { free: times.free[id] ?? [], busy: times.busy[id] ?? [] }]));
