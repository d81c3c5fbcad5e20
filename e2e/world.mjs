// What the journeys share: a browser, the API as an administrator has it, and people and places of their own for each journey, so that
// they run on any server, as often as one likes.

import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

export const url = process.env["BRONYA_URL"] ?? "http://127.0.0.1:8000";
const admin = { username: process.env["BRONYA_ADMIN_NAME"] ?? "admin", password: process.env["BRONYA_ADMIN_PASSWORD"] ?? "" };
export const PASSWORD = "quiet maple lantern 47";

/** @type {Promise<import("playwright-core").Browser> | undefined} */
let started;
export const browser = () => (started ??= chromium.launch({ executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", args: ["--no-sandbox"] }));
export const stop = async () => (await started)?.close();

/** A name that nothing else has. */
export const fresh = (/** @type {string} */ name) => `${name}-${randomBytes(4).toString("hex")}`;

/** The first full hour after the tests began: a clock that strikes while one runs moves nothing. */
const start = (Math.floor(Date.now() / 3_600_000) + 1) * 3_600_000;
/** So many hours after that one. */
export const hour = (/** @type {number} */ ahead) => new Date(start + ahead * 3_600_000).toISOString().replace(".000Z", "Z");

/** @param {string} username @param {string} password @param {string} [home] the server, where that is another one */
export async function client(username, password, home = url) {
  const form = new URLSearchParams({ username, password });
  const signedIn = await fetch(`${home}/users/token`, { method: "POST", body: form });
  if (!signedIn.ok) throw new Error(`${username}: ${await signedIn.text()}`);
  const { access_token: token } = await signedIn.json();
  return async (/** @type {string} */ method, /** @type {string} */ path, /** @type {unknown} */ body = undefined) => {
    const json = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const response = await fetch(home + path, {
      method,
      headers: { Authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "Content-Type": json }) },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const answer = response.status === 204 ? null : await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  };
}

/** @type {ReturnType<typeof client> | undefined} */
let root;
export const asAdmin = () => (root ??= client(admin.username, admin.password));

/** Asks until the answer is that one: what was said of an earlier change may still be on the screen, or gone by now. @param {() => Promise<unknown>} ask @param {(answer: any) => boolean} is */
export async function until(ask, is) {
  let answer;
  for (const end = Date.now() + 30_000; Date.now() < end; await new Promise((rest) => setTimeout(rest, 100))) {
    answer = await ask();
    if (is(answer)) return;
  }
  throw new Error(`it never came to that: ${JSON.stringify(answer)}`);
}

/** Somebody with an account. */
export async function person(/** @type {string} */ name) {
  const username = fresh(name);
  const made = await fetch(`${url}/users/register`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ username, password: PASSWORD }),
  });
  if (!made.ok) throw new Error(await made.text());
  return { username, api: await client(username, PASSWORD) };
}

/** Something to book. */
export async function thing(/** @type {string} */ name, /** @type {object} */ more = {}) {
  return (await asAdmin())("POST", "/resources/", { name: fresh(name), capacity: 8, time_zone: "UTC", ...more });
}

/** The server that is tried, where somebody needs another one than that at `url`. */
export const binary = process.env["BRONYA_BINARY"];

/** An empty folder for a server of its own. @param {import("node:test").TestContext} t */
export async function folder(t) {
  const made = await mkdtemp(join(tmpdir(), "bronya-journey-"));
  t.after(() => rm(made, { recursive: true, force: true }));
  return made;
}

/**
 * A server on that folder: its address, what else it said until it had said all of `awaited`, and how it is ended.
 * @param {import("node:test").TestContext} t @param {string} data @param {RegExp} [awaited]
 */
export async function serve(t, data, awaited = /listening on/) {
  const server = spawn(String(binary), ["serve", "--data-dir", data, "--listen", "127.0.0.1:0", "--rate-limit", "off"], { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, BRONYA_DATABASE: undefined } });
  const ended = new Promise((done) => server.once("exit", done));
  const end = () => (server.kill(), ended);
  t.after(end);
  let told = "";
  for await (const line of createInterface({ input: server.stderr })) {
    told += `${line}\n`;
    const home = /listening on (\S+)/.exec(told)?.[1];
    if (!home || !awaited.test(told)) continue;
    // Whoever writes to a pipe that nobody reads stands still.
    server.stderr.resume();
    return { home, told, end };
  }
  throw new Error(`the server did not start:\n${told}`);
}

/**
 * A site with a hall and three tables in it, two seats, two seats and four, and whoever manages it; with a plan of the hall unless it is not
 * `drawn`: the first beside the second, and the third under both.
 */
