import assert from "node:assert/strict";
import { after, test } from "node:test";
import { PASSWORD, asAdmin, fresh, hour, page, person, signIn, stop, thing, url } from "../world.mjs";

after(stop);

test("what somebody else books is seen without asking", async () => {
  const room = await thing("Room");
  const [anna, wei] = [await person("anna"), await person("wei")];
  const { page: it, wrong } = await page();
  const at = hour(2);
  await signIn(it, anna.username, `/timeline?day=${at.slice(0, 10)}`);
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
  await it.getByText("The booking is changed.").nth(1).waitFor();
  assert.equal((await mine()).ends_at, `${tomorrow}T16:00:00Z`);
  assert.deepEqual(wrong, []);
});

