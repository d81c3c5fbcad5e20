// Times as places have them. An instant is milliseconds since 1970; a day is "2026-11-24"; a time of day is minutes since midnight.
// Everything is shown in the zone of the place, whatever zone the browser is in.

const MINUTE = 60_000;

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {string} locale @param {Intl.DateTimeFormatOptions} options */
function format(locale, options) {
  const name = locale + JSON.stringify(options);
  let found = formats.get(name);
  if (!found) formats.set(name, (found = new Intl.DateTimeFormat(locale, options)));
  return found;
}

/** The zone that whoever looks lives in, where it is not the browser's. */
let home = "";
/** @param {string} zone */
export const live = (zone) => {
  home = zone;
};
/** The zone of whoever looks. */
export const here = () => home || Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** What was found of a zone, by quarters of an hour: clocks change at none between. @type {Map<string, Map<number, number>>} */
const offsets = new Map();
const QUARTER = 15 * MINUTE;
/** So many are kept of a zone. */
const KEPT_MAX = 5_000;

/**
 * How far the clocks of a zone are ahead of UTC at an instant, in milliseconds.
 * @param {number} instant
 * @param {string} zone
 */
export function offset(instant, zone) {
  let known = offsets.get(zone);
  if (!known || known.size > KEPT_MAX) offsets.set(zone, (known = new Map()));
  const quarter = Math.floor(instant / QUARTER);
  let found = known.get(quarter);
  if (found === undefined) known.set(quarter, (found = offsetAt(quarter * QUARTER, zone)));
  return found;
}

/** @param {number} instant @param {string} zone */
function offsetAt(instant, zone) {
  const parts = format("en-US", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
  }).formatToParts(instant);
  const part = (/** @type {string} */ type) => Number(parts.find((it) => it.type === type)?.value);
  const wall = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return wall - Math.floor(instant / 1_000) * 1_000;
}

/**
 * The instant at which the clocks of a zone show a time of a day: of two the first; one that is skipped is as long after the
 * last that is not as it would have been (RFC 5545, section 3.3.5).
 * @param {string} day
 * @param {number} minutes
 * @param {string} zone
 */
export function instantOf(day, minutes, zone) {
  const wall = Date.parse(`${day}T00:00:00Z`) + minutes * MINUTE;
  const before = wall - offset(wall - 24 * 60 * MINUTE, zone);
  if (offset(before, zone) === wall - before) return before;
  const after = wall - offset(wall + 24 * 60 * MINUTE, zone);
  return offset(after, zone) === wall - after ? after : before;
}

/** @param {number} instant @param {string} zone @returns {string} the day */
export function dayOf(instant, zone) {
  return new Date(instant + offset(instant, zone)).toISOString().slice(0, 10);
}

/** @param {number} instant @param {string} zone @returns {number} the minutes since midnight */
export function minutesOf(instant, zone) {
  const wall = new Date(instant + offset(instant, zone));
  return wall.getUTCHours() * 60 + wall.getUTCMinutes();
}

/** @param {string} day @param {number} days */
export const addDays = (day, days) => new Date(Date.parse(`${day}T00:00:00Z`) + days * 24 * 60 * MINUTE).toISOString().slice(0, 10);

/** How many days from one day to another. @param {string} from @param {string} to */
export const daysFrom = (from, to) => Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / (24 * 60 * MINUTE));

