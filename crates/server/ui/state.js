// What several screens share.

import { api, onCutShort, onReached, onSignedOut } from "./api.js";
import { language, t } from "./i18n.js";
import { go } from "./router.js";
import { live, text } from "./time.js";
import { computed, effect, signal } from "./vendor/signals.js";
import { lengthText, wordsOf as words } from "./words.js";

export { lengthText };

/** @typedef {{id: string, username: string, display_name: string | null, email: string | null, role: "user" | "admin"}} User */
/** @typedef {{id: string, name: string, kind: string | null, capacity: number | null, quantity: number, time_zone: string, site_id: string | null, area_id: string | null, requires_approval: boolean, description: string | null, picture: {url?: string, alt: string | null} | null, tags: string[], position: number, attributes: Record<string, any>, part_ids: string[], out_of_order: {reason: string, starts_at: string | null, ends_at: string | null} | null}} Resource */
/** @typedef {{name: string, email: string | null, phone: string | null}} Contact */
/** @typedef {{user_id?: string | null, name?: string | null, email?: string | null}} Participant */
/** @typedef {{id: string, resource_id: string, user_id: string, made_by: string | null, starts_at: string, ends_at: string, title: string | null, status: string, version: number, party_size: number | null, quantity: number, notes: string | null, series_id: string | null, lapses_at: string | null, closed_reason: string | null, guest: Contact | null, participants: Participant[], along: {resource_id: string, quantity: number}[], fields: Record<string, any>}} Booking */
/** @typedef {{id: string, name: string, slug: string, time_zone: string}} Site */
/** @typedef {{manages: boolean, time_zone: string | null, kinds: {kind: string | null, resources: number, capacity_max: number | null}[], sites: Site[]}} Overview */
/** @typedef {{key: string, label: string, type: "flag" | "number" | "choice" | "text", required?: boolean, min?: number, max?: number, max_length?: number, options?: string[], unit?: string}} DeclaredField */
/** @typedef {{name: string, labels: Record<string, string>, attributes: DeclaredField[], booking_fields: DeclaredField[]}} Kind */

/** Who is signed in; `undefined` as long as nobody has asked. @type {import("./vendor/signals.js").Signal<User | null | undefined>} */
export const user = signal(undefined);
export const isAdmin = computed(() => user.value?.role === "admin");

/** What there is, in a few numbers: as short for a thousand things as for ten. @type {import("./vendor/signals.js").Signal<Overview | null>} */
export const overview = signal(null);
/** Whether there is something that whoever is signed in manages. */
export const manages = computed(() => overview.value?.manages ?? false);

/** All that can be booked, from when on a screen has asked for it (`allResources`). @type {import("./vendor/signals.js").Signal<Resource[] | null>} */
export const resources = signal(null);
/** Of what can be booked, what was asked for by itself (`learnResources`). @type {import("./vendor/signals.js").Signal<Resource[]>} */
const some = signal([]);
/** @type {import("./vendor/signals.js").Signal<Site[]>} */
export const sites = signal([]);

const byId = computed(() => new Map([...some.value, ...(resources.value ?? [])].map((it) => [it.id, it])));
/** @param {string} id */
export const resourceOf = (id) => byId.value.get(id);
/** The name of a site. @param {string | null} id */
export const nameOf = (id) => sites.value.find((it) => it.id === id)?.name ?? "";

/** What is declared about kinds, as soon as a screen has asked for it. @type {import("./vendor/signals.js").Signal<Kind[] | null>} */
export const kinds = signal(null);
/** Asks once what is declared about kinds. */
export async function learnKinds() {
  if (kinds.value === null) kinds.value = (await api.get("/kinds/")).items;
}
/** What a kind is called: as it is declared, or in our own words for the usual ones, or by its own name. @param {string | null} kind */
export function kindName(kind) {
  if (kind === null) return "";
  const key = `kind.${kind}`;
  const label = kinds.value?.find((it) => it.name === kind)?.labels[language.value];
  return label ?? (t(key) === key ? kind : t(key));
}

/** The zone that most of what can be booked is in. */
export const homeZone = computed(() => sites.value[0]?.time_zone ?? overview.value?.time_zone ?? "UTC");

/** How many sites an overview tells of at most. */
const SITES_TOLD = 100;

async function loadOverview() {
  const found = /** @type {Overview} */ (await api.get("/resources/overview"));
  sites.value = found.sites;
  overview.value = found;
}

async function loadResources() {
  const [found] = await Promise.all([api.all("/resources"), overview.value ?? loadOverview()]);
  if (sites.value.length === SITES_TOLD) sites.value = await api.all("/sites");
  const at = new Map(sites.value.map((it, n) => [it.id, n]));
  const site = (/** @type {Resource} */ it) => at.get(it.site_id ?? "") ?? -1;
  const order = (/** @type {Resource} */ a, /** @type {Resource} */ b) =>
    site(a) - site(b) || a.position - b.position || a.name.localeCompare(b.name, undefined, { numeric: true });
  resources.value = found.sort(order);
}

