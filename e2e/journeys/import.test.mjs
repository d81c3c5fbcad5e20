import assert from "node:assert/strict";
import { after, test } from "node:test";
import { asAdmin, fresh, page, signInAsAdmin, stop, thing } from "../world.mjs";

after(stop);

test("a table is tried first, each bad row and column is named, and then the good rows come in", async () => {
  const admin = await asAdmin();
  const name = fresh("Pult");
  const { page: it, context, wrong } = await page();
  await signInAsAdmin(it, "/admin/import");
  await it.getByLabel("What").first().selectOption("Resources");
  const table = [`name,kind,capacity`, `${name} 1,desk,1`, `${name} 2,desk,many`, `"${name} 3, by the ""window""",desk,1`, `,desk,1`].join("\r\n");
  await it.getByLabel("Drop a file here").setInputFiles({ name: "desks.csv", mimeType: "text/csv", buffer: Buffer.from(table) });
  await it.getByText("2 rows would be taken, 2 would not").waitFor();
  assert.equal((await admin("GET", `/resources/?q=${name}`)).items.length, 0);
  const rows = it.locator(".rows-table tbody tr");
  assert.equal(await rows.count(), 2);
  const bad = rows.first();
  assert.equal(await bad.locator("td").first().innerText(), "2");
  assert.match(await bad.locator("td.bad").innerText(), /^many\s+has to be a whole number/);
  await it.getByLabel("Only what is wrong").uncheck();
  await rows.nth(3).waitFor();
  await it.getByText(`${name} 3, by the "window"`).waitFor();
  await it.getByRole("button", { name: "Import the 2 good rows" }).click();
  await it.getByText("2 rows are imported.").waitFor();
  const made = (await admin("GET", `/resources/?q=${name}`)).items;
  assert.deepEqual(made.map((/** @type {any} */ one) => one.name).sort(), [`${name} 1`, `${name} 3, by the "window"`]);

  // JSON, dropped onto the page.
  await it.getByLabel("What").first().selectOption("Blocked time");
  const room = await thing("Saal");
  const text = JSON.stringify({ items: [{ resource_id: room.id, starts_at: "2030-01-01T10:00:00Z", ends_at: "2030-01-01T12:00:00Z", reason: "Stocktaking" }] });
  const dropped = await it.evaluateHandle((source) => {
    const data = new DataTransfer();
    data.items.add(new File([source], "blocks.json", { type: "application/json" }));
    return data;
  }, text);
  await it.locator(".drop").dispatchEvent("drop", { dataTransfer: dropped });
  await it.getByText("1 row would be taken").waitFor();
  await it.getByRole("button", { name: "Import 1 row" }).click();
  await it.getByText("1 row is imported.").waitFor();
  assert.equal((await admin("GET", `/schedule/?resource_id=${room.id}`)).items[0].reason, "Stocktaking");

  // What is no table is said to be none.
  await it.getByLabel("Drop a file here").setInputFiles({ name: "x.json", mimeType: "application/json", buffer: Buffer.from("{}") });
  await it.getByText("That is no table in CSV or JSON.").waitFor();

  const file = it.waitForEvent("download");
  await it.getByLabel("What").last().selectOption("Resources");
  await it.getByRole("link", { name: "Download" }).click();
  assert.equal((await file).suggestedFilename(), "resources.csv");
  assert.deepEqual(wrong, []);
  await context.close();
});
