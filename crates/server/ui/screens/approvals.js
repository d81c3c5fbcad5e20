// The approvals inbox: what waits for a decision, what runs out first, with what stands around that time. j and k go through it, a approves, r rejects,
// w rejects and says why, x selects. Rejecting can be taken back for a few seconds, in which nothing has happened yet.

import { api } from "../api.js";
import { Closing } from "../components/closing.js";
import { Dialog } from "../components/dialog.js";
import { isWriting, useKeys } from "../components/keys.js";
import { contactOf, whoOf } from "../components/people.js";
import { Icon, html } from "../html.js";
import { locale, t } from "../i18n.js";
import { useLive } from "../live.js";
import { complain, dismiss, homeZone, resourceOf, toast, toasts, wordsOf } from "../state.js";
import { dayOf, here, showDay, showSpan, showTime, text } from "../time.js";
import { useEffect, useLayoutEffect, useRef, useState } from "../vendor/hooks.js";

/** @typedef {import("../state.js").Booking} Booking */

/** How long a rejection can be taken back. */
const GRACE_MS = 5_000;
const AROUND_MS = 4 * 3_600_000;
const HOUR = 3_600_000;
const ACTIVE = ["pending", "confirmed", "held", "checked_in"];

/** As if one had asked for what the keys do by the key for that. */
const askForKeys = () => dispatchEvent(new KeyboardEvent("keydown", { key: "?" }));

/** What runs out first stands first. @param {Booking} it */
const urgency = (it) => Date.parse(it.lapses_at ?? it.starts_at);

