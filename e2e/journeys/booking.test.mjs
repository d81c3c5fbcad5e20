import assert from "node:assert/strict";
import { after, test } from "node:test";
import { PASSWORD, asAdmin, barriers, fresh, hour, page, person, signIn, stop, thing, url } from "../world.mjs";

after(stop);

test("a new user makes an account and books with one click, then cancels and takes that back", async () => {
  const room = await thing("Room");
  const { page: it, wrong } = await page();
  await it.goto(url);
  await it.getByRole("link", { name: "Make an account" }).click();
  await it.getByLabel("User name").fill(fresh("zoë"));
  await it.getByLabel("Password").fill(PASSWORD);
  await it.getByRole("button", { name: "Make the account" }).click();
  await it.getByRole("radio").first().waitFor();

  // Whoever knows what they want chooses it; whoever doesn't is one click away already.
  let clicks = 0;
  const click = async (/** @type {import("playwright-core").Locator} */ what) => ((clicks += 1), what.click());
  await it.goto(`${url}/?resource=${room.id}`);
  await it.getByText(room.name).first().waitFor();
  await click(it.getByRole("button", { name: "Book", exact: true }));
  await it.getByText(`${room.name} is yours.`).waitFor();
  assert.ok(clicks <= 3, `${clicks} clicks`);

  await it.getByRole("link", { name: "My bookings" }).click();
  const booking = it.locator(".item", { hasText: room.name });
  await booking.getByText("Confirmed").waitFor();
  await booking.getByRole("button", { name: "Cancel booking" }).click();
  await it.getByText(`Cancelled: ${room.name}.`).waitFor();
  await booking.waitFor({ state: "detached" });
  await it.locator(".toast", { hasText: "Cancelled" }).getByRole("button", { name: "Undo" }).click();
  await booking.getByText("Confirmed").waitFor();
  assert.deepEqual(wrong, []);
});

test("who wants something of a kind is offered nothing else", async () => {
  const kind = fresh("kiln");
  const kiln = await thing("Kiln", { kind });
  const { username } = await person("potter");
  const { page: it, wrong } = await page();
  await signIn(it, username);
  await it.getByRole("button", { name: kind, exact: true }).click();
  await it.locator(".option", { hasText: kiln.name }).first().waitFor();
  await it.locator(".option").filter({ hasNotText: kiln.name }).first().waitFor({ state: "detached" });
  assert.deepEqual(wrong, []);
});

test("of two who want the same slot one gets it, and the other takes an alternative with one click", async () => {
  const room = await thing("Room", { capacity: 4 });
  const [anna, wei] = [await person("anna"), await person("wei")];
  const [first, second] = [await page(), await page()];
  const wanted = `/?resource=${room.id}&at=${encodeURIComponent(hour(30))}`;
  await Promise.all([signIn(first.page, anna.username, wanted), signIn(second.page, wei.username, wanted)]);
  for (const { page: it } of [first, second]) await it.locator(".option", { hasText: room.name }).first().waitFor();
  const book = (/** @type {import("playwright-core").Page} */ it) => it.getByRole("button", { name: "Book", exact: true }).click();
  await Promise.all([book(first.page), book(second.page)]);

  const ends = await Promise.all([first, second].map(async ({ page: it }) => {
    const [yours, taken] = [it.getByText(`${room.name} is yours.`), it.getByText("Somebody else has just taken that time.")];
    await yours.or(taken).first().waitFor();
    return (await yours.count()) > 0;
  }));
  assert.deepEqual([...ends].sort(), [false, true], "one has it, the other not");
  const loser = ends[0] ? second : first;
  await loser.page.locator(".alternatives button").first().click();
  await loser.page.getByText(/ is yours\./).waitFor();
  const all = await (await asAdmin())("GET", `/bookings/?resource_id=${room.id}`);
  assert.ok(all.items.filter((/** @type {any} */ it) => it.starts_at === hour(30)).length === 1, JSON.stringify(all.items));
  assert.deepEqual([...first.wrong, ...second.wrong], []);
});

test("a request is approved from the keyboard", async () => {
  const room = await thing("Boardroom", { requires_approval: true });
  const [mia, anna] = [await person("mia"), await person("anna")];
  const admin = await asAdmin();
  const me = await mia.api("GET", "/users/me");
  await admin("PUT", `/resources/${room.id}/managers/${me.id}`);
  const asked = await anna.api("POST", "/bookings/", { resource_id: room.id, starts_at: hour(5), ends_at: hour(6), title: fresh("Offsite") });
  assert.equal(asked.status, "pending");
  const { page: it, wrong } = await page();
  await signIn(it, mia.username, "/approvals");
  await it.getByText(asked.title).waitFor();
  await it.keyboard.press("a");
  await it.getByText("Nothing waits for you.").waitFor();
  assert.equal((await anna.api("GET", `/bookings/${asked.id}`)).status, "confirmed");
  assert.deepEqual(wrong, []);
});

test("a guest without an account looks after a booking with nothing but a link", async () => {
  const admin = await asAdmin();
  const site = await admin("POST", "/sites/", { name: "Neva", slug: fresh("neva"), address: "1 Embankment", time_zone: "Asia/Tokyo" });
  const table = await thing("Table", { site_id: site.id, time_zone: "Asia/Tokyo" });
  const times = { resource_id: table.id, starts_at: hour(60), ends_at: hour(61) };
  const booking = await admin("POST", "/bookings/", { ...times, party_size: 3, guest: { name: "<b>Jo</b> Brand" } });
  const link = await admin("POST", `/bookings/${booking.id}/guest-link`);
  const { page: it, wrong } = await page();
  await it.goto(`${url}/guest/${booking.id}#${link.token}`);
  for (const text of [table.name, "1 Embankment", "Asia/Tokyo", "<b>Jo</b> Brand · 3 people", "Confirmed"]) await it.getByText(text).first().waitFor();
  assert.deepEqual(await barriers(it), []);
  await it.getByRole("button", { name: "Cancel the booking" }).click();
  await it.getByRole("button", { name: "No" }).click();
  await it.getByRole("button", { name: "Cancel the booking" }).click();
  await it.getByRole("button", { name: "Yes" }).click();
  await it.getByText("Cancelled").waitFor();
  await it.getByRole("button", { name: "Forget me" }).click();
  await it.getByRole("button", { name: "Yes" }).click();
  await it.getByText("You are forgotten.").waitFor();
  await it.goto(`${url}/guest/${booking.id}#${link.token}x`);
  await it.reload();
  await it.getByRole("alert").getByText("This link is not good").waitFor();
  assert.deepEqual(wrong, []);
});
