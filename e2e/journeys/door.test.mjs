import assert from "node:assert/strict";
import { after, test } from "node:test";
import { asAdmin, barriers, fresh, page, person, signInAsAdmin, stop, thing, url } from "../world.mjs";

after(stop);

/** How often something is changed, to see how long a display takes. */
const CHANGES = 16;

/** A tablet that is paired by the API. @param {string} resource @param {object} [settings] @param {object} [more] @param {import("playwright-core").BrowserContextOptions} [options] */
async function tablet(resource, settings = {}, more = {}, options = { viewport: { width: 1280, height: 800 } }) {
  const { page: it, context, wrong } = await page(options);
  await it.goto(`${url}/door`);
  const code = await it.locator(".code").innerText();
  await (await asAdmin())("POST", "/displays/", { code, resource_id: resource, settings: { name: "Door", ...settings }, ...more });
  await it.locator(".door .clock").waitFor();
  return { it, context, wrong };
}

test("a tablet is paired in the browser; whoever stands there books, stays and goes", async () => {
  const admin = await asAdmin();
  const room = await thing("Room D", { capacity: 6 });
  const { page: it, wrong } = await page({ viewport: { width: 1280, height: 800 } });
  await it.goto(`${url}/door`);
  const code = await it.locator(".code").innerText();
  assert.match(code, /^[2-9A-Z]{4}-[2-9A-Z]{4}$/);
  assert.deepEqual(await barriers(it), []);
  const { page: manager, wrong: wrongThere } = await page();
  await signInAsAdmin(manager, `/admin/displays?code=${code}`);
  await manager.getByLabel("At the door of").selectOption({ label: room.name });
  await manager.getByLabel("Name", { exact: true }).fill("Tablet of D");
  await manager.getByRole("button", { name: "Pair", exact: true }).click();
  await manager.getByText("is paired.").waitFor();

  await it.getByText("Free", { exact: true }).waitFor();
  assert.deepEqual(await barriers(it), []);
  await it.getByRole("button", { name: "30 minutes" }).click();
  await it.getByText("Taken", { exact: true }).waitFor();
  const [made] = (await admin("GET", `/bookings/?resource_id=${room.id}`)).items;
  assert.deepEqual([made.status, made.guest.name], ["checked_in", "Tablet of D"]);
  await it.getByRole("button", { name: "15 minutes longer" }).click();
  await it.getByText("45 minutes left").or(it.getByText("44 minutes left")).waitFor();
  assert.deepEqual(await barriers(it), []);
  await it.getByRole("button", { name: "End now" }).click();
  await it.getByRole("button", { name: "OK" }).click();
  await it.getByText("Free", { exact: true }).waitFor();

  // Taken away, it says so and shows another code.
  await manager.reload();
  const card = manager.locator(".card", { hasText: "Tablet of D" }).filter({ hasText: room.name });
  await card.getByRole("button", { name: "Take away" }).click();
  await card.getByRole("button", { name: "Take away" }).click();
  await it.getByText("This display was taken away.").waitFor({ timeout: 20_000 });
  await it.locator(".code").waitFor();
  assert.deepEqual([wrong, wrongThere], [[], []]);
});

test("one checks in with the PIN, and the door tells no more than it may", async () => {
  const room = await thing("Room");
  const admin = await asAdmin();
  await admin("PUT", `/resources/${room.id}/rules`, { check_in_closes_minutes: 10 });
  const { api } = await person("anna");
  const starts = new Date(Date.now() + 5 * 60_000).toISOString();
  await api("POST", "/bookings/", { resource_id: room.id, starts_at: starts, ends_at: new Date(Date.now() + 50 * 60_000).toISOString(), title: "Secret plans" });
  const { it, wrong } = await tablet(room.id, {}, { pin: "4711" });
  await it.getByText("Booked", { exact: true }).first().waitFor();
  assert.ok(!(await it.locator("main").innerText()).includes("Secret"));
  await it.getByRole("button", { name: "Check in" }).click();
  for (const digit of "1111") await it.getByRole("button", { name: digit, exact: true }).click();
  await it.getByRole("button", { name: "OK" }).click();
  await it.getByText("That is not the PIN.").waitFor();
  assert.deepEqual(await barriers(it), []);
  await it.getByLabel("PIN").fill("4711");
  await it.keyboard.press("Enter");
  await it.locator("dialog").waitFor({ state: "detached" });
  const [booking] = (await admin("GET", `/bookings/?resource_id=${room.id}`)).items;
  assert.equal(booking.status, "checked_in");
  assert.deepEqual(wrong, []);
});

