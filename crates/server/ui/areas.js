// The areas of places: which there are, for screens that put things into them.

import { api } from "./api.js";
import { resources } from "./state.js";
import { signal } from "./vendor/signals.js";

/** @typedef {{id: string, site_id: string, parent_id: string | null, name: string, position: number}} Area */
/** Every area of the places whose things stand in areas. @type {import("./vendor/signals.js").Signal<Area[]>} */
export const areas = signal([]);

/** @param {string | null} id */
export const areaName = (id) => areas.value.find((it) => it.id === id)?.name ?? "";

/** Asks for the areas of the places where there are any. */
export async function learnAreas() {
  const wanted = [...new Set((resources.value ?? []).filter((it) => it.area_id && it.site_id).map((it) => it.site_id))];
  areas.value = (await Promise.all(wanted.map((id) => api.get(`/sites/${id}/areas`)))).flatMap((found) => found.items);
}
