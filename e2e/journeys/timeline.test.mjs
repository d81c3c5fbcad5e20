import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { after, test } from "node:test";
import { flaws } from "../flaws.mjs";
import { PASSWORD, asAdmin, barriers, fresh, hour, page, person, restaurant, signIn, signInAsAdmin, stop, thing, until, url } from "../world.mjs";

after(stop);

test("what somebody else books is seen without asking", async () => {
  const room = await thing("Room");
  const [anna, wei] = [await person("anna"), await person("wei")];
  const { page: it, wrong } = await page();
  const at = hour(2);
  await signIn(it, anna.username, `/timeline?day=${at.slice(0, 10)}`);
  await it.getByRole("searchbox", { name: "Search resources" }).fill(room.name);
  const row = it.locator(".line", { hasText: room.name });
  await row.waitFor();
  assert.equal(await row.locator(".bar.booking").count(), 0);
  // Each sooner than a view that asks by itself would show it; those that touch would be one bar.
  for (const n of [1, 2, 3]) {
    const from = Date.parse(at) + n * 900_000;
    await wei.api("POST", "/bookings/", { resource_id: room.id, starts_at: new Date(from).toISOString(), ends_at: new Date(from + 600_000).toISOString() });
    await row.locator(".bar.booking").nth(n - 1).waitFor({ timeout: 3_000 });
  }
  assert.deepEqual(wrong, []);
});

test("a day is read once when it is opened", async () => {
  await thing("Room");
  const { username } = await person("once");
  const { page: it, wrong } = await page();
  await signIn(it, username, "/profile");
  // What the page before still asks for is not counted.
  await it.goto("about:blank");
  /** @type {Record<string, number>} */
  let asked = {};
  it.on("request", (request) => {
    if (request.isNavigationRequest()) asked = {};
    const path = new URL(request.url()).pathname;
    if (!path.startsWith("/assets/")) asked[path] = (asked[path] ?? 0) + 1;
  });
  const told = it.waitForResponse((response) => new URL(response.url()).pathname === "/events/stream");
  const began = Date.now();
  await it.goto(`${url}/timeline?view=day`);
  await it.locator(".timeline[aria-busy=false] .line").first().waitFor();
  await told;
  // What would be read a second time would be by now: it rests for twice as long as reading took, and half a second.
  await it.waitForTimeout(2 * (Date.now() - began) + 700);
  const read = (/** @type {string} */ path) => asked[path] ?? 0;
  assert.deepEqual(["/availability/", "/bookings/my", "/schedule/", "/resources/overview", "/resources"].map(read), [1, 1, 1, 1, 1], JSON.stringify(asked));
  assert.deepEqual(wrong, []);
});

test("a day is read once however late the stream begins, and what was missed is read by itself", async () => {
  const [anna, wei] = [await person("anna"), await person("wei")];
  // On the clock that a day of everything is shown by: where all that is left has another one, that one's day is read.
  const { sites, time_zone } = await anna.api("GET", "/resources/overview");
  const room = await thing("Late", { time_zone: sites[0]?.time_zone ?? time_zone });
  const at = hour(2);
  const { page: it, wrong } = await page();
  await signIn(it, anna.username, "/profile");
  for (const isMissed of [false, true]) {
    await it.goto("about:blank");
    // The stream begins when the test says so, with what the server would tell, and is not asked for again meanwhile.
    /** @type {(ids: string[]) => void} */
    let begin = () => {};
    const begun = new Promise((done) => (begin = done));
    let since = "";
    await it.route(/\/events\/stream/, async (route) => {
      since = new URL(route.request().url()).searchParams.get("since") ?? "";
      await route.fulfill({ contentType: "text/event-stream", body: `retry: 60000\nevent: hello\ndata: ${JSON.stringify({ resource_ids: await begun })}\n\n` });
    });
    const asked = { whole: 0, row: 0 };
    it.on("request", (request) => {
      const { pathname, searchParams } = new URL(request.url());
      if (pathname === "/availability/") asked[searchParams.has("resource_ids") ? "row" : "whole"] += 1;
    });
    const opened = Date.now();
    await it.goto(`${url}/timeline?day=${at.slice(0, 10)}`);
    await it.locator(".timeline[aria-busy=false] .line").first().waitFor();
    await it.getByRole("searchbox", { name: "Search resources" }).fill(room.name);
    const row = it.locator(".line", { hasText: room.name });
    await row.waitFor();
    if (isMissed) await wei.api("POST", "/bookings/", { resource_id: room.id, starts_at: at, ends_at: hour(3) });
    assert.equal(await row.locator(".bar.booking").count(), 0);
    begin(isMissed ? [room.id] : []);
    if (isMissed) await row.locator(".bar.booking").waitFor();
    // What would be read a second time would be by now.
    else await it.waitForTimeout(700);
    assert.deepEqual(asked, { whole: 1, row: isMissed ? 1 : 0 });
    assert.ok(Math.abs(Date.parse(since) - opened) < 60_000, `since ${since}`);
    it.removeAllListeners("request");
    await it.unroute(/\/events\/stream/);
  }
  assert.deepEqual(wrong, []);
});

