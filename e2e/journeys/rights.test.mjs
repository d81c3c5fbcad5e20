// Whoever manages only what is booked along is offered what the server will do for them, and nothing that it would refuse.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { asAdmin, barriers, fresh, page, person, signIn, stop, thing, url } from "../world.mjs";

after(stop);

const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);

/** A site that nobody but administrators manages. */
const house = async () => (await asAdmin())("POST", "/sites/", { name: fresh("House"), slug: fresh("house"), time_zone: "UTC" });

/** Mia manages two things that go with rooms, one of which wants to be asked for, and no room. */
async function along() {
  const admin = await asAdmin();
  const [mia, anna] = [await person("mia"), await person("anna")];
  const { id } = await mia.api("GET", "/users/me");
  const site = await house();
  const in_ = (/** @type {string} */ name, /** @type {object} */ more = {}) => thing(name, { site_id: site.id, time_zone: undefined, ...more });
  const [room, board, piano, beamer] = [await in_("Room"), await in_("Board", { requires_approval: true }), await in_("Piano", { capacity: null }), await in_("Beamer", { capacity: null, requires_approval: true })];
  for (const it of [piano, beamer]) await admin("PUT", `/resources/${it.id}/managers/${id}`);
  const book = (/** @type {any} */ what, /** @type {any} */ with_, /** @type {number} */ hour) =>
    anna.api("POST", "/bookings/", { resource_id: what.id, along: [{ resource_id: with_.id }], starts_at: `${tomorrow}T${hour}:00:00Z`, ends_at: `${tomorrow}T${hour + 1}:00:00Z`, title: fresh("Concert") });
  return { mia, anna, site, room, board, piano, beamer, book };
}

test("who manages what is booked along cancels it, and is not offered to move it", async () => {
  const { mia, anna, site, room, piano, book } = await along();
  const booked = await book(room, piano, 10);
  const { page: it, context, wrong } = await page();
  await signIn(it, mia.username, `/my?booking=${booked.id}`);
  const dialog = it.getByRole("dialog");
  await dialog.getByRole("button", { name: "Cancel booking" }).waitFor();
  for (const name of ["Change", "+15 min"]) assert.equal(await dialog.getByRole("button", { name }).count(), 0, name);
  assert.deepEqual(await barriers(it), []);

  // The page of the room, which somebody else manages, shows it too.
  await it.goto(`${url}/resource/${room.id}?day=${tomorrow}`);
  await it.locator(".week-of .bar", { hasText: booked.title }).waitFor();
  assert.equal(await it.getByRole("alert").count(), 0);

  // In the timeline it stands in both rows, and is gripped in neither.
  await it.goto(`${url}/timeline?day=${tomorrow}&site=${site.id}`);
  const bar = it.locator(".bar", { hasText: booked.title }).first();
  await bar.waitFor();
  assert.equal(await it.locator(".bar.own", { hasText: booked.title }).count(), 0);
  await bar.scrollIntoViewIfNeeded();
  const box = await bar.boundingBox();
  assert.ok(box);
  await it.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await it.mouse.down();
  await it.mouse.move(box.x + box.width / 2 + 160, box.y + box.height / 2, { steps: 5 });
  assert.equal(await it.locator(".bar.ghost").count(), 0);
  await it.mouse.up();
  await dialog.waitFor({ state: "detached" });
  await bar.click();
  await dialog.getByRole("button", { name: "Cancel booking" }).click();
  await dialog.getByLabel("Reason").fill("It is being tuned");
  await dialog.locator(".closing").getByRole("button", { name: "Cancel booking" }).click();
  await bar.waitFor({ state: "detached" });
  assert.equal((await anna.api("GET", `/bookings/${booked.id}`)).closed_reason, "It is being tuned");
  assert.deepEqual(wrong, []);
  await context.close();
});

test("who manages what is booked along says yes where that is asked for, and else only no", async () => {
  const { mia, anna, room, board, piano, beamer, book } = await along();
  const [mine, theirs] = [await book(room, beamer, 10), await book(board, piano, 12)];
  const { page: it, context, wrong } = await page();
  await signIn(it, mia.username, "/approvals");
  const request = (/** @type {any} */ booking) => it.locator(".request", { hasText: booking.title });
  await request(theirs).getByText(`Whoever manages ${board.name} says yes; you can only say no.`).waitFor();
  assert.equal(await request(theirs).getByRole("button", { name: "Approve" }).count(), 0);
  assert.deepEqual(await barriers(it), []);
  // What is chosen with it is approved all the same.
  await it.getByLabel("Choose all").click();
  await it.getByRole("button", { name: "Approve 1" }).waitFor();
  await it.keyboard.press("a");
  await request(mine).waitFor({ state: "detached" });
  await request(theirs).getByRole("button", { name: "Reject" }).waitFor();
  const status = async (/** @type {any} */ booking) => (await anna.api("GET", `/bookings/${booking.id}`)).status;
  assert.deepEqual([await status(mine), await status(theirs)], ["confirmed", "pending"]);
  assert.equal(await it.getByRole("alert").count(), 0);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("somebody else's booking goes only to what one manages", async () => {
  const admin = await asAdmin();
  const [mia, anna] = [await person("mia"), await person("anna")];
  const site = await house();
  const mine = await thing("A", { site_id: site.id, time_zone: undefined, position: 1 });
  await thing("B", { site_id: site.id, time_zone: undefined, position: 2 });
  await admin("PUT", `/resources/${mine.id}/managers/${(await mia.api("GET", "/users/me")).id}`);
  const booked = await anna.api("POST", "/bookings/", { resource_id: mine.id, starts_at: `${tomorrow}T10:00:00Z`, ends_at: `${tomorrow}T11:00:00Z`, title: fresh("Concert") });
  const { page: it, context, wrong } = await page();
  await signIn(it, mia.username, `/timeline?day=${tomorrow}&site=${site.id}`);
  const bar = it.locator(".bar", { hasText: booked.title });
  await bar.click();
  const dialog = it.getByRole("dialog");
  await dialog.getByRole("button", { name: "Change" }).click();
  await dialog.getByLabel("Title").waitFor();
  assert.equal(await dialog.getByLabel("Where").count(), 0);
  await it.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await it.getByRole("application").focus();
  for (const key of ["Home", "Control+ArrowRight", "m", "ArrowDown"]) await it.keyboard.press(key);
  await it.locator(".bar.ghost.clash").getByText("Not yours to give out").waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});
