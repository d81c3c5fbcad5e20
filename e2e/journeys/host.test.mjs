import assert from "node:assert/strict";
import { after, test } from "node:test";
import { asAdmin, barriers, fresh, page, person, restaurant, signIn, stop, url } from "../world.mjs";

after(stop);

const soon = (/** @type {number} */ minutes) => new Date(Math.ceil(Date.now() / 60_000) * 60_000 + minutes * 60_000).toISOString().replace(".000Z", "Z");
/** A guest's booking that begins in some minutes. @param {any} manager @param {string} resource @param {string} name @param {number} from @param {object} [more] */
const expect = (manager, resource, name, from, more = {}) => manager.api("POST", "/bookings/", { resource_id: resource, starts_at: soon(from), ends_at: soon(from + 90), party_size: 2, guest: { name, phone: "+49 30 23125 001" }, ...more });
/** @param {import("playwright-core").Page} it @param {string} name */
const row = (it, name) => it.locator(".guest-row", { hasText: name });
/** @param {import("playwright-core").Page} it @param {string} list */
const tab = (it, list) => it.getByRole("button", { name: new RegExp(`^${list}`) }).click();

test("who comes is seated with one tap, and that is taken back with another", async () => {
  const { site, tables, manager } = await restaurant();
  await expect(manager, tables[0].id, "Ольга Смирнова", 5, { notes: "Nut allergy" });
  const { page: it, wrong } = await page();
  await signIn(it, manager.username, `/host?site=${site.id}`);
  await row(it, "Ольга Смирнова").getByText("Allergy: Nut allergy").waitFor();
  await row(it, "Ольга Смирнова").getByRole("button", { name: "Seat", exact: true }).click();
  await it.locator(".toast").getByText("Ольга Смирнова sits at").waitFor();
  await row(it, "Ольга Смирнова").waitFor({ state: "detached" });
  await tab(it, "Seated");
  await row(it, "Ольга Смирнова").locator(".timer").waitFor();
  await it.locator(".toast", { hasText: "sits at" }).getByRole("button", { name: "Undo" }).click();
  await row(it, "Ольга Смирнова").waitFor({ state: "detached" });
  await tab(it, "Arriving");
  await row(it, "Ольга Смирнова").getByRole("button", { name: "Seat", exact: true }).waitFor();
  assert.deepEqual(await barriers(it), []);
  assert.deepEqual(wrong, []);
});

test("who comes without a booking gets the smallest table that is free, and leaves it again", async () => {
  const { site, tables, manager } = await restaurant();
  const { page: it, wrong } = await page();
  await signIn(it, manager.username, `/host?site=${site.id}`);
  await it.getByRole("button", { name: "Walk-in" }).click();
  const dialog = it.getByRole("dialog", { name: "Walk-in" });
  // Two sit at a table for two, three do not.
  await dialog.getByRole("button", { name: `Seat at ${tables[0].name}` }).waitFor();
  await dialog.getByLabel("Party of").fill("3");
  await dialog.getByLabel("Name").fill("田中");
  await dialog.getByRole("button", { name: `Seat at ${tables[2].name}` }).click();
  await it.locator(".toast").getByText(`田中 sits at ${tables[2].name}.`).waitFor();
  await tab(it, "Seated");
  await row(it, "田中").locator(".timer", { hasText: /1:[23]\d left/ }).waitFor();
  await it.locator(`[data-place="${tables[2].id}"].seated`).waitFor();
  await row(it, "田中").getByRole("button", { name: "Guests have left" }).click();
  await row(it, "田中").waitFor({ state: "detached" });
  await it.locator(`[data-place="${tables[2].id}"].free`).waitFor();
  await tab(it, "Earlier");
  await row(it, "田中").getByRole("button", { name: "Undo" }).click();
  await it.locator(`[data-place="${tables[2].id}"].seated`).waitFor();
  assert.deepEqual(wrong, []);
});

