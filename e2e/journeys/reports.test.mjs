import assert from "node:assert/strict";
import { after, test } from "node:test";
import { asAdmin, fresh, page, person, signIn, signInAsAdmin, stop, thing } from "../world.mjs";

after(stop);

const DAY = 86_400_000;
/** A day from now, as text. @param {number} ahead */
const day = (ahead) => new Date(Date.now() + ahead * DAY).toISOString().slice(0, 10);

test("each chart says the same as its table, by pointer and by keys, and can be taken away", async () => {
  const admin = await asAdmin();
  const name = fresh("Linde");
  const site = await admin("POST", "/sites/", { name, slug: name.toLowerCase(), time_zone: "UTC" });
  await admin("PUT", `/sites/${site.id}/rules`, { hours: "Mo-Su 10:00-14:00" });
  const [table, idle] = [await thing("Table", { site_id: site.id, time_zone: undefined }), await thing("Idle", { site_id: site.id, time_zone: undefined })];
  const anna = await person("anna");
  const book = (/** @type {number} */ ahead, /** @type {number} */ from, /** @type {number} */ to) => anna.api("POST", "/bookings/", { resource_id: table.id, starts_at: `${day(ahead)}T${from}:00:00Z`, ends_at: `${day(ahead)}T${to}:00:00Z` });
  // Two of four hours of one day, one of another; a third is taken back.
  await book(1, 10, 12);
  await book(2, 10, 11);
  await anna.api("DELETE", `/bookings/${(await book(3, 12, 13)).id}`);
  const { page: it, context, wrong } = await page();
  await signInAsAdmin(it, `/reports?period=own&from=${day(1)}&to=${day(7)}&site=${site.id}`);
  const figure = (/** @type {string} */ title) => it.locator("figure", { has: it.getByRole("heading", { name: title, exact: true }) });
  // 3 of 2 × 7 × 4 hours.
  await it.locator(".tile", { hasText: "of the time is booked" }).getByText("5.4%").waitFor();
  await it.locator(".tile", { hasText: "cancelled" }).getByText("1 of 3").waitFor();
  const weekday = new Date(`${day(1)}T12:00:00Z`).toLocaleDateString("en-GB", { weekday: "long", timeZone: "UTC" });
  await figure("When it is full").getByText(`Fullest: `).waitFor();

  // The arrow keys tell each value: Monday's first hour, and the day of the first booking.
  await figure("When it is full").locator(".chart").focus();
  await it.keyboard.press("Home");
  await figure("When it is full").locator(".tip").getByText(/^Monday, 10:00/).waitFor();
  await it.keyboard.press("ArrowRight");
  await figure("When it is full").locator(".tip").getByText(/^Monday, 11:00/).waitFor();
  await it.keyboard.press("ArrowLeft");
  const down = (new Date(`${day(1)}T12:00:00Z`).getUTCDay() + 6) % 7;
  for (let n = 0; n < down; n += 1) await it.keyboard.press("ArrowDown");
  await figure("When it is full").locator(".tip").getByText(`${weekday}, 10:00: 50%`).waitFor();
  await figure("When it is full").locator(".cell").nth(2).hover();
  await figure("When it is full").locator(".tip").getByText(/^Monday, 12:00/).waitFor();
  await figure("When it is full").getByRole("button", { name: "Table" }).click();
  const row = figure("When it is full").locator("tr", { has: it.getByRole("rowheader", { name: weekday }) });
  assert.deepEqual((await row.locator("td").allInnerTexts()), ["50%", "50%", "0%", "0%"]);

  await figure("Which is used most").getByText("1 resource was never used.").waitFor();
  await figure("Which is used most").getByRole("button", { name: "Table" }).click();
  await figure("Which is used most").locator("tr", { hasText: idle.name }).getByText("0%").waitFor();
  await figure("How early people book").getByText(/Most are made/).waitFor();
  await figure("Who books most").getByText("1 person booked.").waitFor();
  const file = it.waitForEvent("download");
  await figure("Who books most").getByRole("link", { name: "CSV" }).click();
  assert.equal((await file).suggestedFilename(), "busiest.csv");

  // Another period is in the address, and so is what it shows.
  await it.getByLabel("Period").selectOption("Last 7 days");
  await it.getByText("Nothing was booked in that time.").waitFor();
  assert.match(it.url(), /period=week/);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("who manages nothing is told so", async () => {
  const { username } = await person("nobody");
  const { page: it, context, wrong } = await page();
  await signIn(it, username, "/reports");
  await it.getByText("You manage nothing").waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});
