// The host stand: who is to come, who sits and who waits, beside the floor. One tap seats somebody, and each tap can be taken back.

import { api } from "../api.js";
import { Dialog } from "../components/dialog.js";
import { Choice } from "../components/inputs.js";
import { useNow } from "../components/now.js";
import { end, missed, move, canSeat, confirm, seat, takeBack, takeUp, walkIn } from "../floor/actions.js";
import { TICK, nameOf, useFloor, useStandings } from "../floor/data.js";
import { BookingCard, PlaceDialog, timesOf } from "../floor/dialogs.js";
import { PlanView } from "../floor/plan.js";
import { allergyOf, clockText, coversOf, endOf, fitting, holds, isFree, lateBy, movable, overstays, sits, startOf, timerOf } from "../floor/states.js";
import { Icon, html } from "../html.js";
import { locale, t } from "../i18n.js";
import { useLive } from "../live.js";
import { asked, put } from "../router.js";
import { complain, homeZone, resourceOf, resources, toast, wordsOf } from "../state.js";
import { dayOf, showDate, showTime } from "../time.js";
import { useEffect, useMemo, useState } from "../vendor/hooks.js";
import { loadMine, managedSites, mine } from "../mine.js";
import { lookOf, usePhone } from "./floor.js";
import { WaitingForm, WalkInForm } from "./host/forms.js";

/** @typedef {import("../floor/states.js").Booking} Booking */
/** @typedef {{id: string, user_id: string, guest: {name: string, phone: string | null} | null, title: string | null, notes: string | null, party_size: number | null, duration_minutes: number | null, created_at: string, status: string}} Waiting */
/** @typedef {{booking: Booking} | {waiting: Waiting}} Guest what a name on the list stands for */

/** From when a party that is not there counts as late, and as very late. */
const [LATE, VERY_LATE] = [5, 15];
/** How far ahead somebody is expected. */
const TONIGHT = 8 * 3_600_000;
/** How far a pointer has to go until something is dragged. */
const DRAG_PX = 6;
/** For how long somebody without a booking sits, where nobody says. */
const MINUTES = 90;

/** @param {Waiting} it */
const waitingName = (it) => it.guest?.name || it.title || t("booking");

