// Which rows a timeline has, how they stand below each other, and which of them are in view.

/** How high a row with one lane is, each further lane, and the heading of a group. */
export const ROW = 46;
export const LANE = 38;
export const HEAD = 30;

/** @typedef {import("./state.js").Resource} Resource */
/** @typedef {{key: string, name: string, zone: string, rows: Resource[]}} Group */
/** @typedef {{resource: Resource, at: number, top: number, height: number}} Line a row: which one it is, and where it stands */
/** @typedef {{key: string, name: string, zone: string, top: number, height: number, head: number, lines: Line[]}} Section */
/** @typedef {{sections: Section[], lines: Line[], height: number}} Plan */

/** Text as one searches for it: without regard to case and accents. @param {string} text */
export const fold = (text) => text.normalize("NFKD").replace(/\p{Mn}/gu, "").toLocaleLowerCase();

/**
 * What is looked for; every word has to be somewhere in what a resource is called, is, or carries.
 * @param {Resource[]} resources
 * @param {{query?: string, site?: string, area?: string, kind?: string}} wanted
 * @param {(id: string | null) => string} [areaName]
 */
export function narrowed(resources, { query = "", site, area, kind }, areaName = () => "") {
  const words = fold(query).split(/\s+/).filter(Boolean);
  return resources.filter((it) => {
    if ((site && it.site_id !== site) || (area && it.area_id !== area) || (kind && it.kind !== kind)) return false;
    if (words.length === 0) return true;
    const text = fold([it.name, it.kind, ...it.tags, areaName(it.area_id)].filter(Boolean).join(" "));
    return words.every((word) => text.includes(word));
  });
}

/**
 * Rows by the place in which they stand, in the order of the first of each. One place needs no name.
 * @param {Resource[]} resources
 * @param {{site: (id: string | null) => string, area: (id: string | null) => string}} name
 * @returns {Group[]}
 */
export function grouped(resources, name) {
  const oneSite = new Set(resources.map((it) => it.site_id)).size <= 1;
  const oneZone = new Set(resources.map((it) => it.time_zone)).size <= 1;
  /** @type {Map<string, Group>} */
  const groups = new Map();
  for (const it of resources) {
    const key = [it.site_id, it.area_id, it.time_zone].join(" ");
    const found = groups.get(key);
    if (found) found.rows.push(it);
    else groups.set(key, { key, name: [oneSite ? "" : name.site(it.site_id), name.area(it.area_id)].filter(Boolean).join(" · "), zone: it.time_zone, rows: [it] });
  }
  const all = [...groups.values()];
  return all.length === 1 && oneZone ? all.map((it) => ({ ...it, name: "" })) : all;
}

/**
 * Where everything stands.
 * @param {Group[]} groups
 * @param {(resource: Resource) => number} lanes
 * @returns {Plan}
 */
export function planned(groups, lanes) {
  let [top, at] = [0, 0];
  /** @type {Line[]} */
  const lines = [];
  const named = groups.length > 1 || groups.some((it) => it.name);
  const sections = groups.map(({ key, name, zone, rows }) => {
    const head = named ? HEAD : 0;
    const start = top;
    top += head;
    const own = rows.map((resource) => {
      const line = { resource, at, top, height: ROW + (lanes(resource) - 1) * LANE };
      at += 1;
      top += line.height;
      lines.push(line);
      return line;
    });
    return { key, name, zone, top: start, height: top - start, head, lines: own };
  });
  return { sections, lines, height: top };
}

/**
 * The first line that ends below a height; as many as there are where none does.
 * @param {{top: number, height: number}[]} lines
 * @param {number} y
 */
export function lineAt(lines, y) {
  let [low, high] = [0, lines.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const line = lines[middle];
    if (line && line.top + line.height <= y) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The sections and lines of which something is between two heights.
 * @param {Plan} plan
 * @param {number} from
 * @param {number} to
 */
export const between = (plan, from, to) =>
  plan.sections
    .filter((it) => it.top < to && from < it.top + it.height)
    .map((it) => ({ ...it, lines: it.lines.slice(lineAt(it.lines, from), lineAt(it.lines, to) + 1) }));
