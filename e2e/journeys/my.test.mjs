import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { asAdmin, barriers, fresh, page, person, signIn, signInAsAdmin, stop, thing, url } from "../world.mjs";

after(stop);

/** A day some days ahead, so that nothing is in the past while the tests run. */
const day = (/** @type {number} */ ahead) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);
const at = (/** @type {number} */ ahead, /** @type {string} */ clock) => `${day(ahead)}T${clock}:00Z`;

test("a booking is changed, made longer, looked into, put into a calendar and found by its address", async () => {
  const room = await thing("Studio");
  const { username, api } = await person("anna");
  const made = await api("POST", "/bookings/", { resource_id: room.id, starts_at: at(2, "10:00"), ends_at: at(2, "11:00"), title: "Rehearsal, first", notes: "Bring the drums", party_size: 3 });
  const now = async () => {
    const it = await api("GET", `/bookings/${made.id}`);
    return [it.starts_at, it.ends_at, it.title, it.party_size];
  };
  const { page: it, wrong } = await page();
  await signIn(it, username, "/my");
  const item = it.locator(".item", { hasText: "Rehearsal" });
  await item.getByRole("button", { name: "Change" }).click();
  await item.getByLabel("Time").selectOption("780");
  await item.getByLabel("How long").selectOption("90");
  await item.getByLabel("Title").fill("Rehearsal, last");
  await item.getByRole("button", { name: "Save the change" }).click();
  await item.getByText(/^13:00\s–\W+14:30$/).waitFor();
  assert.deepEqual(await now(), [at(2, "13:00"), at(2, "14:30"), "Rehearsal, last", 3]);
  await it.locator(".toast", { hasText: "changed" }).getByRole("button", { name: "Undo" }).click();
  await item.getByText(/^10:00\s–\W+11:00$/).waitFor();
  assert.deepEqual(await now(), [at(2, "10:00"), at(2, "11:00"), "Rehearsal, first", 3]);

  await it.goto(`${url}/my?booking=${made.id}`);
  const dialog = it.getByRole("dialog", { name: "Rehearsal, first" });
  await dialog.getByText("Bring the drums").waitFor();
  assert.deepEqual(await barriers(it), []);
  const [download] = await Promise.all([it.waitForEvent("download"), dialog.getByRole("button", { name: "Add to calendar" }).click()]);
  const file = await readFile(String(await download.path()), "utf8");
  for (const line of [`UID:${made.id}`, "SUMMARY:Rehearsal\\, first", "DESCRIPTION:Bring the drums", "STATUS:CONFIRMED"]) assert.ok(file.includes(`${line}\r\n`), file);
  await dialog.getByRole("button", { name: "History" }).click();
  for (const what of ["Booked", "Moved"]) await dialog.locator(".history").getByText(what).first().waitFor();
  await dialog.getByRole("button", { name: "+30 minutes" }).click();
  await it.getByText("It goes on until 11:30.").waitFor();
  assert.equal((await now())[1], at(2, "11:30"));
  assert.deepEqual(wrong, []);
});

test("somebody else in the way is shown, and the alternative is one click away", async () => {
  const room = await thing("Studio");
  const [anna, wei] = [await person("anna"), await person("wei")];
  await wei.api("POST", "/bookings/", { resource_id: room.id, starts_at: at(2, "13:00"), ends_at: at(2, "14:00") });
  const made = await anna.api("POST", "/bookings/", { resource_id: room.id, starts_at: at(2, "10:00"), ends_at: at(2, "11:00"), title: "Mixing" });
  const { page: it, wrong } = await page();
  await signIn(it, anna.username, "/my");
  const item = it.locator(".item", { hasText: "Mixing" });
  await item.getByRole("button", { name: "Change" }).click();
  await item.getByLabel("Time").selectOption("795");
  await item.getByRole("button", { name: "Save the change" }).click();
  await item.locator(".conflicts", { hasText: /13:00\s–\W+14:00/ }).waitFor();
  await item.locator(".alternatives button").first().click();
  await it.getByText("The booking is changed.").waitFor();
  assert.notEqual((await anna.api("GET", `/bookings/${made.id}`)).starts_at, at(2, "10:00"));
  assert.deepEqual(wrong, []);
});

