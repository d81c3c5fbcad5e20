// A picture of every screen of the sample data, with its dialogs, its steps and its empty states: light and dark, on a desktop and a phone, in English
// and Russian. `SCREENS` names those that are wanted, with commas between them and `…*` for all that begin so; `LOOKS` those of the looks
// (`desktop-light-en`). What a machine can see to be wrong with a picture is said, and is a failure. `README` is the folder for those of the README.

import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { flaws, listening } from "./flaws.mjs";
import { browser, client, stop, untranslated, url } from "./world.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {{page: Page, t: (key: string) => RegExp, phone: boolean, press: (key: string, where?: any) => Promise<void>}} Scene */
/**
 * `who` looks: whoever runs everything, whoever books, or nobody. `act` is what is done first, `empty` which answers of the API are empty lists, `only` where there is such a picture,
 * `whole` that all of a long page is wanted.
 * @typedef {{path: string | (() => Promise<string>), who?: "admin" | "anna" | "nobody", act?: (scene: Scene) => Promise<any>, empty?: RegExp, answer?: [RegExp, number, any][], only?: "desktop" | "phone", whole?: boolean, languages?: boolean}} Shot
 */

const folder = process.env["SCREENSHOTS"] ?? "screenshots";
const [name, password] = [process.env["BRONYA_ADMIN_NAME"] ?? "admin", process.env["BRONYA_ADMIN_PASSWORD"] ?? ""];
mkdirSync(folder, { recursive: true });

const admin = await client(name, password);
const anna = await client("anna", password);
const all = (await admin("GET", "/resources/?limit=1000")).items;
const named = (/** @type {string} */ wanted) => all.find((/** @type {any} */ it) => it.name === wanted) ?? all[0];
const sites = (await admin("GET", "/sites/")).items;
const bistro = sites.find((/** @type {any} */ it) => it.slug === "bistro-linde") ?? sites[0];
const office = sites.find((/** @type {any} */ it) => it !== bistro) ?? bistro;
const [area] = (await admin("GET", `/sites/${bistro.id}/areas`)).items;
const room = named("Room Curie");
const HOUR = 3_600_000;
/** How far the server's clock is ahead of ours: a restaurant is seen best in the evening, whenever the pictures are made. */
const ahead = Math.round((Date.parse((await fetch(`${url}/healthz`)).headers.get("date") ?? "") - Date.now()) / 60_000) * 60_000;
const now = () => Date.now() + ahead;
const dayAhead = (/** @type {number} */ n) => new Date(now() + n * 24 * HOUR).toISOString().slice(0, 10);
/** The next day on which offices work, for their rooms. */
const workday = dayAhead([1, 1, 1, 1, 1, 3, 2][new Date(now()).getUTCDay()] ?? 1);
const soon = (/** @type {number} */ minutes) => new Date(now() + minutes * 60_000).toISOString();

// What the sample data lacks for some of the pictures: a place in a queue, a series, people who take part, a display. What is there already stays.
const quietly = (/** @type {Promise<any>} */ done) => done.catch(() => null);
if ((await anna("GET", "/bookings/my?limit=100")).items.every((/** @type {any} */ it) => it.title !== "Book club")) {
  await quietly(anna("POST", "/series/", { resource_id: room.id, title: "Book club", party_size: 5, starts_at_local: `${workday}T15:00:00`, ends_at_local: `${workday}T16:00:00`, rule: "FREQ=WEEKLY;COUNT=6", on_conflict: "skip" }));
  await quietly(anna("POST", "/waiting-list/", { resource_id: named("Board room").id, from: `${workday}T08:00:00Z`, to: `${workday}T16:00:00Z`, duration_minutes: 60, party_size: 8 }));
}
const groups = (await admin("GET", "/groups/")).items;
const group = groups[0] ?? (await admin("POST", "/groups/", { name: "Design team", description: "May book the workshop" }));
const mine = (await anna("GET", `/bookings/my?from=${encodeURIComponent(soon(0))}&limit=50`)).items;
const oneOfMine = mine.find((/** @type {any} */ it) => it.title === "Book club") ?? mine[0];

