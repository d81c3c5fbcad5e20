// Whose a booking is, as far as whoever looks may know: a guest by name, a user by name where administrators look, or those who manage what is
// booked. Names are asked for once, a few at a time; where an administrator sees many, all of them in one list.

import { api } from "../api.js";
import { t } from "../i18n.js";
import { isAdmin, manages, user } from "../state.js";
import { effect, signal } from "../vendor/signals.js";

/** So many names are asked for one by one before an administrator reads the list of all. */
const FEW = 12;
/** So many at the same time. */
const AT_ONCE = 4;
/** What comes meanwhile is shown together. */
const SHOWN_EVERY_MS = 60;

/** Names of users that are known; nothing, of those who are erased or whose name is not told. @type {import("../vendor/signals.js").Signal<Record<string, string>>} */
export const names = signal({});
/** Who has been asked about. @type {Set<string>} */
const asked = new Set();
/** Who is to be asked about. @type {string[]} */
let wanted = [];
let asking = 0;
/** Names that came and are not shown yet. @type {Record<string, string>} */
let came = {};
let showing = 0;

// Whoever signs in next is told nothing that the one before was.
let whom = user.peek()?.id;
effect(() => {
  if (user.value?.id === whom) return;
  whom = user.value?.id;
  [wanted, came] = [[], {}];
  asked.clear();
  names.value = {};
});

/** @param {Record<string, string>} some */
function learn(some) {
  came = { ...came, ...some };
  showing ||= setTimeout(() => {
    names.value = { ...names.peek(), ...came };
    [came, showing] = [{}, 0];
  }, SHOWN_EVERY_MS);
}

async function ask() {
  asking += 1;
  if (isAdmin.peek() && wanted.length > FEW) {
    const these = wanted.splice(0);
    const all = await api.all("/users/").catch(() => /** @type {any[]} */ ([]));
    learn({ ...Object.fromEntries(these.map((id) => [id, ""])), ...Object.fromEntries(all.map((it) => [it.id, it.erased_at ? "" : it.display_name || it.username])) });
  }
  for (let id = wanted.shift(); id; id = wanted.shift()) learn({ [id]: await api.get(`/users/${id}/name`).then((found) => found.name, () => "") });
  asking -= 1;
}

/** The name of a user, or nothing as long as it is not known. @param {string | null | undefined} id */
export function nameOf(id) {
  if (!id) return "";
  if (id === user.value?.id) return user.value.display_name || user.value.username;
  // Nobody else is told, and need not ask.
  if (!asked.has(id) && (isAdmin.value || manages.value)) {
    asked.add(id);
    wanted.push(id);
    queueMicrotask(() => asking < AT_ONCE && wanted.length > 0 && void ask());
  }
  return names.value[id] ?? "";
}

/** Whose a booking is, by name. @param {import("../state.js").Booking} booking */
export const whose = (booking) => booking.guest?.name ?? nameOf(booking.user_id);

/** How a guest is reached, as far as that is known. @param {any} booking @returns {string} */
export const contactOf = (booking) => booking.guest?.phone ?? booking.guest?.email ?? "";

/** @param {any} booking */
export function whoOf(booking) {
  if (booking.guest) return booking.guest.name;
  const others = booking.participants?.length ?? 0;
  const name = nameOf(booking.user_id);
  return others > 0 ? t("withOthers", { who: name || t("somebody"), n: others }) : name;
}
