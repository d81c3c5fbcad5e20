// Opening hours (OpenStreetMap's `opening_hours`) as the editor knows them: stretches of each weekday and of public holidays. What says more
// than that, and whatever follows it, is kept as it was written, for later rules go before earlier ones.

import { addDays } from "./time.js";

export const DAYS = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
const DAY = 24 * 60;

/** When it is open, in minutes since midnight; the end may be on the next day. @typedef {{from: number, to: number}} Span */

/**
 * `always`: no rule says anything. `week`: the stretches of seven days, or none where the text can't be shown as a week. `holidays`: those of public
 * holidays, or `null` where these are days like others. `rest`: what stands after that, as text.
 * @typedef {{always: boolean, week: Span[][] | null, holidays: Span[] | null, rest: string}} Hours
 */

/** The minutes since midnight that a clock's text means. @param {string} text */
export function minutes(text) {
  const found = /^(\d{1,2}):(\d{2})$/.exec(text);
  return found ? Number(found[1]) * 60 + Number(found[2]) : Number.NaN;
}

/** What a clock shows so many minutes after midnight, as rules are written. @param {number} value */
export const clock = (value) => `${String(Math.floor(value / 60)).padStart(2, "0")}:${String(value % 60).padStart(2, "0")}`;

/**
 * Stretches as one day has them: `09:00-12:00,13:00-18:00`, `off` or `closed`; `null` where it is something else.
 * @param {string} text
 * @returns {Span[] | null}
 */
export function readSpans(text) {
  if (/^(off|closed)$/i.test(text)) return [];
  const spans = [];
  for (const part of text.split(",").map((it) => it.trim())) {
    const found = /^(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})$/.exec(part);
    if (!found) return null;
    const [from, to] = [minutes(String(found[1])), minutes(String(found[2]))];
    if (!(from < DAY && to <= 2 * DAY) || from === to) return null;
    spans.push({ from, to: to <= from ? to + DAY : to });
  }
  return spans;
}

/** @param {Span[]} spans */
export const writeSpans = (spans) => (spans.length === 0 ? "off" : spans.map(({ from, to }) => `${clock(from)}-${clock(to <= DAY ? to : to - DAY < from ? to - DAY : to)}`).join(","));

/**
 * Which days a selector names, 7 for public holidays; `null` where it is something else.
 * @param {string} text
 * @returns {number[] | null}
 */
function readDays(text) {
  const days = [];
  for (const part of text.split(",").map((it) => it.trim())) {
    if (part === "PH") days.push(7);
    else {
      const [first, last, more] = part.split("-").map((it) => DAYS.indexOf(it.trim()));
      if (first === undefined || first < 0 || last === -1 || more !== undefined) return null;
      for (let day = first; ; day = (day + 1) % 7) {
        days.push(day);
        if (day === (last ?? first)) break;
      }
    }
  }
  return days;
}

/**
 * @param {string | null | undefined} text
 * @returns {Hours}
 */
export function readHours(text) {
  if (!text?.trim()) return { always: true, week: null, holidays: null, rest: "" };
  /** @type {Span[][]} */
  const week = DAYS.map(() => []);
  /** @type {Span[] | null} */
  let holidays = null;
  // A semicolon in a comment is none that parts rules, but a comment is more than a week anyway.
  const rules = text.split(";").map((it) => it.trim()).filter(Boolean);
  let known = 0;
  for (const rule of rules) {
    const found = /^((?:[A-Z][a-z]|PH)(?:\s*[-,]\s*(?:[A-Z][a-z]|PH))*)?\s*((?:\d|off|closed|24\/7).*)?$/.exec(rule);
    const days = found ? (found[1] ? readDays(found[1]) : [0, 1, 2, 3, 4, 5, 6]) : null;
    const times = found?.[2] ?? (found?.[1] ? "00:00-24:00" : "");
    const spans = times === "24/7" && !found?.[1] ? [{ from: 0, to: DAY }] : readSpans(times);
    // A weekday's rule after one for holidays would speak for holidays too.
    if (!days || !spans || (holidays && days.some((it) => it < 7))) break;
    for (const day of days) {
      if (day === 7) holidays = spans;
      else week[day] = spans;
    }
    known += 1;
  }
  return { always: false, week: known > 0 ? week : null, holidays, rest: rules.slice(known).join("; ") };
}

/**
 * The text; days that follow each other and are alike stand together.
 * @param {Hours} hours
 * @returns {string | null}
 */
export function writeHours({ always, week, holidays, rest }) {
  if (always) return null;
  const rules = [];
  for (let first = 0; week && first < 7; first += 1) {
    const spans = week[first] ?? [];
    let last = first;
    while (last < 6 && JSON.stringify(week[last + 1]) === JSON.stringify(spans)) last += 1;
    if (spans.length > 0) rules.push(`${DAYS[first]}${last > first ? `-${DAYS[last]}` : ""} ${writeSpans(spans)}`);
    first = last;
  }
  if (week && rules.length === 0) rules.push("Mo-Su off");
  if (holidays) rules.push(`PH ${writeSpans(holidays)}`);
  if (rest.trim()) rules.push(rest.trim());
  return rules.join("; ") || null;
}

/** Whether stretches of a day run into each other. @param {Span[]} spans */
export const collide = (spans) => [...spans].sort((a, b) => a.from - b.from).some((it, n, all) => n > 0 && it.from < (all[n - 1]?.to ?? 0));

/**
 * What the editor's hours come to on some days, with the days that are set apart.
 * @param {Hours} hours
 * @param {{date: string, hours: string}[]} exceptions
 * @param {string[]} holidays
 * @param {string} first
 * @param {number} count
 * @returns {{day: string, spans: Span[] | null, why: "exception" | "holiday" | null}[]} `spans` are `null` where the text has to be asked
 */
export function upcoming(hours, exceptions, holidays, first, count) {
  return Array.from({ length: count }, (_, n) => {
    const day = addDays(first, n);
    const exception = exceptions.find((it) => it.date === day);
    if (exception) return { day, spans: readSpans(exception.hours), why: "exception" };
    const isHoliday = holidays.includes(day);
    if (isHoliday && hours.holidays) return { day, spans: hours.holidays, why: "holiday" };
    const weekday = (new Date(`${day}T12:00:00Z`).getUTCDay() + 6) % 7;
    const spans = hours.always ? [{ from: 0, to: DAY }] : (hours.week?.[weekday] ?? null);
    return { day, spans, why: isHoliday ? "holiday" : null };
  });
}