test("the keyboard alone signs in, books, moves, makes longer and cancels", async () => {
  const room = await thing("Keys");
  const { username, api } = await person("keys");
  const { page: it, wrong } = await page();
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  await it.goto(`${url}/sign-in?next=${encodeURIComponent(`/timeline?day=${tomorrow}`)}`);
  await it.getByLabel("User name").waitFor();
  await it.waitForFunction(() => document.activeElement?.getAttribute("name") === "username");
  await it.keyboard.type(username);
  await it.keyboard.press("Tab");
  await it.keyboard.type(PASSWORD);
  await it.keyboard.press("Enter");
  await it.locator(".line").first().waitFor();
  await it.keyboard.press("/");
  await it.keyboard.type(room.name);
  await it.locator(".corner .count", { hasText: /^1$/ }).waitFor();
  // From the search over the filters, the zoom and the button to the timeline.
  for (let n = 0; n < 9 && !(await it.evaluate(() => document.activeElement?.classList.contains("timeline"))); n += 1) await it.keyboard.press("Tab");
  for (let n = 0; n < 4 * 24; n += 1) await it.keyboard.press("ArrowLeft");
  for (let n = 0; n < 4 * 10; n += 1) await it.keyboard.press("ArrowRight");
  await it.keyboard.press("Shift+ArrowRight");
  await it.keyboard.press("Shift+ArrowRight");
  await it.keyboard.press("Enter");
  await it.getByRole("heading", { name: `Book ${room.name}` }).waitFor();
  await it.keyboard.type("By hand");
  await it.keyboard.press("Enter");
  await it.locator(".bar.own").waitFor();
  const mine = async () => (await api("GET", "/bookings/my")).items.find((/** @type {any} */ item) => item.resource_id === room.id);
  assert.deepEqual([(await mine()).starts_at, (await mine()).ends_at], [`${tomorrow}T10:00:00Z`, `${tomorrow}T11:30:00Z`]);

  await it.keyboard.press("m");
  for (let n = 0; n < 4; n += 1) await it.keyboard.press("ArrowRight");
  await it.keyboard.press("Shift+ArrowRight");
  await it.keyboard.press("Enter");
  await it.getByText("The booking is changed.").waitFor();
  assert.deepEqual([(await mine()).starts_at, (await mine()).ends_at], [`${tomorrow}T11:00:00Z`, `${tomorrow}T12:45:00Z`]);

  for (let n = 0; n < 4; n += 1) await it.keyboard.press("ArrowRight");
  await it.keyboard.press("d");
  await it.getByText("Cancelled: By hand.").waitFor();
  assert.equal((await mine()).status, "cancelled");
  assert.deepEqual(wrong, []);
});