/** What a display at a door is told, made up for each state of it. @param {any} more */
const door = (more) => ({
  settings: { name: "Door", may_book: true, may_check_in: true, may_extend: true, may_end: true, theme: null }, has_pin: false, resource_id: room.id, resource_name: "Room Curie", capacity: 6, site_name: "Office am Ufer", language: "en",
  time_zone: "Europe/Berlin", now: soon(0), current: null, next: [], closed: null, free_until: null, offers: [], ...more,
});
const standing = (/** @type {any} */ more) => ({ id: room.id, starts_at: soon(-20), ends_at: soon(40), status: "checked_in", title: "Design review", who: "Wei Chen", lapses_at: null, can_check_in: false, extendable_minutes: 30, ...more });
const later = [standing({ id: "1", starts_at: soon(90), ends_at: soon(150), status: "confirmed", title: "Interview", who: "Noor Haddad" }), standing({ id: "2", starts_at: soon(180), ends_at: soon(210), status: "confirmed", title: null, who: null })];
const offers = [15, 30, 60].map((minutes) => ({ minutes, starts_at: soon(0), ends_at: soon(minutes) }));
/** @param {any} more @param {(scene: Scene) => Promise<any>} [act] @returns {Shot} */
const atDoor = (more, act) => ({ path: "/door", who: "nobody", answer: [[/\/display$/, 200, door(more)]], ...(act ? { act } : {}) });

const fill = (/** @type {Scene} */ { page }, /** @type {Record<string, string>} */ fields) => Object.entries(fields).reduce((done, [field, text]) => done.then(() => page.locator(`[name=${field}]`).first().fill(text)), Promise.resolve());
/** On the page of the place: a time that is free, as far along as one wants. */
const chosen = async (/** @type {Scene} */ { page }) => {
  const free = page.locator(".chip:not(.full):not([disabled])");
  await free.first().waitFor();
  const evening = free.filter({ hasText: /^(19:30|7:30 PM)$/ });
  await ((await evening.count()) > 0 ? evening : free).first().click();
  await page.locator("form.card").waitFor();
};
const inTheForm = { name: "Anna Łęcka", email: "anna@example.org", phone: "+49 30 901820" };
const slots = (/** @type {Scene} */ { page }) => page.locator(".timeline .line").first().waitFor();
const bar = (/** @type {string} */ kind) => async (/** @type {Scene} */ scene) => {
  await slots(scene);
  await scene.page.evaluate((wanted) => {
    const box = /** @type {HTMLElement} */ (document.querySelector(".timeline"));
    const found = [...document.querySelectorAll(`.timeline ${wanted}`)].find((it) => it.getBoundingClientRect().width > 30 && it.getBoundingClientRect().top < 600);
    if (found) box.scrollLeft += found.getBoundingClientRect().left - box.getBoundingClientRect().left - 220;
    found?.setAttribute("data-wanted", "");
  }, kind);
  const found = await scene.page.locator("[data-wanted]").boundingBox();
  if (!found) throw new Error(`no bar ${kind}`);
  const names = scene.phone ? 130 : 220;
  await scene.page.mouse.click(Math.min(Math.max(found.x, names) + 12, found.x + found.width - 4), found.y + found.height / 2);
};
/** A table on the floor that stands so. */
const table = (/** @type {string[]} */ ...kinds) => async (/** @type {Scene} */ { page, phone, press }) => {
  await page.locator(phone ? ".place-card" : "[data-place]").first().waitFor();
  for (const kind of kinds) {
    const one = page.locator(phone ? `.place-card.${kind} .face` : `[data-place].${kind}, .${kind}[data-place], .place.${kind}`).first();
    if ((await one.count()) > 0) return one.click({ force: true });
  }
  throw new Error(`no table is ${kinds.join(" or ")}`);
};
/** Four hours before where the keys begin: there it is free in a restaurant. */
const earlier = async (/** @type {Scene} */ { page }) => {
  for (let n = 0; n < 16; n += 1) await page.keyboard.press("ArrowLeft");
};
/** As it is before there is anything to book. @type {[RegExp, number, any]} */
const nothingThere = [/\/resources\/overview$/, 0, (/** @type {any} */ it) => ({ ...it, kinds: [], sites: [] })];
const dialog = (/** @type {Scene} */ { page }) => page.locator("dialog[open]").first().waitFor();

