// Where things stand in a floor plan and how they are moved about. Centimetres from the left and from the top, degrees to the right; a thing's
// x and y are its middle. No page is needed, so all of it is tested under Node.

/** @typedef {{x: number, y: number, width: number, height: number, rotation: number}} Frame */
/** @typedef {{x: number, y: number}} Point */
/** @typedef {{left: number, top: number, right: number, bottom: number}} Box */

/** The grid that things snap to, in centimetres. */
export const GRID = 10;
/** The smallest side of a thing, and the longest of anything. */
const SMALLEST = 20;
const LONGEST = 20_000;
/** What has a side longer than this is a room and no table, and has its chairs inside. */
const TABLE_SIDE_MAX = 130;
const CHAIRS_MAX = 24;
/** How far the middle of a chair stands off. */
const CHAIR_OFF = 16;

/** @param {number} value @param {number} least @param {number} most */
export const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

/** @param {number} value @param {number} [grid] */
export const snap = (value, grid = GRID) => Math.round(value / grid) * grid;

/** A point turned about the origin. @param {Point} point @param {number} degrees @returns {Point} */
export function turn({ x, y }, degrees) {
  const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  return { x: x * cos - y * sin, y: x * sin + y * cos };
}

/** The upright box around a thing as it stands. @param {Frame} frame @returns {Box} */
export function boxOf({ x, y, width, height, rotation }) {
  const corners = [[-1, -1], [1, -1], [1, 1], [-1, 1]].map(([a, b]) => turn({ x: (Number(a) * width) / 2, y: (Number(b) * height) / 2 }, rotation));
  const [xs, ys] = [corners.map((it) => it.x), corners.map((it) => it.y)];
  return { left: x + Math.min(...xs), top: y + Math.min(...ys), right: x + Math.max(...xs), bottom: y + Math.max(...ys) };
}

/**
 * Where the chairs of a table stand, seen from its middle before it is turned; none for what is a room.
 * @param {Frame} frame
 * @param {boolean} round
 * @param {number | null} seats
 * @returns {(Point & {rotation: number})[]}
 */
export function chairsOf({ width, height }, round, seats) {
  if (!seats || seats > CHAIRS_MAX || Math.min(width, height) > TABLE_SIDE_MAX) return [];
  if (round) {
    return Array.from({ length: seats }, (_, n) => {
      const angle = (n * 360) / seats;
      const way = turn({ x: 0, y: 1 }, angle);
      return { x: way.x * (width / 2 + CHAIR_OFF), y: way.y * (height / 2 + CHAIR_OFF), rotation: angle };
    });
  }
  // Each next chair goes where it has the most room; of equal sides to the lower, upper, right, left one.
  const sides = [
    { length: width, chairs: 0, at: (/** @type {number} */ t) => ({ x: t * width, y: height / 2 + CHAIR_OFF, rotation: 0 }) },
    { length: width, chairs: 0, at: (/** @type {number} */ t) => ({ x: t * width, y: -height / 2 - CHAIR_OFF, rotation: 180 }) },
    { length: height, chairs: 0, at: (/** @type {number} */ t) => ({ x: width / 2 + CHAIR_OFF, y: t * height, rotation: 270 }) },
    { length: height, chairs: 0, at: (/** @type {number} */ t) => ({ x: -width / 2 - CHAIR_OFF, y: t * height, rotation: 90 }) },
  ];
  for (let n = 0; n < seats; n += 1) {
    const widest = sides.reduce((best, it) => (it.length / (it.chairs + 1) > best.length / (best.chairs + 1) ? it : best));
    widest.chairs += 1;
  }
  return sides.flatMap((side) => Array.from({ length: side.chairs }, (_, n) => side.at((n + 0.5) / side.chairs - 0.5)));
}

/** How far the middle of a chair is from its back. */
const CHAIR_REACH = 7;

/** @param {Box} a @param {Box} b */
const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/**
 * Where what has no room on a table is written: below it, above, or aside; nowhere where it would lie on another one, on what is written there, or
 * off the plan.
 * @param {{frame: Frame, round: boolean, seats: number | null, width: number, height: number, pin?: number}[]} tables `width`: of what is to be written beside it, 0 where nothing is; `pin`: how far its pin pokes out of its corner
 * @param {{width: number, height: number}} plan
 * @returns {(Point | null)[]} the middle of each, seen from the middle of its table
 */
export function captionsOf(tables, plan) {
  const boxes = tables.map(({ frame, round, seats }) => {
    const { left, top, right, bottom } = boxOf(frame);
    const chairs = chairsOf(frame, round, seats).map((it) => turn(it, frame.rotation));
    const [xs, ys] = [chairs.map((it) => frame.x + it.x), chairs.map((it) => frame.y + it.y)];
    return { left: Math.min(left, ...xs) - CHAIR_REACH, top: Math.min(top, ...ys) - CHAIR_REACH, right: Math.max(right, ...xs) + CHAIR_REACH, bottom: Math.max(bottom, ...ys) + CHAIR_REACH };
  });
  const pins = tables.filter((it) => it.pin).map(({ frame, pin = 0 }) => {
    const { top, right } = boxOf(frame);
    return { left: right - pin, right: right + pin, top: top - pin, bottom: top + pin };
  });
  const written = /** @type {Box[]} */ ([]);
  return tables.map(({ frame: { x, y }, width, height }, n) => {
    const box = boxes[n];
    if (width === 0 || !box) return null;
    const [across, along] = [x - width / 2, y - height / 2];
    for (const [left, top] of /** @type {[number, number][]} */ ([[across, box.bottom], [x - width * 0.95, box.bottom], [across, box.top - height], [box.right, along], [box.left - width, along]])) {
      const caption = { left, right: left + width, top, bottom: top + height };
      const on = left < 0 || plan.width < caption.right || top < 0 || plan.height < caption.bottom || boxes.some((it, m) => m !== n && meet(it, caption)) || pins.some((it) => meet(it, caption)) || written.some((it) => meet(it, caption));
      if (on) continue;
      written.push(caption);
      return { x: left + width / 2 - x, y: top + height / 2 - y };
    }
    return null;
  });
}

