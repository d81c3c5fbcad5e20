import assert from "node:assert/strict";
import { after, test } from "node:test";
import { PASSWORD, barriers, binary, client, folder, page, serve, stop } from "../world.mjs";

after(stop);

/** A server that nobody has set up, since one that has an administrator shows no set-up; its address, and the link that it has printed. @param {import("node:test").TestContext} t */
async function unset(t) {
  const { home, told } = await serve(t, await folder(t), /\/setup#\S+/);
  return { home, link: home + /\/setup#\S+/.exec(told)?.[0] };
}

test("whoever has the one-time link makes the administrator and sets the place up, and the link is good once", { skip: !binary && "BRONYA_BINARY names no server" }, async (t) => {
  const { home, link } = await unset(t);
  const { page: it, context, wrong } = await page({}, home);
  await it.goto(link);
  assert.deepEqual(await barriers(it), []);
  const make = it.getByRole("button", { name: "Make the account" });
  await it.getByLabel("User name").fill("zoya");
  await it.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await it.getByLabel("The password again").fill(`${PASSWORD}!`);
  await make.click();
  await it.getByText("The two passwords are not the same.").waitFor();
  await it.getByLabel("The password again").fill(PASSWORD);
  await make.click();

  // Signed in already: the place comes next, and is there to be booked at once.
  await it.getByText("Office", { exact: true }).click();
  await it.getByLabel("What is the place called?").fill("Büro Zoë");
  assert.deepEqual(await barriers(it), []);
  await it.getByRole("button", { name: "Set it up" }).click();
  await it.getByRole("heading", { name: "Büro Zoë is set up." }).waitFor();
  await it.getByRole("link", { name: "Book something" }).click();
  await it.locator(".option").first().waitFor();
  const admin = await client("zoya", PASSWORD, home);
  assert.equal((await admin("GET", "/users/me")).role, "admin");
  assert.ok((await admin("GET", "/resources/?limit=100")).items.length > 3);

  // Whoever finds the link later is told no more than that there is nothing.
  assert.equal((await fetch(`${home}/setup`)).status, 404);
  assert.deepEqual(wrong, []);
  await context.close();
});

test("the keyboard alone sets a place up, in Russian", { skip: !binary && "BRONYA_BINARY names no server" }, async (t) => {
  const { home, link } = await unset(t);
  const { page: it, context, wrong } = await page({ locale: "ru-RU" }, home);
  await it.goto(link);
  await it.getByRole("heading", { name: "Добро пожаловать в Bronya" }).waitFor();
  const focused = () => it.evaluate(() => document.activeElement?.id || document.activeElement?.textContent);
  await it.waitForFunction(() => document.activeElement?.id === "username");
  await it.keyboard.type("зоя");
  await it.keyboard.press("Tab");
  await it.keyboard.type("Зоя");
  await it.keyboard.press("Tab");
  await it.keyboard.type(PASSWORD);
  await it.keyboard.press("Tab");
  await it.keyboard.type("something else");
  await it.keyboard.press("Enter");
  await it.getByText("Пароли не совпадают.").waitFor();
  // The field that is wrong has the focus.
  assert.equal(await focused(), "again");
  await it.keyboard.press("Control+a");
  await it.keyboard.type(PASSWORD);
  await it.keyboard.press("Enter");

  await it.waitForFunction(() => document.querySelector(".start input[required]") === document.activeElement);
  await it.keyboard.type("Кафе");
  // Back to what it is: the second template of four.
  await it.keyboard.press("Shift+Tab");
  await it.keyboard.press("ArrowDown");
  const chosen = () => it.evaluate(() => [...document.querySelectorAll("[name=template]")].findIndex((one) => /** @type {HTMLInputElement} */ (one).checked));
  assert.equal(await chosen(), 1);
  await it.keyboard.press("ArrowUp");
  assert.equal(await chosen(), 0);
  await it.keyboard.press("Tab");
  await it.keyboard.press("Enter");
  await it.getByRole("heading", { name: /Кафе/ }).waitFor();
  // What comes next is told to whoever does not see it, and is a Tab and Enter away.
  await it.waitForFunction(() => document.activeElement?.tagName === "H1");
  await it.keyboard.press("Tab");
  await it.keyboard.press("Enter");
  await it.locator(".option").first().waitFor();
  assert.deepEqual(wrong, []);
  await context.close();
});
