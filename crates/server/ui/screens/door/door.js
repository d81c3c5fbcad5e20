// The display at a door: how it stands in one look and one colour, what comes next, and what one can do here and now. When the network is
// gone it says since when, goes on counting, and comes back by itself.

import { Problem, asVisitor } from "../../api.js";
import { Qr } from "../../components/qr.js";
import { html, Icon } from "../../html.js";
import { language, locale, t } from "../../i18n.js";
import { pause, standing } from "../../standing.js";
import { dayOf, showDay, showSpan, showTime } from "../../time.js";
import { useNow } from "../../components/now.js";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "../../vendor/hooks.js";
import { wordsOf } from "../../words.js";
import { hear } from "./hear.js";
import { Question } from "./parts.js";

/** @typedef {import("../../standing.js").Door} Door */
/** @typedef {import("../../standing.js").DoorBooking} DoorBooking */
/** @typedef {{path: string, body: object, title: string, sure: string | null}} Act */

/** How often it is asked how it stands where every change is told anyway: so that it is known that the display is there. */
const TOLD_MS = 50_000;

/** @type {Record<import("../../standing.js").State, string>} */
const ICONS = { free: "check", soon: "clock", check_in: "bell", running: "people", ending: "clock", booking: "people", block: "x", out_of_order: "alert", closed: "x" };

