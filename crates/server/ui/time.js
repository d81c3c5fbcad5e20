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

/** The zone of the browser. */
export const here = () => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/**
 * How far the clocks of a zone are ahead of UTC at an instant, in milliseconds.
 * @param {number} instant
 * @param {string} zone
 */
export function offset(instant, zone) {
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

/** @param {number} instant */
export const text = (instant) => new Date(instant).toISOString().replace(".000Z", "Z");

/** @param {number} instant @param {string} zone @param {string} locale */
export const showTime = (instant, zone, locale) => format(locale, { timeZone: zone, hour: "numeric", minute: "2-digit" }).format(instant);

/** @param {number} from @param {number} to @param {string} zone @param {string} locale */
export function showSpan(from, to, zone, locale) {
  const days = dayOf(from, zone) === dayOf(to - 1, zone) ? "" : ` ${showDay(dayOf(to, zone), locale)}`;
  return `${showTime(from, zone, locale)} – ${showTime(to, zone, locale)}${days}`;
}

/** @param {string} day @param {string} locale @param {"long" | "short"} [style] */
export function showDay(day, locale, style = "short") {
  const options = { timeZone: "UTC", weekday: style, day: "numeric", month: style === "long" ? "long" : "short" };
  return format(locale, /** @type {Intl.DateTimeFormatOptions} */ (options)).format(Date.parse(`${day}T12:00:00Z`));
}

/** @param {number} minutes since midnight @param {string} locale */
export const showClock = (minutes, locale) => format(locale, { timeZone: "UTC", hour: "numeric", minute: "2-digit" }).format(minutes * MINUTE);

/** @param {number} instant @param {number} step in minutes @param {string} zone @returns {number} the next instant on the grid of the day */
export function nextStep(instant, step, zone) {
  const minutes = minutesOf(instant, zone);
  const rest = instant % MINUTE === 0 && minutes % step === 0 ? 0 : step - (minutes % step);
  return Math.floor(instant / MINUTE) * MINUTE + rest * MINUTE;
}