test("a series is tried out, booked around what is taken, changed from one on, and cancelled as a whole", async () => {
  const room = await thing("Class");
  const [anna, wei] = [await person("anna"), await person("wei")];
  await wei.api("POST", "/bookings/", { resource_id: room.id, starts_at: at(4, "10:00"), ends_at: at(4, "11:00") });
  const { page: it, wrong } = await page();
  await signIn(it, anna.username, `/?resource=${room.id}&at=${encodeURIComponent(at(2, "10:00"))}&title=Yoga`);
  await it.locator(".option", { hasText: room.name }).first().waitFor();
  await it.getByRole("button", { name: "More options" }).click();
  await it.getByLabel("How", { exact: true }).selectOption("day");
  await it.getByLabel("How many times").fill("5");
  await it.getByText("1 can't be had:").waitFor();
  await it.getByLabel("Where one can't be had").selectOption("skip");
  await it.getByText("4 bookings can be had.").waitFor();
  await it.getByRole("button", { name: "Book all" }).click();
  await it.getByText("4 bookings of the series are yours.").waitFor();
  const mine = async () => (await anna.api("GET", "/bookings/my?limit=50")).items.filter((/** @type {any} */ one) => one.status === "confirmed").map((/** @type {any} */ one) => one.starts_at.slice(8, 16));
  const date = (/** @type {number} */ ahead) => day(ahead).slice(8);
  assert.deepEqual(await mine(), [2, 3, 5, 6].map((n) => `${date(n)}T10:00`));

  await it.getByRole("link", { name: "My bookings" }).click();
  const third = it.locator(".item", { hasText: "Yoga" }).nth(2);
  await third.getByRole("button", { name: "Change" }).click();
  await third.getByLabel("This and following").check();
  await third.getByLabel("Day", { exact: true }).selectOption(day(6));
  await third.getByLabel("Time").selectOption("960");
  await third.getByRole("button", { name: "Save the change" }).click();
  await it.getByText("2 bookings of the series are changed.").waitFor();
  assert.deepEqual(await mine(), [`${date(2)}T10:00`, `${date(3)}T10:00`, `${date(6)}T16:00`, `${date(7)}T16:00`]);

  const last = it.locator(".item", { hasText: "Yoga" }).nth(3);
  await last.getByText("16:00").first().waitFor();
  await last.getByRole("button", { name: "Cancel booking" }).click();
  await last.getByRole("button", { name: "Only this one" }).click();
  await it.locator(".item", { hasText: "Yoga" }).nth(3).waitFor({ state: "detached" });
  const first = it.locator(".item", { hasText: "Yoga" }).first();
  await first.getByRole("button", { name: "Cancel booking" }).click();
  await first.getByRole("button", { name: "All to come" }).click();
  await it.getByText("You have nothing booked.").waitFor();
  assert.deepEqual(await mine(), []);
  // That can be taken back, as far as nobody has taken the time since; and which can't be had is said.
  await wei.api("POST", "/bookings/", { resource_id: room.id, starts_at: at(3, "10:00"), ends_at: at(3, "11:00") });
  await it.locator(".toast", { hasText: "3 bookings of the series are cancelled." }).getByRole("button", { name: "Undo" }).click();
  await it.locator(".toast", { hasText: "2 bookings of the series stand again." }).getByText(`Not to be had any more: ${new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", weekday: "short", day: "numeric", month: "short" }).format(new Date(at(3, "10:00")))}`).waitFor();
  await it.locator(".item", { hasText: "Yoga" }).nth(1).waitFor();
  assert.deepEqual(await mine(), [`${date(2)}T10:00`, `${date(6)}T16:00`]);
  assert.deepEqual(wrong, []);
});

