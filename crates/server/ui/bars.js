// What stands in a row of the timeline.

/** The grid, in minutes, and the length of most days. */
export const STEP = 15;
export const DAY = 24 * 60;
/** Rows of bookings that stand side by side; what is beyond shares the last one. */
const LANES_MAX = 5;

/** @typedef {{starts_at: string, ends_at: string, reason: string | null}} Stretch */
/** @typedef {{key: string, from: number, to: number, kind: string, label: string, lane?: number, booking?: import("./state.js").Booking, why?: string, along?: boolean}} Bar */

/**
 * Others' time from what is busy, and on top what the viewer may see of bookings.
 * @param {Stretch[]} busy
 * @param {import("./state.js").Booking[]} bookings
 * @param {(instant: string) => number} minute
 * @param {{length?: number, blocks?: Stretch[], all?: boolean}} [more] how long the day is; why time is blocked; whether the bookings are all that there are, so
 *   that what is taken beside them is what is kept free around them
 * @returns {Bar[]}
 */
export function barsOf(busy, bookings, minute, { length = DAY, blocks = [], all = false } = {}) {
  /** @type {Bar[]} */
  const bars = bookings.map((it) => ({ key: it.id, from: minute(it.starts_at), to: minute(it.ends_at), kind: it.status, label: it.title ?? "", booking: it }));
  for (const it of busy) {
    const [from, to] = [minute(it.starts_at), minute(it.ends_at)];
    const kind = String(it.reason);
    const covered = kind === "booking" ? bookings.filter((own) => minute(own.starts_at) < to && from < minute(own.ends_at)) : [];
    const why = kind === "block" ? blocks.find((block) => minute(block.starts_at) < to && from < minute(block.ends_at))?.reason : null;
    let start = from;
    const add = (/** @type {number} */ until) => {
      if (until <= start) return;
      const beside = all && covered.length > 0;
      bars.push({ key: `${kind}${start}`, from: start, to: until, kind: beside ? "buffer" : kind, label: why ?? "", ...(why ? { why } : {}) });
    };
    for (const own of covered.sort((a, b) => minute(a.starts_at) - minute(b.starts_at))) {
      add(minute(own.starts_at));
      start = Math.max(start, minute(own.ends_at));
    }
    add(to);
  }
  return bars.filter((bar) => 0 < bar.to && bar.from < length).sort((a, b) => a.from - b.from);
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

/** Time in which nothing can be had, whoever asks: what is only taken could be given up. */
const SHUT = ["closed", "past", "block", "out_of_order", "buffer", "booking"];

/**
 * What stands in the way of a stretch of a row, besides a bar that is moved.
 * @param {Bar[]} bars
 * @param {number} from
 * @param {number} to
 * @param {{quantity: number, but?: string}} row how many of it there are, and which bar does not count
 */
export function inTheWay(bars, from, to, { quantity, but }) {
  // Of several units the free ones decide: bookings that are seen stand on some of them, and what is full is busy.
  return bars.find((bar) => bar.key !== but && bar.from < to && from < bar.to && (quantity === 1 || !bar.booking) && (bar.booking || SHUT.includes(bar.kind)));
}

/**
 * What is busy after a booking has gone from one time to another (or away, or came): what is shown until the server has said so.
 * @template {{starts_at: string, ends_at: string, reason: string}} B
 * @param {B[]} busy
 * @param {{starts_at: string, ends_at: string} | null} old
 * @param {{starts_at: string, ends_at: string} | null} fresh
 * @returns {B[]}
 */
export function rebooked(busy, old, fresh) {
  const at = (/** @type {string} */ instant) => Date.parse(instant);
  const kept = !old
    ? busy
    : busy.flatMap((it) => {
        if (it.reason !== "booking" || at(it.ends_at) <= at(old.starts_at) || at(old.ends_at) <= at(it.starts_at)) return [it];
        const before = at(it.starts_at) < at(old.starts_at) ? [{ ...it, ends_at: old.starts_at }] : [];
        const after = at(old.ends_at) < at(it.ends_at) ? [{ ...it, starts_at: old.ends_at }] : [];
        return [...before, ...after];
      });
  return fresh ? [...kept, /** @type {B} */ ({ starts_at: fresh.starts_at, ends_at: fresh.ends_at, reason: "booking" })] : kept;
}