export async function restaurant({ drawn = true } = {}) {
  const admin = await asAdmin();
  const name = fresh("bistro");
  const [site, manager] = await Promise.all([admin("POST", "/sites/", { name, slug: name, time_zone: "UTC" }), person("mia")]);
  await admin("PUT", `/sites/${site.id}/managers/${(await manager.api("GET", "/users/me")).id}`);
  const area = await admin("POST", `/sites/${site.id}/areas`, { name: "Hall" });
  const tables = [];
  for (const [n, capacity] of [2, 2, 4].entries()) tables.push(await thing(`T${n + 1}`, { site_id: site.id, area_id: area.id, kind: "table", capacity }));
  if (drawn) {
    const places = [[200, 150], [450, 150], [400, 400]];
    const resources = tables.map((it, n) => ({ resource_id: it.id, x: places[n]?.[0], y: places[n]?.[1], width: 100, height: 100, shape: n === 0 ? "round" : "rect" }));
    await admin("PUT", `/areas/${area.id}/floor-plan`, { width: 800, height: 600, resources });
  }
  return { site, area, tables, manager };
}

/**
 * A page, and what went wrong in it: errors on its console, exceptions, requests to other hosts.
 * @param {import("playwright-core").BrowserContextOptions} [options]
 * @param {string} [home] the server, where that is another one
 */
export async function page(options = {}, home = url) {
  const context = await (await browser()).newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB", timezoneId: "UTC", ...options });
  context.setDefaultTimeout(10_000);
  const it = await context.newPage();
  /** @type {string[]} */
  const wrong = [];
  it.on("console", (message) => {
    // A refusal that is answered with a status is what the page is about to show.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource: the server responded with")) wrong.push(message.text());
  });
  it.on("pageerror", (error) => wrong.push(String(error)));
  it.on("request", (request) => {
    if (!request.url().startsWith(home) && !request.url().startsWith("data:")) wrong.push(`asks ${request.url()}`);
  });
  it.on("dialog", (dialog) => (wrong.push(`a dialog: ${dialog.message()}`), void dialog.dismiss()));
  return { page: it, context, wrong };
}

/** @param {import("playwright-core").Page} it @param {string} username @param {string} [to] @param {string} [password] @param {string} [home] the server, where that is another one */
export async function signIn(it, username, to = "/", password = PASSWORD, home = url) {
  await it.goto(`${home}/sign-in?next=${encodeURIComponent(to)}`);
  await it.getByLabel("User name").fill(username);
  await it.getByLabel("Password").fill(password);
  await it.getByRole("button", { name: "Sign in" }).click();
  await it.waitForURL((address) => address.pathname === to.split("?")[0]);
}

/** @param {import("playwright-core").Page} it @param {string} to */
export const signInAsAdmin = (it, to) => signIn(it, admin.username, to, admin.password);

/** What looks at a page for whoever does not see it. */
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** What it finds wrong, and where. @param {import("playwright-core").Page} it @returns {Promise<string[]>} */
export async function barriers(it) {
  await it.evaluate(axe);
  const found = await it.evaluate(() => /** @type {any} */ (globalThis).axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  return found.violations.map((/** @type {any} */ it) => `${it.id}: ${it.nodes.map((/** @type {any} */ node) => node.html).slice(0, 3).join(" | ")}`);
}

/** What the first view may cost: requests, and bytes as they are sent, with their heads. */
export const BUDGET = { requests: 25, scripts: 48 * 1_024, styles: 8 * 1_024, total: 68 * 1_024 };

/** Opens the first view as one who was never here, and tells what it cost. @param {import("playwright-core").Page} it */
export async function firstView(it) {
  await it.locator(".option, .empty").first().waitFor();
  const session = await it.context().newCDPSession(it);
  await session.send("Network.enable");
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  /** @type {Map<string, {url: string, bytes: number}>} */
  const asked = new Map();
  session.on("Network.requestWillBeSent", ({ requestId, request }) => asked.set(requestId, { url: request.url, bytes: 0 }));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const one = asked.get(requestId);
    if (one) one.bytes = encodedDataLength;
  });
  const before = Date.now();
  await it.reload();
  await it.locator(".option, .empty").first().waitFor();
  const took = Date.now() - before;
  await it.waitForLoadState("networkidle");
  const all = [...asked.values()];
  const sum = (/** @type {(url: string) => boolean} */ which) => all.filter((one) => which(one.url)).reduce((total, one) => total + one.bytes, 0);
  return { requests: all.map((one) => one.url), scripts: sum((one) => one.endsWith(".js")), styles: sum((one) => one.endsWith(".css")), total: sum(() => true), took };
}

const lang = new URL("../crates/server/ui/lang/", import.meta.url);
const keys = new Set(readdirSync(lang).flatMap((name) => Object.keys(JSON.parse(readFileSync(new URL(name, lang), "utf8")))).filter((key) => key.includes(".")));
/** Names of texts that stand where the texts should. @param {import("playwright-core").Page} it */
export const untranslated = async (it) => (await it.locator("body").innerText()).split(/[\s,;:()«»"]+/).filter((word) => keys.has(word));
