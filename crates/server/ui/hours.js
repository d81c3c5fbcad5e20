// The weekly part of opening hours (OpenStreetMap's `opening_hours`): what the editor shows as seven rows. Whatever says more than
// that is left as text.

export const DAYS = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];

/** When it is open on a day, in minutes since midnight; the end may be on the next day. @typedef {{from: number, to: number} | null} Open */

/** The minutes since midnight that a clock's text means. @param {string} text */
export function minutes(text) {
  const found = /^(\d{2}):(\d{2})$/.exec(text);
  return found ? Number(found[1]) * 60 + Number(found[2]) : Number.NaN;
}

/** What a clock shows so many minutes after midnight, as rules are written. @param {number} value */
export const clock = (value) => `${String(Math.floor(value / 60)).padStart(2, "0")}:${String(value % 60).padStart(2, "0")}`;

/**
 * The seven days, or `null` where the text says more than one stretch for each weekday. No text is: always open.
 * @param {string | null | undefined} text
 * @returns {Open[] | null}
 */
export function parseWeek(text) {
  if (!text) return null;
  /** @type {Open[]} */
  const week = DAYS.map(() => null);
  for (const rule of text.split(";").map((it) => it.trim()).filter(Boolean)) {
    const found = /^([A-Z][a-z](?:[-,][A-Z][a-z])*) (off|\d{2}:\d{2}-\d{2}:\d{2})$/.exec(rule);
    if (!found) return null;
    const [, days, hours] = found;
    /** @type {Open} */
    let open = null;
    if (hours !== "off") {
      const [from, to] = String(hours).split("-").map(minutes);
      if (from === undefined || to === undefined || Number.isNaN(from) || Number.isNaN(to)) return null;
      open = { from, to: to <= from ? to + 24 * 60 : to };
    }
    for (const part of String(days).split(",")) {
      const [first, last] = part.split("-").map((it) => DAYS.indexOf(it));
      if (first === undefined || first < 0 || (last !== undefined && last < first)) return null;
      for (let day = first; day <= (last ?? first); day += 1) week[day] = open;
    }
  }
  return week;
}

/**
 * The text for seven days; days that follow each other and are alike stand together.
 * @param {Open[]} week
 */
export function writeWeek(week) {
  const rules = [];
  for (let first = 0; first < 7; first += 1) {
    const open = week[first];
    let last = first;
    while (last < 6 && JSON.stringify(week[last + 1]) === JSON.stringify(open)) last += 1;
    if (open) rules.push(`${DAYS[first]}${last > first ? `-${DAYS[last]}` : ""} ${clock(open.from)}-${clock(open.to > 24 * 60 ? open.to - 24 * 60 : open.to)}`);
    first = last;
  }
  return rules.length > 0 ? rules.join("; ") : "Mo-Su off";
}
