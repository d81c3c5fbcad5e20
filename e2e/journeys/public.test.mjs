import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { asAdmin, barriers, browser, fresh, page, stop, url } from "../world.mjs";

after(stop);

/** A place with a page for the public, and its tables. @param {object} [more] @param {number[]} [sizes] @param {object} [rules] */
async function place(more = {}, sizes = [2, 4], rules = {}) {
  const admin = await asAdmin();
  const slug = fresh("bistro");
  const site = await admin("POST", "/sites/", { name: `Bistro ${slug}`, slug, address: "Am Ufer 1", time_zone: "UTC" });
  await admin("PUT", `/sites/${site.id}/rules`, { start_step_minutes: 60, ...rules });
  const tables = [];
  for (const [n, capacity] of sizes.entries()) tables.push(await admin("POST", "/resources/", { name: fresh(`Table ${n}`), kind: "table", capacity, time_zone: "UTC", site_id: site.id, visibility: "public" }));
  await admin("PUT", `/sites/${site.id}/public-page`, { is_open: true, duration_minutes: 60, policy_text: "We keep your table for a quarter of an hour.", ...more });
  return { admin, site, slug, tables };
}

/** The day after the next one: nothing of it passes while a test runs. */
const day = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10);
const at = (/** @type {string} */ time) => `${day}T${time}:00Z`;
/** That day in the month that the page shows. @param {import("playwright-core").Page | import("playwright-core").FrameLocator} it */
const dayButton = (it) => it.getByRole("button", { name: new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", weekday: "long", day: "numeric", month: "long" }).format(new Date(day)) });
/** @param {import("playwright-core").Page} it */
async function showMonth(it) {
  await it.getByRole("grid").waitFor();
  if ((await dayButton(it).count()) === 0) await it.getByRole("button", { name: "The month after" }).click();
}
/** What guests have booked on a table that day. @param {any} admin @param {string} table */
const booked = async (admin, table) => (await admin("GET", `/bookings/?resource_id=${table}&from=${at("00:00")}&to=${at("23:59")}`)).items.filter((/** @type {any} */ it) => it.guest && it.status === "confirmed");

test("a guest books in three clicks and the form, moves it and takes it back with the link", async () => {
  const { admin, slug, tables } = await place();
  const { page: it, wrong } = await page();
  await it.goto(`${url}/book/${slug}`);
  await showMonth(it);
  let clicks = 0;
  const click = async (/** @type {import("playwright-core").Locator} */ what) => ((clicks += 1), what.click());
  await click(dayButton(it));
  await click(it.getByRole("button", { name: "19:00", exact: true }));
  await it.getByRole("heading", { name: "19:00" }).waitFor();
  await it.getByRole("timer").waitFor();
  await it.getByText("We keep your table").waitFor();
  await it.getByLabel("Name").fill("Jo <b>Brand</b>");
  await it.getByLabel("E-mail").fill("jo@example.org");
  await click(it.getByRole("button", { name: "Reserve 19:00" }));
  await it.getByRole("heading", { name: "You are expected" }).waitFor();
  assert.equal(clicks, 3);
  assert.deepEqual(await barriers(it), []);
  const [made] = await booked(admin, tables[0].id);
  assert.deepEqual([made.status, made.starts_at, made.guest.name, made.party_size], ["confirmed", at("19:00"), "Jo <b>Brand</b>", 2]);

  // It goes into a calendar as a file.
  const [file] = await Promise.all([it.waitForEvent("download"), it.getByRole("button", { name: "Add to calendar" }).click()]);
  assert.equal(file.suggestedFilename(), "booking.ics");
  const link = await it.getByRole("link", { name: "Change or cancel" }).getAttribute("href");
  // Nothing of it is kept in the browser.
  assert.equal(await it.evaluate(() => localStorage.length + sessionStorage.length), 0);

  const { page: later, wrong: wrongLater } = await page();
  await later.goto(String(link));
  await later.getByText("Jo <b>Brand</b>").waitFor();
  await later.getByRole("button", { name: "Change", exact: true }).click();
  await later.getByRole("button", { name: "One more" }).click();
  await later.getByRole("button", { name: "One more" }).click();
  await later.getByText("4 people", { exact: true }).first().waitFor();
  await later.getByRole("button", { name: "20:00", exact: true }).click();
  await later.getByText("Changed. See you then.").waitFor();
  await later.getByText("20:00", { exact: false }).first().waitFor();
  const [moved] = await booked(admin, tables[1].id);
  assert.deepEqual([moved.id, moved.starts_at, moved.party_size], [made.id, at("20:00"), 4]);
  assert.deepEqual(await barriers(later), []);
  await later.getByRole("button", { name: "Cancel the booking" }).click();
  await later.getByRole("button", { name: "Yes" }).click();
  await later.getByText("Cancelled").waitFor();
  assert.deepEqual([wrong, wrongLater], [[], []]);
});

test("the month says which days are full and which are closed, to everybody", async () => {
  // Every other day is closed, and of one all is taken.
  const weekdays = ["Su", "Mo", "Tu", "We", "Th", "Fr", "Sa"];
  const open = new Date(day).getUTCDay();
  const { admin, slug, tables } = await place({}, [2], { hours: [0, 2, 4].map((by) => `${weekdays[(open + by) % 7]} 18:00-20:00`).join("; ") });
  for (const hour of [18, 19]) await admin("POST", "/bookings/", { resource_id: tables[0].id, starts_at: at(`${hour}:00`), ends_at: at(`${hour + 1}:00`), guest: { name: "Somebody" } });
  const { page: it, wrong } = await page();
  await it.goto(`${url}/book/${slug}`);
  await showMonth(it);
  const named = (/** @type {number} */ ahead) => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", weekday: "long", day: "numeric", month: "long" }).format(Date.parse(day) + ahead * 86_400_000);
  await it.getByRole("button", { name: `${named(0)}, full`, exact: true }).waitFor();
  assert.deepEqual(await barriers(it), []);
  // The day after is closed, unless it stands in the next month; by the keys one comes there too, and is told so.
  // What is chosen is where the keys begin.
  await dayButton(it).click();
  await it.keyboard.press("ArrowRight");
  await it.getByRole("button", { name: `${named(1)}, closed`, exact: true }).waitFor();
  assert.equal(await it.evaluate(() => document.activeElement?.getAttribute("aria-label")), `${named(1)}, closed`);
  await it.keyboard.press("ArrowRight");
  await it.getByRole("button", { name: named(2), exact: true }).waitFor();
  // What is full can be waited for, and is full no longer once somebody goes.
  await it.keyboard.press("ArrowLeft");
  await it.keyboard.press("ArrowLeft");
  await it.getByRole("button", { name: `${named(0)}, full`, exact: true }).click();
  await it.getByText("Everything is taken that day.").waitFor();

  // Whoever moves a booking sees the same, but for what is the guest's own.
  const later = (/** @type {number} */ hour) => new Date(Date.parse(at(`${hour}:00`)) + 2 * 86_400_000).toISOString();
  const [own] = await Promise.all([18, 19].map((hour) => admin("POST", "/bookings/", { resource_id: tables[0].id, starts_at: later(hour), ends_at: later(hour + 1), guest: { name: "Jo" } })));
  const { token } = await admin("POST", `/bookings/${own.id}/guest-link`);
  const { page: guest, wrong: wrongThere } = await page();
  await guest.goto(`${url}/guest/${own.id}#${token}`);
  await guest.getByRole("button", { name: "Change", exact: true }).click();
  const dayOf = (/** @type {string} */ name) => guest.getByRole("button", { name, exact: true });
  await dayOf(named(2)).and(guest.locator(".chosen")).waitFor();
  const before = guest.getByRole("button", { name: "The month before" });
  if (!(await guest.getByRole("button", { name: new RegExp(`^${named(0)}`) }).count())) await before.click();
  await dayOf(`${named(0)}, full`).waitFor();
  assert.deepEqual(await barriers(guest), []);
  await it.reload();
  await showMonth(it);
  if (!(await it.getByRole("button", { name: new RegExp(`^${named(2)}`) }).count())) await it.getByRole("button", { name: "The month after" }).click();
  await it.getByRole("button", { name: `${named(2)}, full`, exact: true }).waitFor();
  assert.deepEqual([wrong, wrongThere], [[], []]);
});

test("by keyboard alone", async () => {
  const { admin, slug, tables } = await place({}, [2]);
  const { page: it, wrong } = await page();
  await it.goto(`${url}/book/${slug}`);
  await it.getByRole("grid").locator("[tabindex='0']").focus();
  for (const key of ["ArrowRight", "ArrowRight"]) await it.keyboard.press(key);
  await it.locator(":focus", { hasText: String(Number(day.slice(8))) }).waitFor();
  await it.keyboard.press("Enter");
  await it.locator("#times", { hasText: new RegExp(`\\b${Number(day.slice(8))}\\b`) }).waitFor();
  await it.getByRole("button", { name: "18:00", exact: true }).focus();
  await it.keyboard.press("Enter");
  await it.locator("h2:focus", { hasText: "18:00" }).waitFor();
  // The form is next, and Enter sends it.
  await it.keyboard.press("Tab");
  await it.keyboard.press("Tab");
  await it.keyboard.type("Kim");
  await it.keyboard.press("Tab");
  await it.keyboard.type("kim@example.org");
  await it.keyboard.press("Enter");
  await it.locator("h2:focus", { hasText: "You are expected" }).waitFor();
  assert.equal((await booked(admin, tables[0].id))[0].guest.name, "Kim");
  assert.deepEqual(wrong, []);
});

test("who was too late is offered the next times, and waits for what is full", async () => {
  const { admin, slug, tables } = await place({}, [2]);
  const { page: it, wrong } = await page();
  await it.goto(`${url}/book/${slug}?date=${day}`);
  await it.getByRole("button", { name: "19:00", exact: true }).waitFor();
  const first = await admin("POST", "/bookings/", { resource_id: tables[0].id, starts_at: at("19:00"), ends_at: at("20:00") });
  await it.getByRole("button", { name: "19:00", exact: true }).click();
  await it.getByText("Somebody was faster.").waitFor();
  await it.locator(".notice").getByRole("button", { name: "20:00" }).click();
  await it.getByRole("heading", { name: "20:00" }).waitFor();
  await it.getByRole("button", { name: "Change" }).click();
  // What was held is free again.
  await it.getByRole("button", { name: "20:00", exact: true }).waitFor();
  await it.getByRole("button", { name: "19:00 full" }).click();
  await it.getByRole("button", { name: "Exactly then" }).click();
  await it.getByLabel("Name").fill("Jo");
  await it.getByLabel("E-mail").fill("jo@example.org");
  await it.getByRole("button", { name: "Join the waiting list" }).click();
  await it.getByRole("heading", { name: "You are on the waiting list" }).waitFor();
  assert.deepEqual(await barriers(it), []);
  const link = await it.getByRole("link", { name: "Change or cancel" }).getAttribute("href");
  await it.goto(String(link));
  await it.getByText("This page looks every few seconds").waitFor();
  await admin("DELETE", `/bookings/${first.id}`);
  await it.getByRole("heading", { name: "This is free for you" }).waitFor({ timeout: 30_000 });
  await it.getByRole("timer").waitFor();
  assert.deepEqual(await barriers(it), []);
  await it.getByRole("button", { name: "Take it" }).click();
  await it.getByText("Confirmed").waitFor();
  assert.equal((await booked(admin, tables[0].id))[0].guest.name, "Jo");
  assert.deepEqual(wrong, []);
});

test("on a phone it fits, in every language and theme; the colour of the place can be read", async () => {
  const { slug } = await place({ accent: "ffee00" });
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    const { page: it, context, wrong } = await page({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, colorScheme });
    for (const lang of ["en", "ru"]) {
      await it.goto(`${url}/book/${slug}?lang=${lang}&date=${day}`);
      const free = it.locator(".chip:not(.full)").first();
      await free.waitFor();
      const fits = async (/** @type {string} */ where) => {
        assert.deepEqual(await barriers(it), [], `${where} ${colorScheme} ${lang}`);
        const wide = await it.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${where} is ${wide} px too wide in ${lang}`);
        const small = await it.evaluate(() => [...document.querySelectorAll("button, input, .button")].filter((it) => it.checkVisibility()).map((it) => [it.textContent, Math.round(it.getBoundingClientRect().height)]).filter(([, height]) => Number(height) < 36));
        assert.deepEqual(small, [], `${where} ${lang}`);
      };
      await fits("times");
      await free.tap();
      await it.getByRole("timer").waitFor();
      await fits("form");
      await it.locator(".chosen-time button").tap();
      await free.waitFor();
    }
    assert.deepEqual(wrong, []);
    await context.close();
  }
});

test("what is held runs out honestly, and what was typed stays", async () => {
  const { slug } = await place({}, [2]);
  const { page: it, wrong } = await page();
  await it.clock.install();
  await it.goto(`${url}/book/${slug}?date=${day}`);
  await it.getByRole("button", { name: "19:00", exact: true }).click();
  await it.getByRole("timer").waitFor();
  await it.getByLabel("Name").fill("Slow Joe");
  await it.clock.fastForward("08:30");
  await it.getByRole("button", { name: "Hold it longer" }).click();
  await it.getByRole("button", { name: "Hold it longer" }).waitFor({ state: "detached" });
  await it.clock.fastForward("12:00");
  await it.getByText("The time is no longer held for you.").waitFor();
  assert.equal(await it.getByLabel("Name").inputValue(), "Slow Joe");
  assert.ok(await it.getByRole("button", { name: "Reserve 19:00" }).isDisabled());
  assert.deepEqual(wrong, []);
});

test("the page of somebody else has it in a frame where the site says so, and nowhere else", async (t) => {
  /** A page on another port, which is another origin. @param {(origin: string) => string} body */
  const foreign = async (body) => {
    const server = createServer((_, answer) => {
      const policy = `default-src 'none'; script-src ${url}; frame-src ${url}`;
      answer.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy });
      answer.end(body(origin));
    });
    await new Promise((listening) => server.listen(0, "127.0.0.1", () => listening(null)));
    const origin = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`;
    t.after(() => (server.closeAllConnections(), server.close()));
    return { origin };
  };
  const slug = { value: "" };
  const host = await foreign(() => `<!doctype html><html lang="en"><title>Bistro</title><h1>Bistro</h1>
    <script src="${url}/embed.js" data-site="${slug.value}" data-lang="en"></script>
    <script src="${url}/embed.js" data-site="${slug.value}" data-lang="en" data-mode="button" data-label="Reserve a table"></script></html>`);
  const stranger = await foreign(() => `<!doctype html><title>Thief</title><script src="${url}/embed.js" data-site="${slug.value}"></script>`);
  const { admin, tables, slug: made } = await place({ origins: [host.origin] }, [2]);
  slug.value = made;
  const context = await (await browser()).newContext({ viewport: { width: 1280, height: 900 }, locale: "en-GB", timezoneId: "UTC" });
  context.setDefaultTimeout(10_000);
  const it = await context.newPage();
  /** @type {string[]} */ const wrong = [];
  it.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  it.on("pageerror", (error) => wrong.push(String(error)));
  await it.goto(host.origin);
  const inline = it.frameLocator("iframe").first();
  await inline.getByRole("grid").waitFor();
  // The frame is as high as what is in it, on every day of the month.
  await it.waitForFunction(() => (document.querySelector("iframe")?.getBoundingClientRect().height ?? 0) > 450);
  await it.getByRole("button", { name: "Reserve a table" }).click();
  const popup = it.frameLocator("dialog iframe");
  await popup.getByRole("grid").waitFor();
  if ((await dayButton(popup).count()) === 0) await popup.getByRole("button", { name: "The month after" }).click();
  await dayButton(popup).click();
  await popup.getByRole("button", { name: "18:00", exact: true }).click();
  await popup.getByLabel("Name").fill("From outside");
  await popup.getByLabel("E-mail").fill("out@example.org");
  await popup.getByRole("button", { name: "Reserve 18:00" }).click();
  await popup.getByRole("heading", { name: "You are expected" }).waitFor();
  assert.equal((await booked(admin, tables[0].id))[0].guest.name, "From outside");
  assert.deepEqual(wrong, []);
  await it.goto(stranger.origin);
  await it.locator("iframe").waitFor();
  await assert.rejects(it.frameLocator("iframe").getByRole("grid").waitFor({ timeout: 3_000 }));
  assert.ok(wrong.some((text) => text.includes("frame-ancestors")), wrong.join("\n"));
  await context.close();
});

test("whoever runs the site opens the page and says what it asks", async () => {
  const { slug, site } = await place({ is_open: false });
  const { signInAsAdmin } = await import("../world.mjs");
  const { page: it, wrong } = await page();
  await signInAsAdmin(it, "/admin/public");
  const card = it.locator(".card", { hasText: site.name });
  await card.getByLabel("Anybody may book here without an account").check();
  await card.getByLabel("What guests are told").fill("Be on time.");
  await card.getByLabel("Pages that may show it in a frame").fill("https://*.example.org");
  await card.getByRole("button", { name: "Save" }).click();
  await card.getByText("must be origins such as").waitFor();
  await card.getByLabel("Pages that may show it in a frame").fill("https://www.example.org");
  await card.getByRole("button", { name: "Save" }).click();
  await it.getByText("Saved.").waitFor();
  await it.goto(`${url}/book/${slug}`);
  await it.getByText("Be on time.").waitFor();
  assert.deepEqual(wrong, []);
});
