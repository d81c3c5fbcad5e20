// The levels on which rules and hours stand: a site, its areas, a resource. What is said on one, and what those above it say. It needs no page.

/**
 * Areas in the order of their tree, each with how deep it stands.
 * @template {{id: string, parent_id: string | null, position: number, name: string}} A
 * @param {A[]} areas
 * @returns {(A & {depth: number})[]}
 */
export function areaTree(areas) {
  /** @type {(A & {depth: number})[]} */
  const found = [];
  const below = (/** @type {string | null} */ parent, /** @type {number} */ depth) => {
    const children = areas.filter((it) => it.parent_id === parent).sort((a, b) => a.position - b.position || a.name.localeCompare(b.name));
    for (const child of children) {
      found.push({ ...child, depth });
      if (depth < 8) below(child.id, depth + 1);
    }
  };
  below(null, 0);
  return found;
}

/**
 * The areas around an area, the outermost first, itself last.
 * @template {{id: string, parent_id: string | null}} A
 * @param {A[]} areas
 * @param {string | null} id
 * @returns {A[]}
 */
export function around(areas, id) {
  const found = [];
  for (let at = areas.find((it) => it.id === id); at && found.length < 9; at = areas.find((it) => it.id === at?.parent_id)) found.unshift(at);
  return found;
}

/**
 * What holds where no level says anything.
 * @type {Record<string, any>}
 */
export const BUILT_IN = {
  duration_minutes_min: 1, duration_minutes_max: 527_040, start_step_minutes: null, buffer_before_minutes: 0, buffer_after_minutes: 0, buffers_overlap: false,
  book_notice_minutes_min: 0, book_ahead_minutes_max: null, move_notice_minutes_min: 0, cancel_notice_minutes_min: 0, party_min: null, party_max: null, party_required: false,
  reseating: false, approval: "never", pending_minutes_max: 4_320, hold_minutes_max: 10, check_in_opens_minutes: 15, check_in_closes_minutes: null, quotas: [], turn_times: [],
  pacing_max: null, groups: [], mode: { by: "free" }, services: [], hours: null, holidays_of: null,
};

/**
 * What the levels above say of a rule, the nearest first; or what is built in.
 * @param {{name: string, level: string, rules: Record<string, any>}[]} above from the site on
 * @param {string} rule
 * @returns {{value: any, name: string | null, level: string}}
 */
export function inherited(above, rule) {
  const said = above.findLast((it) => it.rules[rule] !== null && it.rules[rule] !== undefined);
  return said ? { value: said.rules[rule], name: said.name, level: said.level } : { value: BUILT_IN[rule] ?? null, name: null, level: "built_in" };
}
