// How what can be booked stands at a time: free until when, booked, taken, overdue; which tables would do for a party. From what is free and
// the bookings that whoever looks may know of. No page is needed.

/** @typedef {import("../state.js").Booking & {guest?: {name: string, phone: string | null, email: string | null} | null, fields?: Record<string, any>, undo_until?: string | null, may_stay_until?: string | null, participants?: {name?: string | null}[]}} Booking */
/** @typedef {{starts_at: string, ends_at: string, units?: number, reason?: string}} Stretch */
/** @typedef {"free" | "soon" | "pending" | "confirmed" | "busy" | "seated" | "overdue" | "blocked" | "out_of_order" | "closed"} Kind */
/**
 * @typedef {object} Standing
 * @property {Kind} kind
 * @property {number | null} until when that changes; `null` where nothing that is known changes it
 * @property {Booking} [booking] whose it is then, where that may be known
 * @property {Booking} [next] who comes next, where that may be known
 * @property {number} [units] how many are free, of what there is several of
 * @property {number} [late] for how many minutes somebody is late, or overdue
 */

/** The kinds in the order of the legend. @type {Kind[]} */
export const KINDS = ["free", "soon", "pending", "confirmed", "busy", "seated", "overdue", "blocked", "out_of_order", "closed"];

const MINUTE = 60_000;
/** Free for less than this is free for a moment. */
const SOON_MINUTES = 30;
/** From when before its end a table is due. */
const DUE_MINUTES = 15;
/** Who has not come by then is late. */
const LATE_MINUTES = 5;
/** Bookings that hold their time. */
const HOLDING = ["pending", "confirmed", "held", "checked_in"];

/** @param {{starts_at: string}} it */
export const startOf = (it) => Date.parse(it.starts_at);
/** @param {{ends_at: string}} it */
export const endOf = (it) => Date.parse(it.ends_at);
/** @param {Booking} booking */
export const holds = (booking) => HOLDING.includes(booking.status);
/** Whether their time is over and nobody has said that they have gone. @param {Booking} booking @param {number} now */
export const overstays = (booking, now) => Boolean(booking.may_stay_until) && now < Date.parse(booking.may_stay_until ?? "");
/** Whether they sit there, as far as anybody knows. @param {Booking} booking @param {number} now */
export const sits = (booking, now) => booking.status === "checked_in" || overstays(booking, now);
/** @param {{starts_at: string, ends_at: string}} it @param {number} at */
const covers = (it, at) => startOf(it) <= at && at < endOf(it);

/**
 * How one resource stands at a time.
 * @param {{free: Stretch[], busy: Stretch[]}} time what is free of it and what is not
 * @param {Booking[]} bookings those on it that may be known, in any order
 * @param {number} at
 * @param {number} now
 * @returns {Standing}
 */
export function standingAt({ free, busy }, bookings, at, now) {
  const present = Math.abs(at - now) < MINUTE;
  // The server's clock is a little ahead: what has passed for it is now.
  const passed = present ? busy.find((it) => it.reason === "past" && covers(it, at)) : undefined;
  if (passed) at = endOf(passed);
  const held = bookings.filter(holds).sort((a, b) => startOf(a) - startOf(b));
  const own = held.find((it) => covers(it, at));
  const next = held.find((it) => at < startOf(it));
  const more = next ? { next } : {};
  const open = free.find((it) => covers(it, at));
  if (own && !(open && (open.units ?? 1) > 0)) {
    const until = endOf(own);
    if (own.status === "checked_in") return { kind: "seated", until, booking: own, ...more };
    if (own.status !== "confirmed") return { kind: "pending", until, booking: own, ...more };
    const late = Math.floor((at - startOf(own)) / MINUTE);
    return { kind: "confirmed", until, booking: own, ...more, ...(present && late >= LATE_MINUTES ? { late } : {}) };
  }
  const taken = busy.find((it) => covers(it, at) && it.reason !== "past");
  const reasons = /** @type {Record<string, Kind>} */ ({ booking: "busy", block: "blocked", out_of_order: "out_of_order", closed: "closed" });
  if (taken) return { kind: reasons[taken.reason ?? ""] ?? "busy", until: endOf(taken), ...more };
  // Nobody may have read it again since the time was over.
  const over = bookings.filter((it) => endOf(it) <= at && sits(it, at)).sort((a, b) => startOf(a) - startOf(b));
  const stays = present ? over.at(-1) : undefined;
  const until = open ? freeUntil(free, busy, at) : null;
  if (stays) return { kind: "overdue", until, booking: stays, ...more, late: Math.floor((at - endOf(stays)) / MINUTE) };
  const units = open?.units === undefined ? {} : { units: open.units };
  return { kind: until !== null && until - at < SOON_MINUTES * MINUTE ? "soon" : "free", until, ...more, ...units };
}

