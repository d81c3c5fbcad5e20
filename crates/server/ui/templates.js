// What a place may be to begin with: when it is open, what stands in it, and a few rules that nobody has to think of first. It needs no page.

/** @typedef {{name: string, kind: string, capacity: number | null, count: number}} Thing */
/** @typedef {{icon: string, days: number[], from: number, to: number, things: Thing[], rules: Record<string, any>, open: boolean}} Template */

/** Things are named by a text with a number in it. @type {Record<string, Template>} */
export const templates = {
  restaurant: {
    icon: "bell", days: [0, 1, 2, 3, 4, 5, 6], from: 720, to: 1_380, open: true,
    things: [
      { name: "start.table", kind: "table", capacity: 2, count: 4 }, { name: "start.table", kind: "table", capacity: 4, count: 6 }, { name: "start.table", kind: "table", capacity: 6, count: 2 }, { name: "start.table", kind: "table", capacity: 8, count: 1 },
    ],
    rules: { start_step_minutes: 15, turn_times: [{ party_max: 2, stay_minutes: 90 }, { party_max: 4, stay_minutes: 120 }, { party_max: 100, stay_minutes: 150 }] },
  },
  office: {
    icon: "calendar", days: [0, 1, 2, 3, 4], from: 480, to: 1_200, open: false,
    things: [{ name: "start.room", kind: "room", capacity: 4, count: 2 }, { name: "start.room", kind: "room", capacity: 10, count: 2 }, { name: "start.desk", kind: "desk", capacity: 1, count: 12 }],
    rules: { start_step_minutes: 15 },
  },
  sports: {
    icon: "clock", days: [0, 1, 2, 3, 4, 5, 6], from: 420, to: 1_320, open: false,
    things: [{ name: "start.court", kind: "court", capacity: 4, count: 4 }, { name: "start.hall", kind: "hall", capacity: 30, count: 1 }],
    rules: { start_step_minutes: 30, duration_minutes_max: 120 },
  },
  blank: { icon: "plus", days: [0, 1, 2, 3, 4], from: 540, to: 1_080, open: false, things: [], rules: {} },
};

/**
 * The resources that things come to, in order; what has the same name is numbered on.
 * @param {Thing[]} things
 * @param {(name: string, n: number) => string} named
 * @returns {{name: string, kind: string, capacity: number | null, position: number}[]}
 */
export function resourcesOf(things, named) {
  /** @type {Record<string, number>} */
  const counted = {};
  const found = [];
  for (const { name, kind, capacity, count } of things) {
    for (let n = 0; n < count; n += 1) {
      counted[name] = (counted[name] ?? 0) + 1;
      found.push({ name: named(name, Number(counted[name])), kind, capacity, position: found.length });
    }
  }
  return found;
}