test("who finds a day full waits for it, is offered what becomes free, and takes it", async () => {
  const room = await thing("Sauna", { kind: fresh("sauna") });
  const [anna, wei] = [await person("anna"), await person("wei")];
  // Everything that could be offered within a week of the day.
  const taken = await wei.api("POST", "/bookings/", { resource_id: room.id, starts_at: at(20, "00:00"), ends_at: at(21, "00:00") });
  await (await asAdmin())("PUT", `/resources/${room.id}/rules`, { hours: `${new Date(`${day(20)}T00:00:00Z`).toLocaleString("en", { year: "numeric", timeZone: "UTC" })} ${new Date(`${day(20)}T00:00:00Z`).toLocaleString("en", { month: "short", timeZone: "UTC" })} ${day(20).slice(8)} 00:00-24:00` });
  const { page: it, wrong } = await page({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await signIn(it, anna.username, `/?resource=${room.id}&at=${encodeURIComponent(at(20, "10:00"))}`);
  await it.getByText("Nothing is free then.").waitFor();
  await it.getByRole("button", { name: "Put me on the waiting list" }).tap();
  await it.getByText("You are on the waiting list.").waitFor();
  await it.getByRole("link", { name: "My bookings" }).tap();
  await it.getByRole("button", { name: "Waiting list" }).tap();
  await it.getByText("Waiting", { exact: true }).waitFor();
  await wei.api("DELETE", `/bookings/${taken.id}`);
  await it.getByText("Offered to you").waitFor({ timeout: 20_000 });
  assert.match(await it.getByRole("timer").innerText(), /\d+:\d\d left to take it/);
  await it.getByRole("button", { name: "Take it" }).tap();
  await it.getByText("Booked", { exact: true }).waitFor();
  const mine = (await anna.api("GET", "/bookings/my")).items;
  assert.deepEqual(mine.map((/** @type {any} */ one) => [one.resource_id, one.status]), [[room.id, "confirmed"]]);
  assert.deepEqual(wrong, []);
});

test("who comes checks in, and who leaves early gives the rest of the time back", async () => {
  const room = await thing("Box");
  const { username, api } = await person("early");
  // It begins in this minute: only what has begun can be ended.
  const [from, to] = [0, 60].map((minutes) => new Date(Math.floor(Date.now() / 60_000) * 60_000 + minutes * 60_000).toISOString());
  const made = await api("POST", "/bookings/", { resource_id: room.id, starts_at: from, ends_at: to, title: "Call" });
  const { page: it, wrong } = await page();
  await signIn(it, username, "/my");
  await it.locator(".item", { hasText: "Call" }).getByRole("button", { name: "Check in" }).click();
  await it.getByText("You are checked in.").waitFor();
  assert.equal((await api("GET", `/bookings/${made.id}`)).status, "checked_in");
  await it.locator(".item", { hasText: "Call" }).getByRole("button", { name: "End now" }).click();
  await it.getByText("Ended. The rest of the time is free again.").waitFor();
  const left = await api("GET", `/bookings/${made.id}`);
  assert.equal(left.status, "completed");
  assert.ok(Date.parse(left.ends_at) < Date.parse(String(to)), left.ends_at);
  assert.deepEqual(wrong, []);
});

test("the page of a resource tells its rules in words, and its week leads to what is free", async () => {
  const room = await thing("Attic", { description: "Under the roof", tags: ["quiet"] });
  const admin = await asAdmin();
  await admin("PUT", `/resources/${room.id}/rules`, { hours: "Mo-Fr 08:00-20:00; Sa-Su 10:00-16:00", duration_minutes_min: 30, duration_minutes_max: 240, book_ahead_minutes_max: 60 * 1_440, approval: "always" });
  const { username, api } = await person("reader");
  await api("POST", "/bookings/", { resource_id: room.id, starts_at: at(1, "12:00"), ends_at: at(1, "13:00"), title: "Reading" });
  const { page: it, wrong } = await page();
  await signIn(it, username, `/resource/${room.id}?day=${day(1)}`);
  for (const text of ["30 minutes to 4 hours", "Book up to 60 days ahead", "Needs approval", "Under the roof", "quiet"]) await it.getByText(text, { exact: true }).first().waitFor();
  await it.getByText(/0?8:00\s–\W+20:00/).first().waitFor();
  assert.equal(await it.getByRole("button", { name: "Report out of order" }).count(), 0);
  await it.locator(".week-column .bar.pending", { hasText: "Reading" }).click();
  await it.getByRole("dialog", { name: "Reading" }).waitFor();
  await it.keyboard.press("Escape");
  await it.locator(".week-column .free").first().press("Enter");
  await it.waitForURL((address) => address.searchParams.get("resource") === room.id);
  await it.locator(".option", { hasText: room.name }).first().waitFor();
  assert.deepEqual(wrong, []);
});

test("what a place gives out in pieces is offered in pieces", async () => {
  const room = await thing("Cabin");
  await (await asAdmin())("PUT", `/resources/${room.id}/rules`, { mode: { by: "nights", check_in: "15:00", check_out: "11:00" } });
  const { username, api } = await person("guest");
  const { page: it, wrong } = await page();
  await signIn(it, username, `/?resource=${room.id}&at=${encodeURIComponent(at(3, "10:00"))}`);
  await it.getByLabel("Nights").waitFor();
  await it.getByRole("button", { name: "+" }).first().click();
  await it.locator(".option", { hasText: /15:00\s–\W+11:00/ }).first().waitFor();
  await it.getByRole("button", { name: "Book", exact: true }).click();
  await it.getByText(`${room.name} is yours.`).waitFor();
  const [made] = (await api("GET", "/bookings/my")).items;
  assert.deepEqual([made.starts_at, made.ends_at], [at(3, "15:00"), at(5, "11:00")]);
  assert.deepEqual(wrong, []);
});

test("staff books for a guest, with what the kind asks for, people and things along, and against a rule with a reason", async () => {
  const admin = await asAdmin();
  const kind = fresh("suite");
  await admin("POST", "/kinds/", { name: kind, booking_fields: [{ key: "menu", label: "Menu", type: "choice", options: ["fish", "meat"], required: true }, { key: "chairs", label: "High chairs", type: "number", min: 0, max: 4, unit: "pieces" }] });
  const [suite, piano] = [await thing("Suite", { kind }), await thing("Piano", { kind: fresh("piano") })];
  await admin("PUT", `/resources/${suite.id}/rules`, { duration_minutes_max: 120 });
  const { page: it, wrong } = await page();
  await signInAsAdmin(it, `/?resource=${suite.id}&at=${encodeURIComponent(at(3, "18:00"))}&title=Birthday`);
  await it.locator(".option", { hasText: suite.name }).first().waitFor();
  await it.getByRole("button", { name: "Book", exact: true }).click();
  // What is missing is asked for, and where it stands is opened.
  await it.getByLabel("Menu *").selectOption("fish");
  await it.getByLabel("High chairs, pieces").fill("2");
  await it.getByLabel("Notes").fill("Candles");
  await it.getByLabel("Who takes part").fill("Jo Brand");
  await it.getByLabel("Who takes part").press("Enter");
  await it.getByLabel("Book along").selectOption({ label: piano.name });
  await it.getByLabel("Whose it is").selectOption("guest");
  await it.getByLabel("Name of the guest").fill("Ada Lovelace");
  await it.getByLabel("Mail address").fill("ada@example.org");
  // The rules have become others meanwhile: whoever manages all of it may set them aside, and says why.
  await admin("PUT", `/resources/${suite.id}/rules`, { duration_minutes_max: 30 });
  await it.getByRole("button", { name: "Book", exact: true }).click();
  await it.getByLabel("Why the rules are set aside").fill("She owns the place");
  await it.getByRole("button", { name: "Book anyway" }).click();
  await it.getByText(`${suite.name} is yours.`).waitFor();
  const [made] = (await admin("GET", `/bookings/?resource_id=${suite.id}`)).items;
  assert.deepEqual([made.fields, made.notes, made.participants[0].name, made.along[0].resource_id, made.guest.name, made.guest.email, made.title, made.override_reason], [{ menu: "fish", chairs: 2 }, "Candles", "Jo Brand", piano.id, "Ada Lovelace", "ada@example.org", "Birthday", "She owns the place"]);
  assert.deepEqual(wrong, []);
});

test("times stand beside each other where the viewer lives by another clock", async () => {
  const room = await thing("Clock");
  const { username } = await person("jet");
  const { page: it, wrong } = await page();
  await signIn(it, username, "/profile");
  await it.getByLabel("Your time zone").selectOption("Asia/Tokyo");
  await it.goto(`${url}/?resource=${room.id}&at=${encodeURIComponent(at(3, "10:00"))}`);
  await it.getByText("You are in Asia/Tokyo.").waitFor();
  await it.locator(".option", { hasText: /10:00\s–\W+11:00 \(19:00\s–\W+20:00 your time\)/ }).waitFor();
  assert.deepEqual(wrong, []);
});

test("who loses the server is told, and sees when it is there again", async () => {
  const { username } = await person("tunnel");
  const { page: it, context } = await page();
  const told = it.waitForResponse(/\/events\/stream/);
  await signIn(it, username, "/my");
  await it.getByText("You have nothing booked.").waitFor();
  await told;
  // Where the browser knows of nothing, and nothing is asked for any more.
  const asking = /\/(bookings|healthz)/;
  await context.route(asking, (route) => route.abort());
  await it.getByRole("button", { name: "Past" }).click();
  await it.locator(".banner").getByText("The server can't be reached.").waitFor();
  await context.unroute(asking);
  await it.locator(".banner").waitFor({ state: "detached" });
  await it.getByRole("button", { name: "To come" }).click();
  await it.getByText("You have nothing booked.").waitFor();
  await context.setOffline(true);
  await it.getByText("The server can't be reached.").waitFor();
  await context.setOffline(false);
  await it.getByText("The server can't be reached.").waitFor({ state: "detached" });
});

test("an answer that comes late shows nowhere but where it was asked for", async () => {
  const anna = await person("anna");
  const room = await thing("Salon");
  const title = fresh("Soon");
  await anna.api("POST", "/bookings/", { resource_id: room.id, starts_at: at(2, "10:00"), ends_at: at(2, "11:00"), title });
  const { page: it, context, wrong } = await page();
  await signIn(it, anna.username, "/my");
  await it.getByText(title).waitFor();
  const past = /\/bookings\/my\?.*&to=/;
  let release = () => {};
  const late = new Promise((done) => (release = () => done(undefined)));
  await it.route(past, async (route) => {
    await late;
    await route.continue();
  });
  const asked = it.waitForRequest(past);
  await it.getByRole("button", { name: "Past" }).click();
  await asked;
  await it.getByRole("button", { name: "To come" }).click();
  await it.getByText(title).waitFor();
  const answered = it.waitForResponse(past);
  release();
  await (await answered).finished();
  await it.evaluate(() => new Promise((done) => setTimeout(() => requestAnimationFrame(done), 0)));
  assert.equal(await it.getByText(title).count(), 1);
  assert.deepEqual(wrong, []);
  await context.close();
});