/** @typedef {"left" | "right" | "up" | "down"} Way */
/** The way of an arrow key. @type {Record<string, Way>} */
export const WAYS = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };

/**
 * The next thing that way: near, and rather straight ahead than aside.
 * @template {Point} T
 * @param {T} from
 * @param {T[]} things
 * @param {Way} way
 * @returns {T | undefined}
 */
export function neighbour(from, things, way) {
  let best;
  let least = Infinity;
  for (const it of things) {
    const [dx, dy] = [it.x - from.x, it.y - from.y];
    const ahead = { left: -dx, right: dx, up: -dy, down: dy }[way];
    const aside = Math.abs(way === "left" || way === "right" ? dy : dx);
    if (it === from || ahead <= 0 || aside > 3 * ahead) continue;
    const far = ahead + 2 * aside;
    if (far < least) [best, least] = [it, far];
  }
  return best;
}

/**
 * A thing that is dragged so far, on the grid unless that is not wanted, with its middle within the plan.
 * @param {Frame} frame
 * @param {Point} by
 * @param {{width: number, height: number}} plan
 * @param {boolean} [free]
 * @returns {Frame}
 */
export function moved(frame, by, plan, free = false) {
  // What is snapped is the corner that one sees, so that things of different sizes stand in a line.
  const place = (/** @type {number} */ middle, /** @type {number} */ size) => (free ? Math.round(middle) : Math.round(snap(middle - size / 2) + size / 2));
  const quarter = frame.rotation % 180 === 90;
  const [wide, high] = quarter ? [frame.height, frame.width] : [frame.width, frame.height];
  return { ...frame, x: clamp(place(frame.x + by.x, wide), 0, plan.width), y: clamp(place(frame.y + by.y, high), 0, plan.height) };
}

/**
 * A thing whose corner or edge is pulled; the opposite one stays where it is, however the thing is turned.
 * @param {Frame} frame
 * @param {{x: -1 | 0 | 1, y: -1 | 0 | 1}} edge which is pulled
 * @param {Point} by as the pointer moves in the plan
 * @param {boolean} [free]
 * @returns {Frame}
 */
export function resized(frame, edge, by, free = false) {
  const along = turn(by, -frame.rotation);
  const grow = (/** @type {number} */ size, /** @type {number} */ change) => clamp(free ? Math.round(size + change) : snap(size + change), SMALLEST, LONGEST);
  const width = edge.x ? grow(frame.width, edge.x * along.x) : frame.width;
  const height = edge.y ? grow(frame.height, edge.y * along.y) : frame.height;
  const shift = turn({ x: (edge.x * (width - frame.width)) / 2, y: (edge.y * (height - frame.height)) / 2 }, frame.rotation);
  return { ...frame, width, height, x: Math.round(frame.x + shift.x), y: Math.round(frame.y + shift.y) };
}

/** A rotation that can stand: 0 to 359. @param {number} degrees */
export const upright = (degrees) => ((Math.round(degrees) % 360) + 360) % 360;

/**
 * The rotation at which a thing's upper side looks at a point, in steps of fifteen degrees unless that is not wanted.
 * @param {Frame} frame
 * @param {Point} point
 * @param {boolean} [free]
 */
export function rotationTo(frame, point, free = false) {
  const degrees = (Math.atan2(point.x - frame.x, frame.y - point.y) * 180) / Math.PI;
  return upright(free ? degrees : snap(degrees, 15));
}

/** @typedef {"left" | "middle" | "right" | "top" | "centre" | "bottom" | "spread"} Alignment */

/**
 * Puts things in a line, or spreads them evenly from the first to the last along their longer way. What was not meant stays the same object.
 * @param {Frame[]} frames
 * @param {Alignment} how
 * @returns {Frame[]}
 */
export function aligned(frames, how) {
  const boxes = frames.map(boxOf);
  const [left, right] = [Math.min(...boxes.map((it) => it.left)), Math.max(...boxes.map((it) => it.right))];
  const [top, bottom] = [Math.min(...boxes.map((it) => it.top)), Math.max(...boxes.map((it) => it.bottom))];
  if (how === "spread") {
    const axis = right - left >= bottom - top ? "x" : "y";
    const order = frames.map((_, n) => n).sort((a, b) => (frames[a]?.[axis] ?? 0) - (frames[b]?.[axis] ?? 0));
    const [first, last] = [frames[order[0] ?? 0]?.[axis] ?? 0, frames[order.at(-1) ?? 0]?.[axis] ?? 0];
    return frames.map((frame, n) => ({ ...frame, [axis]: Math.round(first + ((last - first) * order.indexOf(n)) / Math.max(1, frames.length - 1)) }));
  }
  return frames.map((frame, n) => {
    const box = boxes[n] ?? boxOf(frame);
    const by = {
      left: { x: left - box.left, y: 0 }, right: { x: right - box.right, y: 0 }, middle: { x: (left + right - box.left - box.right) / 2, y: 0 },
      top: { x: 0, y: top - box.top }, bottom: { x: 0, y: bottom - box.bottom }, centre: { x: 0, y: (top + bottom - box.top - box.bottom) / 2 },
    }[how];
    return { ...frame, x: Math.round(frame.x + by.x), y: Math.round(frame.y + by.y) };
  });
}
