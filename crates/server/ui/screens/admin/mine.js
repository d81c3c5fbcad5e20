// What whoever is signed in manages: a site with all that stands in it, or single resources. Administrators manage everything.

import { api } from "../../api.js";
import { isAdmin, resources, sites, user } from "../../state.js";
import { signal } from "../../vendor/signals.js";

/** @typedef {{sites: Set<string>, resources: Set<string>}} Mine */
/** `null` as long as nobody has asked. @type {import("../../vendor/signals.js").Signal<Mine | null>} */
export const mine = signal(null);

/** Of which resources and for whom that was asked: after they have changed it is asked anew. @type {{of: unknown, by: string | undefined}} */
let asked = { of: null, by: undefined };

/** @param {string} path */
const managedIds = async (path) => new Set((await api.all(path, { managed: true })).map((it) => it.id));
/** The sites that whoever is signed in manages. @returns {Promise<Set<string>>} */
export const loadSites = () => managedIds("/sites/");

export async function loadMine() {
  const all = resources.value ?? [];
  const by = user.value?.id;
  if (mine.value !== null && asked.of === all && asked.by === by) return;
  if (asked.by !== by) mine.value = null;
  asked = { of: all, by };
  if (isAdmin.value) {
    mine.value = { sites: new Set(sites.value.map((it) => it.id)), resources: new Set(all.map((it) => it.id)) };
    return;
  }
  const [inSites, found] = await Promise.all([loadSites(), managedIds("/resources/")]);
  mine.value = { sites: inSites, resources: found };
}

/** @param {{id: string, site_id: string | null}} resource */
export const mayManage = ({ id, site_id }) => isAdmin.value || mine.value?.sites.has(site_id ?? "") || mine.value?.resources.has(id) || false;
/** @param {string} id */
export const mayManageSite = (id) => isAdmin.value || mine.value?.sites.has(id) || false;
/** The resources that may be changed. */
export const managed = () => (resources.value ?? []).filter(mayManage);
/** The sites that may be changed. */
export const managedSites = () => sites.value.filter((it) => mayManageSite(it.id));
