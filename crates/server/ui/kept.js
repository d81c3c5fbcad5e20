// What stands in a form once it is saved, where somebody typed on while it was under way. It needs no page.

/** @param {unknown} a @param {unknown} b */
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/**
 * What was saved, and of each member that is another by now than it was sent, what stands there now.
 * @template {Record<string, any>} T
 * @param {T} saved as the server has it
 * @param {T} sent
 * @param {T} typed as it stands now
 * @returns {T}
 */
export const kept = (saved, sent, typed) => /** @type {T} */ (Object.fromEntries(Object.keys({ ...saved, ...typed }).map((key) => [key, same(typed[key], sent[key]) ? saved[key] : typed[key]])));