test("a name is dragged onto another table, or sent there from the keyboard", async () => {
  const { site, tables, manager } = await restaurant();
  const made = await expect(manager, tables[0].id, "Łukasz", 10);
  const { page: it, wrong } = await page();
  await signIn(it, manager.username, `/host?site=${site.id}`);
  const grip = row(it, "Łukasz").locator(".grip");
  await grip.waitFor();
  const admin = await asAdmin();
  const where = async () => (await admin("GET", `/bookings/${made.id}`)).resource_id;
  const to = /** @type {{x: number, y: number, width: number, height: number}} */ (await it.locator(`[data-place="${tables[1].id}"] .top`).boundingBox());
  await grip.hover();
  await it.mouse.down();
  await it.mouse.move(to.x, to.y, { steps: 6 });
  await it.locator(".drag-ghost", { hasText: "Łukasz" }).waitFor();
  await it.mouse.move(to.x + to.width / 2, to.y + to.height / 2, { steps: 6 });
  await it.mouse.up();
  await it.locator(".toast").getByText(`Łukasz is at ${tables[1].name} now.`).waitFor();
  assert.equal(await where(), tables[1].id);
  await row(it, "Łukasz").getByText(tables[1].name).waitFor();
  // Keys alone: to the button, to the list, to the table.
  await row(it, "Łukasz").getByRole("button", { name: "Move to…" }).focus();
  await it.keyboard.press("Enter");
  await it.getByRole("dialog").getByRole("button", { name: new RegExp(`^${tables[2].name}`) }).focus();
  await it.keyboard.press("Enter");
  await it.locator(".toast").getByText(`Łukasz is at ${tables[2].name} now.`).waitFor();
  assert.equal(await where(), tables[2].id);
  await it.locator(".toast", { hasText: tables[2].name }).getByRole("button", { name: "Undo" }).click();
  await row(it, "Łukasz").getByText(tables[1].name).waitFor();
  // Dragged away from the plan, and onto nothing: nothing is done.
  await grip.hover();
  await it.mouse.down();
  await it.mouse.move(5, 5, { steps: 4 });
  await it.mouse.up();
  await it.locator(".drag-ghost").waitFor({ state: "detached" });
  assert.equal(await where(), tables[1].id);
  assert.deepEqual(wrong, []);
});

test("who finds no table waits, is offered what becomes free, and sits down there", async () => {
  const { site, tables, manager } = await restaurant();
  const taken = [];
  for (const [n, table] of tables.entries()) taken.push(await expect(manager, table.id, `Sitting ${n}`, 1, { party_size: 1 }));
  const { page: it, wrong } = await page();
  await signIn(it, manager.username, `/host?site=${site.id}`);
  await row(it, "Sitting 0").waitFor();
  await it.getByRole("button", { name: "Walk-in" }).click();
  await it.getByRole("dialog", { name: "Walk-in" }).getByRole("button", { name: "Add to waiting list" }).click();
  const dialog = it.getByRole("dialog", { name: "Waiting list" });
  await dialog.getByLabel("Name").fill("Nguyễn");
  await dialog.getByLabel("Waits at most").selectOption("30");
  await dialog.getByLabel("How long").selectOption("60");
  await dialog.getByRole("button", { name: "Add to waiting list" }).click();
  await tab(it, "Waiting");
  await row(it, "Nguyễn").getByText(/waits/).waitFor();
  assert.equal(await row(it, "Nguyễn").getByRole("button", { name: /^Seat/ }).count(), 0, "there is nowhere to sit");
  await manager.api("DELETE", `/bookings/${taken[2].id}`);
  await row(it, "Nguyễn").getByText(`Offered ${tables[2].name}`).waitFor();
  await row(it, "Nguyễn").getByRole("button", { name: `Seat at ${tables[2].name}` }).click();
  await it.locator(".toast").getByText(`Nguyễn sits at ${tables[2].name}.`).waitFor();
  await tab(it, "Seated");
  await row(it, "Nguyễn").waitFor();
  assert.deepEqual(wrong, []);
});

