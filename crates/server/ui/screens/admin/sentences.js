// Lines of the audit log as sentences. It needs no page.

/** What of a line is told by name, in the order in which it is looked for. */
const ABOUT = ["resource_id", "site_id", "area_id", "kind_id", "group_id", "user_id"];

/** Which actions belong together, for whoever looks for something. */
export const FAMILIES = ["booking", "block", "resource", "site", "area", "kind", "group", "user", "session", "export", "waiting", "display", "other"];

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

/** Families of actions that have no name of their own in the list. */
export const OTHERS = ["signing_key"];

/** What lines can be about, as the server is asked for it; the last two are looked for from elsewhere. */
export const THINGS = ["resource", "site", "area", "kind", "group", "user", "booking", "block"];

/**
 * How the server is asked for those lines that are looked for.
 * @param {{family: string, person: string, about: {what: string, id: string}, from: string, to: string}} wanted ids and instants, or nothing
 */
export const questionOf = ({ family, person, about, from, to }) => ({ action: family === "other" ? OTHERS.join(",") : family, person_id: person, ...(about.id ? { [`${about.what}_id`]: about.id } : {}), from, to });