test("who manages a place sees who comes, and cancels with a word", async () => {
  const { site, tables, manager } = await restaurant({ drawn: false });
  const anna = await person("anna");
  await anna.api("PATCH", "/users/me", { display_name: "Anna Ångström" });
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const booked = await anna.api("POST", "/bookings/", { resource_id: tables[0].id, starts_at: `${tomorrow}T10:00:00Z`, ends_at: `${tomorrow}T13:00:00Z`, party_size: 2 });
  const { page: it, context, wrong } = await page();
  await signIn(it, manager.username, `/timeline?day=${tomorrow}&site=${site.id}`);
  const bar = it.locator(".bar", { hasText: "Anna Ångström" });
  await bar.click();
  const dialog = it.getByRole("dialog");
  await dialog.getByText("Anna Ångström · 2 people").waitFor();
  await dialog.getByRole("button", { name: "Cancel booking" }).click();
  await dialog.getByLabel("Reason").fill("A wedding party");
  await dialog.locator(".closing").getByRole("button", { name: "Cancel booking" }).click();
  await bar.waitFor({ state: "detached" });
  assert.deepEqual(Object.entries(await anna.api("GET", `/bookings/${booked.id}`)).filter(([key]) => ["status", "closed_reason"].includes(key)).map(([, it]) => it).sort(), ["A wedding party", "cancelled"]);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a long name is read whole where one narrows by it, wide and on a phone", async () => {
  const admin = await asAdmin();
  const site = await admin("POST", "/sites/", { name: "Bistro Linde am Landwehrkanal, Berlin", slug: fresh("linde"), time_zone: "UTC" });
  const area = await admin("POST", `/sites/${site.id}/areas`, { name: "Wintergarten mit Blick auf den Fluss" });
  for (const where of [area, await admin("POST", `/sites/${site.id}/areas`, { name: "Bar" })]) await thing("Table", { site_id: site.id, area_id: where.id, kind: "table", time_zone: undefined });
  const { page: it, context, wrong } = await page();
  await signInAsAdmin(it, "/profile");
  for (const path of [`/timeline?site=${site.id}&area=${area.id}`, `/floor?site=${site.id}&area=${area.id}`, `/host?site=${site.id}`, `/admin/resources?site=${site.id}`, `/admin/rules?of=area:${area.id}`, `/reports?site=${site.id}`]) {
    await it.goto(`${url}${path}`);
    for (const [width, height] of [[1280, 800], [390, 844]]) {
      await it.setViewportSize({ width: Number(width), height: Number(height) });
      await it.waitForLoadState("networkidle");
      assert.deepEqual((await flaws(it, "en")).filter((/** @type {string} */ flaw) => flaw.includes("cut in its field")), [], `${path} ${width}`);
      assert.ok((await it.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, `${path} ${width}`);
    }
  }
  assert.deepEqual(wrong, []);
  await context.close();
});

test("who manages a place says that nobody came, and why, and the history shows it", async () => {
  const { site, tables, manager } = await restaurant({ drawn: false });
  // It begins in this minute: what has passed can't be booked.
  const [from, to] = [0, 90].map((minutes) => new Date(Math.floor(Date.now() / 60_000) * 60_000 + minutes * 60_000).toISOString());
  const booked = await manager.api("POST", "/bookings/", { resource_id: tables[0].id, starts_at: from, ends_at: to, guest: { name: "Ivanova" } });
  const { page: it, context, wrong } = await page();
  await signIn(it, manager.username, `/my?booking=${booked.id}`);
  const dialog = it.getByRole("dialog");
  await dialog.getByRole("button", { name: "No-show" }).click();
  await dialog.getByLabel("Reason").fill("Fog at the airport");
  await dialog.locator(".closing").getByRole("button", { name: "No-show" }).click();
  await it.getByText("Noted: nobody came.").waitFor();
  await it.goto(`${url}/my?booking=${booked.id}`);
  await dialog.getByRole("button", { name: "History" }).click();
  await dialog.locator(".history li", { hasText: "Reason: Fog at the airport" }).waitFor();
  assert.equal((await manager.api("GET", `/bookings/${booked.id}`)).closed_reason, "Fog at the airport");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("who manages a place cancels what somebody has again and again, and says once why", async () => {
  const { site, tables, manager } = await restaurant({ drawn: false });
  const anna = await person("anna");
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const { series } = await anna.api("POST", "/series/", { resource_id: tables[0].id, rule: "FREQ=DAILY;COUNT=3", starts_at_local: `${tomorrow}T10:00`, ends_at_local: `${tomorrow}T13:00`, time_zone: "UTC", title: "Tasting" });
  const { page: it, context, wrong } = await page();
  await signIn(it, manager.username, `/timeline?day=${tomorrow}&site=${site.id}`);
  const bar = it.locator(".bar", { hasText: "Tasting" });
  await bar.click();
  const dialog = it.getByRole("dialog");
  await dialog.getByRole("button", { name: "Cancel booking" }).click();
  await dialog.getByLabel("Reason").fill("The cellar is flooded");
  assert.deepEqual(await barriers(it), []);
  await dialog.getByRole("button", { name: "All to come" }).click();
  await bar.waitFor({ state: "detached" });
  const closed = async () => (await anna.api("GET", `/series/${series.id}`)).bookings.map((/** @type {any} */ it) => `${it.status}: ${it.closed_reason}`);
  assert.deepEqual(await closed(), Array(3).fill("cancelled: The cellar is flooded"));
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a bar is made, moved and made longer by dragging", async () => {
  const room = await thing("Drag");
  const { username, api } = await person("drag");
  const { page: it, wrong } = await page();
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  await signIn(it, username, `/timeline?day=${tomorrow}`);
  await it.getByRole("searchbox", { name: "Search resources" }).fill(room.name);
  await it.locator(".corner .count", { hasText: /^1$/ }).waitFor();
  await it.locator(".timeline[aria-busy=false]").waitFor();
  await it.locator(".timeline").evaluate((box) => (box.scrollLeft = 9 * parseFloat(getComputedStyle(box).getPropertyValue("--hour"))));
  const track = await it.locator(".track").boundingBox();
  assert.ok(track);
  const hour = await it.locator(".timeline").evaluate((box) => parseFloat(getComputedStyle(box).getPropertyValue("--hour")));
  const x = (/** @type {number} */ minutes) => track.x + (minutes / 60) * hour + 1;
  const y = track.y + track.height / 2;
  const drag = async (/** @type {number} */ from, /** @type {number} */ to) => {
    await it.mouse.move(from, y);
    await it.mouse.down();
    await it.mouse.move((from + to) / 2, y, { steps: 3 });
    await it.mouse.move(to, y, { steps: 3 });
    await it.mouse.up();
  };
  await drag(x(10 * 60), x(12 * 60));
  await it.getByRole("heading", { name: `Book ${room.name}` }).waitFor();
  await it.getByRole("dialog").getByRole("button", { name: "Book", exact: true }).click();
  await it.locator(".bar.own").waitFor();
  const mine = async () => (await api("GET", "/bookings/my")).items.find((/** @type {any} */ item) => item.resource_id === room.id);
  assert.deepEqual([(await mine()).starts_at, (await mine()).ends_at], [`${tomorrow}T10:00:00Z`, `${tomorrow}T12:00:00Z`]);
  await drag(x(10 * 60 + 30), x(13 * 60 + 30));
  await it.getByText("The booking is changed.").waitFor();
  assert.deepEqual([(await mine()).starts_at, (await mine()).ends_at], [`${tomorrow}T13:00:00Z`, `${tomorrow}T15:00:00Z`]);
  await it.locator(".bar.own").waitFor();
  await drag(x(15 * 60) - 5, x(16 * 60) - 5);
  await until(mine, (booking) => booking.ends_at === `${tomorrow}T16:00:00Z`);
  assert.deepEqual(wrong, []);
});


/** A day of the timeline with nothing but what has a word in its name, scrolled to an hour. @param {import("playwright-core").Page} it @param {string} word @param {number} count @param {number} [hours] */
async function narrow(it, word, count, hours = 9) {
  await it.getByRole("searchbox", { name: "Search resources" }).fill(word);
  await it.locator(".corner .count", { hasText: new RegExp(`^${count}$`) }).waitFor();
  await it.locator(".timeline[aria-busy=false] .line").first().waitFor();
  await it.locator(".timeline").evaluate((box, from) => (box.scrollLeft = from * parseFloat(getComputedStyle(box).getPropertyValue("--hour"))), hours);
  const width = await it.locator(".timeline").evaluate((box) => parseFloat(getComputedStyle(box).getPropertyValue("--hour")));
  /** Where minutes of a row are on the screen. */
  return async (/** @type {number} */ row, /** @type {number} */ minutes) => {
    const track = await it.locator(".track").nth(row).boundingBox();
    assert.ok(track);
    return { x: track.x + (minutes / 60) * width, y: track.y + track.height / 2 };
  };
}

/** @param {import("playwright-core").Page} it @param {{x: number, y: number}} from @param {{x: number, y: number}} to */
async function drag(it, from, to) {
  await it.mouse.move(from.x, from.y);
  await it.mouse.down();
  await it.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 3 });
  await it.mouse.move(to.x, to.y, { steps: 3 });
  await it.mouse.up();
}

const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
const at = (/** @type {string} */ clock) => `${tomorrow}T${clock}:00Z`;

test("closed time says why and what is free next; what is else free is booked along with a click", async () => {
  const word = fresh("Hall");
  const [one, two, three] = [await thing(`${word} one`), await thing(`${word} two`), await thing(`${word} three`)];
  const admin = await asAdmin();
  await admin("PUT", `/resources/${one.id}/rules`, { hours: "Mo-Su 09:00-18:00" });
  await admin("POST", "/schedule/", { resource_id: one.id, starts_at: at("10:00"), ends_at: at("11:00"), reason: "Painters" });
  const { username, api } = await person("anna");
  await (await person("wei")).api("POST", "/bookings/", { resource_id: three.id, starts_at: at("13:30"), ends_at: at("14:30") });
  const { page: it, wrong } = await page();
  await signIn(it, username, `/timeline?view=day&day=${tomorrow}`);
  const where = await narrow(it, word, 3, 8);
  const press = async (/** @type {number} */ row, /** @type {number} */ minutes) => {
    const { x, y } = await where(row, minutes);
    await it.mouse.click(x, y);
  };
  const rows = await it.locator(".line").evaluateAll((all) => all.map((line) => line.getAttribute("aria-label") ?? ""));
  const row = (/** @type {{name: string}} */ it) => rows.findIndex((label) => label.startsWith(`${it.name}:`));
  await press(row(one), 8 * 60 + 30);
  await it.getByRole("dialog", { name: "Closed" }).getByText("The place is closed then.").waitFor();
  await it.getByRole("button", { name: "Close", exact: true }).click();
  await press(row(one), 10 * 60 + 30);
  await it.getByRole("dialog", { name: "Blocked" }).getByText("Painters").waitFor();
  await it.getByRole("button", { name: /^Book 11:00/ }).click();
  await it.getByRole("heading", { name: `Book ${one.name}` }).waitFor();
  await it.keyboard.press("Escape");
  await it.locator(".composer").waitFor({ state: "detached" });

  await drag(it, await where(row(one), 13 * 60), await where(row(one), 14 * 60));
  await it.locator(".composer").waitFor();
  // The third is taken then, the second is not.
  await it.getByRole("button", { name: `Book ${two.name} along` }).click();
  assert.equal(await it.locator(".over .also").count(), 0);
  await it.locator(".chip.on", { hasText: two.name }).waitFor();
  await it.getByLabel("Title").fill("Both halls");
  await it.locator(".composer").getByRole("button", { name: "Book", exact: true }).click();
  // It stands on both, and is moved by the one that it was booked on.
  await it.locator(".bar.confirmed").nth(1).waitFor();
  assert.equal(await it.locator(".bar.own").count(), 1);
  const made = (await api("GET", "/bookings/my")).items.find((/** @type {any} */ booking) => booking.title === "Both halls");
  assert.deepEqual([made.resource_id, made.along.map((/** @type {any} */ one) => one.resource_id)], [one.id, [two.id]]);
  assert.deepEqual(wrong, []);
});

test("a bar goes to another row and is changed at its beginning; where somebody stands it is shown before and after, with a way out", async () => {
  const word = fresh("Court");
  const [one, two] = [await thing(`${word} a`), await thing(`${word} b`)];
  const [anna, wei] = [await person("anna"), await person("wei")];
  const booking = await anna.api("POST", "/bookings/", { resource_id: one.id, starts_at: at("10:00"), ends_at: at("11:00"), title: "Match" });
  const { page: it, wrong } = await page();
  await signIn(it, anna.username, `/timeline?view=day&day=${tomorrow}`);
  const where = await narrow(it, word, 2);
  await it.locator(".bar.own").waitFor();
  const shift = async (/** @type {[number, number]} */ from, /** @type {[number, number]} */ to) => drag(it, await where(...from), await where(...to));
  const now = async () => {
    const it = await anna.api("GET", `/bookings/${booking.id}`);
    return [it.resource_id, it.starts_at.slice(11, 16), it.ends_at.slice(11, 16)];
  };
  await shift([0, 10 * 60 + 30], [1, 12 * 60 + 30]);
  await it.getByText("The booking is changed.").waitFor();
  assert.deepEqual(await now(), [two.id, "12:00", "13:00"]);
  await it.locator("[data-row='1'] .bar.own").waitFor();
  const left = await where(1, 12 * 60);
  await drag(it, { x: left.x + 2, y: left.y }, await where(1, 11 * 60 + 30));
  await until(now, (it) => isDeepStrictEqual(it, [two.id, "11:30", "13:00"]));

  await wei.api("POST", "/bookings/", { resource_id: one.id, starts_at: at("15:00"), ends_at: at("16:00") });
  await it.locator("[data-row='0'] .bar.booking").waitFor();
  const [from, to] = [await where(1, 12 * 60 + 15), await where(0, 15 * 60 + 15)];
  await it.mouse.move(from.x, from.y);
  await it.mouse.down();
  await it.mouse.move(to.x, to.y, { steps: 4 });
  await it.locator(".ghost.clash").waitFor();
  await it.mouse.up();
  const dialog = it.getByRole("dialog", { name: "It can't be moved there" });
  await dialog.getByText("Somebody else has just taken that time.").waitFor();
  await dialog.locator(".alternatives button").first().click();
  await dialog.waitFor({ state: "detached" });
  await until(now, (it) => !isDeepStrictEqual(it, [two.id, "11:30", "13:00"]));
  assert.deepEqual(wrong, []);
});

test("keys go to other days, to where bookings end, change beginnings and tell what there is to press", async () => {
  const room = await thing("Piano");
  const { username, api } = await person("keys");
  await api("POST", "/bookings/", { resource_id: room.id, starts_at: at("10:00"), ends_at: at("11:00"), title: "Practice" });
  const { page: it, wrong } = await page();
  await signIn(it, username, `/timeline?view=day&day=${tomorrow}`);
  await narrow(it, room.name, 1);
  await it.locator(".bar.own").waitFor();
  await it.locator(".timeline").focus();
  await it.keyboard.press("Home");
  await it.keyboard.press("Control+ArrowRight");
  await it.getByText(/Practice Confirmed/).waitFor({ state: "attached" });
  await it.keyboard.press("b");
  await it.keyboard.press("ArrowLeft");
  await it.keyboard.press("ArrowLeft");
  await it.keyboard.press("Enter");
  await it.getByText("The booking is changed.").waitFor();
  assert.equal((await api("GET", "/bookings/my")).items[0].starts_at, at("09:30"));
  await it.keyboard.press("PageDown");
  await it.waitForURL((address) => address.searchParams.get("day") !== tomorrow);
  await it.keyboard.press("t");
  await it.waitForURL((address) => address.searchParams.get("day") === new Date().toISOString().slice(0, 10));
  // A day from the calendar: a week on, by the arrow down.
  await it.getByTitle("Choose a day").press("Enter");
  await it.getByRole("dialog", { name: "Choose a day" }).waitFor();
  await it.keyboard.press("ArrowDown");
  await it.keyboard.press("Enter");
  await it.waitForURL((address) => address.searchParams.get("day") === new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10));
  await it.keyboard.press("?");
  await it.getByRole("dialog", { name: "Keys" }).getByText("Change its beginning").waitFor();
  await it.keyboard.press("Escape");
  await it.keyboard.press("Control+k");
  await it.getByRole("combobox", { name: "Go to" }).fill(room.name);
  // What is called so stands before what books it.
  await it.getByRole("option", { name: `Book ${room.name}` }).waitFor();
  await it.keyboard.press("Enter");
  await it.waitForURL((address) => address.pathname === `/resource/${room.id}`);
  await it.getByRole("heading", { name: room.name }).waitFor();
  assert.deepEqual(wrong, []);
});

