import assert from "node:assert/strict";
import { after, test } from "node:test";
import { asAdmin, barriers, hour, page, person, restaurant, signIn, stop } from "../world.mjs";

after(stop);

/** @param {import("playwright-core").Page} it @param {string} name */
const table = (it, name) => it.locator("svg.plan").getByRole("button", { name: new RegExp(`^${name},`) });

test("what is free is booked with a click, and seen by others without asking", async () => {
  const { site, tables } = await restaurant();
  const [anna, wei] = [await person("anna"), await person("wei")];
  const [first, second] = [await page(), await page()];
  await Promise.all([signIn(first.page, anna.username, `/floor?site=${site.id}`), signIn(second.page, wei.username, `/floor?site=${site.id}`)]);
  for (const { page: it } of [first, second]) await table(it, tables[0].name).and(it.getByRole("button", { name: /Free/ })).waitFor();
  await table(first.page, tables[0].name).click();
  await first.page.getByLabel("How many").selectOption("2");
  await first.page.getByRole("dialog").getByRole("button", { name: "Book", exact: true }).click();
  await first.page.getByText(`${tables[0].name} is yours.`).waitFor();
  // Booked from the next quarter of an hour on: then it is anna's own, and taken for wei.
  const soon = (/** @type {import("playwright-core").Page} */ it) => it.getByRole("slider", { name: "Look ahead" }).press("ArrowRight");
  await soon(first.page);
  await table(first.page, tables[0].name).and(first.page.getByRole("button", { name: /Booked/ })).waitFor();
  await soon(second.page);
  await table(second.page, tables[0].name).and(second.page.getByRole("button", { name: /Taken/ })).waitFor();
  await table(second.page, tables[0].name).click();
  assert.equal(await second.page.getByRole("dialog").getByText("anna").count(), 0);
  await second.page.keyboard.press("Escape");
  // Whoever looks for a table for four finds the one that seats them.
  await second.page.getByLabel("Tables for").selectOption("4");
  assert.deepEqual(await second.page.locator(".place.wanted").evaluateAll((all) => all.map((one) => /** @type {HTMLElement} */ (one).dataset["place"])), [tables[2].id]);
  assert.deepEqual([...first.wrong, ...second.wrong], []);
});

test("a table is found and booked from the keyboard alone", async () => {
  const { site, tables } = await restaurant();
  const { username } = await person("klara");
  const { page: it, wrong } = await page();
  await signIn(it, username, `/floor?site=${site.id}`);
  await table(it, tables[0].name).waitFor();
  // One stop for the whole plan; arrows lead on from there.
  for (let n = 0; n < 40 && (await it.locator("svg.plan :focus").count()) === 0; n += 1) await it.keyboard.press("Tab");
  const at = () => it.evaluate(() => document.activeElement?.closest("[data-place]")?.getAttribute("data-place"));
  assert.equal(await at(), tables[0].id);
  await it.keyboard.press("ArrowRight");
  assert.equal(await at(), tables[1].id);
  await it.keyboard.press("ArrowDown");
  assert.equal(await at(), tables[2].id);
  await it.keyboard.press("Enter");
  await it.getByRole("dialog").getByLabel("When", { exact: true }).waitFor();
  await it.keyboard.press("Escape");
  await it.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal(await at(), tables[2].id, "back where one was");
  await it.keyboard.press("Enter");
  await it.getByRole("dialog").getByLabel("When", { exact: true }).waitFor();
  const book = it.getByRole("dialog").getByRole("button", { name: "Book", exact: true });
  await book.focus();
  await it.keyboard.press("Enter");
  await it.getByText(`${tables[2].name} is yours.`).waitFor();
  assert.deepEqual(wrong, []);
});

