// The approvals inbox: what waits for a decision, what runs out first, with what stands around that time. j and k go through it, a approves, r rejects,
// w rejects and says why, x selects. Requests of one series stand together and are decided together, or date by date (o). Rejecting can be taken back for a
// few seconds, in which nothing has happened yet.

import { Problem, api } from "../api.js";
import { Closing } from "../components/closing.js";
import { Dialog } from "../components/dialog.js";
import { isWriting, useKeys } from "../components/keys.js";
import { contactOf, whoOf } from "../components/people.js";
import { Icon, html } from "../html.js";
import { locale, t } from "../i18n.js";
import { grouped, partsOf, stopsOf } from "../inbox.js";
import { useLive } from "../live.js";
import { knowMine, mayManage, rightsOf, standsOn, useMine } from "../mine.js";
import { complain, dismiss, homeZone, resourceOf, toast, toasts, wordsOf } from "../state.js";
import { dayOf, here, showDay, showSpan, showTime, text } from "../time.js";
import { useEffect, useLayoutEffect, useRef, useState } from "../vendor/hooks.js";

/** @typedef {import("../state.js").Booking} Booking */

/** How long a rejection can be taken back. */
const GRACE_MS = 5_000;
const AROUND_MS = 4 * 3_600_000;
const HOUR = 3_600_000;
/** How many are decided in one request; fewer where each says why, for what is sent while a page is left has to be small. */
const [AT_ONCE, AT_ONCE_SAID] = [100, 40];
/** How many dates of a series, and how many refusals, are told before they are counted. */
const TOLD = 4;
const ACTIVE = ["pending", "confirmed", "held", "checked_in"];

/** As if one had asked for what the keys do by the key for that. */
const askForKeys = () => dispatchEvent(new KeyboardEvent("keydown", { key: "?" }));

/** What runs out first stands first. @param {Booking} it */
const urgency = (it) => Date.parse(it.lapses_at ?? it.starts_at);

/** @typedef {{booking: Booking, problem: Problem}} Refused */

/**
 * Decides about them, each by itself. Answers with those about which it could not be decided.
 * @param {Booking[]} some
 * @param {"confirm" | "reject"} how
 * @param {string} [reason]
 */
async function decide(some, how, reason = "") {
  const refused = /** @type {Refused[]} */ ([]);
  for (const part of partsOf(some, reason ? AT_ONCE_SAID : AT_ONCE)) {
    const operations = part.map((it) => ({ [how]: { booking_id: it.id, ...(reason ? { reason } : {}) } }));
    const { results } = await api.act("/bookings/bulk", { operations });
    for (const [n, booking] of part.entries()) if (results[n].problem) refused.push({ booking, problem: new Problem(results[n].problem, results[n].status) });
  }
  return refused;
}

/** Those that whoever is signed in may say yes to. @param {Booking[]} some */
const mayApprove = (some) => some.filter((it) => rightsOf(it).approves);

/** @param {Booking} booking */
const zoneOf = (booking) => resourceOf(booking.resource_id)?.time_zone ?? homeZone.value;
/** @param {Booking} booking */
const spanOf = (booking) => showSpan(Date.parse(booking.starts_at), Date.parse(booking.ends_at), zoneOf(booking), locale());
/** @param {Booking} booking @param {"long" | "short"} [style] */
const dateOf = (booking, style) => showDay(dayOf(Date.parse(booking.starts_at), zoneOf(booking)), locale(), style);

