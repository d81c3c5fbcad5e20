import assert from "node:assert/strict";
import { after, test } from "node:test";
import { asAdmin, barriers, fresh, hour, page, person, signIn, stop, thing, until } from "../world.mjs";

after(stop);

/** Somebody who decides about a room, and some who ask for it. @param {number} requests */
async function inbox(requests) {
  const admin = await asAdmin();
  const room = await thing("Boardroom", { requires_approval: true, capacity: 4 });
  const [mia, anna] = [await person("mia"), await person("anna")];
  await admin("PUT", `/resources/${room.id}/managers/${(await mia.api("GET", "/users/me")).id}`);
  const asked = [];
  for (let n = 0; n < requests; n += 1) {
    asked.push(await anna.api("POST", "/bookings/", { resource_id: room.id, starts_at: hour(30 + 2 * n), ends_at: hour(31 + 2 * n), title: fresh(`Ask${n}`), party_size: n === 1 ? 4 : 2, notes: "Please" }));
  }
  const status = async (/** @type {number} */ n) => (await anna.api("GET", `/bookings/${asked[n].id}`)).status;
  return { room, mia, anna, asked, status };
}

test("requests are gone through, chosen, approved and rejected from the keyboard; rejecting can be taken back", async () => {
  const { mia, anna, asked, status } = await inbox(4);
  const { page: it, context, wrong } = await page();
  await signIn(it, mia.username, "/approvals");
  await it.getByText(asked[3].title, { exact: true }).waitFor();
  // Who asks is told, and what stands around that time.
  await it.locator(".request", { has: it.locator("strong", { hasText: asked[1].title }) }).getByText(`${anna.username} · 4 people`).waitFor();
  await it.locator(".request", { has: it.locator("strong", { hasText: asked[1].title }) }).getByText("Before:").waitFor();
  await it.keyboard.press("r");
  await it.getByText("Rejected in a moment.").waitFor();
  await it.getByText(asked[0].title, { exact: true }).waitFor({ state: "detached" });
  assert.equal(await status(0), "pending");
  await it.getByRole("button", { name: "Undo" }).click();
  await it.getByText(asked[0].title, { exact: true }).waitFor();

  await it.keyboard.press("j");
  await it.keyboard.press("x");
  await it.keyboard.press("j");
  await it.keyboard.press("x");
  await it.getByText("2 chosen").waitFor();
  await it.keyboard.press("a");
  await it.getByText("2 are approved.").waitFor();
  assert.deepEqual([await status(1), await status(2)], ["confirmed", "confirmed"]);
  await it.keyboard.press("?");
  await it.getByRole("dialog").getByText("Choose it, to decide about several at once").waitFor();
  await it.keyboard.press("Escape");
  await it.getByRole("dialog").waitFor({ state: "detached" });
  // Whoever leaves meanwhile has decided, though the time in which it can be taken back never runs out.
  await it.evaluate(() => {
    const later = window.setTimeout;
    Object.assign(window, { setTimeout: (/** @type {any} */ what, /** @type {number} */ when, /** @type {any[]} */ ...more) => (when === 5_000 ? 0 : later(what, when, ...more)) });
  });
  await it.keyboard.press("k");
  await it.keyboard.press("r");
  await it.getByText("Rejected in a moment.").waitFor();
  await it.getByRole("link", { name: "Today" }).first().click();
  await it.getByRole("heading", { name: "Today", exact: true }).waitFor();
  const decided = async () => [await status(0), await status(3)].filter((one) => one === "rejected").length;
  for (let n = 0; n < 50 && (await decided()) === 0; n += 1) await new Promise((done) => setTimeout(done, 100));
  assert.equal(await decided(), 1);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("who rejects may say why, and whoever asked reads it", async () => {
  const { mia, anna, asked, status } = await inbox(2);
  const { page: it, context, wrong } = await page();
  await signIn(it, mia.username, "/approvals");
  await it.getByText(asked[1].title, { exact: true }).waitFor();
  // By the key for that; what is typed are no keys of the screen.
  await it.keyboard.press("w");
  await it.getByRole("dialog", { name: `Reject “${asked[0].title}”` }).getByLabel("Reason").waitFor();
  await it.keyboard.type("Painters are in, ask again: a week later");
  await it.keyboard.press("Enter");
  await it.getByText("Rejected in a moment.").waitFor();
  await it.getByRole("button", { name: `With a reason…: ${asked[1].title}` }).click();
  await it.getByRole("dialog").getByLabel("Reason").fill("Too small for you");
  await it.getByRole("dialog").getByRole("button", { name: "Reject" }).click();
  await it.getByText("Nothing waits for you.").waitFor();
  // Whoever leaves has decided, and has said why.
  await it.getByRole("link", { name: "Today" }).first().click();
  for (let n = 0; n < 100 && ((await status(0)) !== "rejected" || (await status(1)) !== "rejected"); n += 1) await new Promise((done) => setTimeout(done, 100));
  const own = await page({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await signIn(own.page, anna.username, "/my");
  const item = own.page.locator(".item", { hasText: asked[0].title });
  await item.getByText("Reason: Painters are in, ask again: a week later").waitFor();
  await item.getByText("Rejected").waitFor();
  await own.page.locator(".item", { hasText: asked[1].title }).getByText("Reason: Too small for you").waitFor();
  await item.getByRole("button", { name: "Details" }).tap();
  await own.page.getByRole("dialog").getByRole("button", { name: "History" }).tap();
  await own.page.locator(".history").getByText("Reason: Painters are in").waitFor();
  assert.deepEqual([...wrong, ...own.wrong], []);
  await Promise.all([context.close(), own.context.close()]);
});

test("what is asked for again and again is decided at once, or date by date, and each that can't be decided is told", async () => {
  const { mia, anna, room, asked } = await inbox(1);
  const series = async (/** @type {string} */ title, /** @type {number} */ from, /** @type {number} */ count) => {
    const local = (/** @type {number} */ ahead) => hour(ahead).slice(0, 16);
    return (await anna.api("POST", "/series/", { resource_id: room.id, rule: `FREQ=DAILY;COUNT=${count}`, starts_at_local: local(from), ends_at_local: local(from + 1), time_zone: "UTC", title: fresh(title) })).series.bookings;
  };
  const [yoga, choir] = [await series("Yoga", 34, 6), await series("Choir", 36, 3)];
  const states = async (/** @type {any[]} */ some) => (await Promise.all(some.map((it) => anna.api("GET", `/bookings/${it.id}`)))).map((it) => `${it.status} ${it.closed_reason ?? ""}`.trim());
  const { page: it, context, wrong } = await page();
  await signIn(it, mia.username, "/approvals");
  const card = (/** @type {any[]} */ of) => it.locator(".request.series", { hasText: of[0].title });
  await card(yoga).getByText("6 dates").waitFor();
  await card(yoga).getByText("2 more").waitFor();
  await it.getByText(asked[0].title, { exact: true }).waitFor();
  // One date by itself, and of those that are left one has gone before the answer came.
  await card(yoga).getByRole("button", { name: "Date by date" }).click();
  assert.deepEqual(await barriers(it), []);
  await card(yoga).locator(".request").first().getByRole("button", { name: "Approve", exact: true }).click();
  await card(yoga).getByText("5 dates").waitFor();
  await it.route("**/bookings/bulk", async (route) => {
    await anna.api("DELETE", `/bookings/${yoga[5].id}`);
    await route.continue();
  }, { times: 1 });
  await card(yoga).getByRole("button", { name: "Approve all 5" }).click();
  await it.getByText("4 are approved.").waitFor();
  await it.getByRole("alert").getByText("1 request could not be decided:").waitFor();
  assert.equal(await it.getByRole("alert").getByRole("listitem").count(), 1);
  assert.deepEqual(await states(yoga), [...Array(5).fill("confirmed"), "cancelled"]);
  // By keys: down to the other series, open it, close it, reject all of it and say why.
  await card(yoga).waitFor({ state: "detached" });
  await it.keyboard.press("j");
  await it.locator(".series.at").waitFor();
  await it.keyboard.press("o");
  await card(choir).locator(".request").nth(2).waitFor();
  await it.keyboard.press("j");
  await card(choir).locator(".request.at").waitFor();
  await it.keyboard.press("o");
  await it.locator(".series.at").waitFor();
  await it.keyboard.press("w");
  await it.getByRole("dialog", { name: "Reject 3" }).getByLabel("Reason").waitFor();
  await it.keyboard.type("The choir sings elsewhere");
  await it.keyboard.press("Enter");
  await it.getByText("3 are rejected in a moment.").waitFor();
  await until(() => states(choir), (now) => now.every((/** @type {string} */ one) => one === "rejected The choir sings elsewhere"));
  assert.deepEqual(await states(asked), ["pending"]);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a request that comes in shows by itself, and many are decided by mouse", async () => {
  const { mia, anna, asked, status, room } = await inbox(1);
  const { page: it, context, wrong } = await page();
  await signIn(it, mia.username, "/approvals");
  await it.getByText(asked[0].title, { exact: true }).waitFor();
  const late = await anna.api("POST", "/bookings/", { resource_id: room.id, starts_at: hour(3), ends_at: hour(4), title: fresh("Soon") });
  // What runs out first stands first.
  await it.locator(".request").first().getByText(late.title).waitFor();
  await it.locator(".request").first().getByText(/Runs out/).waitFor();
  await it.getByLabel("Choose all").check();
  await it.getByRole("button", { name: "Reject 2" }).click();
  await it.getByText("Nothing waits for you.").waitFor();
  for (let n = 0; n < 100 && (await status(0)) !== "rejected"; n += 1) await new Promise((done) => setTimeout(done, 100));
  assert.deepEqual([await status(0), (await anna.api("GET", `/bookings/${late.id}`)).status], ["rejected", "rejected"]);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("today tells who comes, who is late and what is free, and checks in", async () => {
  const admin = await asAdmin();
  const name = fresh("Ufer");
  const site = await admin("POST", "/sites/", { name, slug: name.toLowerCase(), time_zone: "UTC" });
  await admin("PUT", `/sites/${site.id}/rules`, { check_in_closes_minutes: 60, check_in_opens_minutes: 60 });
  const [table, other] = [await thing("Table", { site_id: site.id, time_zone: undefined }), await thing("Booth", { site_id: site.id, time_zone: undefined })];
  const mia = await person("mia");
  await admin("PUT", `/sites/${site.id}/managers/${(await mia.api("GET", "/users/me")).id}`);
  // A party that should have come by now.
  const from = new Date(Math.floor(Date.now() / 60_000) * 60_000).toISOString();
  const late = await admin("POST", "/bookings/", { resource_id: table.id, starts_at: from, ends_at: new Date(Date.parse(from) + 20 * 60_000).toISOString(), party_size: 2, guest: { name: "Ivanova" } });
  const { page: it, context, wrong } = await page();
  await signIn(it, mia.username, `/today?site=${site.id}`);
  const lateList = it.locator("#late");
  await lateList.getByText("Ivanova").waitFor();
  await it.locator("#free").getByText(other.name).waitFor();
  assert.equal(await it.locator("#free").getByText(table.name).count(), 0);
  await lateList.getByRole("button", { name: "Check in" }).click();
  await it.locator("#present").getByText("Ivanova").waitFor();
  assert.equal((await admin("GET", `/bookings/${late.id}`)).status, "checked_in");
  // What others change is seen.
  await admin("PATCH", `/resources/${other.id}`, { out_of_order: { reason: "Flooded" } });
  await admin("POST", `/bookings/${late.id}/end`);
  await it.locator("#present").getByText("Nobody is here now.").waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});
