import assert from "node:assert/strict";
import { after, test } from "node:test";
import { asAdmin, fresh, page, person, signInAsAdmin, stop, thing } from "../world.mjs";

after(stop);

test("an empty place is set up from a template and can be booked at once", async (t) => {
  const admin = await asAdmin();
  const before = (await admin("GET", "/resources/?limit=1")).items.length;
  if (before > 0 && !process.env["BRONYA_EMPTY"]) return t.skip("the server is not empty");
  assert.equal(before, 0, "the server is not empty");
  const { page: it, wrong } = await page();
  await signInAsAdmin(it, "/");
  await it.getByLabel("What is the place called?").fill("Café Зоя");
  await it.getByLabel("What is it?").selectOption("Restaurant");
  await it.getByRole("button", { name: "Set it up" }).click();
  await it.getByText("Café Зоя is set up.").waitFor();
  await it.getByRole("heading", { name: "Book", exact: true }).waitFor();
  const made = (await admin("GET", "/resources/?limit=100")).items;
  assert.equal(made.length, 12);
  const [site] = (await admin("GET", "/sites/")).items;
  assert.deepEqual([site.name, site.slug], ["Café Зоя", "cafe"]);
  assert.equal((await admin("GET", `/sites/${site.id}/rules`)).hours, "Mo-Su 12:00-23:00");
  await it.locator(".option").first().waitFor();
  assert.deepEqual(wrong, []);
});

test("a resource is added, changed, blocked and deleted", async () => {
  const admin = await asAdmin();
  const name = fresh("Studio");
  const { page: it, wrong } = await page();
  await signInAsAdmin(it, "/admin");
  await it.getByRole("button", { name: "Add a resource" }).click();
  await it.getByLabel("Name").fill(name);
  await it.getByLabel("Seats").fill("0");
  await it.getByRole("button", { name: "Save" }).click();
  await it.getByText("must be from 1").or(it.locator("input:invalid")).first().waitFor();
  await it.getByLabel("Seats").fill("6");
  await it.getByRole("button", { name: "Save" }).click();
  const row = it.locator(".item", { hasText: name });
  await row.getByText("6 seats").waitFor();

  await row.getByRole("button", { name: "Edit" }).click();
  await it.getByLabel("Seats").fill("8");
  await it.getByLabel("Bookings wait for approval").check();
  await it.getByRole("button", { name: "Save" }).click();
  await row.getByText("8 seats").waitFor();
  const [made] = (await admin("GET", `/resources/?q=${name}`)).items;
  assert.deepEqual([made.capacity, made.requires_approval], [8, true]);

  await row.getByRole("button", { name: "Block time" }).click();
  await it.getByLabel("Day").selectOption({ index: 1 });
  await it.getByLabel("Reason").fill("Painting");
  await it.getByRole("dialog").getByRole("button", { name: "Block time" }).click();
  await it.getByText(`${name} is blocked then.`).waitFor();
  const blocks = (await admin("GET", `/schedule/?resource_id=${made.id}`)).items;
  assert.deepEqual(blocks.map((/** @type {any} */ it) => it.reason), ["Painting"]);

  // Its own rules: the nearer level decides, and it is told which does.
  await row.getByRole("button", { name: "Rules" }).click();
  const rules = it.getByRole("dialog");
  await rules.getByLabel("Time is given out by").selectOption("Nights");
  await rules.getByLabel("Guests come from").selectOption("16:00");
  await rules.getByRole("group", { name: "How long parties stay" }).getByRole("button", { name: "Add" }).click();
  await rules.getByLabel("stay so many minutes").fill("0");
  await rules.getByRole("button", { name: "Save" }).click();
  await rules.getByLabel("stay so many minutes").and(it.locator(":invalid")).waitFor();
  await rules.getByRole("button", { name: "Take away" }).click();
  await rules.getByRole("button", { name: "Save" }).click();
  await it.getByText("Saved").last().waitFor();
  await it.keyboard.press("Escape");
  await row.getByRole("button", { name: "Rules" }).click();
  await rules.getByText("What is in force").click();
  await rules.locator("tr", { hasText: "Time is given out by" }).getByText("itself").waitFor();
  const said = await admin("GET", `/resources/${made.id}/rules`);
  assert.deepEqual([said.mode, said.turn_times], [{ by: "nights", check_in: "16:00", check_out: "11:00" }, null]);
  await rules.getByLabel("Time is given out by").selectOption("No rule");
  await rules.getByRole("button", { name: "Save" }).click();
  await it.keyboard.press("Escape");

  // Again and again, on the first day in the way of a booking; what stands is given back one by one or from one on.
  await row.getByRole("button", { name: "Block time" }).click();
  const dialog = it.getByRole("dialog");
  await dialog.locator(".item", { hasText: "Painting" }).getByRole("button", { name: "Give back" }).click();
  await it.getByText("That time can be booked again.").waitFor();
  await admin("POST", "/bookings/", { resource_id: made.id, starts_at: blocks[0].starts_at, ends_at: blocks[0].ends_at, override_reason: "A test" });
  await dialog.getByLabel("Day").selectOption({ index: 1 });
  await dialog.getByLabel("Repeat").selectOption("Every week");
  await dialog.getByLabel("How often").selectOption("4 times");
  await dialog.getByLabel("Reason").fill("Cleaning");
  await dialog.getByRole("button", { name: "Block time" }).click();
  await dialog.getByText("Not every time can be had.").waitFor();
  await dialog.getByRole("button", { name: "Cancel them and block" }).click();
  await it.getByText(`${name} is blocked then.`).last().waitFor();
  await row.getByRole("button", { name: "Block time" }).click();
  const standing = dialog.locator(".item", { hasText: "Cleaning" });
  await standing.nth(3).waitFor();
  await standing.nth(2).getByRole("button", { name: "Give back" }).click();
  await dialog.getByRole("button", { name: "This and following" }).click();
  await standing.nth(2).waitFor({ state: "detached" });
  assert.equal((await admin("GET", `/schedule/?resource_id=${made.id}`)).items.length, 2);
  await dialog.getByRole("button", { name: "Close" }).first().click();

  await row.getByRole("button", { name: "Edit" }).click();
  await it.getByRole("button", { name: "Delete" }).click();
  await it.getByRole("button", { name: "Really delete?" }).click();
  await row.waitFor({ state: "detached" });
  assert.deepEqual(wrong, []);
});