export function Host() {
  const [error, setError] = useState(/** @type {any} */ (null));
  useEffect(() => void loadMine().catch(setError), [resources.value]);
  if (error) return html`<section class="page"><h1>${t("host.title")}</h1><p class="notice bad" role="alert">${wordsOf(error)}</p></section>`;
  if (!mine.value) return html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`;
  const all = managedSites();
  const site = all.find((it) => it.id === asked("site")) ?? all[0];
  if (!site) return html`<section class="page"><h1>${t("host.title")}</h1><p class="empty">${t("host.notYours")}</p></section>`;
  return html`<${Stand} key=${site.id} site=${site} />`;
}

/** @param {{site: import("../state.js").Site}} props */
function Stand({ site }) {
  const zone = site.time_zone || homeZone.value;
  const now = useNow(TICK);
  const { areas, times, error, reload } = useFloor(site.id, dayOf(now, zone), zone);
  const [waiting, setWaiting] = useState(/** @type {Waiting[]} */ ([]));
  const loadWaiting = () => api.all("/waiting-list/", { site_id: site.id }, 500).then(setWaiting, complain);
  useLive(loadWaiting, [site.id]);
  const changed = () => void Promise.all([reload(), loadWaiting()]);
  const all = useMemo(() => [...new Map((areas ?? []).flatMap((it) => it.resources).map((it) => [it.id, it])).values()], [areas]);
  const standings = useStandings(times, all, now, now);
  const phone = usePhone();
  const [pane, setPane] = useState("list");
  const [tab, setTab] = useState("arriving");
  const [form, setForm] = useState(/** @type {"" | "walk-in" | "waiting"} */ (""));
  // A dialog that another one follows tells a moment later that it was closed.
  const shut = (/** @type {string} */ which) => setForm((now) => (now === which ? "" : now));
  const [open, setOpen] = useState(/** @type {string | null} */ (null));
  const [shown, setShown] = useState(/** @type {Booking | null} */ (null));
  const [moving, setMoving] = useState(/** @type {Guest | null} */ (null));
  const [drag, setDrag] = useState(/** @type {{guest: Guest, x: number, y: number} | null} */ (null));
  const [marked, setMarked] = useState(/** @type {string | undefined} */ (undefined));

  const known = new Set(all.map((it) => it.id));
  const here = (times?.bookings ?? []).filter((it) => known.has(it.resource_id));
  const arriving = here.filter((it) => (it.status === "confirmed" || it.status === "pending") && now < endOf(it) && startOf(it) < now + TONIGHT).sort((a, b) => startOf(a) - startOf(b));
  const seated = here.filter((it) => sits(it, now)).sort((a, b) => endOf(a) - endOf(b));
  const offered = here.filter((it) => it.status === "held" && it.guest);
  const gone = here.filter((it) => (it.status === "completed" && !overstays(it, now)) || it.status === "no_show").sort((a, b) => endOf(b) - endOf(a)).slice(0, 60);
  const lists = /** @type {Record<string, number>} */ ({ arriving: arriving.length, seated: seated.length, waiting: waiting.length + offered.length, gone: gone.length });
  const covers = coversOf([...arriving, ...seated]);

  /** Where somebody could go. @param {Guest} guest */
  const places = (guest) => ("booking" in guest ? movable(guest.booking, all, times ? timesOf(times) : {}, now).filter((it) => standings.get(it.id)?.kind !== "overdue")
    : fitting(all, standings, guest.waiting.party_size ?? 1, now, guest.waiting.duration_minutes ?? MINUTES));
  /** @param {Guest} guest @param {string} id */
  const sendTo = async (guest, id) => {
    setMoving(null);
    if ("booking" in guest) {
      if (guest.booking.resource_id === id) return void (canSeat(guest.booking, now) && (await seat(guest.booking, changed)));
      if (!places(guest).some((it) => it.id === id)) return toast(t("host.noFit", { what: resourceOf(id)?.name ?? "" }), { tone: "bad" });
      await move(guest.booking, id, changed);
      return;
    }
    if (!places(guest).some((it) => it.id === id)) return toast(t("host.noFit", { what: resourceOf(id)?.name ?? "" }), { tone: "bad" });
    await seatWaiting(guest.waiting, id);
  };
  /** @param {Waiting} it @param {string} resource_id */
  const seatWaiting = (it, resource_id) => {
    const until = standings.get(resource_id)?.until;
    const left = until ? Math.floor((until - Date.now()) / 60_000) : Infinity;
    return walkIn({
      resource_id, minutes: Math.min(it.duration_minutes ?? MINUTES, left), party_size: it.party_size ?? 1, name: waitingName(it), phone: it.guest?.phone ?? null, notes: it.notes,
      user: it.guest ? null : it.user_id, waiting: it.id,
    }, changed);
  };
  const takeOff = async (/** @type {Waiting} */ it) => {
    try {
      await api.delete(`/waiting-list/${it.id}`);
      toast(t("host.takenOff", { who: waitingName(it) }));
    } catch (problem) {
      complain(problem);
    }
    changed();
  };

  // --- dragging a name onto a table ------------------------------------------------------------------------------
  const grab = (/** @type {PointerEvent} */ event, /** @type {Guest} */ guest) => {
    if (event.button !== 0) return;
    const [x, y] = [event.clientX, event.clientY];
    let far = false;
    const go = (/** @type {PointerEvent} */ it) => {
      far ||= Math.hypot(it.clientX - x, it.clientY - y) > DRAG_PX;
      if (!far) return;
      if (phone) setPane("floor");
      setDrag({ guest, x: it.clientX, y: it.clientY });
    };
    const stop = (/** @type {PointerEvent | KeyboardEvent} */ it) => {
      if (it instanceof KeyboardEvent && it.key !== "Escape") return;
      removeEventListener("pointermove", go);
      removeEventListener("pointerup", stop);
      removeEventListener("pointercancel", stop);
      removeEventListener("keydown", stop);
      setDrag(null);
      if (!far || !(it instanceof PointerEvent) || it.type !== "pointerup") return;
      const id = document.elementFromPoint(it.clientX, it.clientY)?.closest("[data-place]")?.getAttribute("data-place");
      if (id) void sendTo(guest, id);
    };
    addEventListener("pointermove", go);
    addEventListener("pointerup", stop);
    addEventListener("pointercancel", stop);
    addEventListener("keydown", stop);
  };
  const aims = drag ? new Set([...places(drag.guest).map((it) => it.id), ...("booking" in drag.guest ? [drag.guest.booking.resource_id] : [])]) : null;
  const look = (/** @type {string} */ id) => {
    const found = lookOf(resourceOf(id), standings.get(id), { at: now, zone, party: 0 });
    const standing = standings.get(id);
    if (!found || !standing) return found;
    const timer = standing.kind === "seated" && standing.booking ? timerOf(standing.booking, now) : null;
    const due = timer?.tone === "due" ? "due" : "";
    return { ...found, ...(timer ? { badge: clockText(timer.minutes), kind: standing.kind, tone: due } : {}), ...(aims ? { dim: !aims.has(id), wanted: aims.has(id) } : {}) };
  };

  const opened = all.find((it) => it.id === open);
  const standing = open ? standings.get(open) : undefined;
  const common = { now, zone, changed, grab, mark: setMarked, show: setShown, move: setMoving };
  const list = html`<div class="host-list">
    <div class="segments tabs-4" role="group" aria-label=${t("host.lists")}>${["arriving", "seated", "waiting", "gone"].map((it) => html`<button aria-pressed=${tab === it} onClick=${() => setTab(it)}>${t(`host.${it}`)} <span class="count">${lists[it]}</span></button>`)}</div>
    ${lists[tab] === 0 && times && html`<p class="empty">${t(`host.none${tab[0]?.toUpperCase()}${tab.slice(1)}`)}</p>`}
    <ul class="guests">
      ${tab === "arriving" && arriving.map((it) => html`<${Row} key=${it.id} ...${common} booking=${it} />`)}
      ${tab === "seated" && seated.map((it) => html`<${Row} key=${it.id} ...${common} booking=${it} />`)}
      ${tab === "gone" && gone.map((it) => html`<${Row} key=${it.id} ...${common} booking=${it} />`)}
      ${tab === "waiting" && offered.map((it) => html`<li class="guest-row" key=${it.id}><span class="time">${showTime(startOf(it), zone, locale())}</span><div class="who"><strong>${nameOf(it)}</strong>
        <span class="muted">${t("people", { n: it.party_size ?? 1 })} · ${t("host.offered", { what: resourceOf(it.resource_id)?.name ?? "", time: showTime(startOf(it), zone, locale()) })}</span></div>
        <div class="acts"><button class="primary" onClick=${() => takeUp(it, now, changed)}>${t("host.seatOffer", { what: resourceOf(it.resource_id)?.name ?? "" })}</button></div></li>`)}
      ${tab === "waiting" && waiting.map((it) => html`<${WaitingRow} key=${it.id} it=${it} now=${now} zone=${zone} best=${places({ waiting: it })[0]} seat=${seatWaiting} move=${setMoving} takeOff=${takeOff} grab=${grab} />`)}
    </ul>
    ${!phone && html`<p class="hint">${t("host.drag")}</p>`}
  </div>`;
  const floor = html`<div class="host-floor plans">${(areas ?? []).filter((it) => it.plan.resources.length > 0).map((area) => html`<section class="plan-card" key=${area.id ?? "site"} aria-label=${area.name}><h2>${area.name}
    <span class="muted">${t("floor.freeOf", { n: area.resources.filter((it) => isFree(standings.get(it.id))).length, all: area.resources.length })}</span></h2>
    <${PlanView} plan=${area.plan} label=${t("floor.planOf", { area: area.name })} look=${look} open=${setOpen} chosen=${marked} finger=${phone} /></section>`)}
    ${areas && areas.every((it) => it.plan.resources.length === 0) && html`<p class="empty">${t("floor.notDrawn")}</p>`}</div>`;

  return html`<section class="host-page">
    <div class="head">
      <h1>${t("host.title")}</h1><span class="count">${t("host.covers", { n: covers })}</span>
      ${managedSites().length > 1 && html`<${Choice} label=${t("host.site")} value=${site.id} onPick=${(/** @type {string} */ id) => put("site", id)} options=${managedSites().map((it) => ({ value: it.id, text: it.name }))} />`}
      <span class="grow"></span>
      <strong class="clock"><${Icon} name="clock" />${showTime(now, zone, locale())} <span class="muted">${zone}</span></strong>
      <button onClick=${() => setForm("waiting")}>${t("host.wait")}</button>
      <button class="primary" onClick=${() => setForm("walk-in")}><${Icon} name="plus" />${t("host.walkIn")}</button>
    </div>
    ${error && html`<p class="notice bad" role="alert">${wordsOf(error)}</p>`}
    ${(!areas || !times) && !error ? html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`
      : phone ? html`<div class="segments tabs-2" role="group" aria-label=${t("host.panes")}>${["list", "floor"].map((it) => html`<button aria-pressed=${pane === it} onClick=${() => setPane(it)}>${t(`host.${it}`)}</button>`)}</div>
        ${pane === "list" ? list : floor}`
      : html`<div class="host">${list}${floor}</div>`}
    ${drag && html`<div class="drag-ghost" style=${{ left: `${drag.x}px`, top: `${drag.y}px` }}>${"booking" in drag.guest ? nameOf(drag.guest.booking) : waitingName(drag.guest.waiting)}</div>`}
    ${form === "walk-in" && html`<${WalkInForm} resources=${all} standings=${standings} zone=${zone} now=${now} changed=${changed} close=${() => shut("walk-in")} wait=${() => setForm("waiting")} />`}
    ${form === "waiting" && html`<${WaitingForm} site=${site.id} tables=${all.some((it) => it.kind === "table")} changed=${changed} close=${() => shut("waiting")} />`}
    ${moving && html`<${Places} guest=${moving} places=${places(moving)} pick=${(/** @type {string} */ id) => sendTo(moving, id)} close=${() => setMoving(null)} />`}
    ${shown && times && html`<${Dialog} title=${resourceOf(shown.resource_id)?.name ?? ""} close=${() => setShown(null)}>
      <${BookingCard} booking=${here.find((it) => it.id === shown.id) ?? shown} resource=${/** @type {any} */ (resourceOf(shown.resource_id))} times=${times} now=${now} at=${now} party=${0} standing=${/** @type {any} */ (standings.get(shown.resource_id))} others=${all} close=${() => setShown(null)} changed=${changed} />
      <div class="row end"><button onClick=${() => setShown(null)}>${t("close")}</button></div><//>`}
    ${opened && standing && times && html`<${PlaceDialog} key=${open} resource=${opened} standing=${standing} times=${times} at=${now} now=${now} party=${0} others=${all} close=${() => setOpen(null)} changed=${changed} />`}
  </section>`;
}

/**
 * Somebody who is to come, sits or was there.
 * @param {{booking: Booking, now: number, zone: string, changed: () => void, grab: (event: PointerEvent, guest: Guest) => void, mark: (id: string | undefined) => void, show: (it: Booking) => void, move: (guest: Guest) => void}} props
 */
function Row({ booking, now, zone, changed, grab, mark, show, move: choose }) {
  const late = booking.status === "confirmed" ? lateBy(booking, now) : 0;
  const timer = sits(booking, now) ? timerOf(booking, now) : null;
  const allergy = allergyOf(booking);
  const standing = holds(booking) || overstays(booking, now);
  const back = booking.undo_until && now < Date.parse(booking.undo_until);
  const name = nameOf(booking);
  return html`<li class="guest-row ${late >= VERY_LATE || timer?.tone === "over" ? "bad" : late >= LATE || timer?.tone === "due" ? "warn" : ""}" onMouseEnter=${() => mark(booking.resource_id)} onMouseLeave=${() => mark(undefined)}>
    ${standing && html`<span class="grip" aria-hidden="true" title=${t("host.grip", { who: name })} onPointerDown=${(/** @type {any} */ event) => grab(event, { booking })}>⠿</span>`}
    <span class="time">${dayOf(startOf(booking), zone) === dayOf(now, zone) ? "" : html`<small>${showDate(dayOf(startOf(booking), zone), locale())}</small> `}${showTime(startOf(booking), zone, locale())}</span>
    <div class="who" onPointerDown=${(/** @type {any} */ event) => standing && event.pointerType === "mouse" && grab(event, { booking })}>
      <button class="quiet name" onClick=${() => show(booking)}>${name}</button>
      <span class="facts-line"><span class="table-tag">${resourceOf(booking.resource_id)?.name ?? t("gone")}</span><span><${Icon} name="people" />${booking.party_size ?? 1}</span>
        ${booking.status === "pending" && html`<span class="status pending">${t("host.asks")}</span>`}
        ${late >= LATE && html`<span class="late">${t("host.late", { n: late })}</span>`}
        ${timer && html`<span class="timer ${timer.tone}">${timer.minutes >= 0 ? t("host.left", { time: clockText(timer.minutes) }) : t("host.over", { time: clockText(-timer.minutes) })}</span>`}
        ${!standing && html`<span class="status ${booking.status}">${t(`status.${booking.status}`)}</span>`}</span>
      ${allergy && html`<span class="allergy"><${Icon} name="alert" />${t("floor.allergy", { what: allergy })}</span>`}
      ${booking.notes && booking.notes !== allergy && html`<span class="muted note">${booking.notes}</span>`}
    </div>
    <div class="acts">
      ${booking.status === "pending" && html`<button class="primary" onClick=${() => confirm(booking, changed)}>${t("approvals.confirm")}</button>`}
      ${canSeat(booking, now) && html`<button class="primary" onClick=${() => seat(booking, changed)}>${t("floor.seat")}</button>`}
      ${late >= VERY_LATE && html`<button onClick=${() => missed(booking, changed)}>${t("floor.noShow")}</button>`}
      ${timer && html`<button class="primary" onClick=${() => end(booking, changed)}>${t("floor.end")}</button>`}
      ${holds(booking) && booking.status !== "pending" && html`<button class="elsewhere" onClick=${() => choose({ booking })}>${t("floor.move")}</button>`}
      ${back && html`<button onClick=${() => takeBack(booking, changed)}>${t("undo")}</button>`}
    </div>
  </li>`;
}

/** @param {{it: Waiting, now: number, zone: string, best: import("../state.js").Resource | undefined, seat: (it: Waiting, id: string) => void, move: (guest: Guest) => void, takeOff: (it: Waiting) => void, grab: (event: PointerEvent, guest: Guest) => void}} props */
function WaitingRow({ it, now, zone, best, seat: sit, move: choose, takeOff, grab }) {
  const since = Math.max(0, Math.floor((now - Date.parse(it.created_at)) / 60_000));
  return html`<li class="guest-row waits ${since >= 30 ? "warn" : ""}">
    <span class="grip" aria-hidden="true" title=${t("host.grip", { who: waitingName(it) })} onPointerDown=${(/** @type {any} */ event) => grab(event, { waiting: it })}>⠿</span>
    <span class="time">${showTime(Date.parse(it.created_at), zone, locale())}</span>
    <div class="who" onPointerDown=${(/** @type {any} */ event) => event.pointerType === "mouse" && grab(event, { waiting: it })}><strong class="name">${waitingName(it)}</strong>
      <span class="facts-line"><span><${Icon} name="people" />${it.party_size ?? 1}</span><span class=${since >= 30 ? "late" : ""}>${t("host.since", { n: since })}</span>${it.guest?.phone && html`<a href="tel:${it.guest.phone.replace(/[^\d+]/g, "")}" data-outside>${it.guest.phone}</a>`}</span>
      ${it.notes && html`<span class="muted note">${it.notes}</span>`}</div>
    <div class="acts">
      ${best && html`<button class="primary" onClick=${() => sit(it, best.id)}>${t("host.seatAt", { what: best.name })}</button><button onClick=${() => choose({ waiting: it })}>${t("floor.move")}</button>`}
      <button class="danger" onClick=${() => takeOff(it)}>${t("host.takeOff")}</button>
    </div>
  </li>`;
}

/** Where to, from a list. @param {{guest: Guest, places: import("../state.js").Resource[], pick: (id: string) => void, close: () => void}} props */
function Places({ guest, places, pick, close }) {
  const who = "booking" in guest ? nameOf(guest.booking) : waitingName(guest.waiting);
  return html`<${Dialog} title=${t("host.dropHere", { who })} close=${close}>
    ${places.length === 0 ? html`<p class="empty">${t("floor.nowhere")}</p>` : html`<div class="move-to" role="group" aria-label=${t("floor.moveTo")}>${places.slice(0, 40).map((it) => html`<button key=${it.id} onClick=${() => pick(it.id)}>${it.name}${it.capacity && html` <span class="muted">${t("seats", { n: it.capacity })}</span>`}</button>`)}</div>`}
    <div class="row end"><button onClick=${close}>${t("close")}</button></div><//>`;
}