export function Approvals() {
  const [found, setFound] = useState(/** @type {Booking[] | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [at, setAt] = useState(0);
  const [chosen, setChosen] = useState(/** @type {string[]} */ ([]));
  /** What is about to be rejected, when, and why. @type {{current: Map<string, {timer: number, reason: string}>}} */
  const going = useRef(new Map());
  /** What is to be rejected once it is said why. */
  const [explaining, setExplaining] = useState(/** @type {Booking[]} */ ([]));
  const [, changed] = useState(0);
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const load = () =>
    api.all("/bookings/", { status: "pending", from: text(Date.now()) }, 500).then(
      (all) => (setFound(all.sort((/** @type {Booking} */ a, /** @type {Booking} */ b) => urgency(a) - urgency(b))), setError(null)),
      (problem) => (setError(problem), setFound((/** @type {Booking[] | null} */ before) => before ?? [])),
    );
  useLive(load, []);
  const waiting = (found ?? []).filter((it) => !going.current.has(it.id));
  const here_ = Math.min(at, waiting.length - 1);

  const gone = (/** @type {string[]} */ ids) => {
    setFound((/** @type {Booking[] | null} */ before) => (before ?? []).filter((it) => !ids.includes(it.id)));
    setChosen((/** @type {string[]} */ before) => before.filter((it) => !ids.includes(it)));
  };
  const approve = async (/** @type {Booking[]} */ some) => {
    let done = 0;
    for (const it of some) {
      await api.act(`/bookings/${it.id}/confirm`).then(() => (done += 1), complain);
    }
    if (done > 0) toast(done === 1 ? t("approvals.confirmed") : t("approvals.confirmedMany", { n: done }));
    gone(some.map((it) => it.id));
    await load();
  };
  const carryOut = (/** @type {string[]} */ ids) => {
    for (const id of ids) {
      const { timer, reason } = going.current.get(id) ?? {};
      if (timer === undefined) continue;
      clearTimeout(timer);
      going.current.delete(id);
      void api.act(`/bookings/${id}/reject`, reason ? { reason } : undefined).catch(complain).then(load);
    }
  };
  const reject = (/** @type {Booking[]} */ some, reason = "") => {
    const ids = some.map((it) => it.id);
    const timer = window.setTimeout(() => {
      carryOut(ids);
      gone(ids);
    }, GRACE_MS);
    for (const id of ids) going.current.set(id, { timer, reason });
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
    const all = () => carryOut([...going.current.keys()]);
    addEventListener("pagehide", all);
    return () => {
      removeEventListener("pagehide", all);
      all();
    };
  }, []);

  const picked = waiting.filter((it) => chosen.includes(it.id));
  const toggle = (/** @type {string} */ id) => setChosen(chosen.includes(id) ? chosen.filter((it) => it !== id) : [...chosen, id]);
  const move = (/** @type {number} */ to) => setAt(Math.max(0, Math.min(waiting.length - 1, to)));
  useKeys((event) => {
    if ((isWriting(event) && !(event.target instanceof HTMLInputElement && event.target.type === "checkbox")) || event.ctrlKey || event.metaKey || event.altKey) return;
    const booking = waiting[here_];
    const these = picked.length > 0 ? picked : booking ? [booking] : [];
    if (event.key === "j" || event.key === "ArrowDown") move(here_ + 1);
    else if (event.key === "k" || event.key === "ArrowUp") move(here_ - 1);
    else if (event.key === "a" && these.length > 0) void approve(these);
    else if (event.key === "r" && these.length > 0) reject(these);
    else if (event.key === "w" && these.length > 0) setExplaining(these);
    else if (event.key === "x" && booking) toggle(booking.id);
    else return;
    event.preventDefault();
  });
  useEffect(() => {
    list.current?.querySelector(".at")?.scrollIntoView({ block: "nearest" });
  }, [here_]);
  const refused = error?.status === 403;
  const all = waiting.length > 0 && picked.length === waiting.length;
  return html`<section class="page approvals">
    <div class="head"><h1>${t("approvals.title")} ${waiting.length > 0 && html`<span class="count">${waiting.length}</span>`}</h1>
      ${waiting.length > 0 && html`<button class="quiet" aria-keyshortcuts="?" onClick=${askForKeys}><kbd>?</kbd>${t("approvals.keys")}</button>`}</div>
    ${error && !refused && html`<p class="notice bad" role="alert">${wordsOf(error)}</p>`}
    ${found === null && html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`}
    ${found !== null && waiting.length === 0 && html`<div class="empty"><${Icon} name="check" /><p>${refused ? t("approvals.notYours") : t("approvals.none")}</p>${!refused && html`<a class="button" href="/today">${t("nav.today")}</a>`}</div>`}
    ${waiting.length > 1 && html`<div class="bulk"><label class="check"><input type="checkbox" checked=${all} onChange=${() => setChosen(all ? [] : waiting.map((it) => it.id))} />${picked.length > 0 ? t("approvals.chosen", { n: picked.length }) : t("approvals.all")}</label>
      ${picked.length > 0 && html`<span class="acts"><button class="primary" onClick=${() => approve(picked)}>${t("approvals.confirmAll", { n: picked.length })}</button><button class="danger" onClick=${() => reject(picked)}>${t("approvals.rejectAll", { n: picked.length })}</button><button class="quiet" aria-haspopup="dialog" onClick=${() => setExplaining(picked)}>${t("approvals.why")}</button></span>`}</div>`}
    <ul class="bookings" ref=${list}>${waiting.map((booking, n) => html`<${Request} key=${booking.id} booking=${booking} at=${n === here_} chosen=${chosen.includes(booking.id)} choose=${() => (setAt(n), toggle(booking.id))}
      approve=${() => approve([booking])} reject=${() => reject([booking])} explain=${() => setExplaining([booking])} many=${waiting.length > 1} />`)}</ul>
    ${explaining.length > 0 && html`<${Dialog} title=${explaining.length === 1 ? t("approvals.whyOne", { what: explaining[0]?.title || t("booking") }) : t("approvals.whyMany", { n: explaining.length })} close=${() => setExplaining([])}>
      <${Closing} does=${t("approvals.reject")} close=${() => setExplaining([])} send=${(/** @type {string} */ why) => (reject(explaining, why), setExplaining([]))} /><//>`}
  </section>`;
}

/** @param {{booking: Booking, at: boolean, chosen: boolean, choose: () => void, approve: () => void, reject: () => void, explain: () => void, many: boolean}} props */
function Request({ booking, at, chosen, choose, approve, reject, explain, many }) {
  const resource = resourceOf(booking.resource_id);
  const zone = resource?.time_zone ?? homeZone.value;
  const [from, to] = [Date.parse(booking.starts_at), Date.parse(booking.ends_at)];
  const who = whoOf(booking);
  const more = [contactOf(booking), booking.party_size && t("people", { n: booking.party_size }), booking.series_id && t("approvals.series")].filter(Boolean);
  const left = booking.lapses_at ? Date.parse(booking.lapses_at) - Date.now() : null;
  const tight = resource?.capacity && booking.party_size && booking.party_size > resource.capacity * (booking.quantity || 1);
  const name = booking.title || t("booking");
  const when = html`${showDay(dayOf(from, zone), locale(), "long")}, <span class="whole">${showSpan(from, to, zone, locale())}</span>`;
  const local = here();
  return html`<li class="item request ${at ? "at" : ""}" aria-current=${at ? "true" : undefined}>
    ${many && html`<input type="checkbox" aria-label=${t("approvals.choose", { what: name })} checked=${chosen} onChange=${choose} />`}
    <div class="what"><strong>${name}</strong>
      <span>${resource?.name ?? t("gone")} · ${when}</span>
      ${zone !== local && showTime(from, zone, locale()) !== showTime(from, local, locale()) && html`<span class="muted">${t("yourTime")}: ${showSpan(from, to, local, locale())}</span>`}
      <span class="muted">${who && html`<bdi>${who}</bdi>`}${who && more.length > 0 && " · "}${more.join(" · ")}</span>
      ${booking.notes && html`<span class="muted notes">${booking.notes}</span>`}
      <span class="marks">${left !== null && left < 24 * HOUR && html`<span class="status ${left < 2 * HOUR ? "no_show" : "pending"}">${left < HOUR ? t("approvals.lapsesSoon") : t("approvals.lapses", { n: Math.floor(left / HOUR) })}</span>`}
        ${tight && html`<span class="status no_show">${t("approvals.tooMany", { n: resource?.capacity ?? 0 })}</span>`}</span>
      <${Around} booking=${booking} zone=${zone} /></div>
    <div class="acts"><button class="primary" onClick=${approve}>${t("approvals.confirm")}</button>
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