test("places with other clocks stand by one line of time, each with its own hours", async () => {
  const word = fresh("World");
  const admin = await asAdmin();
  for (const [city, zone] of [["Tokyo", "Asia/Tokyo"], ["Lima", "America/Lima"]]) {
    const site = await admin("POST", "/sites/", { name: `${word} ${city}`, slug: fresh(String(city).toLowerCase()), time_zone: zone });
    await admin("POST", "/resources/", { name: `${word} ${city} room`, site_id: site.id, capacity: 4 });
  }
  const { username, api } = await person("pilot");
  const room = (await api("GET", `/resources/?q=${word}`)).items.find((/** @type {any} */ it) => it.time_zone === "Asia/Tokyo");
  const { page: it, wrong } = await page();
  await signIn(it, username, `/timeline?view=day&day=${tomorrow}`);
  await it.getByRole("searchbox", { name: "Search resources" }).fill(word);
  await it.locator(".section-head", { hasText: "Asia/Tokyo" }).waitFor();
  await it.locator(".section-head", { hasText: "America/Lima" }).waitFor();
  // Each has its own hours above its rows, unless they are those of the axis.
  const firsts = await it.locator(".scale .hours span:first-child, .section-head .hours span:first-child").allInnerTexts();
  assert.ok(firsts.length > 1 && new Set(firsts).size === firsts.length, firsts.join());
  // What is shown of a booking is the clock of its place, wherever the axis is from.
  await api("POST", "/bookings/", { resource_id: room.id, starts_at: at("09:00"), ends_at: at("11:00"), title: "Landing" });
  await it.locator(".bar.own").waitFor();
  assert.match(String(await it.locator(".bar.own").getAttribute("title")), /18:00\s–\W+20:00/);
  // One zone alone is the zone of the axis.
  await it.getByRole("searchbox", { name: "Search resources" }).fill(`${word} Lima`);
  await it.getByText("Times of America/Lima.").waitFor();
  assert.deepEqual(wrong, []);
});

