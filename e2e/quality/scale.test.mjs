// A large place: 500 things with 5,000 bookings on one day. It is the last of its kind, since what it makes stands in everybody's lists.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { BUDGET, asAdmin, firstView, fresh, page, person, signIn, signInAsAdmin, stop, url } from "../world.mjs";

after(stop);

const THINGS = 500;
const EACH = 10;
/** How many rows are sent at once. */
const BATCH = 1_000;
/** The budgets: of a task, in milliseconds, and of what the page holds, in bytes. */
const TASK_MS = 50;
const HEAP = 40 * 1024 * 1024;
/** So long after a change a stream that begins late tells of it. */
const RECENT_MS = 11_000;

/** @param {any[]} items */
const batches = (items) => Array.from({ length: Math.ceil(items.length / BATCH) }, (_, n) => items.slice(n * BATCH, (n + 1) * BATCH));

/** A day far from those of other journeys, full of bookings. */
async function fullDay() {
  const admin = await asAdmin();
  const { api } = await person("crowd");
  const { id: owner } = await api("GET", "/users/me");
  const day = new Date(Date.now() + 50 * 86_400_000).toISOString().slice(0, 10);
  const name = fresh("Desk");
  const made = await admin("POST", "/import/resources", { items: Array.from({ length: THINGS }, (_, n) => ({ name: `${name} ${n + 1}`, kind: "desk", capacity: 4, time_zone: "UTC", position: n })) });
  assert.equal(made.accepted, THINGS);
  const bookings = made.rows.flatMap((/** @type {any} */ row, /** @type {number} */ at) => Array.from({ length: EACH }, (_, n) => {
    const start = Date.parse(`${day}T07:00:00Z`) + (n * 90 + (at % 3) * 15) * 60_000;
    return { resource_id: row.id, user_id: owner, starts_at: new Date(start).toISOString(), ends_at: new Date(start + (30 + ((at + n) % 4) * 15) * 60_000).toISOString(), title: ["Stand-up", "Планёрка", "Design review", "1:1"][(at + n) % 4], party_size: 1 + (n % 4) };
  }));
  let accepted = 0;
  for (const items of batches(bookings)) accepted += (await admin("POST", "/import/bookings", { items })).accepted;
  assert.equal(accepted, THINGS * EACH);
  return { day, name, since: Date.now() };
}

/** Made once for all that looks at it. @type {ReturnType<typeof fullDay> | undefined} */
let made;

test("the first view costs with hundreds of things what it costs with ten", async () => {
  await (made ??= fullDay());
  const { username } = await person("budget");
  const { page: it, context } = await page();
  await signIn(it, username);
  const { requests, total, took } = await firstView(it);
  const there = (await (await asAdmin())("GET", "/resources/overview")).kinds.reduce((/** @type {number} */ sum, /** @type {any} */ one) => sum + one.resources, 0);
  console.log(`first view with ${there} things: ${requests.length} requests, ${total} bytes in all, ${took} ms`);
  assert.ok(requests.length <= BUDGET.requests, `${requests.length} requests: ${requests.join(" ")}`);
  assert.ok(total <= BUDGET.total, `${total} bytes`);
  await context.close();
});

test("500 things with 5,000 bookings of a day are shown, and scrolled through without a long task", async () => {
  const { day, name, since } = await (made ??= fullDay());
  // Where the stream begins late, what was imported is not to be told once more.
  await new Promise((rested) => setTimeout(rested, Math.max(0, since + RECENT_MS - Date.now())));
  const { page: it, wrong } = await page();
  await signInAsAdmin(it, "/profile");
  await it.addInitScript(() => {
    /** @type {any} */ (globalThis).tasks = [];
    new PerformanceObserver((list) => /** @type {any} */ (globalThis).tasks.push(...list.getEntries().map((task) => Math.round(task.duration)))).observe({ type: "longtask", buffered: true });
  });
  let asked = 0;
  const counts = (/** @type {string} */ path) => /^\/(bookings|availability|schedule|resources|sites|areas|kinds|users)\b/.test(path);
  it.on("request", (request) => (asked += counts(new URL(request.url()).pathname) ? 1 : 0));
  const before = Date.now();
  await it.goto(`${url}/timeline?view=day&day=${day}`);
  await it.locator(".timeline[aria-busy=false] .line").first().waitFor();
  const took = Date.now() - before;
  const requests = asked;
  await it.getByRole("searchbox", { name: "Search resources" }).fill(name);
  await it.locator(".corner .count", { hasText: String(THINGS) }).waitFor();
  await it.locator(".bar.own").first().waitFor();
  const session = await it.context().newCDPSession(it);
  await session.send("HeapProfiler.enable");
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  const [rows, bars] = [await it.locator(".line").count(), await it.locator(".track .bar").count()];
  await it.waitForTimeout(300);
  // By the clock of the page's thread: a machine that does other things at the same time makes tasks longer, not more of them.
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const spent = async () => Number((await session.send("Performance.getMetrics")).metrics.find((one) => one.name === "TaskDuration")?.value) * 1_000;
  const first = await spent();
  const scrolled = await it.evaluate(async () => {
    const box = /** @type {HTMLElement} */ (document.querySelector(".timeline"));
    const tasks = /** @type {number[]} */ (/** @type {any} */ (globalThis).tasks);
    const before = tasks.length;
    let frames = 0;
    for (let top = 0; top < box.scrollHeight; top += 120) {
      box.scrollTop = top;
      await new Promise((done) => requestAnimationFrame(done));
      frames += 1;
    }
    await new Promise((done) => setTimeout(done, 200));
    return { frames, long: tasks.slice(before) };
  });
  const each = (await spent()) - first;
  console.log(`a full day: ${took} ms until it is shown, ${requests} requests, ${rows} rows and ${bars} bars made, ${Math.round(usedSize / 1024 / 1024)} MiB held; ${scrolled.frames} frames of scrolling at ${(each / scrolled.frames).toFixed(1)} ms of the processor, ${scrolled.long.length} tasks over ${TASK_MS} ms by the clock on the wall${scrolled.long.length > 0 ? `, the longest ${Math.max(...scrolled.long)} ms` : ""}`);
  assert.ok(await it.locator(".line", { hasText: `${name} ${THINGS}` }).count() > 0, "the last row is there");
  assert.ok(requests <= 18, `${requests} requests`);
  assert.ok(rows < 60, `${rows} rows`);
  assert.ok(usedSize < HEAP, `${usedSize} bytes`);
  assert.ok(each / scrolled.frames < TASK_MS, `${each} ms for ${scrolled.frames} frames`);
  assert.deepEqual(wrong, []);
});
