// A level with what it says and what those above it say, from the API; and the choice of one.

import { api } from "../../api.js";
import { useCurrent } from "../../components/current.js";
import { Choice } from "../../components/inputs.js";
import { html } from "../../html.js";
import { t } from "../../i18n.js";
import { managed, managedSites } from "../../mine.js";
import { asked, go } from "../../router.js";
import { sites } from "../../state.js";
import { useEffect, useState } from "../../vendor/hooks.js";
import { areaTree, around } from "./levels.js";

/** @typedef {{name: string, level: string, rules: Record<string, any>}} Said */
/** @typedef {{kind: "site" | "area" | "resource", id: string, name: string, zone: string, site: string | null, path: string, version: number, rules: Record<string, any>, above: Said[]}} Level */

/** @param {string} of such as `site:ID` @returns {Promise<Level>} */
async function loadLevel(of) {
  const [kind, id = ""] = of.split(":");
  /** @type {any} */
  const it = await api.get(`/${kind}s/${id}`);
  const path = `/${kind}s/${id}/rules`;
  // First the level, then what it says: whoever changes it in between is noticed when it is saved.
  const rules = await api.get(path);
  const site = kind === "site" ? it : it.site_id ? await api.get(`/sites/${it.site_id}`) : null;
  const said = async (/** @type {"site" | "area"} */ level, /** @type {any} */ one) => ({ name: one.name, level, rules: await api.get(`/${level}s/${one.id}/rules`) });
  /** @type {Said[]} */
  const above = [];
  if (site && kind !== "site") above.push(await said("site", site));
  const inside = kind === "area" ? it.parent_id : kind === "resource" ? it.area_id : null;
  if (site && inside) for (const area of around(await api.all(`/sites/${site.id}/areas`), inside)) above.push(await said("area", area));
  return { kind: /** @type {any} */ (kind), id, name: it.name, zone: it.time_zone ?? site?.time_zone ?? "UTC", site: site?.id ?? null, path, version: it.version, rules, above };
}

/** The level that the address asks for, as soon as it is here; `anew` begins what is written of it anew, `reload` does not. */
export function useLevel() {
  const of = askedLevel();
  const [level, setLevel] = useState(/** @type {Level | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [round, setRound] = useState(0);
  const isCurrent = useCurrent(of ?? "");
  /** @returns {Promise<Level | null>} */
  const reload = async () => {
    try {
      const found = of ? await loadLevel(of) : null;
      if (isCurrent()) {
        setLevel(found);
        setError(null);
      }
      return found;
    } catch (problem) {
      if (isCurrent()) setError(problem);
      return null;
    }
  };
  useEffect(() => {
    setLevel(null);
    void reload();
  }, [of]);
  return { of, level, error, round, reload, anew: () => reload().then(() => setRound((n) => n + 1)) };
}

/** The level that the address asks for, or else the first that one manages. */
function askedLevel() {
  const of = asked("of");
  if (of && /^(site|area|resource):[\w-]+$/.test(of)) return of;
  const [site] = managedSites();
  const [resource] = managed();
  return site ? `site:${site.id}` : resource ? `resource:${resource.id}` : null;
}

/** @param {string} to @param {string} of */
const address = (to, of) => `${to}?of=${of}`;

/**
 * Which level: a place, and in it the whole, an area or a single resource.
 * @param {{of: string, site: string | null, to: string}} props
 */
export function LevelPicker({ of, site, to }) {
  const [areas, setAreas] = useState(/** @type {any[]} */ ([]));
  useEffect(() => {
    let current = true;
    setAreas([]);
    if (site) api.all(`/sites/${site}/areas`).then((found) => current && setAreas(found), () => {});
    return () => {
      current = false;
    };
  }, [site]);
  const all = managed();
  const loose = all.filter((it) => !it.site_id || !managedSites().some((one) => one.id === it.site_id));
  const places = managedSites();
  const placeOptions = [...places.map((it) => ({ value: it.id, text: it.name })), ...(loose.length > 0 ? [{ value: "", text: t("admin.noSiteAtAll") }] : [])];
  const mineHere = places.some((it) => it.id === site);
  const inPlace = mineHere ? all.filter((it) => it.site_id === site) : loose;
  const whole = mineHere ? [{ value: `site:${site}`, text: t("admin.wholePlace", { what: sites.value.find((it) => it.id === site)?.name ?? "" }) }] : [];
  const areaOptions = mineHere ? areaTree(areas).map((it) => ({ value: `area:${it.id}`, text: `${"\u2003".repeat(it.depth + 1)}${it.name}` })) : [];
  const options = [...whole, ...areaOptions, ...inPlace.map((it) => ({ value: `resource:${it.id}`, text: `\u2003${it.name}` }))];
  const pickPlace = (/** @type {string} */ id) => {
    const first = id ? `site:${id}` : `resource:${loose[0]?.id}`;
    go(address(to, first));
  };
  return html`<div class="row two levels">
    ${placeOptions.length > 1 && html`<${Choice} label=${t("admin.site")} value=${mineHere ? site ?? "" : ""} options=${placeOptions} onPick=${pickPlace} />`}
    <${Choice} label=${t("admin.level")} value=${of} options=${options} onPick=${(/** @type {string} */ it) => go(address(to, it))} /></div>`;
}