test("a week and a month lead to their days, and on a phone a touch books", async () => {
  const room = await thing("Loft");
  const { username, api } = await person("touch");
  await api("POST", "/bookings/", { resource_id: room.id, starts_at: at("10:00"), ends_at: at("22:00"), title: "Long" });
  const { page: it, wrong } = await page({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await signIn(it, username, `/timeline?view=month&day=${tomorrow}&resource=${room.id}`);
  await it.locator(`.month-day[href*="day=${tomorrow}"] .fill span`).waitFor();
  await it.locator(`.month-day[href*="day=${tomorrow}"] .unseen`, { hasText: /50% booked, 1\sof yours/ }).waitFor({ state: "attached" });
  await it.getByRole("button", { name: "Filter" }).tap();
  await it.getByRole("searchbox", { name: "Search resources" }).fill(room.name);
  await it.getByRole("button", { name: "Show", exact: true }).tap();
  await it.getByRole("button", { name: "Week", exact: true }).tap();
  await it.locator(".week-table .strip .mine").first().waitFor({ state: "attached" });
  await it.getByRole("button", { name: "Day", exact: true }).tap();
  await it.locator(".bar.own").waitFor({ state: "attached" });
  await it.locator(".timeline").evaluate((box) => (box.scrollLeft = 6 * parseFloat(getComputedStyle(box).getPropertyValue("--hour"))));
  const track = await it.locator(".track").boundingBox();
  const hour = await it.locator(".timeline").evaluate((box) => parseFloat(getComputedStyle(box).getPropertyValue("--hour")));
  assert.ok(track);
  await it.touchscreen.tap(track.x + 7 * hour + 4, track.y + 20);
  await it.getByRole("heading", { name: `Book ${room.name}` }).waitFor();
  await it.locator(".composer").getByRole("button", { name: "Book", exact: true }).tap();
  await it.locator(".bar.own").nth(1).waitFor({ state: "attached" });
  const mine = (await api("GET", "/bookings/my")).items.map((/** @type {any} */ one) => one.starts_at);
  assert.ok(mine.includes(at("07:00")), mine.join());
  assert.deepEqual(wrong, []);
});

test("a finger that rests makes, moves and makes longer; one that does not rest scrolls", async () => {
  const room = await thing("Touch", { kind: fresh("touch") });
  const { username, api } = await person("finger");
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const { page: it, context, wrong } = await page({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await signIn(it, username, "/profile");
  await it.evaluate(() => localStorage.setItem("zoom", "60"));
  await it.goto(`${url}/timeline?view=day&day=${tomorrow}&kind=${room.kind}`);
  const session = await context.newCDPSession(it);
  const touch = (/** @type {string} */ type, /** @type {{x: number, y: number}[]} */ touchPoints) => session.send("Input.dispatchTouchEvent", { type: /** @type {any} */ (type), touchPoints });
  const line = it.locator(".line", { hasText: room.name });
  await line.scrollIntoViewIfNeeded();
  const grid = it.locator(".timeline");
  await grid.evaluate((box) => (box.scrollLeft = 8 * 60));
  /** Where a minute of the day is on the screen. */
  const where = async (/** @type {number} */ minute) => {
    const track = await line.locator(".track").boundingBox();
    return { x: Number(track?.x) + minute, y: Number(track?.y) + Number(track?.height) / 2 };
  };
  const ghost = it.locator(".bar.ghost");
  const drag = async (/** @type {{x: number, y: number}} */ from, /** @type {{x: number, y: number}} */ to) => {
    await touch("touchStart", [from]);
    await ghost.waitFor();
    for (const part of [0.3, 0.7, 1]) await touch("touchMove", [{ x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part }]);
    await touch("touchEnd", []);
  };
  const mine = async () => {
    const [booking] = (await api("GET", "/bookings/my")).items;
    return booking && `${booking.starts_at.slice(11, 16)}-${booking.ends_at.slice(11, 16)}`;
  };
  const before = await grid.evaluate((box) => box.scrollLeft);
  await drag(await where(9 * 60), await where(10 * 60 + 30));
  await it.getByRole("heading", { name: `Book ${room.name}` }).waitFor();
  assert.equal(await grid.evaluate((box) => box.scrollLeft), before, "it does not scroll while it drags");
  await it.getByRole("dialog").or(it.locator(".composer")).getByRole("button", { name: "Book", exact: true }).click();
  const bar = line.locator(".bar.own");
  await bar.waitFor();
  assert.equal(await mine(), "09:00-10:30");
  await drag(await where(9 * 60 + 45), await where(10 * 60 + 45));
  await it.getByText("The booking is changed.").first().waitFor();
  assert.equal(await mine(), "10:00-11:30");
  // Away from the border, where what is dragged scrolls on.
  await grid.evaluate((it) => (it.scrollLeft = 9 * 60));
  const box = await bar.boundingBox();
  const end = { x: Number(box?.x) + Number(box?.width) - 6, y: Number(box?.y) + Number(box?.height) / 2 };
  await drag(end, { ...end, x: end.x + 30 });
  await it.waitForFunction(() => document.querySelectorAll(".toast").length > 1);
  assert.equal(await mine(), "10:00-12:00");
  // One that goes on at once scrolls, and changes nothing.
  const from = await where(13 * 60);
  await touch("touchStart", [from]);
  for (const by of [15, 45, 90, 150]) await touch("touchMove", [{ x: from.x - by, y: from.y }]);
  await touch("touchEnd", []);
  await it.waitForFunction((was) => /** @type {HTMLElement} */ (document.querySelector(".timeline")).scrollLeft > was + 60, 9 * 60);
  assert.equal(await ghost.count(), 0);
  assert.equal(await mine(), "10:00-12:00");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a day is printed as a list that nothing is cut off from", async () => {
  const room = await thing("Press");
  const { username, api } = await person("paper");
  await api("POST", "/bookings/", { resource_id: room.id, starts_at: at("10:00"), ends_at: at("11:00"), title: "Proofs", party_size: 3 });
  const { page: it, wrong } = await page();
  await signIn(it, username, `/timeline?view=day&day=${tomorrow}`);
  await narrow(it, room.name, 1);
  await it.locator(".bar.own").waitFor();
  // The same can be read on the screen.
  await it.getByRole("button", { name: "As a list" }).click();
  await it.locator("dialog .day-list tr", { hasText: "Proofs" }).waitFor();
  await it.locator("dialog").getByRole("button", { name: "Close", exact: true }).click();
  await it.evaluate(() => dispatchEvent(new Event("beforeprint")));
  await it.emulateMedia({ media: "print" });
  const row = it.locator(".paper tr", { hasText: "Proofs" });
  await row.waitFor();
  assert.match(await row.innerText(), /10:00\s–\W+11:00\s+Proofs\s+.*3\speople\s+Confirmed/);
  assert.equal(await it.locator(".timeline").isVisible(), false);
  assert.deepEqual(wrong, []);
});

test("a week of more than one answer can hold is read day by day", async () => {
  const room = await thing("Loft");
  const { username, api } = await person("many");
  await api("POST", "/bookings/", { resource_id: room.id, starts_at: at("10:00"), ends_at: at("22:00"), title: "Long" });
  const { page: it, context, wrong } = await page();
  await signIn(it, username, "/profile");
  // As with hundreds of things, which would take long to make.
  await it.route("**/availability/?*", (route) => {
    const asked = new URL(route.request().url()).searchParams;
    const hours = (Date.parse(String(asked.get("to"))) - Date.parse(String(asked.get("from")))) / 3_600_000;
    return hours > 25 ? route.fulfill({ status: 422, json: { type: "/problems/too-wide", title: "Too much for one question", status: 422, errors: [] } }) : route.continue();
  });
  await it.goto(`${url}/timeline?view=week&day=${tomorrow}`);
  await it.getByRole("searchbox", { name: "Search resources" }).fill(room.name);
  await it.locator(".week-table .strip .mine").first().waitFor({ state: "attached" });
  assert.equal(await it.getByRole("alert").count(), 0);
  await it.goto(`${url}/timeline?view=month&day=${tomorrow}&resource=${room.id}`);
  await it.locator(`.month-day[href*="day=${tomorrow}"] .unseen`, { hasText: /50% booked/ }).waitFor({ state: "attached" });
  assert.deepEqual(wrong, []);
  await context.close();
});
