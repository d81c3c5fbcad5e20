// What the approvals inbox is made of: requests that belong to one series are decided together, or date by date. It needs no page.

/** @typedef {{id: string, series_id: string | null}} Asked */

/**
 * Requests of one series, or one by itself, in the order in which the first of each stands.
 * @template {Asked} T
 * @param {T[]} requests
 * @returns {{key: string, all: T[]}[]}
 */
export function grouped(requests) {
  const groups = /** @type {Map<string, {key: string, all: T[]}>} */ (new Map());
  for (const it of requests) {
    const key = it.series_id ?? it.id;
    const group = groups.get(key);
    if (group) group.all.push(it);
    else groups.set(key, { key, all: [it] });
  }
  return [...groups.values()];
}

/**
 * Where the keys stop: at each group, and at each request of those that are open. A group of one is its request.
 * @template {Asked} T
 * @param {{key: string, all: T[]}[]} groups
 * @param {string[]} open their keys
 * @returns {{key: string, all: T[]}[]}
 */
export const stopsOf = (groups, open) => groups.flatMap((it) => (it.all.length > 1 && open.includes(it.key) ? [it, ...it.all.map((one) => ({ key: one.id, all: [one] }))] : [it]));

/** Parts of a list of at most `most`. @template T @param {T[]} all @param {number} most @returns {T[][]} */
export const partsOf = (all, most) => Array.from({ length: Math.ceil(all.length / most) }, (_, n) => all.slice(n * most, (n + 1) * most));
