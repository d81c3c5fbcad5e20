// What a page for guests asks the server: without cookies, and with the secret of a hold as a bearer token where there is one.

import { Problem, asVisitor } from "../../api.js";

/** @typedef {{name: string, address: string | null, time_zone: string, locale: string, policy_text: string | null, email: "no" | "optional" | "required", phone: "no" | "optional" | "required", kinds: string[], party_max: number, today: string, last_date: string | null, accent: string | null}} PublicSite */
/** @typedef {{starts_at: string, ends_at: string, status: "free" | "full"}} Slot */
/** @typedef {{id: string, token: string, starts_at: string, ends_at: string, party_size: number, lapses_at: string}} Hold */
/** @typedef {{name: string, email: string, phone: string, notes: string}} Filled */

/** @param {string} slug @returns {Promise<PublicSite>} */
export const siteOf = (slug) => asVisitor("GET", `/public/sites/${encodeURIComponent(slug)}`);

/** @param {string} slug @param {{date: string, party: number, kind: string | null}} wish @returns {Promise<Slot[]>} */
export async function slotsOf(slug, { date, party, kind }) {
  const query = new URLSearchParams({ date, party_size: String(party), ...(kind ? { kind } : {}) });
  return (await asVisitor("GET", `/public/sites/${encodeURIComponent(slug)}/slots?${query}`)).slots;
}

/** @param {{days: {date: string, status: "free" | "full" | "closed"}[]}} found */
const byDay = ({ days }) => new Map(days.map((it) => [it.date, it.status]));

/**
 * How the days of a month stand.
 * @param {string} slug
 * @param {{from: string, to: string, party: number, kind: string | null}} wish
 * @returns {Promise<Map<string, "free" | "full" | "closed">>}
 */
export async function daysOf(slug, { from, to, party, kind }) {
  const query = new URLSearchParams({ from, to, party_size: String(party), ...(kind ? { kind } : {}) });
  return byDay(await asVisitor("GET", `/public/sites/${encodeURIComponent(slug)}/days?${query}`));
}

/**
 * How they stand for a guest who moves a booking.
 * @param {string} path of the booking
 * @param {string} token
 * @param {{from: string, to: string, party: number | null}} wish
 */
export async function daysToMove(path, token, { from, to, party }) {
  const query = new URLSearchParams({ from, to, ...(party ? { party_size: String(party) } : {}) });
  return byDay(await asVisitor("GET", `${path}/days?${query}`, { token }));
}

/** @param {string} slug @param {string} starts_at @param {number} party_size @param {string | null} kind @returns {Promise<Hold>} */
export const hold = (slug, starts_at, party_size, kind) =>
  asVisitor("POST", `/public/sites/${encodeURIComponent(slug)}/holds`, { body: { starts_at, party_size, ...(kind ? { kind } : {}) } });

/** @param {{id: string, token: string}} held */
const path = ({ id }) => `/guest/bookings/${encodeURIComponent(id)}`;

/** @param {{id: string, token: string}} held */
export const renew = (held) => asVisitor("POST", `${path(held)}/renew`, { token: held.token });
/** Gives a hold back; also where the page is just being left. @param {{id: string, token: string}} held */
export const giveBack = (held) => asVisitor("DELETE", path(held), { token: held.token, keepalive: true });
/** @param {{id: string, token: string}} held @param {Filled} filled */
export const take = (held, filled) => asVisitor("POST", `${path(held)}/book`, { token: held.token, body: said(filled) });

/** @param {string} slug @param {{from: string, to: string, party_size: number, kind: string | null}} wish @param {Filled} filled */
export const wait = (slug, { kind, ...wish }, filled) =>
  asVisitor("POST", `/public/sites/${encodeURIComponent(slug)}/waiting-list`, { body: { ...wish, ...said(filled), ...(kind ? { kind } : {}) } });

/** What was left empty is not said. @param {Filled} filled */
const said = (filled) => Object.fromEntries(Object.entries(filled).filter(([, value]) => value.trim() !== ""));

/** The times that a refusal offers instead. @param {any} refused @returns {string[] | null} */
export const insteadOf = (refused) => (refused instanceof Problem && refused.kind === "booking-conflict" ? (refused.body?.alternatives ?? []).map((/** @type {any} */ it) => it.starts_at) : null);

/** The page that looks after a booking, for whoever has the secret. @param {{id: string, token: string}} made */
export const linkOf = ({ id, token }) => `${location.origin}/guest/${id}#${token}`;

/** Puts a booking into the visitor's calendar, as a file. @param {{id: string, token: string}} made */
export async function saveCalendar(made) {
  const file = await asVisitor("GET", `${path(made)}/calendar.ics`, { token: made.token });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = "booking.ics";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