test("a phone shows cards by area, and a map that a finger hits", async () => {
  const { site, tables } = await restaurant();
  const { username } = await person("phone");
  const { page: it, wrong } = await page({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await signIn(it, username, `/floor?site=${site.id}`);
  await it.getByRole("button", { name: `Book ${tables[0].name}` }).tap();
  await it.getByRole("dialog").getByRole("button", { name: "Book", exact: true }).tap();
  await it.getByText(`${tables[0].name} is yours.`).waitFor();
  // Two rows of controls, and then the list; another time is a sheet away.
  const first = await it.locator(".place-list").first().evaluate((one) => one.getBoundingClientRect().top + scrollY);
  assert.ok(first < 190, `the list begins at ${first} px`);
  await it.getByRole("button", { name: /^Now,/ }).tap();
  const sheet = it.getByRole("dialog", { name: "Which time" });
  assert.deepEqual(await barriers(it), []);
  await sheet.getByRole("button", { name: "The day after" }).tap();
  await sheet.getByLabel("Time", { exact: true }).selectOption("720");
  await sheet.getByRole("button", { name: "Show" }).tap();
  await it.getByRole("button", { name: /, 12:00$/ }).tap();
  await sheet.getByRole("button", { name: /^Now/ }).tap();
  await sheet.getByRole("button", { name: "Show" }).tap();
  await it.getByRole("button", { name: "Map", exact: true }).tap();
  await table(it, tables[1].name).waitFor();
  const sizes = await it.locator(".place .top").evaluateAll((all) => all.map((one) => Math.min(one.getBoundingClientRect().width, one.getBoundingClientRect().height)));
  assert.ok(sizes.every((size) => size >= 44), String(sizes));
  await table(it, tables[1].name).tap();
  await it.getByRole("dialog").waitFor();
  assert.deepEqual(await barriers(it), []);
  assert.deepEqual(wrong, []);
});

test("two fingers and the wheel make a plan larger, and what is under them stays there", async () => {
  const { site, tables } = await restaurant();
  const { username } = await person("pinch");
  const { page: it, context, wrong } = await page({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await signIn(it, username, `/floor?site=${site.id}`);
  await it.getByRole("button", { name: "Map" }).click();
  const table = it.locator(`[data-place="${tables[2].id}"] .hit`);
  const seen = async () => {
    const box = await table.boundingBox();
    return { x: Number(box?.x) + Number(box?.width) / 2, y: Number(box?.y) + Number(box?.height) / 2, wide: Number(box?.width) };
  };
  await table.scrollIntoViewIfNeeded();
  const before = await seen();
  const session = await context.newCDPSession(it);
  const fingers = (/** @type {string} */ type, /** @type {number} */ apart) => session.send("Input.dispatchTouchEvent", { type: /** @type {any} */ (type), touchPoints: apart === 0 ? [] : [-apart, apart].map((by) => ({ x: before.x + by, y: before.y })) });
  await fingers("touchStart", 25);
  for (const apart of [35, 45, 50]) await fingers("touchMove", apart);
  await fingers("touchEnd", 0);
  await it.waitForFunction(([id, wide]) => (document.querySelector(`[data-place="${id}"] .hit`)?.getBoundingClientRect().width ?? 0) > Number(wide) * 1.8, [tables[2].id, before.wide]);
  const after = await seen();
  assert.ok(Math.abs(after.wide / before.wide - 2) < 0.1, `${after.wide} of ${before.wide}`);
  assert.ok(Math.hypot(after.x - before.x, after.y - before.y) < 12, JSON.stringify([before, after]));
  assert.equal(await it.evaluate(() => visualViewport?.scale), 1, "the page itself is as large as before");
  await context.close();

  const desk = await page();
  await signIn(desk.page, username, `/floor?site=${site.id}`);
  const place = desk.page.locator(`[data-place="${tables[0].id}"] .hit`);
  const [was] = [await place.boundingBox()];
  await desk.page.mouse.move(Number(was?.x) + Number(was?.width) / 2, Number(was?.y) + Number(was?.height) / 2);
  await desk.page.keyboard.down("Control");
  await desk.page.mouse.wheel(0, -300);
  await desk.page.keyboard.up("Control");
  await desk.page.waitForFunction(([id, wide]) => (document.querySelector(`[data-place="${id}"] .hit`)?.getBoundingClientRect().width ?? 0) > Number(wide) * 1.5, [tables[0].id, was?.width]);
  await desk.page.getByRole("button", { name: "Smaller" }).click();
  assert.deepEqual([wrong, desk.wrong], [[], []]);
  await desk.context.close();
});

test("a plan is drawn: put, moved, turned, taken back, saved, and saved by two", async () => {
  const { site, area, tables, manager } = await restaurant({ drawn: false });
  const { page: it, wrong } = await page();
  await signIn(it, manager.username, `/floor?site=${site.id}`);
  await it.getByRole("button", { name: "Draw it" }).click();
  const thing = (/** @type {string} */ name) => it.locator("svg.drawn").getByRole("button", { name: new RegExp(`^${name}:`) });
  // By the pointer from the list into the plan, and another one from the keyboard.
  const canvas = /** @type {{x: number, y: number}} */ (await it.locator("svg.drawn").boundingBox());
  await it.locator(".absent button", { hasText: tables[0].name }).hover();
  await it.mouse.down();
  await it.mouse.move(canvas.x + 100, canvas.y + 100, { steps: 4 });
  await it.mouse.move(canvas.x + 200, canvas.y + 160, { steps: 4 });
  await it.mouse.up();
  await thing(tables[0].name).waitFor();
  await it.locator(".absent button", { hasText: tables[1].name }).focus();
  await it.keyboard.press("Enter");
  await it.locator("svg.drawn :focus").waitFor();
  const before = await thing(tables[1].name).getAttribute("aria-label");
  await it.keyboard.press("ArrowRight");
  await it.keyboard.press("Shift+ArrowDown");
  await it.keyboard.press("r");
  const after = await thing(tables[1].name).getAttribute("aria-label");
  assert.notEqual(after, before);
  assert.match(after ?? "", /turned 15°/);
  await it.keyboard.press("Control+z");
  await it.keyboard.press("Control+z");
  assert.equal(await thing(tables[1].name).getAttribute("aria-label"), before);
  await it.keyboard.press("Control+Shift+z");
  await it.keyboard.press("Control+Shift+z");
  assert.equal(await thing(tables[1].name).getAttribute("aria-label"), after);
  // Dragged, and a wall beside.
  const from = /** @type {{x: number, y: number, width: number, height: number}} */ (await thing(tables[0].name).boundingBox());
  await it.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
  await it.mouse.down();
  await it.mouse.move(from.x + from.width / 2 + 60, from.y + from.height / 2 + 30, { steps: 5 });
  await it.mouse.up();
  await it.getByRole("button", { name: "Wall", exact: true }).click();
  await thing("Wall").waitFor();
  assert.deepEqual(await barriers(it), []);
  await it.getByRole("button", { name: "Save", exact: true }).click();
  await it.getByText("Saved.").waitFor();
  const admin = await asAdmin();
  const saved = await admin("GET", `/areas/${area.id}/floor-plan`);
  assert.deepEqual([saved.resources.length, saved.shapes[0].kind, saved.resources.find((/** @type {any} */ one) => one.resource_id === tables[1].id).rotation], [2, "wall", 15]);
  // Somebody else saves meanwhile: nothing is lost without a word.
  await admin("PUT", `/areas/${area.id}/floor-plan`, { width: 900 });
  await thing("Wall").focus();
  await it.keyboard.press("Delete");
  await thing("Wall").waitFor({ state: "detached" });
  await it.getByRole("button", { name: "Save", exact: true }).click();
  await it.getByText("Somebody else has saved this plan meanwhile.").waitFor();
  assert.equal((await admin("GET", `/areas/${area.id}/floor-plan`)).width, 900);
  await it.getByRole("button", { name: "Save mine over it" }).click();
  await it.getByText("Somebody else has saved this plan meanwhile.").waitFor({ state: "detached" });
  assert.equal((await admin("GET", `/areas/${area.id}/floor-plan`)).resources.length, 2);
  // What is not saved holds whoever leaves.
  await thing(tables[0].name).focus();
  await it.keyboard.press("ArrowLeft");
  await it.getByRole("link", { name: "My bookings" }).click();
  await it.getByRole("dialog", { name: "Leave without saving?" }).getByRole("button", { name: "Go on drawing" }).click();
  await it.getByRole("button", { name: "Leave the editor" }).click();
  await it.getByRole("button", { name: "Leave without saving" }).click();
  await table(it, tables[0].name).waitFor();
  assert.deepEqual(wrong, []);
});

test("a picture lies under the plan", async () => {
  const { site, area, manager } = await restaurant();
  const { page: it, wrong } = await page();
  await signIn(it, manager.username, `/floor?site=${site.id}&edit=${area.id}`);
  const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNgAAAAAgAB5Sfe/AAAAABJRU5ErkJggg==", "base64");
  await it.locator("input[type=file]").setInputFiles({ name: "plan.png", mimeType: "image/png", buffer: png });
  await it.locator("svg.drawn image").waitFor({ state: "attached" });
  await it.getByLabel("Strength: 60%").fill("25");
  await it.getByRole("button", { name: "Save", exact: true }).click();
  await it.getByText("Saved.").waitFor();
  const plan = await (await asAdmin())("GET", `/areas/${area.id}/floor-plan`);
  assert.deepEqual([plan.background.width, plan.background_opacity_percent, plan.resources.length], [1, 25, 3]);
  await it.getByRole("button", { name: "Take the picture away" }).click();
  await it.locator("svg.drawn image").waitFor({ state: "detached" });
  assert.deepEqual(wrong, []);
});

test("whoever books sees when, and not who", async () => {
  const { site, tables, manager } = await restaurant();
  const secret = "Somebody who is nobody's business";
  await manager.api("POST", "/bookings/", { resource_id: tables[1].id, starts_at: hour(0), ends_at: hour(3), guest: { name: secret } });
  const { username } = await person("nosy");
  const { page: it, wrong } = await page();
  await signIn(it, username, `/floor?site=${site.id}&day=${hour(1).slice(0, 10)}`);
  await table(it, tables[1].name).waitFor();
  await it.getByLabel("Time", { exact: true }).selectOption(String(new Date(hour(1)).getUTCHours() * 60));
  await table(it, tables[1].name).and(it.getByRole("button", { name: /Taken/ })).click();
  await it.getByRole("dialog").getByText(/Taken until/).waitFor();
  assert.ok(!(await it.locator("body").innerHTML()).includes(secret));
  // And books what is free in no other's name.
  await it.keyboard.press("Escape");
  await table(it, tables[0].name).click();
  await it.getByRole("dialog").getByRole("button", { name: "Book", exact: true }).waitFor();
  assert.equal(await it.getByRole("dialog").getByLabel("Guest").count(), 0);
  assert.deepEqual(wrong, []);
});
