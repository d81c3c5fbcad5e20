// How something repeats, by a few choices, as a rule of RFC 5545.

import { addDays, addMonths, weekday } from "./time.js";

/** @typedef {{every: "" | "day" | "workday" | "week" | "month" | "monthday", interval: number, days: number[], end: "count" | "until", count: number, until: string}} Repeat `days`: of the week, 1 is Monday; `monthday`: the same weekday of the month */

const DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
/** The last occurrence is at most so far away. */
const YEARS_MAX = 2;
export const COUNT_MAX = 366;

/** What is offered at first. @param {string} day @returns {Repeat} */
export const repeatFrom = (day) => ({ every: "", interval: 1, days: [weekday(day)], end: "count", count: 10, until: addMonths(day, 3) });

/** Which weekday of its month a day is: the first, the second …; the fifth is the last. @param {string} day */
export const whichOfMonth = (day) => (Number(day.slice(8)) > 28 ? -1 : Math.ceil(Number(day.slice(8)) / 7));

/**
 * The rule; the first day is one of its dates, whatever was chosen.
 * @param {Repeat} repeat
 * @param {string} day the first
 */
export function ruleOf(repeat, day) {
  const { every, days, end } = repeat;
  const parts = [];
  const interval = Math.max(1, Math.floor(repeat.interval) || 1);
  if (every === "day" || every === "workday") parts.push("FREQ=DAILY");
  else if (every === "week") parts.push("FREQ=WEEKLY");
  else parts.push("FREQ=MONTHLY");
  if (interval > 1 && every !== "workday") parts.push(`INTERVAL=${interval}`);
  if (every === "workday") parts.push("BYDAY=MO,TU,WE,TH,FR");
  if (every === "week") parts.push(`BYDAY=${[...new Set([...days, weekday(day)])].sort((a, b) => a - b).map((it) => DAYS[it - 1]).join(",")}`);
  if (every === "monthday") parts.push(`BYDAY=${whichOfMonth(day)}${DAYS[weekday(day) - 1]}`);
  if (end === "count") parts.push(`COUNT=${Math.min(COUNT_MAX, Math.max(1, Math.floor(repeat.count) || 1))}`);
  else {
    const latest = addDays(addMonths(day, 12 * YEARS_MAX), -1);
    const until = repeat.until < day ? day : latest < repeat.until ? latest : repeat.until;
    parts.push(`UNTIL=${until.replaceAll("-", "")}T235959`);
  }
  return parts.join(";");
}

/** A local time as series have it. @param {string} day @param {number} minutes since midnight; beyond it, on the next days */
export function localTime(day, minutes) {
  const rest = ((minutes % 1_440) + 1_440) % 1_440;
  const on = addDays(day, Math.floor(minutes / 1_440));
  return `${on}T${String(Math.floor(rest / 60)).padStart(2, "0")}:${String(rest % 60).padStart(2, "0")}:00`;
}