/** What is there, and again after it has changed: in few words, and whole where a screen has asked for that. */
export async function loadPlaces() {
  await loadOverview();
  if (resources.value !== null) await loadResources();
}

/** One reading of everything at a time, whoever asks. @type {Promise<void> | null} */
let reading = null;
/** Asks once for all that can be booked. @returns {Promise<void>} as soon as it is here */
export function allResources() {
  if (resources.value !== null) return Promise.resolve();
  reading ??= loadResources().finally(() => {
    reading = null;
  });
  return reading;
}

/** Asks for some of it, as far as it is not known; what is not there is not there. @param {string[]} ids */
export async function learnResources(ids) {
  const missing = [...new Set(ids)].filter((id) => !byId.value.has(id));
  if (missing.length > 0) some.value = [...some.value, ...(await api.get("/resources/", { resource_ids: missing.slice(0, 100).join(",") })).items];
}

/** Whether the browser lost the server. */
export const offline = signal(false);
onReached((answered) => {
  offline.value = !answered;
});

/** Whether what others change comes late, because the stream of it is lost. */
export const lost = signal(false);

/** @typedef {{id: number, text: string, tone: "good" | "bad", undo?: () => void, until: number}} Toast */
/** @type {import("./vendor/signals.js").Signal<Toast[]>} */
export const toasts = signal([]);
let last = 0;

/** @param {number} id */
export const dismiss = (id) => {
  toasts.value = toasts.value.filter((it) => it.id !== id);
};

/** @param {string} text @param {{tone?: "good" | "bad", undo?: () => void}} [more] */
export function toast(text, { tone = "good", undo } = {}) {
  const id = ++last;
  const stays = undo ? 10_000 : 6_000;
  toasts.value = [...toasts.value.slice(-2), { id, text, tone, until: Date.now() + stays, ...(undo ? { undo } : {}) }];
  setTimeout(() => dismiss(id), stays);
}

onCutShort((read) => {
  const text = t("list.cut", { n: read });
  if (!toasts.value.some((it) => it.text === text)) toast(text, { tone: "bad" });
});

/** The words for a problem. @param {any} error @param {string} [zone] of the place that it is about */
export const wordsOf = (error, zone = homeZone.value) => words(error, zone);

/** @param {any} error */
export const complain = (error) => toast(wordsOf(error), { tone: "bad" });

/** What holds no time any more, and never will again. */
const GONE = ["cancelled", "rejected", "expired"];
/** @param {Booking} booking */
export const stands = (booking) => !GONE.includes(booking.status);

/**
 * Books, says so, and offers to undo it.
 * @param {{resource_id: string, starts_at: string, ends_at: string}} offer
 * @param {{title: string | null, party_size?: number | null, [more: string]: any}} more
 * @param {() => void} undone
 * @returns {Promise<Booking>}
 */
export async function book({ resource_id, starts_at, ends_at }, more, undone) {
  const made = await api.post("/bookings/", { resource_id, starts_at, ends_at, ...more });
  const undo = () => void api.delete(`/bookings/${made.id}`).then(undone, complain);
  toast(t(made.status === "pending" ? "book.asked" : "book.done", { what: resourceOf(resource_id)?.name ?? "" }), { undo });
  return made;
}

/** The zone in which whoever looks lives, where that is not the browser's. */
export const ownZone = signal(localStorage.getItem("zone") ?? "");
live(ownZone.value);
/** @param {string} zone none: the browser's */
export function liveIn(zone) {
  ownZone.value = zone;
  live(zone);
  localStorage.setItem("zone", zone);
}

/** @type {import("./vendor/signals.js").Signal<"system" | "light" | "dark">} */
export const theme = signal(/** @type {any} */ (localStorage.getItem("theme")) ?? "system");

effect(() => {
  document.documentElement.dataset["theme"] = theme.value;
});

/** @param {"system" | "light" | "dark"} wanted */
export function wear(wanted) {
  theme.value = wanted;
  localStorage.setItem("theme", wanted);
}

/** @param {User} who */
export function welcome(who) {
  localStorage.setItem("signedIn", "yes");
  user.value = who;
}

/** Forgets everything about who was signed in. */
export function forget() {
  localStorage.removeItem("signedIn");
  user.value = null;
  overview.value = null;
  resources.value = null;
  some.value = [];
  sites.value = [];
}

onSignedOut(() => {
  const was = user.value;
  forget();
  if (was && location.pathname !== "/sign-in") go(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`, { replace: true });
});

/** Asks who is signed in, where somebody has signed in here: a visitor is not told off for having no cookie. */
export async function whoAmI() {
  if (!localStorage.getItem("signedIn")) {
    user.value = null;
    return;
  }
  try {
    const places = loadPlaces().catch(() => {});
    const me = await api.get("/users/me");
    await places;
    user.value = me;
  } catch {
    user.value = null;
  }
}