/**
 * Until when it is free without a break; `null` where that is as far as is known.
 * @param {Stretch[]} free @param {Stretch[]} busy @param {number} at
 */
function freeUntil(free, busy, at) {
  const known = Math.max(...free.map(endOf));
  let until = at;
  for (let open = free.find((it) => covers(it, until)); open; open = free.find((it) => covers(it, until))) until = endOf(open);
  return until >= known && !busy.some((it) => startOf(it) === until) ? null : until;
}

/** Whether one could sit down there now. @param {Standing | undefined} standing */
export const isFree = (standing) => standing?.kind === "free" || standing?.kind === "soon";

/** @param {{capacity: number | null, quantity: number}} resource @param {number} party */
export const seats = (resource, party) => resource.capacity === null || party <= resource.capacity * resource.quantity;

/**
 * The free ones that seat a party, the best first: those that are free for long enough, then the smallest, then the one that is free for the shortest
 * time, so that what is free for long stays so.
 * @template {{id: string, capacity: number | null, quantity: number}} R
 * @param {R[]} resources
 * @param {Map<string, Standing>} standings
 * @param {number} party
 * @param {number} at
 * @param {number} minutes
 * @returns {R[]}
 */
export function fitting(resources, standings, party, at, minutes) {
  const left = (/** @type {R} */ it) => ((standings.get(it.id)?.until ?? Infinity) - at) / MINUTE;
  const short = (/** @type {R} */ it) => (left(it) < minutes ? 1 : 0);
  const size = (/** @type {R} */ it) => it.capacity ?? Infinity;
  return resources
    .filter((it) => isFree(standings.get(it.id)) && seats(it, party) && left(it) >= 15)
    .sort((a, b) => short(a) - short(b) || size(a) - size(b) || (left(a) === left(b) ? 0 : left(a) - left(b)));
}

/**
 * Tables that a booking can move to: they seat the party, and nothing that is known stands in its time there.
 * @template {{id: string, capacity: number | null, quantity: number}} R
 * @param {Booking} booking
 * @param {R[]} resources
 * @param {Record<string, {free: Stretch[], busy: Stretch[]}>} times
 * @param {number} now
 * @returns {R[]}
 */
export function movable(booking, resources, times, now) {
  const [from, to] = [Math.max(startOf(booking), now), endOf(booking)];
  const clear = (/** @type {R} */ it) => {
    const time = times[it.id];
    return time !== undefined && !time.busy.some((busy) => busy.reason !== "past" && startOf(busy) < to && from < endOf(busy));
  };
  return resources
    .filter((it) => it.id !== booking.resource_id && seats(it, booking.party_size ?? 1) && clear(it))
    .sort((a, b) => (a.capacity ?? Infinity) - (b.capacity ?? Infinity));
}

/** What a table's timer says. @typedef {{minutes: number, tone: "calm" | "due" | "over"}} Timer */

/** How long somebody who sits there still has, below zero where the time is over. @param {Booking} booking @param {number} now @returns {Timer} */
export function timerOf(booking, now) {
  const minutes = Math.ceil((endOf(booking) - now) / MINUTE);
  return { minutes, tone: minutes <= 0 ? "over" : minutes <= DUE_MINUTES ? "due" : "calm" };
}

/** Minutes as on a clock: 1:05, or −0:10. @param {number} minutes */
export const clockText = (minutes) => `${minutes < 0 ? "−" : ""}${Math.floor(Math.abs(minutes) / 60)}:${String(Math.abs(minutes) % 60).padStart(2, "0")}`;

/** For how many minutes somebody who is to come is late already. @param {Booking} booking @param {number} now */
export const lateBy = (booking, now) => Math.max(0, Math.floor((now - startOf(booking)) / MINUTE));

/** How many people come. @param {{party_size: number | null}[]} bookings */
export const coversOf = (bookings) => bookings.reduce((sum, it) => sum + (it.party_size ?? 1), 0);

/** The first letters of the words of a name, and its number: what fits on a small table. @param {string} name */
export function shortName(name) {
  const words = name.trim().split(/\s+/);
  const last = words.at(-1) ?? "";
  if (words.length < 2) return name;
  return words.slice(0, -1).map((word) => [...word][0]?.toUpperCase() ?? "").join("") + (/\d/.test(last) ? last : ([...last][0]?.toUpperCase() ?? ""));
}

/** Whether something that somebody may not eat is said. @param {Booking} booking @returns {string | null} */
export function allergyOf(booking) {
  const said = Object.entries(booking.fields ?? {}).find(([key, value]) => /allerg/i.test(key) && value);
  if (said) return String(said[1]);
  return /allerg|аллерг|unverträglich/i.test(booking.notes ?? "") ? booking.notes : null;
}