/** @param {{token: string, onRevoked: () => void, onLanguage: (tag: string) => Promise<void>}} props */
export function DoorScreen({ token, onRevoked, onLanguage }) {
  const [door, setDoor] = useState(/** @type {Door | null} */ (null));
  const [ahead, setAhead] = useState(0);
  const [lostAt, setLostAt] = useState(/** @type {number | null} */ (null));
  const [gone, setGone] = useState(false);
  const failures = useRef(0);
  const timer = useRef(/** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined));
  const stopped = useRef(false);
  const round = useRef(0);
  const ears = useRef(/** @type {ReturnType<typeof hear> | null} */ (null));

  const look = useCallback(async () => {
    clearTimeout(timer.current);
    // What was asked earlier says nothing any more.
    const mine = ++round.current;
    try {
      const asked = Date.now();
      const found = await asVisitor("GET", "/display", { token });
      if (stopped.current || mine !== round.current) return;
      failures.current = 0;
      ears.current?.again();
      setAhead(Date.parse(found.now) - (asked + Date.now()) / 2);
      setLostAt(null);
      setGone(false);
      if (!language.peek().startsWith(found.language.slice(0, 2))) await onLanguage(found.language);
      setDoor(found);
    } catch (problem) {
      if (stopped.current || mine !== round.current) return;
      const { status } = /** @type {any} */ (problem);
      if (status === 401) return onRevoked();
      if (status === 404) setGone(true);
      else setLostAt((it) => it ?? Date.now());
      failures.current++;
    }
    timer.current = setTimeout(look, failures.current === 0 && ears.current?.hears() ? TOLD_MS : pause(failures.current));
  }, [token]);
  useLayoutEffect(() => {
    stopped.current = false;
    const now = () => void look();
    ears.current = hear(token, { onChange: now, onLost: now });
    now();
    const seen = () => document.visibilityState === "visible" && now();
    addEventListener("online", now);
    addEventListener("offline", now);
    document.addEventListener("visibilitychange", seen);
    return () => {
      stopped.current = true;
      clearTimeout(timer.current);
      ears.current?.stop();
      removeEventListener("online", now);
      removeEventListener("offline", now);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [look]);

  useLayoutEffect(() => {
    if (door?.settings.theme) document.documentElement.dataset["theme"] = door.settings.theme;
    else delete document.documentElement.dataset["theme"];
    if (door) document.title = door.resource_name;
  }, [door?.settings.theme, door?.resource_name]);

  if (gone) return html`<main class="door closed"><p class="state"><${Icon} name="alert" />${t("door.taken")}</p></main>`;
  if (!door) return html`<main class="door"><p class="skeleton" aria-busy="true">${t(lostAt ? "door.offlinePairing" : "loading")}</p></main>`;
  return html`<${Standing} door=${door} ahead=${ahead} lostAt=${lostAt} token=${token} look=${look} onRevoked=${onRevoked} />`;
}

/** @param {{door: Door, ahead: number, lostAt: number | null, token: string, look: () => Promise<void>, onRevoked: () => void}} props */
function Standing({ door, ahead, lostAt, token, look, onRevoked }) {
  const now = useNow(1_000, ahead);
  const [act, setAct] = useState(/** @type {Act | null} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const zone = door.time_zone;
  const { state, booking, until, next, fresh } = standing(door, now);
  const clock = (/** @type {number} */ instant) => showTime(instant, zone, locale());
  /** Until when: with the day, where that is another. */
  const end = (/** @type {number} */ instant) => (dayOf(instant, zone) === dayOf(now, zone) || instant - now < 12 * 3_600_000 ? clock(instant) : `${showDay(dayOf(instant, zone), locale())}, ${clock(instant)}`);
  const can = lostAt === null && !busy;

  // Where time alone has changed something, the server is asked at once.
  useEffect(() => {
    if (!fresh && lostAt === null) void look();
  }, [fresh]);

  const send = async (/** @type {Act} */ what, /** @type {string | undefined} */ pin) => {
    setBusy(true);
    setProblem(null);
    try {
      await asVisitor("POST", `/display/bookings${what.path}`, { token, body: { ...what.body, ...(pin === undefined ? {} : { pin }) } });
      setAct(null);
    } catch (refused) {
      if (/** @type {any} */ (refused)?.status === 401) return onRevoked();
      setProblem(refused);
      if (!(refused instanceof Problem && refused.status === 403)) setAct(null);
    } finally {
      setBusy(false);
      await look();
    }
  };
  /** Asks first where that is wanted. @param {Act} what */
  const begin = (what) => {
    setProblem(null);
    if (door.has_pin || what.sure) setAct(what);
    else void send(what, undefined);
  };
  const wrong = problem ? (problem.status === 403 && door.has_pin ? t("door.wrongPin") : wordsOf(problem, zone)) : "";
  const minutesLeft = until === null ? null : Math.max(0, Math.ceil((until - now) / 60_000));

  return html`<main class="door ${state}">
    <header><div><h1>${door.resource_name}</h1>
      <p>${[door.site_name, door.capacity ? t("seats", { n: door.capacity }) : null].filter(Boolean).join(" · ")}</p></div>
      <p class="clock"><time>${clock(now)}</time><small class="upper">${showDay(dayOf(now, zone), locale(), "long")} · ${zone}</small></p></header>
    ${lostAt !== null && html`<p class="offline" role="status"><${Icon} name="alert" />${t("door.offline", { time: clock(lostAt + ahead) })}</p>`}
    <section class="now" aria-live="polite">
      <p class="state"><${Icon} name=${ICONS[state]} />${t(`door.${state}`)}</p>
      ${until !== null && html`<p class="until">${t(state === "check_in" ? (booking && Date.parse(booking.starts_at) > now ? "door.starts" : "door.checkInBy") : "door.until", { time: end(until) })}</p>`}
      ${minutesLeft !== null && minutesLeft <= 90 && state !== "check_in" && html`<p class="left">${t("door.left", { n: minutesLeft })}</p>`}
      ${booking && html`<p class="what">${[booking.title, booking.who].filter(Boolean).join(" · ")}</p>`}
    </section>
    <div class="acts">
      ${(state === "free" || state === "soon") && door.offers.map((it) => {
        const later = Date.parse(it.starts_at) > now + 60_000;
        return html`<button type="button" key=${it.minutes} class="act" disabled=${!can} onClick=${() => begin({ path: "", body: { minutes: it.minutes }, title: t("door.book", { n: it.minutes }), sure: null })}><strong>${t("minutes", { n: it.minutes })}</strong><small>${later ? showSpan(Date.parse(it.starts_at), Date.parse(it.ends_at), zone, locale()) : t("door.until", { time: clock(Date.parse(it.ends_at)) })}</small></button>`;
      })}
      ${booking?.can_check_in && html`<button type="button" class="act" disabled=${!can} onClick=${() => begin({ path: `/${booking.id}/check-in`, body: {}, title: t("door.checkIn"), sure: null })}><strong><${Icon} name="check" />${t("door.checkIn")}</strong></button>`}
      ${booking && booking.extendable_minutes >= 15 && (state === "running" || state === "ending") && html`<button type="button" class="act" disabled=${!can} onClick=${() => begin({ path: `/${booking.id}/extend`, body: { minutes: 15 }, title: t("door.extend"), sure: null })}><strong>${t("door.extend")}</strong></button>`}
      ${booking && door.settings.may_end && (state === "running" || state === "ending") && html`<button type="button" class="act" disabled=${!can} onClick=${() => begin({ path: `/${booking.id}/end`, body: {}, title: t("door.end"), sure: t("door.sureEnd") })}><strong>${t("door.end")}</strong></button>`}
    </div>
    ${problem && !act && html`<p role="alert" class="refused">${wrong}</p>`}
    <footer>
      <div class="next"><h2>${t("door.next")}</h2>
        ${next.length === 0
          ? html`<p>${t("door.nothing")}</p>`
          : html`<ul>${next.map((it) => html`<li key=${it.id}><strong>${dayOf(Date.parse(it.starts_at), zone) === dayOf(now, zone) ? "" : `${showDay(dayOf(Date.parse(it.starts_at), zone), locale())}, `}${showSpan(Date.parse(it.starts_at), Date.parse(it.ends_at), zone, locale())}</strong> <span>${[it.title, it.who].filter(Boolean).join(" · ") || t("door.busy")}</span></li>`)}</ul>`}</div>
      <${Qr} text=${`${location.origin}/?resource=${door.resource_id}`} label=${t("door.scan")} />
    </footer>
    ${act && html`<${Question} title=${act.title} sure=${act.sure} asks=${door.has_pin} wrong=${wrong} busy=${busy} onDo=${(/** @type {string | undefined} */ pin) => send(act, pin)} close=${() => setAct(null)} />`}
  </main>`;
}
