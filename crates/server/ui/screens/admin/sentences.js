// Lines of the audit log as sentences. It needs no page.

/** What of a line is told by name, in the order in which it is looked for. */
const ABOUT = ["resource_id", "site_id", "area_id", "kind_id", "group_id", "user_id"];

/** Which actions belong together, for whoever looks for something. */
export const FAMILIES = ["booking", "block", "resource", "site", "area", "kind", "group", "user", "session", "export", "waiting", "display", "other"];

/** @param {string} action */
export function familyOf(action) {
  const [family = ""] = action.split(".");
  return FAMILIES.includes(family) ? family : "other";
}

/**
 * Which text tells a line, and what stands in it.
 * @param {any} line
 * @param {{knows: (key: string) => boolean, name: (what: string, id: string) => string | null}} world
 * @returns {{key: string, values: Record<string, string>}}
 */
export function sentenceOf(line, { knows, name }) {
  const self = line.actor_id !== null && line.actor_id === line.user_id;
  /** @type {Record<string, string>} */
  const values = { who: line.actor_id ? (name("user_id", line.actor_id) ?? "") : "" };
  for (const what of ABOUT) {
    if (line[what]) values[what.replace("_id", "")] = name(what, line[what]) ?? "";
  }
  values["what"] = values["resource"] ?? values["site"] ?? values["area"] ?? values["kind"] ?? values["group"] ?? values["user"] ?? "";
  const base = `did.${line.action}`;
  // By whom a thing was done is told where somebody did it; what time did is told without.
  const candidates = [...(self ? [`${base}.self`] : []), ...(line.actor_id ? [] : [`${base}.nobody`]), base];
  const key = candidates.find(knows) ?? (line.actor_id ? "did.other" : "did.other.nobody");
  return { key, values: { ...values, action: line.action } };
}

/**
 * Whether a line is one of those that are looked for.
 * @param {any} line
 * @param {{family: string, actor: string, from: number, to: number}} wanted `actor` is an id, or nothing
 */
export function isWanted(line, { family, actor, from, to }) {
  const at = Date.parse(line.at);
  return (!family || familyOf(line.action) === family) && (!actor || line.actor_id === actor || line.user_id === actor) && from <= at && at < to;
}
