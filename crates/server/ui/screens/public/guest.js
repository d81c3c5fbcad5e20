// The page behind the private link of a guest without an account: the booking, to move, to take along and to cancel; or the place on the
// waiting list, and what is offered. The secret stands behind the `#` of the address, which browsers send to nobody; it goes into a header
// and nowhere else.

import { asVisitor } from "../../api.js";
import { Month } from "../../components/month.js";
import { useStill } from "../../components/still.js";
import { html, Icon } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { dayOf, here, showDay, showSpan, showTime } from "../../time.js";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "../../vendor/hooks.js";
import { wordsOf } from "../../words.js";
import { ContactFields, Countdown, EMPTY, Party, Times, useMarks, useSecondsLeft } from "./parts.js";
import { daysToMove, insteadOf, saveCalendar, take } from "./visit.js";

/** How often a place on the waiting list is looked at. */
const LOOK_EVERY = 5_000;
const STANDS = ["pending", "confirmed", "held"];

/** @param {{id: string}} props */
export function Guest({ id }) {
  const token = location.hash.slice(1);
  const [booking, setBooking] = useState(/** @type {any} */ (null));
  const [entry, setEntry] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [gone, setGone] = useState("");
  const path = `/guest/bookings/${encodeURIComponent(id)}`;

  const loadEntry = () => asVisitor("GET", `/guest/waiting-list/${encodeURIComponent(id)}`, { token }).then(setEntry);
  const load = () =>
    asVisitor("GET", path, { token }).then(
      (found) => (setBooking(found), found.status === "held" ? loadEntry().catch(() => {}) : null),
      // It may be a place on the waiting list, which becomes a booking when something is offered.
      (refused) => (refused.status === 401 ? loadEntry() : Promise.reject(refused)),
    ).then(() => setProblem(null), setProblem);
  useLayoutEffect(() => void load(), [id, token]);
  const waiting = !booking && entry?.status === "waiting";
  useEffect(() => {
    if (!waiting) return;
    const timer = setInterval(load, LOOK_EVERY);
    return () => clearInterval(timer);
  }, [waiting]);

  let shown;
  if (gone) shown = html`<section class="card done"><h1>${t(gone)}</h1></section>`;
  else if (problem && !booking && !entry) {
    shown = html`<section class="card"><h1>${t("guest.title")}</h1><p role="alert" class="notice bad">${problem.status === 401 ? t("guest.badLink") : wordsOf(problem, "UTC")}</p>
      ${problem.status !== 401 && html`<button type="button" onClick=${load}>${t("public.again")}</button>`}</section>`;
  } else if (booking) shown = html`<${Booking} mine=${{ id, token }} path=${path} booking=${booking} onChange=${load} onGone=${setGone} />`;
  else if (entry) shown = html`<${Waiting} entry=${entry} token=${token} onLeft=${() => setGone("guest.left")} />`;
  else shown = html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`;
  return html`<main class="guest narrow">${shown}</main>`;
}

/** @param {{mine: {id: string, token: string}, path: string, booking: any, onChange: () => Promise<any>, onGone: (how: string) => void}} props */
function Booking({ mine, path, booking, onChange, onGone }) {
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [doing, setDoing] = useState(/** @type {"" | "move" | "cancel" | "forget"} */ (""));
  const [said, setSaid] = useState("");
  const zone = booking.time_zone ?? "UTC";
  const [from, to] = [Date.parse(booking.starts_at), Date.parse(booking.ends_at)];
  const toCome = STANDS.includes(booking.status) && Date.now() < from;
  const spanOf = (/** @type {string} */ clock) => showSpan(from, to, clock, locale());
  const dayIn = (/** @type {string} */ clock) => showDay(dayOf(from, clock), locale(), "long");

  const act = async () => {
    setProblem(null);
    try {
      if (doing === "forget") {
        await asVisitor("DELETE", `${path}/me`, { token: mine.token });
        onGone("guest.forgotten");
      } else {
        await asVisitor("DELETE", path, { token: mine.token });
        await onChange();
      }
    } catch (refused) {
      setProblem(refused);
    } finally {
      setDoing("");
    }
  };
  if (booking.status === "held") return html`<${Offer} mine=${mine} booking=${booking} zone=${zone} onChange=${onChange} onGone=${onGone} />`;
  return html`<section class="card">
    <div class="row between wrap"><h1>${t("guest.title")}</h1><span class="status ${booking.status}" role="status">${t(`status.${booking.status}`)}</span></div>
    <p class="big"><span class="upper">${dayIn(zone)}</span><br />${spanOf(zone)}</p>
    <p><strong>${booking.site_name ?? booking.resource_name ?? ""}</strong>${booking.site_name && booking.resource_name && html`<br />${booking.resource_name}`}${booking.site_address && html`<br /><span class="muted">${booking.site_address}</span>`}</p>
    ${booking.guest && html`<p>${booking.guest.name}${booking.party_size ? ` · ${t("people", { n: booking.party_size })}` : ""}</p>`}
    ${booking.closed_reason && html`<p class="notice">${t("closing.said", { why: booking.closed_reason })}</p>`}
    ${booking.notes && html`<p class="prose muted">${booking.notes}</p>`}
    <p class="hint">${t("zone", { zone })}${zone !== here() ? ` ${t("guest.yourTime", { when: `${dayIn(here())}, ${spanOf(here())}` })}` : ""}</p>
    ${said && html`<p role="status" class="notice">${said}</p>`}
    ${problem && html`<p role="alert" class="notice bad">${wordsOf(problem, zone)}</p>`}
    ${doing === "cancel" || doing === "forget"
      ? html`<p>${t(doing === "forget" ? "guest.sureForget" : "guest.sureCancel")}</p>
        <p class="acts"><button class="danger" type="button" onClick=${act}>${t("guest.yes")}</button><button type="button" onClick=${() => setDoing("")}>${t("guest.no")}</button></p>`
      : doing === "move"
        ? html`<${Move} mine=${mine} path=${path} booking=${booking} zone=${zone} onBack=${() => setDoing("")} onMoved=${() => (setDoing(""), setSaid(t("guest.moved")), onChange())} />`
        : html`${toCome && html`<p class="acts"><button type="button" class="primary" onClick=${() => (setSaid(""), setDoing("move"))}>${t("guest.move")}</button>
            <button type="button" onClick=${() => saveCalendar(mine).catch(setProblem)}><${Icon} name="calendar" />${t("public.calendar")}</button></p>`}
          <p class="acts">${toCome && html`<button type="button" class="danger" onClick=${() => setDoing("cancel")}>${t("guest.cancel")}</button>`}
            <button type="button" class="quiet" onClick=${() => setDoing("forget")}>${t("guest.forget")}</button></p>`}
  </section>`;
}

/** Another day, another time, more people or fewer. @param {{mine: {token: string}, path: string, booking: any, zone: string, onBack: () => void, onMoved: () => void}} props */
function Move({ mine, path, booking, zone, onBack, onMoved }) {
  const today = dayOf(Date.now(), zone);
  const [day, setDay] = useState(dayOf(Date.parse(booking.starts_at), zone));
  const [party, setParty] = useState(booking.party_size ?? 1);
  const [slots, setSlots] = useState(/** @type {any[] | null} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [instead, setInstead] = useState(/** @type {string[] | null} */ (null));
  const [busy, setBusy] = useState(false);
  const asking = useRef(0);
  const size = booking.party_size ? party : null;
  const { mark, ...marked } = useMarks(useCallback((/** @type {string} */ from, /** @type {string} */ to) => daysToMove(path, mine.token, { from, to, party: size }), [path, mine.token, size]), today, null);
  const load = () => {
    const number = ++asking.current;
    const query = new URLSearchParams({ date: day, ...(size ? { party_size: String(size) } : {}) });
    asVisitor("GET", `${path}/slots?${query}`, { token: mine.token }).then(
      (found) => number === asking.current && setSlots(found.slots),
      (refused) => number === asking.current && (setSlots([]), setProblem(refused)),
    );
  };
  useLayoutEffect(() => {
    setSlots(null);
    setProblem(null);
    load();
  }, [day, party]);
  const move = async (/** @type {string} */ starts_at) => {
    setBusy(true);
    setProblem(null);
    try {
      await asVisitor("POST", `${path}/move`, { token: mine.token, body: { starts_at, ...(size && size !== booking.party_size ? { party_size: size } : {}) } });
      onMoved();
    } catch (refused) {
      const others = insteadOf(refused);
      setInstead(others);
      if (!others) setProblem(refused);
      load();
      mark();
    } finally {
      setBusy(false);
    }
  };
  return html`<div class="moving">
    ${booking.party_size && html`<${Party} people=${party} most=${200} onPick=${setParty} />`}
    <${Month} day=${day} first=${today} last=${null} onPick=${setDay} ...${marked} />
    ${instead && html`<div class="notice" role="alert"><p>${t(instead.length ? "public.taken" : "public.takenAll")}</p><div class="chips">${instead.map((it) => html`<button type="button" class="chip" key=${it} disabled=${busy} onClick=${() => move(it)}>${showDay(dayOf(Date.parse(it), zone), locale())}, ${showTime(Date.parse(it), zone, locale())}</button>`)}</div></div>`}
    ${problem && html`<p role="alert" class="notice bad">${wordsOf(problem, zone)}</p>`}
    <h2 class="upper">${showDay(day, locale(), "long")}</h2>
    ${slots === null
      ? html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`
      : slots.length === 0
        ? !problem && html`<p class="empty" role="status">${t("public.none")}</p>`
        : html`<${Times} slots=${slots} zone=${zone} busy=${busy} chosen=${booking.starts_at} onPick=${(/** @type {any} */ it) => move(it.starts_at)} />`}
    <button type="button" class="quiet" onClick=${onBack}>${t("guest.keep")}</button>
  </div>`;
}

/** Something is held for the guest: it was offered from the waiting list, or a form was left. @param {{mine: {id: string, token: string}, booking: any, zone: string, onChange: () => Promise<any>, onGone: (how: string) => void}} props */
function Offer({ mine, booking, zone, onChange, onGone }) {
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const still = useStill(busy);
  const guest = booking.guest;
  const [filled, setFilled] = useState({ ...EMPTY, name: guest && guest.name !== "—" ? guest.name : "", email: guest?.email ?? "", phone: guest?.phone ?? "" });
  const seconds = useSecondsLeft(booking.lapses_at ?? booking.starts_at);
  const [from, to] = [Date.parse(booking.starts_at), Date.parse(booking.ends_at)];
  useEffect(() => {
    if (seconds === 0) void onChange();
  }, [seconds === 0]);
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await take(mine, filled);
      await onChange();
    } catch (refused) {
      setProblem(refused);
    } finally {
      setBusy(false);
    }
  };
  const decline = () => asVisitor("DELETE", `/guest/bookings/${mine.id}`, { token: mine.token }).then(() => onGone("guest.declined"), setProblem);
  return html`<form class="card" ref=${still} onSubmit=${send}>
    <h1>${t("guest.offered")}</h1>
    <p class="big"><span class="upper">${showDay(dayOf(from, zone), locale(), "long")}</span><br />${showSpan(from, to, zone, locale())}</p>
    <p><strong>${booking.site_name ?? ""}</strong>${booking.party_size ? ` · ${t("people", { n: booking.party_size })}` : ""}</p>
    <${Countdown} seconds=${seconds} />
    <${ContactFields} email="optional" phone="optional" filled=${filled} onFill=${setFilled} problem=${problem} />
    ${problem && !problem.errors?.length && html`<p role="alert" class="notice bad">${wordsOf(problem, zone)}</p>`}
    <button class="primary wide" type="submit" disabled=${busy || seconds === 0}>${t("guest.take")}</button>
    <button type="button" class="quiet" onClick=${decline}>${t("guest.decline")}</button>
  </form>`;
}

