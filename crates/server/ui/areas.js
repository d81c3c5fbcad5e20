// The areas of places: which there are, for screens that put things into them.

import { api } from "./api.js";
import { resources } from "./state.js";
import { signal } from "./vendor/signals.js";

/** @typedef {{id: string, site_id: string, parent_id: string | null, name: string, position: number}} Area */
/** Every area, once a screen has asked for them. @type {import("./vendor/signals.js").Signal<Area[]>} */
export const areas = signal([]);

/** @param {string | null} id */
export const areaName = (id) => areas.value.find((it) => it.id === id)?.name ?? "";

/** Asks for the areas, where anything stands in one. */
export async function learnAreas() {
  areas.value = (resources.value ?? []).some((it) => it.area_id) ? await api.all("/areas/") : [];
}
