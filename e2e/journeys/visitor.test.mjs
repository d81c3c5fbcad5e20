import assert from "node:assert/strict";
import { after, test } from "node:test";
import { PASSWORD, asAdmin, barriers, fresh, page, person, stop, thing, url } from "../world.mjs";

after(stop);

/** A day of next week: nothing of it has passed, and it is a page further on. */
const day = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10);
const at = (/** @type {string} */ time) => `${day}T${time}:00Z`;

test("whoever is not signed in sees what is public and when it is free, and comes back to it once signed in", async () => {
  const admin = await asAdmin();
  const slug = fresh("bistro");
  const site = await admin("POST", "/sites/", { name: `Bistro ${slug}`, slug, time_zone: "UTC" });
  const table = await thing("Window", { kind: "table", capacity: 4, site_id: site.id, time_zone: undefined, visibility: "public", description: "By the <b>window</b>." });
  await admin("PUT", `/resources/${table.id}/rules`, { hours: "Mo-Su 10:00-22:00" });
  await admin("POST", "/bookings/", { resource_id: table.id, starts_at: at("12:00"), ends_at: at("14:00"), title: "Not to be seen" });
  const { page: it, wrong } = await page();
  /** @type {string[]} */
  const asked = [];
  it.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await it.goto(`${url}/resource/${table.id}`);
  await it.getByRole("heading", { level: 1, name: table.name }).waitFor();
  await it.getByText("By the <b>window</b>.").waitFor();
  await it.getByText("Table · 4 seats").waitFor();
  // On to the next week, by keys alone.
  const next = it.getByRole("button", { name: "The week after" });
  await next.focus();
  await it.keyboard.press("Enter");
  await it.waitForURL((address) => address.searchParams.has("day"));
  await it.getByText(/10:00.{2,4}12:00, 14:00.{2,4}22:00/).waitFor();
  assert.ok(!(await it.locator("body").innerText()).includes("Not to be seen"));
  assert.deepEqual(await barriers(it), []);
  // It asks for what is everybody's, and nothing else.
  assert.deepEqual(asked.filter((path) => /^\/(resources|availability|bookings|users|sites|events)/.test(path)), []);
  // There is nowhere to book without an account, until the site opens its page.
  assert.equal(await it.getByRole("link", { name: "Book a table" }).count(), 0);
  await admin("PUT", `/sites/${site.id}/public-page`, { is_open: true, duration_minutes: 60 });
  await it.reload();
  await it.getByRole("link", { name: "Book a table" }).click();
  await it.waitForURL(`${url}/book/${slug}`);
  await it.getByRole("heading", { name: `Bistro ${slug}` }).waitFor();
  await it.goBack();

  const { username } = await person("visitor");
  await it.getByRole("link", { name: "Sign in to book" }).click();
  await it.getByLabel("User name").fill(username);
  await it.getByLabel("Password").fill(PASSWORD);
  await it.keyboard.press("Enter");
  await it.waitForURL((address) => address.pathname === `/resource/${table.id}` && address.searchParams.has("day"));
  await it.getByRole("heading", { name: "Free next" }).waitFor();
  assert.deepEqual(wrong, []);
});

test("what is not public asks for a sign-in first, also where there is no such thing", async () => {
  const { page: it, wrong } = await page();
  for (const visibility of ["internal", "hidden", ""]) {
    const id = visibility ? (await thing("Cellar", { visibility })).id : "01900000-0000-7000-8000-000000000000";
    await it.goto(`${url}/resource/${id}`);
    await it.getByLabel("User name").waitFor();
    assert.equal(new URL(it.url()).searchParams.get("next"), `/resource/${id}`);
  }
  assert.deepEqual(wrong, []);
});
