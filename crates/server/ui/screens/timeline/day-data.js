// What a day of the timeline shows: read whole in a handful of requests, and after a change only for what has changed.

import { api } from "../../api.js";
import { knowMine, mayManageId, standsOn } from "../../mine.js";
import { isAdmin, manages, stands, user } from "../../state.js";
import { text } from "../../time.js";

/** @typedef {import("../../state.js").Booking} Booking */
/** @typedef {{starts_at: string, ends_at: string, reason: string}} Busy */
/** @typedef {{busy: Busy[], bookings: Booking[], blocks: import("../../bars.js").Stretch[], all: boolean}} Row what is known of a resource; `all`: nobody's bookings are hidden */
/** @typedef {{rows: Map<string, Row>}} Day */

/** Of how many resources a change is read by itself. */
const FEW = 3;
const EMPTY = /** @type {Row} */ ({ busy: [], bookings: [], blocks: [], all: false });

/** @param {Day | null} day @param {string} id */
export const rowOf = (day, id) => day?.rows.get(id) ?? EMPTY;

/** Who manages nothing is refused the list of others' bookings, and need not ask. What is managed is known by then. @param {Record<string, string>} window @returns {Promise<Booking[]>} */
async function administered(window) {
  if (!manages.value && !isAdmin.value) return [];
  const [found] = await Promise.all([api.all("/bookings/", window), knowMine()]);
  return found;
}

/** The same for one resource; the list of one that somebody else manages would be refused: what stands there of one's own things is in the list of these. @param {string} id @param {Record<string, string>} window */
async function administeredOn(id, window) {
  await knowMine();
  return mayManageId(id) ? administered({ ...window, resource_id: id }) : (await administered(window)).filter((it) => standsOn(it).includes(id));
}

/** @param {any[]} free @param {Booking[]} mine @param {Booking[]} others @param {any[]} blocks @returns {Day} */
function sorted(free, mine, others, blocks) {
  /** @type {Map<string, Row>} */
  const rows = new Map(free.map((it) => [it.resource_id, { busy: it.busy, bookings: [], blocks: [], all: mayManageId(it.resource_id) }]));
  const known = new Map([...others, ...mine].filter(stands).map((it) => [it.id, it]));
  for (const booking of known.values()) for (const id of standsOn(booking)) rows.get(id)?.bookings.push(booking);
  for (const block of blocks) rows.get(block.resource_id)?.blocks.push(block);
  return { rows };
}

/** @param {number} start @param {number} end @returns {Promise<Day>} */
export async function loadDay(start, end) {
  const window = { from: text(start), to: text(end) };
  const [free, mine, others, blocks] = await Promise.all([api.get("/availability/", window), api.all("/bookings/my", window), administered(window), api.all("/schedule/", window)]);
  return sorted(free.items, mine, others, blocks);
}

/**
 * The same of one resource.
 * @param {string} id
 * @param {number} start
 * @param {number} end
 * @param {Booking[]} [others] those of others that are seen there, where these are known
 * @returns {Promise<Day>}
 */
export async function loadRow(id, start, end, others) {
  const window = { from: text(start), to: text(end) };
  const about = { ...window, resource_id: id };
  const [free, mine, seen, blocks] = await Promise.all([api.get("/availability/", { ...window, resource_ids: id }), api.all("/bookings/my", about), others ?? administeredOn(id, window), api.all("/schedule/", about)]);
  return sorted(free.items, mine, seen, blocks);
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
  // Where nothing that one manages has changed, neither has what one sees of others.
  const kept = (/** @type {string} */ id) => (ids.some(mayManageId) ? undefined : rowOf(day, id).bookings.filter((it) => it.user_id !== user.value?.id));
  const each = await Promise.all(ids.map((id) => loadRow(id, start, end, kept(id))));
  return { rows: new Map([...day.rows, ...each.flatMap((it) => [...it.rows])]) };
}

/**
 * The day with other rows, where what they are made of is known before the server has said so.
 * @param {Day} day
 * @param {(id: string, row: Row) => Row} change
 * @param {string[]} ids
 * @returns {Day}
 */
export const changed = (day, ids, change) => ({ rows: new Map([...day.rows, ...ids.map((id) => /** @type {[string, Row]} */ ([id, change(id, rowOf(day, id))]))]) });