/** @param {{entry: any, token: string, onLeft: () => void}} props */
function Waiting({ entry, token, onLeft }) {
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const zone = entry.time_zone ?? "UTC";
  const leave = () => asVisitor("DELETE", `/guest/waiting-list/${entry.id}`, { token }).then(onLeft, setProblem);
  const waits = entry.status === "waiting";
  return html`<section class="card">
    <h1>${t(waits ? "public.waits" : `guest.waiting.${entry.status}`)}</h1>
    <p class="big"><span class="upper">${showDay(dayOf(Date.parse(entry.from), zone), locale(), "long")}</span><br />${showSpan(Date.parse(entry.from), Date.parse(entry.to), zone, locale())}</p>
    <p><strong>${entry.site_name ?? ""}</strong>${entry.party_size ? ` · ${t("people", { n: entry.party_size })}` : ""}</p>
    ${waits && html`<p class="notice" role="status">${t("guest.watching")}</p>`}
    <p class="hint">${t("zone", { zone })}</p>
    ${problem && html`<p role="alert" class="notice bad">${wordsOf(problem, zone)}</p>`}
    ${waits ? html`<button type="button" onClick=${leave}>${t("guest.leave")}</button>` : entry.site_slug && html`<a class="button" href="/book/${entry.site_slug}">${t("guest.bookAnew")}</a>`}
  </section>`;
}
