// What a day of the timeline shows: read whole in a handful of requests, and after a change only for what has changed.

import { api } from "../../api.js";
import { isAdmin, manages, stands } from "../../state.js";
import { text } from "../../time.js";

/** @typedef {import("../../state.js").Booking} Booking */
/** @typedef {{starts_at: string, ends_at: string, reason: string}} Busy */
/** @typedef {{busy: Busy[], bookings: Booking[], blocks: import("../../bars.js").Stretch[], all: boolean}} Row what is known of a resource; `all`: nobody's bookings are hidden */
/** @typedef {{rows: Map<string, Row>, managed: Set<string>}} Day `managed`: the bookings that the viewer administers */

/** Of how many resources a change is read by itself. */
const FEW = 3;
const EMPTY = /** @type {Row} */ ({ busy: [], bookings: [], blocks: [], all: false });

/** @param {Day | null} day @param {string} id */
export const rowOf = (day, id) => day?.rows.get(id) ?? EMPTY;

/** @param {Booking} booking @returns {string[]} what it stands on */
export const standsOn = (booking) => [booking.resource_id, ...booking.along.map((it) => it.resource_id)];

/** Who manages nothing is refused the list of others' bookings, and need not ask. @param {Record<string, string>} query */
const administered = (query) => (manages.value || isAdmin.value ? api.all("/bookings/", query) : Promise.resolve([]));

/** @param {any[]} free @param {Booking[]} mine @param {Booking[]} others @param {any[]} blocks @returns {Day} */
function sorted(free, mine, others, blocks) {
  /** @type {Map<string, Row>} */
  const rows = new Map(free.map((it) => [it.resource_id, { busy: it.busy, bookings: [], blocks: [], all: isAdmin.value }]));
  const known = new Map([...others, ...mine].filter(stands).map((it) => [it.id, it]));
  for (const booking of known.values()) for (const id of standsOn(booking)) rows.get(id)?.bookings.push(booking);
  for (const block of blocks) rows.get(block.resource_id)?.blocks.push(block);
  for (const { resource_id } of others) {
    const row = rows.get(resource_id);
    if (row) row.all = true;
  }
  return { rows, managed: new Set(others.map((it) => it.id)) };
}

/** @param {number} start @param {number} end @returns {Promise<Day>} */
export async function loadDay(start, end) {
  const window = { from: text(start), to: text(end) };
  const [free, mine, others, blocks] = await Promise.all([api.get("/availability/", window), api.all("/bookings/my", window), administered(window), api.all("/schedule/", window)]);
  return sorted(free.items, mine, others, blocks);
}

/** The same of one resource. @param {string} id @param {number} start @param {number} end @returns {Promise<Day>} */
export async function loadRow(id, start, end) {
  const window = { from: text(start), to: text(end) };
  const about = { ...window, resource_id: id };
  const [free, mine, others, blocks] = await Promise.all([api.get("/availability/", { ...window, resource_ids: id }), api.all("/bookings/my", about), administered(about), api.all("/schedule/", about)]);
  return sorted(free.items, mine, others, blocks);
}

/**
 * The day after something has changed of some resources.
 * @param {Day} day
 * @param {string[] | null} ids
 * @param {number} start
 * @param {number} end
 */
export async function reloadDay(day, ids, start, end) {
  if (ids === null || ids.length > FEW) return loadDay(start, end);
  const each = await Promise.all(ids.map((id) => loadRow(id, start, end)));
  return {
    rows: new Map([...day.rows, ...each.flatMap((it) => [...it.rows])]),
    managed: new Set([...day.managed, ...each.flatMap((it) => [...it.managed])]),
  };
}

/**
 * The day with other rows, where what they are made of is known before the server has said so.
 * @param {Day} day
 * @param {(id: string, row: Row) => Row} change
 * @param {string[]} ids
 * @returns {Day}
 */
export const changed = (day, ids, change) => ({ ...day, rows: new Map([...day.rows, ...ids.map((id) => /** @type {[string, Row]} */ ([id, change(id, rowOf(day, id))]))]) });