test("hours are set by the week, and what is closed can't be booked", async () => {
  const admin = await asAdmin();
  const name = fresh("Hall");
  const site = await admin("POST", "/sites/", { name, slug: name.toLowerCase(), time_zone: "UTC" });
  await thing("Stage", { site_id: site.id, time_zone: undefined });
  const { page: it, wrong } = await page();
  await signInAsAdmin(it, "/admin/sites");
  const card = it.locator(".card", { hasText: name });
  await card.getByRole("button", { name: "Set hours" }).click();
  await card.getByLabel("Saturday", { exact: true }).check();
  await card.getByLabel("Monday: from").selectOption("10:00");
  await card.getByLabel("Longest, minutes").fill("90");
  await card.getByRole("button", { name: "Save" }).click();
  await it.getByText("Saved.").waitFor();
  const rules = await admin("GET", `/sites/${site.id}/rules`);
  assert.deepEqual([rules.hours, rules.duration_minutes_max], ["Mo 10:00-18:00; Tu-Sa 09:00-18:00", 90]);
  assert.deepEqual(wrong, []);
});

test("an administrator disables somebody, who is out at once", async () => {
  const { username, api } = await person("rex");
  const { page: it, wrong } = await page();
  await signInAsAdmin(it, "/admin/users");
  await it.getByRole("searchbox").fill(username);
  const row = it.locator(".item", { hasText: username });
  await row.getByRole("button", { name: "Disable" }).click();
  await row.getByText("Disabled").waitFor();
  await assert.rejects(api("GET", "/users/me"), /unauthorized/);
  await it.getByRole("link", { name: "Audit log" }).click();
  await it.getByText("user.disabled").first().waitFor();
  assert.deepEqual(wrong, []);
});
