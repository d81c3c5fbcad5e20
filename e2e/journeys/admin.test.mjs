import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { PASSWORD, asAdmin, barriers, binary, client, folder, fresh, hour, page, person, serve, signIn, signInAsAdmin, stop, thing, until, url } from "../world.mjs";

after(stop);

/** Saves, and waits until that is done: then there is nothing left to discard. @param {import("playwright-core").Page} it */
async function save(it) {
  await it.getByRole("button", { name: "Save", exact: true }).click();
  await it.getByRole("button", { name: "Discard" }).waitFor({ state: "detached" });
}

/** A place of its own. @param {string} name @param {object} [rules] */
async function place(name, rules = undefined) {
  const admin = await asAdmin();
  const site = await admin("POST", "/sites/", { name, slug: name.toLowerCase(), time_zone: "UTC" });
  if (rules) await admin("PUT", `/sites/${site.id}/rules`, rules);
  return site;
}

test("an empty place is set up from a template and can be booked at once", async (t) => {
  const admin = await asAdmin();
  const before = (await admin("GET", "/resources/?limit=1")).items.length;
  if (before > 0 && !process.env["BRONYA_EMPTY"]) return t.skip("the server is not empty");
  assert.equal(before, 0, "the server is not empty");
  const { page: it, context, wrong } = await page();
  await signInAsAdmin(it, "/");
  await it.getByLabel("Restaurant").check();
  await it.getByLabel("What is the place called?").fill("Café Зоя");
  await it.getByLabel("Time zone").fill("Europe/Berlin");
  await it.getByRole("button", { name: "Monday" }).click();
  await it.getByLabel("Opens").selectOption("17:00");
  await it.getByLabel("Tables for 2", { exact: true }).fill("3");
  await it.getByRole("button", { name: "More: Tables for 8" }).click();
  await it.getByText("13 things to book").waitFor();
  await it.getByRole("button", { name: "Set it up" }).click();
  await it.getByRole("heading", { name: "Café Зоя is set up." }).waitFor();
  const made = (await admin("GET", "/resources/?limit=100")).items;
  assert.deepEqual([made.length, made.filter((/** @type {any} */ it) => it.capacity === 2).length, made[0].visibility], [13, 3, "public"]);
  const [site] = (await admin("GET", "/sites/")).items;
  assert.deepEqual([site.name, site.slug, site.time_zone], ["Café Зоя", "cafe-zoya", "Europe/Berlin"]);
  const rules = await admin("GET", `/sites/${site.id}/rules`);
  assert.deepEqual([rules.hours, rules.turn_times.length], ["Tu-Su 17:00-23:00", 3]);
  await it.getByRole("link", { name: "Book something" }).click();
  await it.locator(".option").first().waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});

