// What whoever is signed in manages: a site with all that stands in it, or single resources; administrators manage everything. And what they may do
// with a booking by that, so that nothing is offered which the server would refuse.

import { api } from "./api.js";
import { isAdmin, manages, resourceOf, resources, sites, user } from "./state.js";
import { useEffect } from "./vendor/hooks.js";
import { effect, signal } from "./vendor/signals.js";

/** @typedef {import("./state.js").Booking} Booking */
/** @typedef {{sites: Set<string>, resources: Set<string>}} Mine */
/** `null` as long as nobody has asked. @type {import("./vendor/signals.js").Signal<Mine | null>} */
export const mine = signal(null);

/** Of which resources that was asked, and the asking: after they have changed it is asked anew. @type {{of: unknown, reading: Promise<void>} | null} */
let asked = null;

// Whoever signs in next manages something else.
let whom = user.peek()?.id;
effect(() => {
  if (user.value?.id === whom) return;
  whom = user.value?.id;
  [asked, mine.value] = [null, null];
});

/** @param {string} path */
const managedIds = async (path) => new Set((await api.all(path, { managed: true })).map((it) => it.id));

/** Asks, unless it was asked since the resources have changed. */
export function loadMine() {
  const of = resources.value;
  if (asked === null || asked.of !== of) {
    const asking = { of, reading: Promise.resolve() };
    const read = async () => {
      const all = of ?? [];
      const [inSites, found] = isAdmin.value ? [sites.value, all].map((some) => new Set(some.map((it) => it.id))) : await Promise.all([managedIds("/sites/"), managedIds("/resources/")]);
      if (asked === asking) mine.value = { sites: /** @type {Set<string>} */ (inSites), resources: /** @type {Set<string>} */ (found) };
    };
    asked = asking;
    asking.reading = read().catch((problem) => {
      if (asked === asking) asked = null;
      throw problem;
    });
  }
  return asked.reading;
}

/** The same for a screen that has something to show without it: whoever manages nothing need not ask. */
export const knowMine = () => (manages.value || isAdmin.value ? loadMine().catch(() => {}) : Promise.resolve());
/** For what offers what managers may do. */
export const useMine = () => useEffect(() => void knowMine(), [resources.value, manages.value]);

/** @param {{id: string, site_id: string | null}} resource */
export const mayManage = ({ id, site_id }) => isAdmin.value || mine.value?.sites.has(site_id ?? "") || mine.value?.resources.has(id) || false;
/** @param {string} id of a resource, which may be gone */
export const mayManageId = (id) => mayManage(resourceOf(id) ?? { id, site_id: null });
/** @param {string} id */
const mayManageSite = (id) => isAdmin.value || mine.value?.sites.has(id) || false;
/** The resources that may be changed. */
export const managed = () => (resources.value ?? []).filter(mayManage);
/** The sites that may be changed. */
export const managedSites = () => sites.value.filter((it) => mayManageSite(it.id));

/** @param {{resource_id: string, along?: {resource_id: string}[]}} booking @returns {string[]} what it was asked for, and so what it stands on */
export const standsOn = (booking) => [booking.resource_id, ...(booking.along ?? []).map((it) => it.resource_id)];

/**
 * What may be done with a booking. Whoever manages some of what it was asked for sees it, has it cancelled, checked in and ended, and says no; where and
 * when it is and what it says change those who manage what it is of, and its owner. A yes is said by whoever manages all that wants to be asked; where only
 * a rule of the place wants that, the server knows better.
 * @param {Booking} booking
 */
export function rightsOf(booking) {
  const own = booking.user_id === user.value?.id;
  const places = standsOn(booking);
  const runs = places.some(mayManageId);
  const approves = runs && places.every((id) => !resourceOf(id)?.requires_approval || mayManageId(id));
  return { own, runs, closes: own || runs, changes: own || mayManageId(booking.resource_id), approves };
}

/** Whether a booking, as it is wanted, could be given to somebody else, or against the rules. @param {{resource_id: string, along?: {resource_id: string}[]}} wanted */
export const mayGive = (wanted) => standsOn(wanted).every(mayManageId);
