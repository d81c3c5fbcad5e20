// What the pages for guests are made of: start times, the form, how long something is still held.

import { Field } from "../../components/inputs.js";
import { html, Icon } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { addDays, minutesOf, showTime } from "../../time.js";
import { useCallback, useEffect, useId, useRef, useState } from "../../vendor/hooks.js";

/** @typedef {import("./visit.js").Slot} Slot */
/** @typedef {import("./visit.js").Filled} Filled */

/** The parts of a day, and from when on they are. */
const PARTS = /** @type {[string, number][]} */ ([["public.night", 0], ["public.morning", 5 * 60], ["public.midday", 11 * 60], ["public.afternoon", 14 * 60], ["public.evening", 17 * 60]]);

/**
 * Start times, by the parts of the day.
 * @param {{slots: Slot[], zone: string, chosen?: string | null, busy?: boolean, onPick: (slot: Slot) => void, onFull?: (slot: Slot) => void}} props
 */
export function Times({ slots, zone, chosen, busy, onPick, onFull }) {
  const part = (/** @type {Slot} */ it) => PARTS.findLastIndex(([, from]) => from <= minutesOf(Date.parse(it.starts_at), zone));
  const groups = PARTS.map(([name], at) => ({ name, slots: slots.filter((it) => part(it) === at) })).filter((it) => it.slots.length > 0);
  return html`<div class="times">${groups.map(({ name, slots }) => html`<div key=${name} role="group" aria-label=${t(name)}>
    <h3>${t(name)}</h3>
    <div class="chips">${slots.map((it) => {
      const time = showTime(Date.parse(it.starts_at), zone, locale());
      if (it.status === "free") {
        return html`<button type="button" class="chip" key=${it.starts_at} disabled=${busy} aria-pressed=${chosen === undefined ? undefined : chosen === it.starts_at ? "true" : "false"} onClick=${() => onPick(it)}>${time}</button>`;
      }
      const full = html`<span>${time}</span> <small>${t("public.full")}</small>`;
      return onFull
        ? html`<button type="button" class="chip full" key=${it.starts_at} disabled=${busy} onClick=${() => onFull(it)}>${full}</button>`
        : html`<span class="chip full" key=${it.starts_at}>${full}</span>`;
    })}</div>
  </div>`)}</div>`;
}

/** The server tells of so many days at once. */
const DAYS_MAX = 31;

/**
 * Which days of the month that is shown have anything: a help, and no more; where it can't be had the month is shown without.
 * @param {(from: string, to: string) => Promise<Map<string, "free" | "full" | "closed">>} ask another one where something else is asked
 * @param {string} first the day from which on it is asked @param {string | null} last and to which
 */
export function useMarks(ask, first, last) {
  const [month, setMonth] = useState(/** @type {{from: string, to: string} | null} */ (null));
  const [marks, setMarks] = useState(/** @type {Map<string, "free" | "full" | "closed"> | null} */ (null));
  const onMonth = useCallback((/** @type {string} */ from, /** @type {string} */ to) => setMonth({ from, to }), []);
  const marking = useRef(0);
  const mark = useCallback(() => {
    if (!month) return;
    const mine = ++marking.current;
    const from = month.from < first ? first : month.from;
    const to = [month.to, addDays(from, DAYS_MAX - 1), last ?? month.to].reduce((least, it) => (it < least ? it : least));
    ask(from, to).then((found) => mine === marking.current && setMarks(found), () => mine === marking.current && setMarks(null));
  }, [ask, month]);
  useEffect(() => {
    setMarks(null);
    mark();
  }, [mark]);
  return { marks, onMonth, mark };
}

/** @param {{people: number, most: number, onPick: (people: number) => void}} props */
export function Party({ people, most, onPick }) {
  const id = useId();
  return html`<div class="party" role="group" aria-labelledby=${id}>
    <span id=${id}>${t("public.party")}</span>
    <button type="button" aria-label=${t("public.fewer")} disabled=${people <= 1} onClick=${() => onPick(people - 1)}>−</button>
    <output aria-live="polite">${t("people", { n: people })}</output>
    <button type="button" aria-label=${t("public.more")} disabled=${people >= most} onClick=${() => onPick(people + 1)}>+</button>
  </div>`;
}

/**
 * What the place asks of guests.
 * @param {{email: string, phone: string, filled: Filled, onFill: (filled: Filled) => void, problem: any}} props
 */
export function ContactFields({ email, phone, filled, onFill, problem }) {
  const id = useId();
  const wrong = (/** @type {string} */ name) => (problem?.errors?.some((/** @type {any} */ it) => it.pointer === `/${name}`) ? t(`public.wrong.${name}`) : undefined);
  const set = (/** @type {keyof Filled} */ name) => (/** @type {any} */ event) => onFill({ ...filled, [name]: event.target.value });
  const optional = (/** @type {string} */ asked) => (asked === "optional" ? ` ${t("public.optional")}` : "");
  return html`<${Field} label=${t("public.name")} name="name" required maxlength="200" autocomplete="name" value=${filled.name} onInput=${set("name")} wrong=${wrong("name")} />
    ${email !== "no" && html`<${Field} label=${t("public.email") + optional(email)} name="email" type="email" required=${email === "required"} maxlength="254" autocomplete="email" value=${filled.email} onInput=${set("email")} wrong=${wrong("email")} />`}
    ${phone !== "no" && html`<${Field} label=${t("public.phone") + optional(phone)} name="phone" type="tel" required=${phone === "required"} maxlength="40" autocomplete="tel" value=${filled.phone} onInput=${set("phone")} wrong=${wrong("phone")} />`}
    <div class="field"><label for=${id}>${t("public.notes")} ${t("public.optional")}</label>
      <textarea id=${id} name="notes" rows="2" maxlength="4000" value=${filled.notes} onInput=${set("notes")}></textarea></div>`;
}

/** @type {Filled} */
export const EMPTY = { name: "", email: "", phone: "", notes: "" };

/** How long something is still held: whole seconds, counted by the clock and not by ticks. @param {string} until */
export function useSecondsLeft(until) {
  const left = () => Math.max(0, Math.ceil((Date.parse(until) - Date.now()) / 1_000));
  const [seconds, setSeconds] = useState(left);
  useEffect(() => {
    setSeconds(left());
    const timer = setInterval(() => setSeconds(left()), 500);
    return () => clearInterval(timer);
  }, [until]);
  return seconds;
}

/** @param {{seconds: number}} props */
export function Countdown({ seconds }) {
  const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  // It is read out once a minute, and not every second.
  const minutes = Math.ceil(seconds / 60);
  return html`<p class=${seconds < 120 ? "countdown soon" : "countdown"}><${Icon} name="clock" /><span>${t("public.held")}</span> <strong role="timer">${text}</strong><span class="unseen" role="status">${t("public.heldFor", { n: minutes })}</span></p>`;
}