test("a resource is added with all that can be said of it, duplicated, and deleted", async () => {
  const admin = await asAdmin();
  const [site, kind, name] = [await place(fresh("Haus")), fresh("studio"), fresh("Studio")];
  const area = await admin("POST", `/sites/${site.id}/areas`, { name: "Upstairs" });
  await admin("POST", "/kinds/", { name: kind, attributes: [{ key: "screen", label: "Screen", type: "flag" }, { key: "floor", label: "Floor", type: "number", min: 0, max: 9 }] });
  const { page: it, context, wrong } = await page();
  await signInAsAdmin(it, `/admin/resources/new?site=${site.id}`);
  await it.getByLabel("Name", { exact: true }).fill(name);
  await it.getByLabel("Kind").fill(kind);
  await it.getByLabel("Seats").fill("6");
  await it.getByLabel("Tags").fill("quiet, north");
  await it.getByLabel("Screen", { exact: true }).check();
  await it.getByLabel("Floor").fill("3");
  await it.getByLabel("Area").selectOption("Upstairs");
  await it.getByLabel("Bookings wait for approval").check();
  await it.getByLabel("It can't be used for a while").check();
  await it.getByLabel("Reason").fill("Painting");
  // What the server does not like stands at its field.
  await it.getByLabel("Time zone").fill("Mars/Base");
  await it.getByRole("button", { name: "Save" }).click();
  await it.locator("[aria-invalid]").waitFor();
  assert.equal(await it.getByLabel("Time zone").getAttribute("aria-invalid"), "true");
  await it.getByLabel("Time zone").fill("");
  await it.getByRole("button", { name: "Save" }).click();
  await it.getByRole("heading", { name, exact: true }).waitFor();
  const [made] = (await admin("GET", `/resources/?q=${name}`)).items;
  assert.deepEqual([made.capacity, made.tags, made.attributes, made.area_id, made.requires_approval, made.out_of_order.reason], [6, ["north", "quiet"], { screen: true, floor: 3 }, area.id, true, "Painting"]);

  // A picture with words for those who don't see it.
  const dot = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==", "base64");
  await it.getByLabel("Choose a picture").setInputFiles({ name: "dot.png", mimeType: "image/png", buffer: dot });
  await it.getByLabel("What is to be seen").fill("A dot");
  await it.getByRole("button", { name: "Upload" }).click();
  await it.getByRole("button", { name: "Remove the picture" }).waitFor();
  assert.equal((await admin("GET", `/resources/${made.id}`)).picture.alt, "A dot");

  await it.getByRole("link", { name: "Duplicate" }).click();
  await it.getByRole("heading", { name: "Add a resource" }).waitFor();
  const copy = await it.getByLabel("Name", { exact: true }).inputValue();
  await it.getByRole("button", { name: "Save" }).click();
  await it.getByRole("heading", { name: copy, exact: true }).waitFor();
  const other = (await admin("GET", `/resources/?q=${copy}`)).items.find((/** @type {any} */ it) => it.name === copy);
  assert.deepEqual([other.capacity, other.attributes, other.out_of_order], [6, { screen: true, floor: 3 }, null]);

  // What stands in the way is shown before it is cancelled.
  const from = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 11);
  await admin("POST", "/bookings/", { resource_id: other.id, starts_at: `${from}10:00:00Z`, ends_at: `${from}11:00:00Z`, title: "Standing" });
  await it.getByRole("button", { name: "Delete" }).click();
  const sure = it.getByRole("dialog");
  await sure.getByText("Standing").waitFor();
  await sure.getByRole("button", { name: "Delete" }).click();
  await sure.getByText("It has bookings to come.").waitFor();
  await sure.getByLabel("Cancel them").check();
  await sure.getByRole("button", { name: "Delete" }).click();
  await it.getByText(`Deleted: ${copy}.`).waitFor();
  await assert.rejects(admin("GET", `/resources/${other.id}`), /resource-not-found/);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("many are added at once, by number, and taken back", async () => {
  const admin = await asAdmin();
  const [site, name] = [await place(fresh("Saal")), fresh("Tisch")];
  const { page: it, context, wrong } = await page();
  await signInAsAdmin(it, `/admin/resources/many?site=${site.id}`);
  await it.getByLabel("Name", { exact: true }).fill(`${name} {n}`);
  await it.getByLabel("To number").fill("12");
  await it.getByText("12 will be added:").waitFor();
  await it.getByRole("button", { name: "Add 12" }).click();
  const done = it.getByText("12 resources are added.");
  await done.waitFor();
  const made = (await admin("GET", `/resources/?site_id=${site.id}`)).items;
  assert.deepEqual([made.length, made[11].name, made[11].capacity], [12, `${name} 12`, 4]);
  await it.getByText("12 resources", { exact: true }).waitFor();
  await it.getByRole("button", { name: "Undo" }).click();
  await it.getByText("Nothing matches.").waitFor();
  assert.equal((await admin("GET", `/resources/?site_id=${site.id}`)).items.length, 0);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("what is not saved is not lost in silence, and what somebody else saved is not overwritten in silence", async () => {
  const admin = await asAdmin();
  const room = await thing("Salon");
  const { page: it, context, wrong } = await page();
  await signInAsAdmin(it, "/admin/resources");
  await it.getByRole("searchbox").fill(room.name);
  await it.getByRole("link", { name: room.name, exact: true }).click();
  await it.getByLabel("Seats").fill("5");
  await it.getByRole("link", { name: "Groups" }).click();
  const asks = it.getByRole("dialog");
  await asks.getByRole("button", { name: "Stay here" }).click();
  assert.equal(await it.getByLabel("Seats").inputValue(), "5");
  await admin("PATCH", `/resources/${room.id}`, { capacity: 9, description: "Theirs" });
  await it.getByRole("button", { name: "Save" }).click();
  await it.getByText("Somebody else has saved this meanwhile.").waitFor();
  await it.getByRole("button", { name: "Save mine over it" }).click();
  await it.getByText("Saved.").waitFor();
  const now = await admin("GET", `/resources/${room.id}`);
  assert.deepEqual([now.capacity, now.description], [5, "Theirs"]);
  await it.getByLabel("Seats").fill("6");
  await it.evaluate(() => history.back());
  await asks.getByRole("button", { name: "Leave" }).click();
  await asks.waitFor({ state: "detached" });
  assert.ok(!it.url().endsWith(room.id), it.url());
  assert.equal((await admin("GET", `/resources/${room.id}`)).capacity, 5);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("whoever types on while it is saved loses nothing, in any form that stays", async () => {
  const admin = await asAdmin();
  const site = await place(fresh("Werft"));
  const [room, group, kind] = [await thing("Dock"), await admin("POST", "/groups/", { name: fresh("Crew") }), await admin("POST", "/kinds/", { name: fresh("berth"), labels: {}, attributes: [], booking_fields: [] })];
  const { page: it, context, wrong } = await page();
  await signInAsAdmin(it, "/admin");
  /** @param {string} address @param {string} path @param {[string, string]} fields what is changed before, and what while it is saved @param {[string, string]} texts @param {import("playwright-core").Locator} [within] */
  const typesOn = async (address, path, [first, then], [one, other], within = it.locator("main")) => {
    await it.goto(`${url}${address}`);
    const [field, next] = [first, then].map((label) => within.getByLabel(label, { exact: true }));
    await field.fill(one);
    let goOn = () => {};
    const typed = new Promise((done) => (goOn = () => done(null)));
    await it.route(`**${path}`, async (route) => {
      if (route.request().method() !== "GET") await typed;
      await route.continue();
    });
    const save = within.getByRole("button", { name: "Save", exact: true });
    await save.click();
    await next.fill(other);
    goOn();
    await it.getByText("Saved.").waitFor();
    assert.deepEqual([await field.inputValue(), await next.inputValue()], [one, other], address);
    await it.unroute(`**${path}`);
    // It is not saved yet, and can be.
    await save.click();
    await until(() => admin("GET", path), (now) => JSON.stringify(now).includes(other));
    assert.ok(JSON.stringify(await admin("GET", path)).includes(one), address);
    await it.waitForLoadState("networkidle");
  };
  await typesOn(`/admin/resources/${room.id}`, `/resources/${room.id}`, ["Name", "Description"], [fresh("Pier"), "By the water"]);
  await typesOn(`/admin/places/${site.id}`, `/sites/${site.id}`, ["Name", "Address"], [fresh("Hafen"), "Kai 3"]);
  await typesOn(`/admin/groups/${group.id}`, `/groups/${group.id}`, ["Name", "Description"], [fresh("Deck"), "Who sails"]);
  await typesOn(`/admin/kinds/${kind.name}`, `/kinds/${kind.name}`, ["Name for people, English", "Name for people, Русский"], ["Berth", "Причал"]);
  const card = it.locator("section.card", { has: it.getByRole("heading", { name: (await admin("GET", `/sites/${site.id}`)).name, exact: true }) });
  await typesOn("/admin/public", `/sites/${site.id}/public-page`, ["What guests are told", "Kinds"], ["Come in good time", "berth"], card);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("hours are set by the week with breaks and nights, copied, and what the editor does not know stays", async () => {
  const admin = await asAdmin();
  const site = await place(fresh("Halle"), { hours: "Mo-Fr 09:00-18:00; PH off; Dec 24 10:00-14:00" });
  const room = await thing("Stage", { site_id: site.id, time_zone: undefined });
  const { page: it, context, wrong } = await page();
  await signInAsAdmin(it, `/admin/hours?of=site:${site.id}`);
  await it.getByLabel("Monday: until").selectOption("720");
  await it.getByRole("button", { name: "Add a stretch: Monday" }).click();
  await it.getByLabel("Monday: until").nth(1).selectOption("1560");
  await it.getByRole("button", { name: "Copy to other days: Monday" }).click();
  const copies = it.getByRole("dialog");
  await copies.getByLabel("Saturday").check();
  await copies.getByRole("button", { name: "Copy", exact: true }).click();
  await it.getByLabel("Further rules, as text").waitFor();
  await save(it);
  assert.equal((await admin("GET", `/sites/${site.id}/rules`)).hours, "Mo 09:00-12:00,13:00-02:00; Tu-Fr 09:00-18:00; Sa 09:00-12:00,13:00-02:00; PH off; Dec 24 10:00-14:00");

  // A day that is different, holidays, and what comes of it.
  await it.getByRole("button", { name: "Day Add a day" }).click();
  const month = it.getByRole("dialog");
  await month.getByRole("button", { name: "Today" }).click();
  await it.locator(".preview li").first().getByText("Closed").waitFor();
  await it.getByLabel("Add dates").fill("2030-12-25, 2030-12-26");
  await it.getByRole("button", { name: "Add 2 days" }).click();
  await save(it);
  const rules = await admin("GET", `/sites/${site.id}/rules`);
  assert.deepEqual([rules.exceptions.map((/** @type {any} */ it) => it.hours), rules.holidays], [["closed"], ["2030-12-25", "2030-12-26"]]);

  // A resource has those of its place until it says otherwise.
  await it.getByLabel("For").selectOption(`resource:${room.id}`);
  await it.getByLabel(`As ${site.name}`).waitFor();
  await it.getByLabel("Own hours").check();
  await it.getByLabel("Sunday", { exact: true }).check();
  await save(it);
  assert.match((await admin("GET", `/resources/${room.id}/rules`)).hours, /Su 09:00-18:00; PH off; Dec 24/);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("rules say where they come from, are tried first, and hold", async () => {
  const admin = await asAdmin();
  const site = await place(fresh("Linde"), { party_max: 8, start_step_minutes: 15 });
  const [room, second] = [await thing("Table", { site_id: site.id, time_zone: undefined }), await thing("Table", { site_id: site.id, time_zone: undefined })];
  const day = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 11);
  for (const [n, one] of [room, second].entries()) await admin("POST", "/bookings/", { resource_id: one.id, starts_at: `${day}1${n}:00:00Z`, ends_at: `${day}1${n + 2}:00:00Z`, party_size: 4 });
  const { page: it, context, wrong } = await page();
  await signInAsAdmin(it, `/admin/rules?of=resource:${room.id}`);
  const rule = (/** @type {string} */ name) => it.locator(".rule", { has: it.getByRole("heading", { name, exact: true }) });
  await rule("Largest party").getByText(site.name).waitFor();
  assert.match(await rule("A request lapses after").innerText(), /3\sdays\s+Built in/);
  await rule("Largest party").getByRole("button", { name: "Set here" }).click();
  await it.getByLabel("Largest party").fill("3");
  await it.getByRole("button", { name: "Try it first" }).click();
  const trial = it.locator(".trial");
  await trial.getByText("They would have refused 1 of 1 bookings.").waitFor();
  await trial.getByText(room.name).waitFor();

  // A length with its unit, a service with its days, an approval in some cases.
  await rule("Longest booking").getByRole("button", { name: "Set here" }).click();
  await rule("Longest booking").getByRole("spinbutton").fill("2");
  await rule("Services").getByRole("button", { name: "Set here" }).click();
  await rule("Services").getByLabel("Name").fill("Dinner");
  await rule("Services").getByRole("button", { name: "Friday" }).click();
  await rule("Approval").getByRole("button", { name: "Set here" }).click();
  await it.getByRole("combobox", { name: "Approval" }).selectOption("In some cases");
  await it.getByLabel("It is outside the opening hours").check();
  await save(it);
  const said = await admin("GET", `/resources/${room.id}/rules`);
  assert.deepEqual([said.party_max, said.duration_minutes_max, said.services, said.approval], [
    3, 120, [{ name: "Dinner", days: ["fr"], starts: "18:00", last_seating: "21:00" }], { longer_than_minutes: 120, outside_hours: true, groups: [] },
  ]);
  // Taken back: the place decides again.
  await rule("Largest party").getByRole("button", { name: `As ${site.name}` }).click();
  await save(it);
  assert.equal((await admin("GET", `/resources/${room.id}/rules`)).party_max, null);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("time is blocked again and again, over what stands, and given back", async () => {
  const admin = await asAdmin();
  const room = await thing("Werkstatt");
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  await admin("POST", "/bookings/", { resource_id: room.id, starts_at: `${tomorrow}T09:00:00Z`, ends_at: `${tomorrow}T10:00:00Z` });
  const { page: it, context, wrong } = await page();
  await signInAsAdmin(it, `/admin/blocks?resource=${room.id}&new=${room.id}`);
  const dialog = it.getByRole("dialog");
  await dialog.getByRole("button", { name: /^Day/ }).click();
  await it.locator(".calendar [tabindex='0']").press("ArrowRight");
  await it.locator(".calendar [tabindex='0']").press("Enter");
  await dialog.getByLabel("Repeat").selectOption("Every week");
  await dialog.getByLabel("How often").selectOption("4 times");
  await dialog.getByLabel("Reason").fill("Cleaning");
  await dialog.getByRole("button", { name: "Block time" }).click();
  await dialog.getByText("Not every time can be had.").waitFor();
  await dialog.getByRole("button", { name: "Cancel them and block" }).click();
  await it.getByText(`${room.name} is blocked then.`).waitFor();
  const standing = it.locator(".item", { hasText: "Cleaning" });
  await standing.nth(3).waitFor();
  await standing.nth(2).getByRole("button", { name: "Give back" }).click();
  await dialog.getByRole("button", { name: "This and following" }).click();
  await standing.nth(2).waitFor({ state: "detached" });
  assert.equal((await admin("GET", `/schedule/?resource_id=${room.id}`)).items.length, 2);
  await standing.first().getByRole("button", { name: "Give back" }).click();
  await dialog.getByRole("button", { name: "Only this one" }).click();
  await standing.nth(1).waitFor({ state: "detached" });
  await it.getByRole("button", { name: "Undo" }).last().click();
  await standing.nth(1).waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});

test("areas stand in one another, in an order, and managers are found by name", async () => {
  const admin = await asAdmin();
  const site = await place(fresh("Ufer"));
  const rita = await person("rita");
  const { page: it, context, wrong } = await page();
  await signInAsAdmin(it, `/admin/places/${site.id}`);
  for (const name of ["Ground floor", "First floor"]) {
    await it.getByRole("button", { name: "Add an area", exact: true }).click();
    await it.getByRole("dialog").getByLabel("Name").fill(name);
    await it.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await it.getByRole("button", { name: `Edit: ${name}` }).waitFor();
  }
  await it.getByRole("button", { name: "Move up: First floor" }).click();
  await it.locator(".tree li").first().getByText("First floor").waitFor();
  await it.getByRole("button", { name: "Edit: Ground floor" }).click();
  await it.getByRole("dialog").getByLabel("Stands in").selectOption({ label: "First floor" });
  await it.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await it.getByRole("dialog").waitFor({ state: "detached" });
  await it.locator(".tree li[style*='24px']", { hasText: "Ground floor" }).waitFor();
  await it.getByLabel("Address", { exact: true }).fill("Am Ufer 1");
  await save(it);
  assert.equal((await admin("GET", `/sites/${site.id}`)).address, "Am Ufer 1");
  await it.getByRole("combobox", { name: "Add a manager" }).fill(rita.username);
  await it.getByRole("option", { name: rita.username }).waitFor();
  await it.keyboard.press("Enter");
  await it.locator(".plain", { hasText: rita.username }).waitFor();

  // Who manages it has the place, what stands in it, and nothing else.
  const her = await page();
  await signIn(her.page, rita.username, "/admin");
  await her.page.getByRole("link", { name: "Places" }).first().waitFor();
  assert.equal(await her.page.getByRole("link", { name: "Users" }).count(), 0);
  await her.page.goto(`${url}/admin/places`);
  await her.page.getByRole("link", { name: site.name }).waitFor();
  assert.equal(await her.page.locator(".sections li").count(), 1);
  assert.deepEqual([...wrong, ...her.wrong], []);
  await her.context.close();
  await context.close();
});

test("a kind is declared, a group has members", async () => {
  const admin = await asAdmin();
  const [kind, group, gert] = [fresh("pod"), fresh("Board"), await person("gert")];
  const { page: it, context, wrong } = await page();
  await signInAsAdmin(it, "/admin/kinds/new");
  await it.getByLabel("Word", { exact: true }).fill(kind);
  await it.getByLabel("Name for people, English").fill("Pod");
  await it.getByRole("button", { name: "Add a field" }).last().click();
  await it.getByLabel("Name for people", { exact: true }).fill("Cost centre");
  assert.equal(await it.getByLabel("Name in the API").inputValue(), "cost_centre");
  await it.getByLabel("What it has to be").selectOption("One of several");
  await it.getByLabel("To choose from").fill("A, B");
  await it.getByRole("button", { name: "Save" }).click();
  await it.getByRole("heading", { name: "Pod" }).waitFor();
  const made = await admin("GET", `/kinds/${kind}`);
  assert.deepEqual(made.booking_fields, [{ key: "cost_centre", label: "Cost centre", type: "choice", required: false, options: ["A", "B"] }]);

  await it.goto(`${url}/admin/groups/new`);
  await it.getByLabel("Name").fill(group);
  await it.getByRole("button", { name: "Save" }).click();
  await it.getByRole("combobox", { name: "Add somebody" }).fill(gert.username);
  await it.getByRole("option", { name: gert.username }).click();
  await it.locator(".plain", { hasText: gert.username }).getByRole("button", { name: "Take away" }).click();
  await it.getByText("Nobody is in it.").waitFor();
  await it.getByRole("button", { name: "Undo" }).click();
  await it.locator(".plain", { hasText: gert.username }).waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});

/**
 * A database as a server of an older program left it: by the rules that it knew, Dubai is an hour further to the east. Whatever were longer or shorter
 * than it was would be no database any more.
 * @param {string} data
 */
async function olderRules(data) {
  const name = join(data, "bronya.db");
  // And the lease of who looked last has run out: under another name it holds nobody back.
  const file = (await readFile(name)).toString("latin1").replaceAll(/20\d\d[a-z](?=TZif)/g, "2020a").replaceAll("zones", "zoned");
  // So many seconds, as bytes, and how that is called.
  const rules = (/** @type {string} */ seconds, /** @type {number} */ hours) => `\0\0${seconds}\0\x04LMT\0+0${hours}\0\n<+0${hours}>-${hours}\n`;
  await writeFile(name, Buffer.from(file.replaceAll(rules("8@", 4), rules("FP", 5)), "latin1"));
}

test("what new rules of a time zone would have moved is told, and moved where that is wanted", { skip: !binary && "BRONYA_BINARY names no server" }, async (t) => {
  const data = await folder(t);
  execFileSync(String(binary), ["user", "create", "zoya", "--admin", "--data-dir", data], { input: PASSWORD, env: { ...process.env, BRONYA_DATABASE: undefined } });
  const older = await serve(t, data);
  const before = await client("zoya", PASSWORD, older.home);
  const room = await before("POST", "/resources/", { name: "Loft", time_zone: "Asia/Dubai" });
  const july = (/** @type {number} */ hours) => `${new Date().getUTCFullYear() + 1}-07-01T${String(hours).padStart(2, "0")}:00:00Z`;
  const booked = await before("POST", "/bookings/", { resource_id: room.id, starts_at: july(8), ends_at: july(10), title: "Workshop" });
  await older.end();
  await olderRules(data);

  const { home } = await serve(t, data);
  const admin = await client("zoya", PASSWORD, home);
  await until(() => admin("GET", "/time-zone-shifts/"), (it) => it.items.length === 1);
  const { page: it, context, wrong } = await page({}, home);
  await signIn(it, "zoya", "/admin", PASSWORD, home);
  await it.getByRole("link", { name: /Time zones/ }).first().click();
  const line = it.locator(".shift", { hasText: room.name });
  await line.getByText(/rules 2020a → 20\d\d[a-z]/).waitFor();
  await line.getByText(/\b9:00\D+11:00 UTC/).waitFor();
  assert.deepEqual(await barriers(it), []);
  await line.getByRole("button", { name: "Move it there" }).click();
  await it.getByText("everything booked is at the time at which it was booked").waitFor();
  assert.equal((await admin("GET", `/bookings/${booked.id}`)).starts_at, july(9));
  await it.getByRole("button", { name: "Undo" }).click();
  await until(() => admin("GET", `/bookings/${booked.id}`), (it) => it.starts_at === july(8));
  await line.waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});

test("users are added, disabled, made administrators and erased, and the log tells of it", async () => {
  const admin = await asAdmin();
  const { username, api } = await person("rex");
  const name = fresh("nova");
  const { page: it, context, wrong } = await page();
  await signInAsAdmin(it, "/admin/users");
  await it.getByRole("searchbox").fill(username);
  const row = it.locator("tr", { hasText: username });
  await row.getByRole("button", { name: "Disable" }).click();
  await row.getByText("Disabled").waitFor();
  await assert.rejects(api("GET", "/users/me"), /unauthorized/);
  await it.getByRole("button", { name: "Undo" }).click();
  await row.getByRole("button", { name: "Disable" }).waitFor();
  await client(username, PASSWORD);

  await it.getByRole("button", { name: "Add a user" }).click();
  const dialog = it.getByRole("dialog");
  await dialog.getByLabel("User name").fill(username);
  await dialog.getByRole("button", { name: "Add a user" }).click();
  await dialog.getByText("That name is taken.").waitFor();
  await dialog.getByLabel("User name").fill(name);
  await dialog.getByRole("button", { name: "Add a user" }).click();
  await dialog.getByRole("button", { name: "Close" }).click();
  await it.getByRole("searchbox").fill(name);
  const added = it.locator("tr", { hasText: name });
  await added.getByRole("combobox").selectOption("Administrator");
  await it.getByText(`Changed: ${name}.`).waitFor();
  assert.equal((await admin("GET", `/users/?q=${name}`)).items[0].role, "admin");
  await added.getByRole("button", { name: `Erase: ${name}` }).click();
  await dialog.getByLabel(`Write ${name} to be sure`).fill(name);
  await dialog.getByRole("button", { name: "Erase" }).click();
  await it.getByText(`${name} is erased.`).waitFor();

  await it.getByRole("link", { name: "Audit log" }).click();
  await it.getByText("erased Erased.").first().waitFor();
  await it.getByLabel("What").selectOption("Users");
  await it.locator(".log").getByText("disabled rex").first().waitFor();
  await it.locator(".log").getByText("signed in").first().waitFor({ state: "detached" });
  await it.getByRole("combobox", { name: "Who" }).fill(username);
  await it.getByRole("option", { name: username }).click();
  await it.locator(".log").getByText("erased Erased.").first().waitFor({ state: "detached" });
  await it.locator(".log").getByText(`disabled ${username}`).waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});

test("the log is searched by each thing that it tells of, and a booking leads to its lines", async () => {
  const admin = await asAdmin();
  const room = await thing("Loft");
  const booking = await admin("POST", "/bookings/", { resource_id: room.id, starts_at: hour(30), ends_at: hour(31) });
  const name = fresh("Crew");
  await admin("POST", "/groups/", { name });
  const { page: it, context, wrong } = await page();
  await signInAsAdmin(it, `/my?booking=${booking.id}`);
  await it.getByRole("dialog").getByRole("button", { name: "History" }).click();
  await it.getByRole("link", { name: "All of it in the audit log" }).click();
  const lines = it.locator(".log li:not(.day)");
  await lines.filter({ hasText: "booking.created" }).filter({ hasText: room.name }).waitFor();
  assert.equal(await lines.count(), 1);
  await it.getByRole("button", { name: "One booking" }).click();
  await it.getByLabel("About").selectOption("group");
  await it.getByLabel("Group", { exact: true }).selectOption({ label: name });
  await lines.filter({ hasText: "group.created" }).filter({ hasText: name }).waitFor();
  await until(() => lines.count(), (found) => found === 1);
  assert.deepEqual(await barriers(it), []);
  assert.deepEqual(wrong, []);
  await context.close();
});
