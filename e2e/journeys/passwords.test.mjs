import assert from "node:assert/strict";
import { after, test } from "node:test";
import { asAdmin, client, fresh, page, person, signIn, signInAsAdmin, stop, url } from "../world.mjs";

after(stop);

const NEW = "eleven loud badgers";

/** A link for somebody. @param {{api: any}} somebody */
async function linkFor({ api }) {
  const { id } = await api("GET", "/users/me");
  const { token } = await (await asAdmin())("POST", `/users/${id}/password-link`);
  return `${url}/new-password#${token}`;
}

test("whoever is added gets a link instead of a password, chooses one, and is signed in", async () => {
  const name = fresh("neu");
  const { page: it, context, wrong } = await page({ permissions: ["clipboard-read", "clipboard-write"] });
  await signInAsAdmin(it, "/admin/users");
  await it.getByRole("button", { name: "Add a user" }).click();
  await it.getByRole("dialog").getByLabel("User name").fill(name);
  await it.getByRole("dialog").getByRole("button", { name: "Add a user" }).click();
  await it.getByRole("button", { name: "Make a link" }).click();
  const dialog = it.getByRole("dialog", { name: `Password link for ${name}` });
  await dialog.getByRole("button", { name: "Copy" }).click();
  await dialog.getByRole("button", { name: "Copied" }).waitFor();
  await dialog.getByRole("img", { name: "Scan it with their phone" }).waitFor();
  const link = await it.evaluate(() => navigator.clipboard.readText());
  assert.equal(link, await dialog.getByLabel("Link", { exact: true }).inputValue());
  assert.match(link, /\/new-password#bpl_[\w-]{43}$/);
  await dialog.getByRole("button", { name: "Close" }).click();

  const own = await page();
  const seen = /** @type {string[]} */ ([]);
  own.page.on("request", (asked) => seen.push(asked.url()));
  await own.page.goto(link);
  await own.page.getByLabel("New password").fill("password1");
  await own.page.getByRole("button", { name: "Set the password" }).click();
  await own.page.locator(".field .wrong").waitFor();
  await own.page.getByLabel("New password").fill(NEW);
  await own.page.getByRole("button", { name: "Set the password" }).click();
  await own.page.getByText("Your new password is set.").waitFor();
  assert.equal(new URL(own.page.url()).pathname + new URL(own.page.url()).hash, "/");
  assert.deepEqual(seen.filter((it) => it.includes("bpl_")), [], "the secret is in no address that is asked for");
  await own.page.goto(link);
  await own.page.getByLabel("New password").fill("twelve loud badgers");
  await own.page.getByRole("button", { name: "Set the password" }).click();
  await own.page.getByRole("heading", { name: "The link is not good any more" }).waitFor();
  await client(name, NEW);
  assert.deepEqual([...wrong, ...own.wrong], []);
  await Promise.all([context.close(), own.context.close()]);
});

test("who has forgotten the password comes by a new one, with the keys alone", async () => {
  const somebody = await person("vera");
  const { page: it, context, wrong } = await page();
  await it.goto(`${url}/sign-in`);
  const forgotten = it.getByRole("link", { name: "Forgotten your password?" });
  await forgotten.waitFor();
  while (!(await forgotten.evaluate((it) => it === document.activeElement))) await it.keyboard.press("Tab");
  await it.keyboard.press("Enter");
  await it.getByRole("heading", { name: "Forgotten your password?" }).waitFor();
  await it.getByText("Ask an administrator").waitFor();

  const run = await page();
  await signInAsAdmin(run.page, "/admin/users");
  await run.page.getByRole("searchbox").fill(somebody.username);
  const open = run.page.locator("tr", { hasText: somebody.username }).getByRole("button", { name: "Password link" });
  await open.focus();
  await run.page.keyboard.press("Enter");
  const link = run.page.getByLabel("Link", { exact: true });
  await link.waitFor();
  const address = await link.inputValue();
  await run.page.keyboard.press("Escape");
  await link.waitFor({ state: "detached" });

  // Whoever mends the address is on the same page.
  await it.goto(`${url}/new-password`);
  await it.getByRole("heading", { name: "The link is cut off" }).waitFor();
  await it.evaluate((hash) => (location.hash = hash), new URL(address).hash);
  await it.getByLabel("New password").waitFor();
  await it.getByLabel("New password").focus();
  await it.keyboard.type(NEW);
  await it.keyboard.press("Enter");
  await it.getByText("Your new password is set.").waitFor();
  await assert.rejects(somebody.api("GET", "/users/me"), /unauthorized/);
  assert.deepEqual([...wrong, ...run.wrong], []);
  await Promise.all([context.close(), run.context.close()]);
});

test("on a phone a new link takes the place of the old one", async () => {
  const somebody = await person("paul");
  const [old, link] = [await linkFor(somebody), await linkFor(somebody)];
  const { page: it, context, wrong } = await page({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await it.goto(old);
  await it.getByLabel("New password").fill(NEW);
  await it.getByRole("button", { name: "Set the password" }).tap();
  await it.getByRole("link", { name: "How to get another link" }).tap();
  await it.getByRole("heading", { name: "Forgotten your password?" }).waitFor();
  assert.equal(await it.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
  await it.goto(link);
  await it.getByLabel("Show the password").tap();
  await it.getByLabel("New password").fill(NEW);
  assert.equal(await it.getByLabel("New password").getAttribute("type"), "text");
  await it.getByRole("button", { name: "Set the password" }).tap();
  await it.getByText("Your new password is set.").waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
  await signInAgain(somebody.username);
});

/** @param {string} username */
async function signInAgain(username) {
  const { page: it, context } = await page();
  await signIn(it, username, "/", NEW);
  await context.close();
}
