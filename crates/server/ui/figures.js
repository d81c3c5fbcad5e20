// What reports come to, as charts show it. It needs no page.

import { addDays } from "./time.js";

export const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/** A part of a whole, or nothing of nothing. @param {number} part @param {number} whole @returns {number | null} */
export const share = (part, whole) => (whole > 0 ? part / whole : null);

/** The lines of a report about one thing. @param {any[]} lines @param {string} by */
export const linesBy = (lines, by) => lines.filter((it) => it.by === by);

/** What all resources come to together. @param {any[]} lines @returns {Record<string, number>} */
export function totals(lines) {
  /** @type {Record<string, number>} */
  const sums = {};
  for (const line of linesBy(lines, "resource")) {
    for (const [key, value] of Object.entries(line)) if (typeof value === "number" && !key.endsWith("_permille") && !key.startsWith("minutes_")) sums[key] = (sums[key] ?? 0) + value;
  }
  return sums;
}

/** The first day of its week. @param {string} day */
export const mondayOf = (day) => addDays(day, -((new Date(`${day}T12:00:00Z`).getUTCDay() + 6) % 7));

/**
 * A week by hour: the hours in which something could be booked or was, and for each day and hour how much of it was.
 * @param {any[]} lines
 * @returns {{first: number, last: number, cells: {day: number, hour: number, share: number | null, bookings: number}[]}}
 */
export function heatOf(lines) {
  const of = new Map(linesBy(lines, "hour_of_week").map((it) => [it.key, it]));
  const cells = WEEKDAYS.flatMap((name, day) => Array.from({ length: 24 }, (_, hour) => {
    const line = of.get(`${name}-${hour}`);
    return { day, hour, share: share(line?.booked_minutes ?? 0, line?.open_minutes ?? 0), bookings: line?.bookings ?? 0, used: (line?.open_minutes ?? 0) + (line?.booked_minutes ?? 0) > 0 };
  }));
  const hours = cells.filter((it) => it.used).map((it) => it.hour);
  const [first, last] = hours.length > 0 ? [Math.min(...hours), Math.max(...hours)] : [0, 23];
  return { first, last, cells: cells.filter((it) => first <= it.hour && it.hour <= last).map(({ used: _, ...it }) => it) };
}

/**
 * Week by week what the days of a report come to, from `from` on and before `to`.
 * @param {any[]} lines
 * @param {string} from
 * @param {string} to
 * @param {string} part such as `booked_minutes`
 * @param {string} whole such as `open_minutes`
 * @returns {{monday: string, part: number, whole: number, share: number | null, complete: boolean}[]} a week that is not wholly within is not complete
 */
export function weeksOf(lines, from, to, part, whole) {
  const weeks = [];
  for (let monday = mondayOf(from); monday < to; monday = addDays(monday, 7)) {
    const next = addDays(monday, 7);
    const days = linesBy(lines, "day").filter((it) => monday <= it.key && it.key < next);
    const sum = (/** @type {string} */ key) => days.reduce((total, it) => total + (it[key] ?? 0), 0);
    weeks.push({ monday, part: sum(part), whole: sum(whole), share: share(sum(part), sum(whole)), complete: from <= monday && next <= to });
  }
  return weeks;
}

export const STEPS = ["within_hour", "within_day", "within_week", "within_four_weeks", "earlier"];

/** How long before their start bookings are made: how many in each step. @param {any[]} lines @returns {{step: string, n: number, share: number | null}[]} */
export function leadOf(lines) {
  const sums = totals(lines);
  const all = STEPS.reduce((total, it) => total + (sums[it] ?? 0), 0);
  return STEPS.map((step) => ({ step, n: sums[step] ?? 0, share: share(sums[step] ?? 0, all) }));
}

/** The end of a scale that has round steps, and these. @param {number} most @param {number} [count] about how many steps @returns {{max: number, ticks: number[]}} */
export function scaleTo(most, count = 4) {
  if (!(most > 0)) return { max: 1, ticks: [0, 1] };
  const rough = most / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((it) => rough <= it * power * (1 + 1e-9)) ?? 10) * power;
  const steps = Math.ceil(most / step - 1e-9);
  return { max: step * steps, ticks: Array.from({ length: steps + 1 }, (_, n) => Number((n * step).toPrecision(6))) };
}

/**
 * How much of each hour of a day is taken of what could be, in minutes.
 * @param {{busy: any[], free: any[], units: number}[]} found for each resource what is free and what is not
 * @param {number} start the instant at which the day begins
 * @param {number} [hours]
 * @returns {{hour: number, taken: number, could: number}[]}
 */
export function hoursOf(found, start, hours = 24) {
  const HOUR = 3_600_000;
  return Array.from({ length: hours }, (_, hour) => {
    const [from, to] = [start + hour * HOUR, start + (hour + 1) * HOUR];
    const within = (/** @type {any} */ it) => Math.max(0, Math.min(to, Date.parse(it.ends_at)) - Math.max(from, Date.parse(it.starts_at))) / 60_000;
    let [taken, could] = [0, 0];
    for (const { busy, free, units } of found) {
      const full = busy.filter((it) => it.reason === "booking").reduce((sum, it) => sum + within(it), 0) * units;
      const part = free.reduce((sum, it) => sum + within(it) * Math.max(0, units - it.units), 0);
      const open = free.reduce((sum, it) => sum + within(it), 0) * units + full;
      taken += full + part;
      could += open;
    }
    return { hour, taken, could };
  });
}
