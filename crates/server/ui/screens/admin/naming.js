// Names that are counted, and values as the kinds declare them. It needs no page.

/** The name of one more like it: `Table 7` after `Table 6`. @param {string} name @param {string[]} taken */
export function nextName(name, taken) {
  const found = /^(.*?)(\d+)(\D*)$/.exec(name);
  const [before, number, after] = found ? [found[1] ?? "", Number(found[2]), found[3] ?? ""] : [`${name} `, 1, ""];
  for (let n = number + 1; ; n += 1) {
    const next = `${before}${n}${after}`;
    if (!taken.includes(next)) return next;
  }
}

/** `Table {n}` for each number of a range; the number stands at the end where the pattern doesn't say. @param {string} pattern @param {number} from @param {number} to */
export function countedNames(pattern, from, to) {
  const whole = pattern.includes("{n}") ? pattern : `${pattern.trim()} {n}`;
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, n) => whole.replaceAll("{n}", String(from + n)));
}

/** Words with commas between them, each once. @param {string} text */
export const tagsOf = (text) => [...new Set(text.split(",").map((it) => it.trim()).filter(Boolean))];

/**
 * Values as their kind wants them; what it does not declare is left out.
 * @param {{key: string, type: string}[]} fields
 * @param {Record<string, any>} values
 */
export function valuesOf(fields, values) {
  return Object.fromEntries(fields.map(({ key }) => [key, values[key]]).filter(([, value]) => value !== undefined && value !== null && value !== "" && value !== false));
}