test("without a network it says so, since when, goes on counting, and comes back by itself", async () => {
  const room = await thing("Room");
  const { it, context } = await tablet(room.id);
  await it.getByText("Free", { exact: true }).waitFor();
  await context.setOffline(true);
  await it.getByText(/No connection since/).waitFor({ timeout: 20_000 });
  assert.ok(await it.getByRole("button", { name: "30 minutes" }).isDisabled());
  const before = await it.locator("time").innerText();
  assert.match(before, /\d/);
  await context.setOffline(false);
  await it.getByText(/No connection since/).waitFor({ state: "detached", timeout: 30_000 });
  await it.getByRole("button", { name: "30 minutes" }).click();
  await it.getByText("Taken", { exact: true }).waitFor();
});

test("what is booked elsewhere is told to the display, which need not ask for it", async () => {
  const room = await thing("Room");
  const admin = await asAdmin();
  const { it, wrong } = await tablet(room.id, { shows: "titles" });
  await it.getByText("Free", { exact: true }).waitFor();
  await it.evaluate(() => {
    const seen = /** @type {[string, number][]} */ ([]);
    /** @type {any} */ (globalThis).seen = seen;
    const look = () => {
      const text = document.querySelector(".next")?.textContent ?? "";
      if (text !== seen.at(-1)?.[0]) seen.push([text, Date.now()]);
    };
    look();
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  // Who only asks does so every five seconds: what is seen sooner, time after time, was told.
  const starts = Date.now() + 3 * 3_600_000;
  const body = { resource_id: room.id, starts_at: new Date(starts).toISOString(), ends_at: new Date(starts + 1_800_000).toISOString(), title: "Change 0." };
  const { id } = await admin("POST", "/bookings/", body);
  await it.locator(".next li", { hasText: body.title }).waitFor({ timeout: 4_000 });
  const took = [];
  for (let n = 1; n <= CHANGES; n += 1) {
    const title = `Change ${n}.`;
    await admin("PATCH", `/bookings/${id}`, { title });
    const done = Date.now();
    await it.locator(".next", { hasText: title }).waitFor({ timeout: 4_000 });
    const at = await it.evaluate((title) => /** @type {[string, number][]} */ (/** @type {any} */ (globalThis).seen).find(([text]) => text.includes(title))?.[1], title);
    took.push(Number(at) - done);
  }
  took.sort((a, b) => a - b);
  console.log(`a display shows what was changed elsewhere, of ${CHANGES} changes: half within ${took[CHANGES / 2]} ms, the slowest ${took.at(-1)} ms`);
  assert.deepEqual(wrong, []);
});

test("it fits on a tablet in either direction, in either language and theme", async () => {
  const room = await thing(fresh("Конференц-зал имени Эмми Нётер"), { capacity: 12 });
  for (const viewport of [{ width: 600, height: 1024 }, { width: 1280, height: 800 }]) {
    for (const [language, theme] of [["ru", "dark"], ["en", "light"]]) {
      const { it, context, wrong } = await tablet(room.id, { language, theme }, {}, { viewport });
      await it.getByText(language === "ru" ? "Свободно" : "Free", { exact: true }).waitFor();
      assert.deepEqual(await barriers(it), [], `${viewport.width} ${language} ${theme}`);
      const [wide, high] = await it.evaluate(() => [document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight]);
      assert.ok(wide <= 0 && high <= 0, `${viewport.width} ${language}: ${wide} px too wide, ${high} px too high`);
      assert.deepEqual(wrong, []);
      await context.close();
    }
  }
});
