// Whose a booking is, as far as whoever looks may know: a guest by name, a user by name where administrators look, or those who manage what is booked.

import { api } from "../api.js";
import { t } from "../i18n.js";
import { user } from "../state.js";
import { signal } from "../vendor/signals.js";

/** Names of users that are known; nothing, of those who are erased or whose name is not told. @type {import("../vendor/signals.js").Signal<Record<string, string>>} */
export const names = signal({});
/** Who has been asked about. @type {Set<string>} */
const asked = new Set();

/** @param {string} id */
function learnName(id) {
  asked.add(id);
  api.get(`/users/${id}/name`).then((found) => found.name, () => "").then((name) => (names.value = { ...names.value, [id]: name }));
}

/** The name of a user, or nothing as long as it is not known. @param {string | null | undefined} id */
export function nameOf(id) {
  if (!id) return "";
  if (id === user.value?.id) return user.value.display_name || user.value.username;
  if (!asked.has(id)) queueMicrotask(() => !asked.has(id) && learnName(id));
  return names.value[id] ?? "";
}

/** How a guest is reached, as far as that is known. @param {any} booking @returns {string} */
export const contactOf = (booking) => booking.guest?.phone ?? booking.guest?.email ?? "";

/** @param {any} booking */
export function whoOf(booking) {
  if (booking.guest) return booking.guest.name;
  const others = booking.participants?.length ?? 0;
  const name = nameOf(booking.user_id);
  return others > 0 ? t("withOthers", { who: name || t("somebody"), n: others }) : name;
}