export function Approvals() {
  const [found, setFound] = useState(/** @type {Booking[] | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [at, setAt] = useState(0);
  const [chosen, setChosen] = useState(/** @type {string[]} */ ([]));
  /** The series whose dates are shown. */
  const [open, setOpen] = useState(/** @type {string[]} */ ([]));
  /** What could not be decided, and why. */
  const [refused, setRefused] = useState(/** @type {Refused[]} */ ([]));
  /** What is about to be rejected, when, and why. @type {{current: Map<string, {timer: number, reason: string, booking: Booking}>}} */
  const going = useRef(new Map());
  /** What is to be rejected once it is said why. */
  const [explaining, setExplaining] = useState(/** @type {Booking[]} */ ([]));
  const [, changed] = useState(0);
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const load = () =>
    Promise.all([api.all("/bookings/", { status: "pending", from: text(Date.now()) }, 500), knowMine()]).then(
      ([all]) => (setFound(all.sort((/** @type {Booking} */ a, /** @type {Booking} */ b) => urgency(a) - urgency(b))), setError(null)),
      (problem) => (setError(problem), setFound((/** @type {Booking[] | null} */ before) => before ?? [])),
    );
  useLive(load, []);
  useMine();
  const waiting = (found ?? []).filter((it) => !going.current.has(it.id));
  const groups = grouped(waiting);
  const stops = stopsOf(groups, open);
  const here_ = Math.min(at, stops.length - 1);

  const gone = (/** @type {string[]} */ ids) => {
    setFound((/** @type {Booking[] | null} */ before) => (before ?? []).filter((it) => !ids.includes(it.id)));
    setChosen((/** @type {string[]} */ before) => before.filter((it) => !ids.includes(it)));
  };
  const approve = async (/** @type {Booking[]} */ wanted) => {
    const some = mayApprove(wanted);
    if (some.length === 0) return;
    try {
      const not = await decide(some, "confirm");
      const done = some.length - not.length;
      if (done > 0) toast(done === 1 ? t("approvals.confirmed") : t("approvals.confirmedMany", { n: done }));
      setRefused(not);
      gone(some.map((it) => it.id));
    } catch (problem) {
      complain(problem);
    }
    await load();
  };
  const carryOut = async (/** @type {string[]} */ ids) => {
    const these = ids.flatMap((id) => going.current.get(id) ?? []);
    for (const { timer, booking } of these) {
      clearTimeout(timer);
      going.current.delete(booking.id);
    }
    if (these.length === 0) return;
    try {
      // What was rejected together has one reason.
      const not = [];
      for (const reason of new Set(these.map((it) => it.reason))) not.push(...(await decide(these.filter((it) => it.reason === reason).map((it) => it.booking), "reject", reason)));
      setRefused(not);
    } catch (problem) {
      complain(problem);
    }
    await load();
  };
  const reject = (/** @type {Booking[]} */ some, reason = "") => {
    const ids = some.map((it) => it.id);
    const timer = window.setTimeout(() => {
      void carryOut(ids);
      gone(ids);
    }, GRACE_MS);
    for (const booking of some) going.current.set(booking.id, { timer, reason, booking });
    setChosen([]);
    changed((n) => n + 1);
    const undo = () => {
      clearTimeout(timer);
      for (const id of ids) going.current.delete(id);
      changed((n) => n + 1);
    };
    toast(ids.length === 1 ? t("approvals.rejected") : t("approvals.rejectedMany", { n: ids.length }), { undo });
    // The offer ends with the time in which it can be taken.
    const id = toasts.value.at(-1)?.id;
    if (id) setTimeout(() => dismiss(id), GRACE_MS);
  };
  // Whoever leaves has decided.
  useLayoutEffect(() => {
    const all = () => void carryOut([...going.current.keys()]);
    addEventListener("pagehide", all);
    return () => {
      removeEventListener("pagehide", all);
      all();
    };
  }, []);

  const picked = waiting.filter((it) => chosen.includes(it.id));
  const areChosen = (/** @type {Booking[]} */ some) => some.every((it) => chosen.includes(it.id));
  const toggle = (/** @type {Booking[]} */ some) => {
    const ids = some.map((it) => it.id);
    setChosen(areChosen(some) ? chosen.filter((it) => !ids.includes(it)) : [...new Set([...chosen, ...ids])]);
  };
  const unfold = (/** @type {string} */ key) => setOpen(open.includes(key) ? open.filter((it) => it !== key) : [...open, key]);
  const move = (/** @type {number} */ to) => setAt(Math.max(0, Math.min(stops.length - 1, to)));
  useKeys((event) => {
    if ((isWriting(event) && !(event.target instanceof HTMLInputElement && event.target.type === "checkbox")) || event.ctrlKey || event.metaKey || event.altKey) return;
    const stop = stops[here_];
    const these = picked.length > 0 ? picked : (stop?.all ?? []);
    // From one of its dates, the series is closed too.
    const series = stop && groups.find((it) => it.all.length > 1 && it.all.some((one) => one.id === stop.all[0]?.id));
    if (event.key === "j" || event.key === "ArrowDown") move(here_ + 1);
    else if (event.key === "k" || event.key === "ArrowUp") move(here_ - 1);
    else if (event.key === "a" && these.length > 0) void approve(these);
    else if (event.key === "r" && these.length > 0) reject(these);
    else if (event.key === "w" && these.length > 0) setExplaining(these);
    else if (event.key === "x" && stop) toggle(stop.all);
    else if (event.key === "o" && series) {
      unfold(series.key);
      setAt(stops.findIndex((it) => it.key === series.key));
    } else return;
    event.preventDefault();
  });
  useEffect(() => {
    list.current?.querySelector(".at")?.scrollIntoView({ block: "nearest" });
  }, [here_]);
  const notYours = error?.status === 403;
  const all = waiting.length > 0 && picked.length === waiting.length;
  const many = waiting.length > 1;
  const stopAt = (/** @type {string} */ key) => stops.findIndex((it) => it.key === key);
  const request = (/** @type {Booking} */ booking, /** @type {string} */ key) => html`<${Request} key=${booking.id} booking=${booking} at=${stops[here_]?.key === key} chosen=${chosen.includes(booking.id)} many=${many}
    choose=${() => (setAt(stopAt(key)), toggle([booking]))} approve=${() => approve([booking])} reject=${() => reject([booking])} explain=${() => setExplaining([booking])} />`;
  return html`<section class="page approvals">
    <div class="head"><h1>${t("approvals.title")} ${waiting.length > 0 && html`<span class="count">${waiting.length}</span>`}</h1>
      ${waiting.length > 0 && html`<button class="quiet" aria-keyshortcuts="?" onClick=${askForKeys}><kbd>?</kbd>${t("approvals.keys")}</button>`}</div>
    ${error && !notYours && html`<p class="notice bad" role="alert">${wordsOf(error)}</p>`}
    ${refused.length > 0 && html`<div class="notice bad" role="alert"><p><${Icon} name="alert" />${t("approvals.notDone", { n: refused.length })}</p>
      <ul>${refused.slice(0, TOLD).map(({ booking, problem }) => html`<li key=${booking.id}><strong>${booking.title || t("booking")}</strong>, <span class="whole">${dateOf(booking)}</span>, <span class="whole">${spanOf(booking)}</span>: ${wordsOf(problem, zoneOf(booking))}</li>`)}
        ${refused.length > TOLD && html`<li>${t("approvals.notDoneMore", { n: refused.length - TOLD })}</li>`}</ul>
      <div class="row end"><button type="button" onClick=${() => setRefused([])}>${t("close")}</button></div></div>`}
    ${found === null && html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`}
    ${found !== null && waiting.length === 0 && html`<div class="empty"><${Icon} name="check" /><p>${notYours ? t("approvals.notYours") : t("approvals.none")}</p>${!notYours && html`<a class="button" href="/today">${t("nav.today")}</a>`}</div>`}
    ${many && html`<div class="bulk"><label class="check"><input type="checkbox" checked=${all} onChange=${() => setChosen(all ? [] : waiting.map((it) => it.id))} />${picked.length > 0 ? t("approvals.chosen", { n: picked.length }) : t("approvals.all")}</label>
      ${picked.length > 0 && html`<span class="acts">${mayApprove(picked).length > 0 && html`<button class="primary" onClick=${() => approve(picked)}>${t("approvals.confirmAll", { n: mayApprove(picked).length })}</button>`}<button class="danger" onClick=${() => reject(picked)}>${t("approvals.rejectAll", { n: picked.length })}</button><button class="quiet" aria-haspopup="dialog" onClick=${() => setExplaining(picked)}>${t("approvals.why")}</button></span>`}</div>`}
    <ul class="bookings" ref=${list}>${groups.map((group) => (group.all.length === 1 ? request(/** @type {Booking} */ (group.all[0]), group.key) : html`<${Series} key=${group.key} all=${group.all} at=${stops[here_]?.key === group.key} chosen=${areChosen(group.all)} choose=${() => (setAt(stopAt(group.key)), toggle(group.all))}
      open=${open.includes(group.key)} unfold=${() => unfold(group.key)} approve=${() => approve(group.all)} reject=${() => reject(group.all)} explain=${() => setExplaining(group.all)}>${open.includes(group.key) && group.all.map((it) => request(it, it.id))}<//>`))}</ul>
    ${explaining.length > 0 && html`<${Dialog} title=${explaining.length === 1 ? t("approvals.whyOne", { what: explaining[0]?.title || t("booking") }) : t("approvals.whyMany", { n: explaining.length })} close=${() => setExplaining([])}>
      <${Closing} does=${t("approvals.reject")} close=${() => setExplaining([])} send=${(/** @type {string} */ why) => (reject(explaining, why), setExplaining([]))} /><//>`}
  </section>`;
}

/** Who asks, and for how many. @param {Booking} booking */
function whoAsks(booking) {
  const who = whoOf(booking);
  const more = [contactOf(booking), booking.party_size && t("people", { n: booking.party_size }), booking.series_id && t("approvals.series")].filter(Boolean);
  return html`${who && html`<bdi>${who}</bdi>`}${who && more.length > 0 && " · "}${more.join(" · ")}`;
}

/** Who else has to say yes. @param {{booking: Booking}} props */
function NotAlone({ booking }) {
  const others = standsOn(booking).map(resourceOf).filter((it) => it?.requires_approval && !mayManage(it));
  return others.length > 0 ? html`<span class="muted">${t("approvals.othersDecide", { what: new Intl.ListFormat(locale()).format(others.map((it) => it?.name ?? "")) })}</span>` : null;
}

/** When it runs out, and whether there is room for so many. @param {{booking: Booking}} props */
function Marks({ booking }) {
  const left = booking.lapses_at ? Date.parse(booking.lapses_at) - Date.now() : null;
  const capacity = resourceOf(booking.resource_id)?.capacity;
  const tight = capacity && booking.party_size && booking.party_size > capacity * (booking.quantity || 1);
  return html`<span class="marks">${left !== null && left < 24 * HOUR && html`<span class="status ${left < 2 * HOUR ? "no_show" : "pending"}">${left < HOUR ? t("approvals.lapsesSoon") : t("approvals.lapses", { n: Math.floor(left / HOUR) })}</span>`}
    ${tight && html`<span class="status no_show">${t("approvals.tooMany", { n: capacity })}</span>`}</span>`;
}

/**
 * What is asked for again and again: all of it at once, or date by date.
 * @param {{all: Booking[], at: boolean, chosen: boolean, choose: () => void, open: boolean, unfold: () => void, approve: () => void, reject: () => void, explain: () => void, children?: any}} props
 */
function Series({ all, at, chosen, choose, open, unfold, approve, reject, explain, children }) {
  const first = /** @type {Booking} */ (all[0]);
  const name = first.title || t("booking");
  const [n, yes, spans] = [all.length, mayApprove(all).length, new Set(all.map(spanOf))];
  const dates = all.slice(0, n > TOLD + 1 ? TOLD : n).map((it) => (spans.size === 1 ? dateOf(it) : `${dateOf(it)}, ${spanOf(it)}`));
  return html`<li class="item request series ${at ? "at" : ""}" aria-current=${at ? "true" : undefined}>
    <input type="checkbox" aria-label=${t("approvals.choose", { what: `${name}, ${t("approvals.dates", { n })}` })} checked=${chosen} onChange=${choose} />
    <div class="what"><strong>${name}</strong>
      <span>${[...new Set(all.map((it) => resourceOf(it.resource_id)?.name ?? t("gone")))].join(", ")} · <span class="whole">${t("approvals.dates", { n })}</span>${spans.size === 1 && html` · <span class="whole">${spanOf(first)}</span>`}</span>
      <span class="muted dates">${dates.map((it) => html`<span class="whole">${it}</span>`)}${n > dates.length && html`<span class="whole">${t("approvals.moreDates", { n: n - dates.length })}</span>`}</span>
      <span class="muted">${whoAsks(first)}</span>
      ${first.notes && html`<span class="muted notes">${first.notes}</span>`}
      <${Marks} booking=${first} />
      <button class="quiet unfold" aria-expanded=${open} onClick=${unfold}><${Icon} name="more" />${t("approvals.eachDate")}</button></div>
    <${NotAlone} booking=${first} />
    <div class="acts">${yes > 0 && html`<button class="primary" onClick=${approve}>${t("approvals.confirmEach", { n: yes })}</button>`}
      <button class="danger" onClick=${reject}>${t("approvals.rejectEach", { n })}</button>
      <button class="quiet" aria-haspopup="dialog" aria-label="${t("approvals.why")}: ${name}, ${t("approvals.dates", { n })}" onClick=${explain}>${t("approvals.why")}</button></div>
    ${open && html`<ul class="bookings">${children}</ul>`}
  </li>`;
}

/** @param {{booking: Booking, at: boolean, chosen: boolean, choose: () => void, approve: () => void, reject: () => void, explain: () => void, many: boolean}} props */
function Request({ booking, at, chosen, choose, approve, reject, explain, many }) {
  const resource = resourceOf(booking.resource_id);
  const zone = zoneOf(booking);
  const [from, to] = [Date.parse(booking.starts_at), Date.parse(booking.ends_at)];
  const name = booking.title || t("booking");
  const when = html`${dateOf(booking, "long")}, <span class="whole">${spanOf(booking)}</span>`;
  const local = here();
  return html`<li class="item request ${at ? "at" : ""}" aria-current=${at ? "true" : undefined}>
    ${many && html`<input type="checkbox" aria-label=${t("approvals.choose", { what: name })} checked=${chosen} onChange=${choose} />`}
    <div class="what"><strong>${name}</strong>
      <span>${resource?.name ?? t("gone")} · ${when}</span>
      ${zone !== local && showTime(from, zone, locale()) !== showTime(from, local, locale()) && html`<span class="muted">${t("yourTime")}: ${showSpan(from, to, local, locale())}</span>`}
      <span class="muted">${whoAsks(booking)}</span>
      ${booking.notes && html`<span class="muted notes">${booking.notes}</span>`}
      <${Marks} booking=${booking} />
      <${NotAlone} booking=${booking} />
      <${Around} booking=${booking} zone=${zone} /></div>
    <div class="acts">${rightsOf(booking).approves && html`<button class="primary" onClick=${approve}>${t("approvals.confirm")}</button>`}
      <button class="danger" onClick=${reject}>${t("approvals.reject")}</button>
      <button class="quiet" aria-haspopup="dialog" aria-label="${t("approvals.why")}: ${name}" onClick=${explain}>${t("approvals.why")}</button></div>
  </li>`;
}

/** What stands around that time, on a strip: who decides sees what comes before and after. @param {{booking: Booking, zone: string}} props */
function Around({ booking, zone }) {
  const [found, setFound] = useState(/** @type {any[] | null} */ (null));
  const [start, end] = [Date.parse(booking.starts_at), Date.parse(booking.ends_at)];
  const [from, to] = [Math.floor((start - AROUND_MS) / HOUR) * HOUR, Math.ceil((end + AROUND_MS) / HOUR) * HOUR];
  useEffect(() => {
    let current = true;
    const query = { resource_id: booking.resource_id, from: text(from), to: text(to), limit: 100 };
    Promise.all([api.get("/bookings/", query), api.get("/schedule/", query)]).then(([bookings, blocks]) => {
      const others = bookings.items.filter((/** @type {any} */ it) => it.id !== booking.id && ACTIVE.includes(it.status));
      if (current) setFound([...others, ...blocks.items.map((/** @type {any} */ it) => ({ ...it, status: "block", title: it.reason }))]);
    }, () => {});
    return () => {
      current = false;
    };
  }, [booking.id, booking.version]);
  if (!found) return null;
  const place = (/** @type {number} */ a, /** @type {number} */ b) => ({ left: `${((Math.max(a, from) - from) / (to - from)) * 100}%`, width: `${((Math.min(b, to) - Math.max(a, from)) / (to - from)) * 100}%` });
  const step = Math.ceil((to - from) / HOUR / 5) * HOUR;
  // An hour stands to the right of its line: one too near the end would poke out.
  const hours = Array.from({ length: Math.ceil((to - from) / step) }, (_, n) => from + n * step).filter((it) => it - from <= (to - from) * 0.84);
  const before = found.filter((it) => Date.parse(it.ends_at) <= start).sort((a, b) => Date.parse(b.ends_at) - Date.parse(a.ends_at))[0];
  const after = found.filter((it) => end <= Date.parse(it.starts_at)).sort((a, b) => Date.parse(a.starts_at) - Date.parse(b.starts_at))[0];
  const beside = found.filter((it) => Date.parse(it.starts_at) < end && start < Date.parse(it.ends_at));
  const label = (/** @type {any} */ it) => `${showSpan(Date.parse(it.starts_at), Date.parse(it.ends_at), zone, locale())} ${it.status === "block" ? t("bar.block") : it.title || t("bar.booking")}`;
  return html`<div class="around"><span class="strip" aria-hidden="true">
      ${found.map((it) => html`<i class="bar ${it.status === "block" ? "block" : it.status}" style=${place(Date.parse(it.starts_at), Date.parse(it.ends_at))}></i>`)}
      <i class="bar pending this" style=${place(start, end)}></i></span>
    <span class="ends" aria-hidden="true">${hours.map((it) => html`<span style=${{ left: `${((it - from) / (to - from)) * 100}%` }}>${showTime(it, zone, locale())}</span>`)}</span>
    <span class="muted">${beside.length > 0 ? t("approvals.beside", { what: beside.map(label).join("; ") }) : found.length === 0 ? t("approvals.alone") : [before && t("approvals.before", { what: label(before) }), after && t("approvals.after", { what: label(after) })].filter(Boolean).join(" · ")}</span></div>`;
}
