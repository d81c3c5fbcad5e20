// How full days are: of the time in which something could be had, how much is taken.

/** @typedef {{starts_at: string, ends_at: string}} Stretch */
/** @typedef {{open: number, taken: number}} Fill minutes of units */

/** How much of a stretch lies between two instants, in minutes. @param {Stretch} it @param {number} from @param {number} to */
const within = (it, from, to) => Math.max(0, Math.min(to, Date.parse(it.ends_at)) - Math.max(from, Date.parse(it.starts_at))) / 60_000;

/**
 * @param {{busy: (Stretch & {reason: string})[], free: (Stretch & {units: number})[]}} time of one resource
 * @param {number} quantity
 * @param {number} from
 * @param {number} to
 * @returns {Fill}
 */
export function fillOf({ busy, free }, quantity, from, to) {
  const fill = { open: 0, taken: 0 };
  for (const it of busy) {
    if (it.reason !== "booking") continue;
    const minutes = within(it, from, to) * quantity;
    fill.open += minutes;
    fill.taken += minutes;
  }
  for (const it of free) {
    const minutes = within(it, from, to);
    fill.open += minutes * quantity;
    fill.taken += minutes * (quantity - Math.min(quantity, it.units));
  }
  return fill;
}

/** @param {Fill} a @param {Fill} b @returns {Fill} */
export const sumOf = (a, b) => ({ open: a.open + b.open, taken: a.taken + b.taken });

/** In hundredths; nothing where it is closed. @param {Fill} fill */
export const percent = ({ open, taken }) => (open > 0 ? Math.round((taken / open) * 100) : null);
