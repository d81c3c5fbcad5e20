// What whoever runs a place does with a booking, one tap each, and how each is taken back.

import { api } from "../api.js";
import { t } from "../i18n.js";
import { complain, resourceOf, toast } from "../state.js";
import { text } from "../time.js";
import { nameOf } from "./data.js";
import { endOf } from "./states.js";

/** @typedef {import("./states.js").Booking} Booking */

/** From when before its start somebody can sit down, where the rules say nothing else. */
const CHECK_IN_MS = 15 * 60_000;

/**
 * Does it, says so, and offers to take it back.
 * @param {() => Promise<any>} what
 * @param {string} said
 * @param {(() => Promise<any>) | null} back
 * @param {() => void} changed
 * @returns {Promise<boolean>}
 */
async function doing(what, said, back, changed) {
  try {
    await what();
    toast(said, back ? { undo: () => void back().then(() => toast(t("floor.takenBack")), complain).then(changed) } : {});
    return true;
  } catch (problem) {
    complain(problem);
    return false;
  } finally {
    changed();
  }
}

/** @param {Booking} booking */
const undo = (booking) => () => api.act(`/bookings/${booking.id}/undo`);

/** @param {Booking} booking @param {() => void} changed */
export const seat = (booking, changed) => doing(() => api.act(`/bookings/${booking.id}/check-in`), t("floor.seated", { who: nameOf(booking), where: resourceOf(booking.resource_id)?.name ?? "" }), undo(booking), changed);
/** What is said of why, where something is. @param {string | undefined} reason */
const why = (reason) => (reason ? { reason } : undefined);
/** @param {Booking} booking @param {() => void} changed @param {string} [reason] */
export const missed = (booking, changed, reason) => doing(() => api.act(`/bookings/${booking.id}/no-show`, why(reason)), t("floor.missed", { who: nameOf(booking) }), undo(booking), changed);
/** @param {Booking} booking @param {() => void} changed */
export const end = (booking, changed) => doing(() => api.act(`/bookings/${booking.id}/end`), t("floor.ended", { what: resourceOf(booking.resource_id)?.name ?? "" }), undo(booking), changed);
/** @param {Booking} booking @param {() => void} changed */
export const confirm = (booking, changed) => doing(() => api.act(`/bookings/${booking.id}/confirm`), t("floor.confirmed", { who: nameOf(booking) }), null, changed);
/** @param {Booking} booking @param {() => void} changed @param {string} [reason] */
export const reject = (booking, changed, reason) => doing(() => api.act(`/bookings/${booking.id}/reject`, why(reason)), t("floor.rejected", { who: nameOf(booking) }), null, changed);

/** @param {Booking} booking @param {number} minutes @param {() => void} changed */
export function extend(booking, minutes, changed) {
  // Whoever stays too long already gets the time from now on.
  const ends_at = text(Math.max(endOf(booking), Math.floor(Date.now() / 60_000) * 60_000) + minutes * 60_000);
  const back = () => api.patch(`/bookings/${booking.id}`, { ends_at: booking.ends_at });
  return doing(() => api.patch(`/bookings/${booking.id}`, { ends_at }, booking.version), t("floor.extended", { n: minutes }), Date.now() < endOf(booking) ? back : null, changed);
}

/** @param {Booking} booking @param {string} resource_id @param {() => void} changed */
export function move(booking, resource_id, changed) {
  const back = () => api.patch(`/bookings/${booking.id}`, { resource_id: booking.resource_id });
  const said = t("floor.moved", { who: nameOf(booking), where: resourceOf(resource_id)?.name ?? "" });
  return doing(() => api.patch(`/bookings/${booking.id}`, { resource_id }, booking.version), said, back, changed);
}

/** @param {Booking} booking @param {() => void} changed @param {string} [reason] */
export function cancel(booking, changed, reason) {
  // What was only held is asked for anew.
  const back = booking.status === "held" ? null : undo(booking);
  return doing(() => api.delete(`/bookings/${booking.id}`, undefined, why(reason)), t("floor.cancelled", { who: nameOf(booking) }), back, changed);
}

/** Whether somebody can sit down. @param {Booking} booking @param {number} now */
export const canSeat = (booking, now) => booking.status === "confirmed" && Date.parse(booking.starts_at) - CHECK_IN_MS <= now && now < endOf(booking);

/**
 * A guest who is there now: booked from this moment on, against the grid of the place, and sits down. Who waited waits no more.
 * @param {{resource_id: string, minutes: number, party_size: number, name: string, phone?: string | null, notes?: string | null, user?: string | null, waiting?: string}} party
 * @param {() => void} changed
 */
export async function walkIn({ resource_id, minutes, party_size, name, phone = null, notes = null, user: whose = null, waiting }, changed) {
  const now = Date.now();
  const who = name.trim() || t("floor.walkIn");
  const body = {
    resource_id, party_size, notes, starts_at: text(now), ends_at: text(Math.floor((now + minutes * 60_000) / 300_000) * 300_000),
    ...(whose ? { on_behalf_of: whose } : { guest: { name: who, phone: phone || null } }), override_reason: t("floor.walkIn"),
  };
  let made = /** @type {any} */ (null);
  const sit = async () => {
    made = await api.post("/bookings/", body);
    if (made.status === "pending") await api.act(`/bookings/${made.id}/confirm`);
    await api.act(`/bookings/${made.id}/check-in`);
    if (waiting) await api.delete(`/waiting-list/${waiting}`);
  };
  return doing(sit, t("floor.seated", { who, where: resourceOf(resource_id)?.name ?? "" }), () => api.delete(`/bookings/${made.id}`), changed);
}

/** What somebody who waited was offered: booked, and they sit down where it begins now. @param {Booking} held @param {number} now @param {() => void} changed */
export function takeUp(held, now, changed) {
  const sit = async () => {
    const made = await api.post(`/holds/${held.id}/book`);
    if (canSeat({ ...held, status: made.status }, now)) await api.act(`/bookings/${held.id}/check-in`);
  };
  return doing(sit, t("floor.seated", { who: nameOf(held), where: resourceOf(held.resource_id)?.name ?? "" }), () => api.delete(`/bookings/${held.id}`), changed);
}

/** The last step of a booking is taken back. @param {Booking} booking @param {() => void} changed */
export const takeBack = (booking, changed) => doing(undo(booking), t("floor.takenBack"), null, changed);