/** @type {Record<string, Shot>} */
const shots = {
  // What everybody sees.
  "sign-in": { path: "/sign-in", who: "nobody" },
  "sign-in-wrong": { path: "/sign-in", who: "nobody", act: async (scene) => (await fill(scene, { username: "anna", password: "not the one at all" }), await scene.page.keyboard.press("Enter"), scene.page.locator(".wrong, [role=alert]").getByText(scene.t("problem.invalid-credentials")).waitFor()) },
  register: { path: "/register", who: "nobody" },
  "register-taken": { path: "/register", who: "nobody", act: async (scene) => (await fill(scene, { username: "anna", password: "quiet maple lantern 47" }), await scene.page.keyboard.press("Enter"), scene.page.getByText(scene.t("problem.username-taken")).waitFor()) },
  forgotten: { path: "/forgotten", who: "nobody" },
  "new-password": { path: "/new-password#bpl_sample", who: "nobody" },
  "set-up": { path: "/setup#token", who: "nobody" },
  "set-up-wrong": { path: "/setup#token", who: "nobody", act: async ({ page }) => page.locator("[type=submit]").click() },
  public: { path: `/book/${bistro.slug}`, who: "nobody", whole: true },
  "public-form": { path: `/book/${bistro.slug}?date=${dayAhead(4)}&party=4`, who: "nobody", act: chosen, whole: true },
  "public-wrong": { path: `/book/${bistro.slug}?date=${dayAhead(4)}`, who: "nobody", act: async (scene) => (await chosen(scene), await fill(scene, { name: "A", email: "anna@" }), await scene.page.evaluate(() => document.querySelector("form.card")?.setAttribute("novalidate", "")), await scene.page.locator("form.card [type=submit]").click(), scene.page.locator(".wrong:not(:empty)").first().waitFor()) },
  "public-done": { path: `/book/${bistro.slug}?date=${dayAhead(9)}`, who: "nobody", act: async (scene) => (await chosen(scene), await fill(scene, inTheForm), await scene.page.locator("form.card [type=submit]").click(), scene.page.locator(".done").waitFor()), whole: true },
  "public-full": { path: `/book/${bistro.slug}?party=20`, who: "nobody" },
  "public-wait": { path: `/book/${bistro.slug}`, who: "nobody", answer: [[/\/public\/sites\/[^/]+\/slots/, 0, (/** @type {any} */ it) => ({ ...it, slots: it.slots.map((/** @type {any} */ one) => ({ ...one, status: "full" })) })]], act: async ({ page }) => (await page.locator(".chip.full").first().click(), page.locator("form.card").waitFor()), whole: true },
  "public-closed": { path: "/book/nobody-here", who: "nobody" },
  "public-office": { path: `/book/${office.slug}`, who: "nobody" },
  widget: { path: `/embed/${bistro.slug}?accent=0b6b4f`, who: "nobody" },
  guest: { path: async () => guestAddress(), who: "nobody" },
  "guest-move": { path: async () => guestAddress(), who: "nobody", act: async ({ press, page }) => (await press("guest.move"), page.locator(".moving .chip").first().waitFor()), whole: true },
  "guest-cancel": { path: async () => guestAddress(), who: "nobody", act: async ({ press }) => press("guest.cancel") },
  "guest-bad-link": { path: `/guest/${room.id}#nothing`, who: "nobody" },
  "door-pairing": { path: "/door", who: "nobody", languages: true },
  "door-free": atDoor({ free_until: soon(90), offers, next: later }),
  "door-soon": atDoor({ free_until: soon(10), next: [standing({ starts_at: soon(10), ends_at: soon(60), status: "confirmed" })] }),
  "door-check-in": atDoor({ current: standing({ starts_at: soon(-3), status: "confirmed", lapses_at: soon(7), can_check_in: true }), next: later }),
  "door-running": atDoor({ current: standing({}), next: later }),
  "door-ending": atDoor({ current: standing({ ends_at: soon(4) }), next: later }),
  "door-block": atDoor({ closed: { reason: "block", until: soon(95) } }),
  "door-out-of-order": atDoor({ closed: { reason: "out_of_order", until: soon(3_000) } }),
  "door-closed": atDoor({ closed: { reason: "closed", until: soon(600) }, next: later.map((it) => ({ ...it, starts_at: soon(1_500), ends_at: soon(1_560) })) }),
  "door-offline": atDoor({ free_until: soon(90), offers, next: later }, async ({ page }) => (await page.locator(".door .clock").waitFor(), await page.route(/\/display$/, (it) => it.abort()), page.locator(".offline").waitFor({ timeout: 20_000 }))),
  "door-pin": atDoor({ has_pin: true, free_until: soon(90), offers, next: later }, async (scene) => (await scene.page.locator(".act").first().click(), dialog(scene))),
  "door-end": atDoor({ current: standing({}), next: later }, async (scene) => (await scene.page.locator(".act").last().click(), dialog(scene))),

  // What whoever books sees.
  book: { path: "/", who: "anna" },
  "book-room": { path: `/?resource=${room.id}&at=${encodeURIComponent(`${workday}T09:00:00Z`)}`, who: "anna" },
  "book-more": { path: `/?resource=${room.id}&at=${encodeURIComponent(`${workday}T09:00:00Z`)}`, who: "anna", act: async ({ press, page }) => (await press("book.more"), await page.locator(".repeat select").first().selectOption("week"), page.locator(".repeat .good, .repeat .wrong").first().waitFor()), whole: true },
  "book-rooms": { path: "/", who: "anna", act: async ({ press, page }) => (await press("book.pick"), page.locator(".rooms li").first().waitFor()), whole: true },
  "book-calendar": { path: "/", who: "anna", act: async (scene) => (await scene.page.locator(".book select").first().selectOption("other"), dialog(scene)) },
  "book-done": { path: `/?resource=${named("Desk 0.02").id}&at=${encodeURIComponent(`${dayAhead(12)}T09:00:00Z`)}`, who: "anna", act: async ({ page, press }) => (await page.locator(".option input").first().waitFor(), await page.locator("button[type=submit]").first().click(), page.locator(".good-news").waitFor()) },
  "book-none": { path: "/", who: "anna", answer: [[/\/availability\/search$/, 200, { candidates: [], alternatives: [] }]] },
  "book-taken": { path: "/", who: "anna", answer: [[/\/bookings\/$/, 409, { type: "/problems/booking-conflict", title: "Taken", status: 409, conflicts: [{ resource_id: room.id, starts_at: soon(60), ends_at: soon(120), reason: "booking" }], alternatives: [60, 75, 90].map((n) => ({ resource_id: room.id, starts_at: soon(n), ends_at: soon(n + 60) })) }]], act: async ({ page }) => (await page.locator(".option input").first().waitFor(), await page.locator("button[type=submit]").first().click(), page.locator(".alternatives").waitFor()), whole: true },
  "book-against": { path: "/", who: "admin", answer: [[/\/bookings\/$/, 422, { type: "/problems/against-policy", title: "The rules do not allow that", status: 422, broken_rules: [{ rule: "duration_minutes_max", value: 30, detail: "At most 30 minutes." }] }]], act: async ({ page }) => (await page.locator(".option input").first().waitFor(), await page.locator("button[type=submit]").first().click(), page.locator(".came-of-it .notice").waitFor()), whole: true },
  "not-here": { path: "/", who: "anna", act: async ({ page }) => (await page.evaluate(() => (history.pushState(null, "", "/nowhere"), dispatchEvent(new PopStateEvent("popstate")))), page.locator("main .empty").waitFor()) },
  "nothing-yet": { path: "/", who: "anna", answer: [nothingThere] },
  my: { path: "/my", who: "anna", whole: true },
  "my-change": { path: "/my", who: "anna", act: async ({ page, t }) => (await page.locator(".item").getByRole("button", { name: t("my.move") }).first().click(), page.locator("form.move").waitFor()) },
  "my-series": { path: "/my", who: "anna", act: async ({ page, t }) => page.locator(".item", { hasText: "Book club" }).getByRole("button", { name: t("my.cancel") }).first().click() },
  "my-cancelled": { path: "/my", who: "anna", act: async ({ page, t }) => (await page.route(/\/bookings\/[^/]+$/, (it) => (it.request().method() === "DELETE" ? it.fulfill({ json: { undo_until: soon(1) } }) : it.fallback())), await page.locator(".item").filter({ hasNotText: "Book club" }).getByRole("button", { name: t("my.cancel") }).first().click(), page.locator(".toast").waitFor()) },
  "my-booking": { path: `/my?booking=${oneOfMine?.id}`, who: "anna", act: dialog },
  "my-booking-change": { path: `/my?booking=${oneOfMine?.id}`, who: "anna", act: async (scene) => (await dialog(scene), await scene.page.locator("dialog").getByRole("button", { name: scene.t("my.move") }).click()) },
  "my-booking-history": { path: `/my?booking=${oneOfMine?.id}`, who: "anna", act: async (scene) => (await dialog(scene), await scene.page.locator("dialog").getByRole("button", { name: scene.t("booking.history") }).click(), scene.page.locator(".history li").first().waitFor()) },
  "my-with": { path: "/my?show=with", who: "anna" },
  "my-waiting": { path: "/my?show=waiting", who: "anna" },
  "my-past": { path: "/my?show=past", who: "anna" },
  "my-none": { path: "/my", who: "anna", empty: /\/bookings\/my/ },
  "my-waiting-none": { path: "/my?show=waiting", who: "anna", empty: /\/waiting-list\// },
  visitor: { path: `/resource/${named("Terrace 1").id}`, who: "nobody", act: ({ page }) => page.locator(".strip .free").first().waitFor(), whole: true },
  "visitor-lost": { path: `/resource/${named("Terrace 1").id}`, who: "nobody", answer: [[/\/public\/resources\/[^/]+$/, 503, { type: "/problems/overloaded", title: "Overloaded", status: 503 }]] },
  resource: { path: `/resource/${room.id}`, who: "anna", whole: true },
  "resource-out": { path: `/resource/${named("Table 14").id}`, who: "admin" },
  profile: { path: "/profile", who: "anna", whole: true },
  palette: { path: "/", who: "admin", act: async (scene) => (await scene.page.keyboard.press("Control+k"), dialog(scene)) },
  "palette-found": { path: "/", who: "admin", act: async (scene) => (await scene.page.keyboard.press("Control+k"), await dialog(scene), await scene.page.locator("dialog input").fill("cu")) },
  keys: { path: "/timeline", who: "admin", act: async (scene) => (await slots(scene), await scene.page.keyboard.press("?"), dialog(scene)), only: "desktop" },
  more: { path: "/", who: "admin", act: async (scene) => (await scene.page.locator(".onward").click(), dialog(scene)), only: "phone" },
  lost: { path: "/my", who: "anna", act: async ({ page }) => (await page.context().setOffline(true), await page.locator(".banner").waitFor()) },

  timeline: { path: "/timeline?view=day", who: "admin", act: slots },
  "timeline-anna": { path: `/timeline?view=day&day=${workday}`, who: "anna", act: slots },
  week: { path: `/timeline?view=week&day=${workday}`, who: "admin" },
  month: { path: "/timeline?view=month", who: "admin" },
  now: { path: "/timeline?view=list", who: "admin" },
  "timeline-new": { path: `/timeline?view=day&day=${dayAhead(2)}`, who: "admin", act: async (scene) => (await slots(scene), await scene.page.locator(".timeline").focus(), await earlier(scene), await scene.page.keyboard.press("Enter"), scene.page.locator(".composer, dialog[open]").first().waitFor()) },
  "timeline-booking": { path: `/timeline?view=day&day=${dayAhead(1)}`, who: "admin", act: async (scene) => (await bar(".bar.confirmed")(scene), dialog(scene)) },
  "timeline-closed": { path: `/timeline?view=day&site=${office.id}&day=${workday}`, who: "admin", act: async (scene) => (await bar(".bar.closed")(scene), dialog(scene)) },
  "timeline-list": { path: `/timeline?view=day&day=${dayAhead(1)}`, who: "admin", act: async (scene) => (await slots(scene), await scene.press("timeline.asList"), dialog(scene)) },
  "timeline-none": { path: "/timeline?view=day", who: "admin", act: async (scene) => (await slots(scene), await scene.page.locator("#timeline-search").fill("zzz"), scene.page.locator(".timeline .empty").waitFor()), only: "desktop" },
  "timeline-filters": { path: "/timeline?view=day", who: "admin", act: async (scene) => (await slots(scene), await scene.page.locator(".in-sheet").click(), dialog(scene)), only: "phone" },

  // What whoever runs the place sees.
  start: { path: "/", who: "admin", answer: [nothingThere], act: async ({ page }) => page.locator("h1").first().waitFor(), whole: true },
  "start-chosen": { path: "/", who: "admin", answer: [nothingThere], act: async ({ page }) => page.locator("main label").nth(1).click(), whole: true },
  floor: { path: `/floor?site=${bistro.id}`, who: "admin" },
  "floor-office": { path: `/floor?site=${office.id}`, who: "admin" },
  "floor-map": { path: `/floor?site=${bistro.id}`, who: "admin", act: async ({ press, page }) => (await press("floor.view.map"), page.locator("[data-place]").first().waitFor()), only: "phone" },
  "floor-filters": { path: `/floor?site=${bistro.id}`, who: "admin", act: async (scene) => (await scene.press("floor.filters"), dialog(scene)), only: "phone" },
  "floor-when": { path: `/floor?site=${bistro.id}`, who: "admin", act: async (scene) => (await scene.page.locator(".phone-bar .at").click(), dialog(scene)), only: "phone" },
  "floor-free": { path: `/floor?site=${bistro.id}`, who: "admin", act: async (scene) => (await table("free", "soon")(scene), dialog(scene)) },
  "floor-seated": { path: `/floor?site=${bistro.id}`, who: "admin", act: async (scene) => (await table("seated", "overdue", "confirmed")(scene), dialog(scene)) },
  draw: { path: `/floor?site=${bistro.id}&edit=${area?.id}`, who: "admin" },
  "draw-chosen": { path: `/floor?site=${bistro.id}&edit=${area?.id}`, who: "admin", act: async ({ page }) => page.locator("[data-thing] [role=button]").first().focus() },
  host: { path: `/host?site=${bistro.id}`, who: "admin", act: async ({ page }) => page.locator(".guest-row").first().waitFor() },
  "host-seated": { path: `/host?site=${bistro.id}`, who: "admin", act: async ({ page }) => page.locator(".tabs-4 button").nth(1).click() },
  "host-waiting": { path: `/host?site=${bistro.id}`, who: "admin", act: async ({ page }) => page.locator(".tabs-4 button").nth(2).click() },
  "host-gone": { path: `/host?site=${bistro.id}`, who: "admin", act: async ({ page }) => page.locator(".tabs-4 button").nth(3).click() },
  "host-floor": { path: `/host?site=${bistro.id}`, who: "admin", act: async ({ page }) => page.locator(".tabs-2 button").nth(1).click(), only: "phone" },
  "host-walk-in": { path: `/host?site=${bistro.id}`, who: "admin", act: async (scene) => (await scene.press("host.walkIn"), dialog(scene)) },
  "host-wait": { path: `/host?site=${bistro.id}`, who: "admin", act: async (scene) => (await scene.press("host.wait"), dialog(scene)) },
  "host-guest": { path: `/host?site=${bistro.id}`, who: "admin", act: async (scene) => (await scene.page.locator(".guest-row .name").first().click(), dialog(scene)) },
  "host-move": { path: `/host?site=${bistro.id}`, who: "admin", act: async (scene) => (scene.phone && (await scene.page.locator(".tabs-4 button").nth(2).click()), await scene.page.locator(".guest-row").getByRole("button", { name: scene.t("floor.move") }).first().click(), dialog(scene)) },
  today: { path: "/today", who: "admin", whole: true },
  "today-bistro": { path: `/today?site=${bistro.id}`, who: "admin" },
  approvals: { path: "/approvals", who: "admin", act: async ({ page }) => page.locator(".request .around, .empty").first().waitFor() },
  "approvals-chosen": { path: "/approvals", who: "admin", act: async ({ page }) => (await page.locator(".request .around").first().waitFor(), await page.keyboard.press("x"), page.keyboard.press("j")) },
  "approvals-none": { path: "/approvals", who: "admin", empty: /\/bookings\/\?/ },
  reports: { path: "/reports", who: "admin", whole: true },
  "reports-table": { path: "/reports", who: "admin", act: async ({ page }) => page.locator(".figure button[aria-pressed]").first().click() },
  "reports-print": { path: "/reports", who: "admin", act: async ({ page }) => page.emulateMedia({ media: "print" }), only: "desktop", whole: true },
  "timeline-print": { path: "/timeline?view=day", who: "admin", act: async (scene) => (await slots(scene), await scene.page.evaluate(() => dispatchEvent(new Event("beforeprint"))), scene.page.emulateMedia({ media: "print" })), only: "desktop", whole: true },
  "my-print": { path: "/my", who: "anna", act: async ({ page }) => (await page.locator(".item").first().waitFor(), page.emulateMedia({ media: "print" })), only: "desktop", whole: true },
  admin: { path: "/admin", who: "admin", whole: true },
  "admin-places": { path: "/admin/places", who: "admin" },
  "admin-place": { path: `/admin/places/${bistro.id}`, who: "admin", whole: true },
  "admin-place-new": { path: "/admin/places/new", who: "admin" },
  "admin-resources": { path: "/admin/resources", who: "admin" },
  "admin-resource": { path: `/admin/resources/${room.id}`, who: "admin", whole: true },
  "admin-resource-new": { path: "/admin/resources/new", who: "admin", whole: true },
  "admin-many": { path: "/admin/resources/many", who: "admin" },
  "admin-kinds": { path: "/admin/kinds", who: "admin" },
  "admin-kind": { path: "/admin/kinds/room", who: "admin", whole: true },
  "admin-hours": { path: `/admin/hours?of=site:${bistro.id}`, who: "admin", whole: true },
  "admin-hours-room": { path: `/admin/hours?of=resource:${room.id}`, who: "admin" },
  "admin-rules": { path: `/admin/rules?of=site:${bistro.id}`, who: "admin", whole: true },
  "admin-blocks": { path: "/admin/blocks", who: "admin" },
  "admin-block": { path: `/admin/blocks?new=${room.id}`, who: "admin", act: dialog },
  "admin-public": { path: "/admin/public", who: "admin", whole: true },
  "admin-displays": { path: "/admin/displays", who: "admin" },
  "admin-users": { path: "/admin/users", who: "admin" },
  "admin-user-new": { path: "/admin/users", who: "admin", act: async (scene) => (await scene.press("user.add"), dialog(scene)) },
  "admin-user-erase": { path: "/admin/users", who: "admin", act: async (scene) => (await scene.page.locator(".row-acts .danger").first().click(), dialog(scene)) },
  "admin-groups": { path: "/admin/groups", who: "admin" },
  "admin-group": { path: `/admin/groups/${group.id}`, who: "admin" },
  "admin-import": { path: "/admin/import", who: "admin", whole: true },
  "admin-import-tried": { path: "/admin/import", who: "admin", act: async ({ page }) => (await page.locator("main select").first().selectOption("resources"), await page.locator("input[type=file]").setInputFiles({ name: "rooms.csv", mimeType: "text/csv", buffer: Buffer.from("name,kind,capacity,time_zone\nAtelier,room,6,Europe/Berlin\nStudio,room,lots,Europe/Berlin\nKabine,,2,Nowhere/Land\n") }), page.locator(".tried").waitFor()), whole: true },
  "admin-zones": { path: "/admin/zones", who: "admin" },
  "admin-audit": { path: "/admin/audit", who: "admin" },
  "admin-settings": { path: "/admin/settings", who: "admin", whole: true },
  "admin-nowhere": { path: "/admin/nowhere", who: "admin" },
};

/** The link of a guest, made once. @type {Promise<string> | undefined} */
let guestLink;
function guestAddress() {
  return (guestLink ??= (async () => {
    const found = (await admin("GET", `/availability/slots?resource_ids=${named("Table 6").id}&from=${dayAhead(8)}T00:00:00Z&to=${dayAhead(10)}T00:00:00Z&duration_minutes=90&party_size=3`)).items[0].slots;
    const { starts_at, ends_at } = found.find((/** @type {any} */ it) => /T1[78]:30/.test(it.starts_at)) ?? found[Math.floor(found.length / 2)];
    const made = await admin("POST", "/bookings/", { resource_id: named("Table 6").id, starts_at, ends_at, party_size: 3, notes: "A high chair, please", guest: { name: "Anna Łęcka", email: "anna@example.org" } });
    const { token } = await admin("POST", `/bookings/${made.id}/guest-link`);
    return `/guest/${made.id}#${token}`;
  })());
}

const lang = fileURLToPath(new URL("../crates/server/ui/lang/", import.meta.url));
/** All texts of a language, those of each screen after those that all have. @param {string} language @returns {Record<string, any>} */
const textsOf = (language) => Object.assign({}, ...readdirSync(lang).filter((it) => it.endsWith(`${language}.json`)).map((it) => JSON.parse(readFileSync(join(lang, it), "utf8"))));
const pages = { "/setup": "page.html", "/setup/page.css": "page.css", "/setup/page.js": "page.js" };
const setUp = fileURLToPath(new URL("../crates/server/src/http/set_up/", import.meta.url));

const wanted = process.env["SCREENS"]?.split(",");
const isWanted = (/** @type {string} */ one) => !wanted || wanted.some((it) => (it.endsWith("*") ? one.startsWith(it.slice(0, -1)) : one === it));
const looks = process.env["LOOKS"]?.split(",");
const sizes = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
/** The pictures of the README, which are made anew where `README` says in which folder they stand. */
const readme = /** @type {Record<string, string>} */ ({
  "timeline-desktop-light-en": "timeline", "timeline-desktop-dark-ru": "timeline-ru", "host-desktop-light-en": "host", "reports-desktop-dark-en": "reports", "public-form-phone-light-en": "public-phone", "floor-phone-light-ru": "floor-phone", "my-phone-dark-en": "my-phone",
});
const images = process.env["README"];
/** As much of a long page. */
const HIGH = 2_600;

/** Waits until what is asked for is there and nothing is said to be busy. @param {Page} page @param {Set<any>} asked @returns {Promise<boolean>} whether it came to that */
async function calm(page, asked) {
  const until = Date.now() + 20_000;
  let since = Date.now();
  while (Date.now() < until && Date.now() - since < 180) {
    await page.waitForTimeout(40);
    if (asked.size > 0 || (await page.locator("[aria-busy=true]").count()) > 0) since = Date.now();
  }
  return Date.now() - since >= 180;
}

const wrong = /** @type {string[]} */ ([]);
let taken = 0;
const failed = (/** @type {string} */ it) => void wrong.push(it);

/** @param {"desktop" | "phone"} size @param {"light" | "dark"} colorScheme @param {string} language */
async function look(size, colorScheme, language) {
  const texts = textsOf(language);
  const t = (/** @type {string} */ key) => new RegExp(`^\\s*${String(texts[key]).replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`);
  // Whoever speaks English here has a clock of 24 hours.
  const locale = language === "en" ? "en-GB" : "ru-RU";
  for (const who of /** @type {const} */ (["nobody", "anna", "admin"])) {
    const some = Object.entries(shots).filter(([shot, it]) => isWanted(shot) && (it.who ?? "admin") === who && (!it.only || it.only === size));
    if (some.length === 0) continue;
    const context = await (await browser()).newContext({ viewport: sizes[size], colorScheme, locale, timezoneId: "Europe/Berlin", ...(size === "phone" ? { hasTouch: true, deviceScaleFactor: 1 } : {}) });
    context.setDefaultTimeout(8_000);
    // A machine that has other things to do may take its time for a page.
    context.setDefaultNavigationTimeout(30_000);
    if (ahead !== 0) await context.clock.install({ time: now() });
    if (who !== "nobody") {
      const page = await context.newPage();
      await page.goto(`${url}/sign-in`);
      await page.locator("[name=username]").fill(who === "admin" ? name : who);
      await page.locator("[name=password]").fill(password);
      await page.keyboard.press("Enter");
      await page.waitForURL((address) => address.pathname === "/");
      await page.close();
    }
    for (const [shot, { path, act, empty, answer = [], whole }] of some) {
      const page = await context.newPage();
      const said = listening(page);
      const asked = new Set();
      const counts = (/** @type {import("playwright-core").Request} */ it) => it.resourceType() !== "eventsource" && !it.url().endsWith("/display/stream");
      page.on("request", (it) => counts(it) && asked.add(it));
      for (const end of /** @type {const} */ (["requestfinished", "requestfailed"])) page.on(end, (/** @type {any} */ it) => asked.delete(it));
      page.on("pageerror", (error) => failed(`${shot}: ${error}`));
      page.on("console", (it) => it.type() === "error" && !/Failed to load resource|ERR_INTERNET_DISCONNECTED/.test(it.text()) && failed(`${shot}: ${it.text()}`));
      if (shot.startsWith("set-up")) for (const [address, file] of Object.entries(pages)) await page.route(url + address, (it) => (it.request().method() === "GET" ? it.fulfill({ path: join(setUp, file) }) : it.fallback()));
      if (shot.startsWith("door-") && shot !== "door-pairing") await page.addInitScript(() => localStorage.setItem("door", "shown"));
      if (empty) await page.route(empty, (it) => (it.request().method() === "GET" ? it.fulfill({ json: { items: [], next_cursor: null } }) : it.fallback()));
      for (const [where, status, body] of answer) {
        await page.route(where, async (it) => {
          if (status > 0) return it.fulfill({ status, contentType: status < 400 ? "application/json" : "application/problem+json", body: JSON.stringify(typeof body === "object" && "language" in body ? { ...body, language } : body) });
          const response = await it.fetch();
          return it.fulfill({ json: body(await response.json()) });
        });
      }
      const picture = `${shot}-${size}-${colorScheme}-${language}`;
      try {
        await page.goto(url + (typeof path === "string" ? path : await path()));
        await calm(page, asked);
        const press = async (/** @type {string} */ key) => page.getByRole("button", { name: t(key) }).first().click();
        if (act) await act({ page, t, phone: size === "phone", press });
        if (!(await calm(page, asked))) failed(`${picture}: it is still busy`);
        await page.mouse.move(0, 0);
        // What the log calls what was done is not said in words only.
        const codes = new Set((await page.locator(".code").allInnerTexts()).flatMap((it) => it.split(/[\s·]+/)));
        const look = async () => [...(await flaws(page, language, said)), ...(await untranslated(page)).filter((it) => !codes.has(it)).map((it) => `no text: ${it}`)];
        const found = await look();
        if (images && readme[picture]) await page.screenshot({ path: join(images, `${readme[picture]}.png`) });
        if (whole) {
          const high = await page.evaluate(() => document.documentElement.scrollHeight);
          await page.setViewportSize({ width: sizes[size].width, height: Math.max(sizes[size].height, Math.min(high, HIGH)) });
          await calm(page, asked);
          found.push(...(await look()));
        }
        for (const flaw of new Set(found)) failed(`${picture}: ${flaw}`);
      } catch (error) {
        failed(`${picture}: ${String(error).split("\n")[0]}`);
      }
      // A machine with much else to do takes its time for that, and one picture that it does not take is no reason to take none of the rest.
      await page.screenshot({ path: join(folder, `${picture}.png`), timeout: 60_000 }).then(() => taken++, (error) => failed(`${picture}: ${String(error).split("\n")[0]}`));
      await context.setOffline(false);
      await page.close();
    }
    await context.close();
  }
}

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  for (const size of /** @type {const} */ (["desktop", "phone"])) {
    for (const language of ["en", "ru"]) {
      if (!looks || looks.includes(`${size}-${colorScheme}-${language}`)) await look(size, colorScheme, language);
    }
  }
}
await stop();
console.log(`${taken} pictures`);
writeFileSync(join(folder, "flaws.txt"), wrong.map((it) => `${it}\n`).join(""));
for (const it of wrong) console.log(it);
if (wrong.length > 0) process.exitCode = 1;