test("who cancels or rejects may say why, and what was cancelled comes back with one tap", async () => {
  const { site, tables, manager } = await restaurant();
  const admin = await asAdmin();
  await admin("PATCH", `/resources/${tables[1].id}`, { requires_approval: true });
  const booked = await expect(manager, tables[0].id, "Grace", 30);
  const ada = await person("ada");
  const asks = await ada.api("POST", "/bookings/", { resource_id: tables[1].id, starts_at: soon(40), ends_at: soon(100), party_size: 2, title: "Ada's" });
  // However many sites there are, which of them are the manager's is one question.
  for (let n = 0; n < 3; n += 1) await admin("POST", "/sites/", { name: "Elsewhere", slug: fresh("elsewhere"), time_zone: "UTC" });
  const { page: it, wrong } = await page();
  /** @type {string[]} */
  const asked = [];
  it.on("request", (request) => asked.push(new URL(request.url()).pathname + new URL(request.url()).search));
  await signIn(it, manager.username, "/host");
  const dialog = it.getByRole("dialog");
  const why = async (/** @type {string} */ name, /** @type {string} */ does, /** @type {string} */ reason) => {
    await row(it, name).getByRole("button", { name, exact: true }).click();
    if (reason) {
      await dialog.getByRole("button", { name: "With a reason…" }).click();
      // The line is ready to be written in.
      await dialog.locator("input:focus").waitFor();
      await it.keyboard.type(reason);
      assert.deepEqual(await barriers(it), []);
      await dialog.locator(".closing").getByRole("button", { name: does }).click();
    } else await dialog.getByRole("button", { name: does }).click();
    await dialog.waitFor({ state: "detached" });
  };
  await why("Ada's", "Reject", "A wedding party");
  await why("Grace", "Cancel booking", "The heating is out");
  const state = async (/** @type {any} */ it) => [(await admin("GET", `/bookings/${it.id}`)).status, (await admin("GET", `/bookings/${it.id}`)).closed_reason];
  assert.deepEqual([await state(asks), await state(booked)], [["rejected", "A wedding party"], ["cancelled", "The heating is out"]]);
  await it.locator(".toast", { hasText: "Grace" }).getByRole("button", { name: "Undo" }).click();
  await row(it, "Grace").waitFor();
  assert.deepEqual(await state(booked), ["confirmed", null]);
  // Without a reason it is a tap less.
  await why("Grace", "Cancel booking", "");
  assert.deepEqual(await state(booked), ["cancelled", null]);
  // Who should be there by now did not come, or cancelled on the telephone.
  const [missed, rang] = [await expect(manager, tables[0].id, "Linus", -1), await expect(manager, tables[2].id, "Edsger", -1)];
  await why("Linus", "No-show", "His train stands in a field");
  await why("Edsger", "Cancel booking", "He rang: a cold");
  assert.deepEqual([await state(missed), await state(rang)], [["no_show", "His train stands in a field"], ["cancelled", "He rang: a cold"]]);
  const plans = asked.filter((path) => /^\/sites\/[^/?]+\/floor-plan/.test(path));
  assert.deepEqual([asked.filter((path) => path.startsWith("/sites/?") && path.includes("managed=true")).length, plans.filter((path) => !path.includes(site.id))], [1, []]);
  await it.goto(`${url}/admin/places`);
  await it.getByText(site.name).first().waitFor();
  assert.deepEqual(asked.filter((path) => /^\/sites\/[^/?]+\/managers/.test(path) && !path.includes(site.id)), []);
  assert.deepEqual(wrong, []);
});

test("on a phone the list and the floor are two tabs", async () => {
  const { site, tables, manager } = await restaurant();
  await expect(manager, tables[0].id, "Grace", 5);
  const { page: it, wrong } = await page({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await signIn(it, manager.username, `/host?site=${site.id}`);
  await row(it, "Grace").getByRole("button", { name: "Seat", exact: true }).tap();
  await it.locator(".toast").getByText("Grace sits at").waitFor();
  assert.equal(await it.locator("[data-place]").count(), 0);
  await it.getByRole("button", { name: "Floor", exact: true }).tap();
  await it.locator(`[data-place="${tables[0].id}"]`).waitFor();
  assert.equal(await it.getByRole("group", { name: "Lists" }).count(), 0);
  const wide = await it.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${wide} px too wide`);
  assert.deepEqual(await barriers(it), []);
  assert.deepEqual(wrong, []);
});
