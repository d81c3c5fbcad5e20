// Where a card stands, so that what it is about can be seen beside it. It needs no page.

/** @typedef {{left: number, top: number, right: number, bottom: number}} Box */

/** How far a card keeps from the edge of the window, and from what it is about. */
const [EDGE, GAP] = [12, 8];
/** Less height than this is none: what is longer is scrolled. */
const LEAST = 260;

/** @param {number} it @param {number} least @param {number} most */
const clamp = (it, least, most) => Math.max(least, Math.min(most, it));

/**
 * A place for a card that would cover what it is about, or stands out of the window; null where it may stay.
 * @param {Box} about
 * @param {Box} card as large as it would like to be
 * @param {{width: number, height: number}} view
 * @returns {{left: number, top: number, height: number} | null}
 */
export function besideOf(about, card, view) {
  const [width, height] = [card.right - card.left, card.bottom - card.top];
  const bar = { left: clamp(about.left, 0, view.width), right: clamp(about.right, 0, view.width), top: clamp(about.top, 0, view.height), bottom: clamp(about.bottom, 0, view.height) };
  // What can't be seen can't be covered.
  if (bar.right <= bar.left || bar.bottom <= bar.top) return null;
  const inside = 0 <= card.left && 0 <= card.top && card.right <= view.width && card.bottom <= view.height;
  const apart = card.right <= bar.left || bar.right <= card.left || card.bottom <= bar.top || bar.bottom <= card.top;
  if (inside && apart) return null;
  const along = clamp(bar.left, EDGE, Math.max(EDGE, view.width - EDGE - width));
  const tall = Math.min(height, view.height - 2 * EDGE);
  const across = clamp(bar.top - GAP, EDGE, view.height - EDGE - tall);
  const [below, above] = [view.height - EDGE - bar.bottom - GAP, bar.top - GAP - EDGE];
  const upright = (/** @type {number} */ room, /** @type {boolean} */ under) => {
    const fits = Math.min(height, room);
    return { room, left: along, top: under ? bar.bottom + GAP : bar.top - GAP - fits, height: fits };
  };
  const aside = (/** @type {number} */ left) => ({ room: left < EDGE || view.width - EDGE < left + width ? 0 : tall, left, top: across, height: tall });
  const ways = [upright(below, true), upright(above, false), aside(bar.right + GAP), aside(bar.left - GAP - width)];
  const best = ways.find((it) => height <= it.room) ?? ways.reduce((a, b) => (a.room < b.room ? b : a));
  return best.room < Math.min(height, LEAST) ? null : { left: best.left, top: best.top, height: best.height };
}
