// What stands in a row of the timeline.

/** The grid, in minutes, and the length of a row. */
export const STEP = 15;
export const DAY = 24 * 60;
/** Rows of bookings that stand side by side; what is beyond shares the last one. */
const LANES_MAX = 5;

/** @typedef {{key: string, from: number, to: number, kind: string, label: string, lane?: number, booking?: import("./state.js").Booking}} Bar */

/**
 * Others' time from what is busy, and on top what the viewer may see of bookings.
 * @param {{starts_at: string, ends_at: string, reason: string}[]} busy
 * @param {import("./state.js").Booking[]} bookings
 * @param {(instant: string) => number} minute
 * @returns {Bar[]}
 */
export function barsOf(busy, bookings, minute) {
  /** @type {Bar[]} */
  const bars = bookings.map((it) => ({ key: it.id, from: minute(it.starts_at), to: minute(it.ends_at), kind: it.status, label: it.title ?? "", booking: it }));
  for (const it of busy) {
    const [from, to] = [minute(it.starts_at), minute(it.ends_at)];
    const covered = it.reason === "booking" ? bookings.filter((own) => minute(own.starts_at) < to && from < minute(own.ends_at)) : [];
    let start = from;
    for (const own of covered.sort((a, b) => minute(a.starts_at) - minute(b.starts_at))) {
      if (start < minute(own.starts_at)) bars.push({ key: `${it.reason}${start}`, from: start, to: minute(own.starts_at), kind: it.reason, label: "" });
      start = Math.max(start, minute(own.ends_at));
    }
    if (start < to) bars.push({ key: `${it.reason}${start}`, from: start, to, kind: it.reason, label: "" });
  }
  return bars.filter((bar) => 0 < bar.to && bar.from < DAY).sort((a, b) => a.from - b.from);
}

/**
 * Puts what stands side by side on something of several units into lanes, each bar into the first that is free then. Leaves one lane to
 * book in, as long as there can be one.
 * @param {Bar[]} bars
 * @param {number} quantity
 * @returns {number} how many lanes there are
 */
export function intoLanes(bars, quantity) {
  if (quantity === 1) return 1;
  /** @type {number[]} */
  const ends = [];
  for (const bar of bars.filter((it) => it.booking)) {
    const free = ends.findIndex((end) => end <= bar.from);
    bar.lane = Math.min(free < 0 ? ends.length : free, LANES_MAX - 1);
    ends[bar.lane] = bar.to;
  }
  return Math.min(ends.length + 1, quantity, LANES_MAX);
}