/** The same day of another month, or its last. @param {string} day @param {number} months */
export function addMonths(day, months) {
  const [year, month, date] = day.split("-").map(Number);
  const first = new Date(Date.UTC(Number(year), Number(month) - 1 + months, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  return addDays(first.toISOString().slice(0, 10), Math.min(Number(date), last) - 1);
}

/** The day of the week: 1 is Monday, 7 Sunday. @param {string} day */
export const weekday = (day) => new Date(`${day}T00:00:00Z`).getUTCDay() || 7;

/** With which day weeks begin. @param {string} locale @returns {number} 1 is Monday, 7 Sunday */
export function firstWeekday(locale) {
  const about = /** @type {any} */ (new Intl.Locale(locale));
  return (about.getWeekInfo?.() ?? about.weekInfo)?.firstDay ?? 1;
}

/** The first day of the week of a day. @param {string} day @param {number} first */
export const weekOf = (day, first) => addDays(day, -((weekday(day) - first + 7) % 7));

/** The weeks of the month of a day, each with its seven days. @param {string} day @param {number} first with which weekday they begin */
export function monthGrid(day, first) {
  const begin = weekOf(`${day.slice(0, 7)}-01`, first);
  const end = addMonths(`${day.slice(0, 7)}-01`, 1);
  const weeks = [];
  for (let week = begin; week < end; week = addDays(week, 7)) weeks.push(Array.from({ length: 7 }, (_, n) => addDays(week, n)));
  return weeks;
}

/** @param {number} instant */
export const text = (instant) => new Date(instant).toISOString().replace(".000Z", "Z");

/** @param {number} instant @param {string} zone @param {string} locale */
export const showTime = (instant, zone, locale) => format(locale, { timeZone: zone, hour: "numeric", minute: "2-digit" }).format(instant);

/** From one to another, in one line: a line may end after a dash even where a space that holds follows it, unless what joins words stands there. @param {string} from @param {string} to */
export const upTo = (from, to) => `${from}\u00a0–\u2060\u00a0${to}`;

/** @param {number} from @param {number} to @param {string} zone @param {string} locale */
export function showSpan(from, to, zone, locale) {
  const days = dayOf(from, zone) === dayOf(to - 1, zone) ? "" : ` ${showDay(dayOf(to, zone), locale)}`;
  return `${upTo(showTime(from, zone, locale), showTime(to, zone, locale))}${days}`;
}

/** @param {string} day @param {string} locale @param {"long" | "short"} [style] */
export function showDay(day, locale, style = "short") {
  const options = { timeZone: "UTC", weekday: style, day: "numeric", month: style === "long" ? "long" : "short" };
  return format(locale, /** @type {Intl.DateTimeFormatOptions} */ (options)).format(Date.parse(`${day}T12:00:00Z`));
}

/** A day by its number and month alone. @param {string} day @param {string} locale */
export const showDate = (day, locale) => format(locale, { timeZone: "UTC", day: "numeric", month: "short" }).format(Date.parse(`${day}T12:00:00Z`));

/** As a title: what some languages write after a year is left out. @param {string} day @param {string} locale @param {string} [last] a day of the last month, where there are two */
export function showMonth(day, locale, last = day) {
  const of = (/** @type {string} */ it, /** @type {Intl.DateTimeFormatOptions} */ options) => format(locale, { timeZone: "UTC", ...options }).format(Date.parse(`${it}T12:00:00Z`)).replace(/\sг\.$/, "");
  if (last.slice(0, 7) === day.slice(0, 7)) return of(day, { month: "long", year: "numeric" });
  if (last.slice(0, 4) === day.slice(0, 4)) return `${of(day, { month: "long" })} – ${of(last, { month: "long", year: "numeric" })}`;
  return `${of(day, { month: "short", year: "numeric" })} – ${of(last, { month: "short", year: "numeric" })}`;
}

/** @param {string} day @param {string} locale @param {"long" | "short" | "narrow"} style */
export const showWeekday = (day, locale, style) => format(locale, { timeZone: "UTC", weekday: style }).format(Date.parse(`${day}T12:00:00Z`));

/** A time of day where there is no room for what half of the day it is in. @param {number} instant @param {string} zone @param {string} locale */
export const showBrief = (instant, zone, locale) =>
  format(locale, { timeZone: zone, hour: "numeric", minute: "2-digit" }).formatToParts(instant).filter((it) => it.type !== "dayPeriod").map((it) => it.value).join("").trim();

/** Text with a large letter at its beginning: days are written small in some languages, titles are not. @param {string} text */
export const titled = (text) => text.charAt(0).toLocaleUpperCase() + text.slice(1);

/** A full hour on a scale, as short as the language has it. @param {number} instant @param {string} zone @param {string} locale */
export function showHour(instant, zone, locale) {
  const twelve = format(locale, { hour: "numeric" }).resolvedOptions().hour12;
  return twelve && minutesOf(instant, zone) % 60 === 0 ? format(locale, { timeZone: zone, hour: "numeric" }).format(instant) : showTime(instant, zone, locale);
}

/** How far a zone is from another one at an instant, in minutes. @param {number} instant @param {string} zone @param {string} from */
export const zoneDifference = (instant, zone, from) => Math.round((offset(instant, zone) - offset(instant, from)) / MINUTE);

/** @param {number} minutes since midnight @param {string} locale */
export const showClock = (minutes, locale) => format(locale, { timeZone: "UTC", hour: "numeric", minute: "2-digit" }).format(minutes * MINUTE);

/** When something ends: midnight is 24:00 then, where the clock has 24 hours. @param {number} minutes since midnight, the next day's too @param {string} locale */
export const showEnd = (minutes, locale) => (minutes === 24 * 60 ? showClock(0, locale).replace(/^0+(?=\D)/, "24") : showClock(minutes, locale));

/** Until when something lasts. @param {number} instant @param {string} zone @param {string} locale */
export const showUntil = (instant, zone, locale) => (minutesOf(instant, zone) === 0 ? showEnd(24 * 60, locale) : showTime(instant, zone, locale));

/** @param {number} instant @param {number} step in minutes @param {string} zone @returns {number} the next instant on the grid of the day */
export function nextStep(instant, step, zone) {
  const minutes = minutesOf(instant, zone);
  const rest = instant % MINUTE === 0 && minutes % step === 0 ? 0 : step - (minutes % step);
  return Math.floor(instant / MINUTE) * MINUTE + rest * MINUTE;
}
