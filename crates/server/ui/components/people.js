// Whose a booking is, as far as whoever looks may know: a guest by name, a user by name where administrators look.

import { api } from "../api.js";
import { t } from "../i18n.js";
import { isAdmin, user } from "../state.js";
import { signal } from "../vendor/signals.js";

/** Names of users that are known. @type {import("../vendor/signals.js").Signal<Record<string, string>>} */
export const names = signal({});
/** Who has been asked about. @type {Set<string>} */
const asked = new Set();

/** @param {string} id */
function learnName(id) {
  asked.add(id);
  api.get(`/users/${id}`).then((found) => {
    names.value = { ...names.value, [id]: found.erased_at ? "" : found.display_name || found.username };
  }, () => {});
}

/** The name of a user, or nothing as long as it is not known. @param {string | null | undefined} id */
export function nameOf(id) {
  if (!id) return "";
  if (id === user.value?.id) return user.value.display_name || user.value.username;
  if (isAdmin.value && !asked.has(id)) queueMicrotask(() => !asked.has(id) && learnName(id));
  return names.value[id] ?? "";
}

/** @param {any} booking */
export function whoOf(booking) {
  if (booking.guest) return [booking.guest.name, booking.guest.phone ?? booking.guest.email].filter(Boolean).join(", ");
  const others = booking.participants?.length ?? 0;
  const name = nameOf(booking.user_id);
  return others > 0 ? t("withOthers", { who: name || t("somebody"), n: others }) : name;
}
