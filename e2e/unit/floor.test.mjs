import assert from "node:assert/strict";
import { test } from "node:test";
import { addResource, addShape, align, back, begin, bodyOf, change, drawingOf, duplicate, forth, freeSpot, nudge, remove, settle, spin, step, stretched } from "../../crates/server/ui/floor/edit.js";
import { aligned, boxOf, captionsOf, chairsOf, moved, neighbour, resized, rotationTo, snap, turn, upright } from "../../crates/server/ui/floor/geometry.js";
import { allergyOf, clockText, coversOf, fitting, lateBy, movable, shortName, standingAt, timerOf } from "../../crates/server/ui/floor/states.js";

const PLAN = { width: 1_000, height: 600 };
const frame = (x, y, width = 100, height = 60, rotation = 0) => ({ x, y, width, height, rotation });
const near = (a, b) => assert.ok(Math.abs(a - b) < 1e-6, `${a} is not ${b}`);

test("what is turned has its box around it", () => {
  assert.deepEqual(boxOf(frame(100, 100)), { left: 50, top: 70, right: 150, bottom: 130 });
  const quarter = boxOf(frame(100, 100, 100, 60, 90));
  near(quarter.left, 70);
  near(quarter.bottom, 150);
  const { x, y } = turn({ x: 1, y: 0 }, 90);
  near(x, 0);
  near(y, 1);
});

test("what is moved stands on the grid by its corner, and stays in the plan", () => {
  assert.deepEqual(moved(frame(100, 100), { x: 13, y: 4 }, PLAN), frame(110, 100));
  assert.deepEqual(moved(frame(103, 100), { x: 0, y: 0 }, PLAN).x, 100);
  assert.deepEqual(moved(frame(100, 100), { x: 13, y: 4 }, PLAN, true), frame(113, 104));
  assert.deepEqual(moved(frame(100, 100), { x: -5_000, y: 5_000 }, PLAN), frame(0, 600));
  // Standing upright it is its other side that lies on the grid.
  assert.equal(moved(frame(100, 100, 105, 60, 90), { x: 0, y: 0 }, PLAN).y, 103);
  assert.equal(snap(14), 10);
});

test("what is made larger keeps its other side in its place, however it is turned", () => {
  assert.deepEqual(resized(frame(100, 100), { x: 1, y: 0 }, { x: 40, y: 99 }), frame(120, 100, 140, 60));
  assert.deepEqual(resized(frame(100, 100), { x: -1, y: -1 }, { x: -20, y: -20 }), frame(90, 90, 120, 80));
  const turned = resized(frame(100, 100, 100, 60, 90), { x: 1, y: 0 }, { x: 0, y: 40 });
  assert.deepEqual(turned, frame(100, 120, 140, 60, 90));
  assert.equal(resized(frame(100, 100), { x: 1, y: 0 }, { x: -500, y: 0 }).width, 20);
});

test("what is turned by hand looks at the pointer, in steps", () => {
  assert.equal(rotationTo(frame(100, 100), { x: 100, y: 0 }), 0);
  assert.equal(rotationTo(frame(100, 100), { x: 200, y: 101 }), 90);
  assert.equal(rotationTo(frame(100, 100), { x: 0, y: 100 }), 270);
  assert.equal(rotationTo(frame(100, 100), { x: 110, y: 0 }, true), 6);
  assert.deepEqual([-15, 360, 725].map(upright), [345, 0, 5]);
});

test("chairs stand along the longer sides first, and around what is round", () => {
  assert.equal(chairsOf(frame(0, 0), false, null).length, 0);
  assert.equal(chairsOf(frame(0, 0, 300, 300), false, 6).length, 0, "a room");
  const eight = chairsOf(frame(0, 0, 240, 100), false, 8);
  assert.deepEqual(["0", "90", "180", "270"].map((side) => eight.filter((it) => String(it.rotation) === side).length), [3, 1, 3, 1]);
  const four = chairsOf(frame(0, 0, 100, 100), false, 4);
  assert.deepEqual(new Set(four.map((it) => it.rotation)).size, 4);
  const round = chairsOf(frame(0, 0, 80, 80), true, 3);
  for (const it of round) near(Math.hypot(it.x, it.y), 56);
  assert.equal(chairsOf(frame(0, 0, 150, 76), false, 1)[0]?.rotation, 0, "one sits before a desk");
});

test("an arrow leads to the next one that way, rather ahead than aside", () => {
  const [a, b, c, d] = [{ x: 0, y: 0 }, { x: 100, y: 10 }, { x: 60, y: 90 }, { x: 0, y: 100 }];
  const all = [a, b, c, d];
  assert.equal(neighbour(a, all, "right"), b);
  assert.equal(neighbour(a, all, "down"), d);
  assert.equal(neighbour(d, all, "up"), a);
  assert.equal(neighbour(b, all, "left"), a);
  assert.equal(neighbour(a, all, "left"), undefined);
  assert.equal(neighbour(a, [a, { x: 1, y: 100 }], "right"), undefined, "that is below, and not to the right");
});

test("things are put in a line, and spread", () => {
  const three = [frame(100, 100), frame(300, 150, 60, 60), frame(700, 90)];
  assert.deepEqual(aligned(three, "top").map((it) => boxOf(it).top), [60, 60, 60]);
  assert.deepEqual(aligned(three, "left").map((it) => boxOf(it).left), [50, 50, 50]);
  assert.deepEqual(aligned(three, "spread").map((it) => it.x), [100, 400, 700]);
});

const plan = {
  ...PLAN, site_id: "s", area_id: null, background: null, background_opacity_percent: 60, may_edit: true, version: 1,
  shapes: [{ kind: "wall", x: 10, y: 10, width: 20, height: 20, rotation: 0, text: null }],
  resources: [{ resource_id: "a", x: 100, y: 100, width: 80, height: 80, rotation: 0, shape: "round" }, { resource_id: "b", x: 300, y: 100, width: 80, height: 80, rotation: 0, shape: "rect" }],
};

test("every step can be taken back and done again, and a drag is one", () => {
  const first = drawingOf(/** @type {any} */ (plan));
  assert.deepEqual(bodyOf(first), { width: 1_000, height: 600, background_opacity_percent: 60, shapes: plan.shapes, resources: plan.resources });
  const key = new Set(["a"]);
  let history = begin(first);
  for (const x of [10, 20, 30]) history = step(history, nudge(first, key, { x, y: 0 }), "drag");
  history = settle(history);
  history = step(history, spin(history.now, key, 15));
  assert.equal(history.past.length, 2);
  const at = (it) => it.now.things.find((thing) => thing.key === "a").frame;
  assert.deepEqual([at(history).x, at(history).rotation], [130, 15]);
  history = back(history);
  assert.deepEqual([at(history).x, at(history).rotation], [130, 0]);
  history = back(history);
  assert.equal(history.now, first, "what was is the same");
  assert.equal(back(history).now, first);
  history = forth(forth(forth(history)));
  assert.equal(at(history).rotation, 15);
  history = step(back(history), remove(history.now, key));
  assert.equal(history.future.length, 0, "another step ends what could be done again");
  assert.equal(step(history, history.now), history);
});

test("shapes are added under what can be booked and come twice, resources once", () => {
  const first = drawingOf(/** @type {any} */ (plan));
  const wall = addShape(first, "zone", { x: 500, y: 300 });
  assert.equal(wall.drawing.things.findIndex((it) => wall.keys.has(it.key)) < wall.drawing.things.findIndex((it) => it.resource), true);
  const twice = duplicate(wall.drawing, new Set([...wall.keys, "a"]));
  assert.deepEqual([twice.keys.size, twice.drawing.things.length], [1, 5]);
  const again = addResource(first, { id: "a", kind: "table", capacity: 6 }, { x: 500, y: 500 });
  assert.equal(again.drawing.things.filter((it) => it.resource === "a").length, 1);
  const spot = freeSpot(first, { width: 80, height: 80 });
  assert.ok(Math.hypot(spot.x - 100, spot.y - 100) > 80);
  const small = stretched(first, { width: 200 });
  assert.deepEqual([small.width, small.things.find((it) => it.key === "b").frame.x], [200, 200]);
  assert.equal(align(first, new Set(["a", "b"]), "left").things.find((it) => it.key === "b").frame.x, 100);
  assert.equal(change(first, new Set(["nobody"]), () => assert.fail()).things.length, 3);
});

// --- how things stand -------------------------------------------------------------------------------------------

const NOW = Date.parse("2026-11-27T18:00:00Z");
const at = (minutes) => new Date(NOW + minutes * 60_000).toISOString();
const stretch = (from, to, more = {}) => ({ starts_at: at(from), ends_at: at(to), ...more });
const booking = (from, to, status, more = {}) => ({ id: `${from}`, resource_id: "t", user_id: "u", title: null, version: 1, party_size: 2, quantity: 1, notes: null, series_id: null, lapses_at: null, status, ...stretch(from, to), ...more });
const kind = (free, busy, bookings = [], minutes = 0) => {
  const it = standingAt({ free, busy }, /** @type {any} */ (bookings), NOW + minutes * 60_000, NOW);
  return [it.kind, it.until === null ? null : (it.until - NOW) / 60_000, it.late ?? 0];
};

test("free until when, and for how long", () => {
  assert.deepEqual(kind([stretch(0, 600)], []), ["free", null, 0]);
  assert.deepEqual(kind([stretch(0, 45)], [stretch(45, 100, { reason: "booking" })]), ["free", 45, 0]);
  assert.deepEqual(kind([stretch(0, 29)], [stretch(29, 100, { reason: "booking" })]), ["soon", 29, 0]);
  // Several stretches without a break are one; the server's clock is a little ahead.
  assert.deepEqual(kind([stretch(0, 20, { units: 3 }), stretch(20, 90, { units: 1 })], [stretch(90, 100, { reason: "booking" })]), ["free", 90, 0]);
  assert.deepEqual(kind([stretch(1, 90)], [stretch(-60, 1, { reason: "past" }), stretch(90, 100, { reason: "booking" })]), ["free", 90, 0]);
});

test("whose it is, as far as that may be known", () => {
  const busy = [stretch(-30, 60, { reason: "booking" })];
  assert.deepEqual(kind([stretch(60, 90)], busy), ["busy", 60, 0]);
  assert.deepEqual(kind([stretch(60, 90)], busy, [booking(-30, 60, "checked_in")]), ["seated", 60, 0]);
  assert.deepEqual(kind([stretch(60, 90)], busy, [booking(-30, 60, "confirmed")]), ["confirmed", 60, 30]);
  assert.deepEqual(kind([stretch(60, 90)], busy, [booking(-4, 60, "confirmed")]), ["confirmed", 60, 0]);
  assert.deepEqual(kind([stretch(60, 90)], busy, [booking(-30, 60, "pending")]), ["pending", 60, 0]);
  assert.deepEqual(kind([], [stretch(0, 60, { reason: "booking" })], [booking(0, 60, "confirmed")], 20), ["confirmed", 60, 0], "nobody is late for what is to come");
  for (const [reason, wanted] of [["block", "blocked"], ["out_of_order", "out_of_order"], ["closed", "closed"]]) assert.deepEqual(kind([], [stretch(-1, 60, { reason })]), [wanted, 60, 0]);
});

test("who stays too long is overdue, but not for ever and not in what is to come", () => {
  // The server says so; and where nobody has asked it again since the end, they sit there as they did.
  const over = (/** @type {number} */ from, /** @type {number} */ to) => booking(from, to, "completed", { may_stay_until: new Date(NOW + (to + 360) * 60_000).toISOString() });
  const stays = [over(-120, -10)];
  assert.deepEqual(kind([stretch(0, 600)], [], stays), ["overdue", null, 10]);
  assert.deepEqual(kind([stretch(0, 600)], [], stays, 60), ["free", null, 0]);
  assert.deepEqual(kind([stretch(0, 600)], [], [over(-720, -400)]), ["free", null, 0]);
  assert.deepEqual(kind([stretch(0, 600)], [], [booking(-120, -10, "checked_in")]), ["overdue", null, 10]);
  assert.deepEqual(kind([stretch(0, 600)], [], [booking(-120, -10, "completed")]), ["free", null, 0]);
});

test("the smallest table that is free for long enough is the best", () => {
  const table = (id, capacity) => ({ id, capacity, quantity: 1 });
  const all = [table("ten", 10), table("four", 4), table("other four", 4), table("two", 2), table("short", 4), table("taken", 4)];
  const standing = (kind, minutes) => ({ kind, until: minutes === null ? null : NOW + minutes * 60_000 });
  const standings = new Map([["ten", standing("free", null)], ["four", standing("free", null)], ["other four", standing("free", 120)], ["two", standing("free", null)], ["short", standing("soon", 25)], ["taken", standing("seated", 60)]]);
  assert.deepEqual(fitting(all, standings, 3, NOW, 90).map((it) => it.id), ["other four", "four", "ten", "short"]);
  assert.deepEqual(fitting(all, standings, 11, NOW, 90), []);
});

test("a party can move to what seats it and is clear until its end", () => {
  const table = (id, capacity) => ({ id, capacity, quantity: 1 });
  const all = [table("t", 4), table("a", 4), table("b", 2), table("c", 6), table("d", 4)];
  const free = { free: [], busy: [] };
  const times = { t: free, a: free, b: free, c: { free: [], busy: [stretch(-30, 0, { reason: "past" })] }, d: { free: [], busy: [stretch(30, 40, { reason: "booking" })] } };
  assert.deepEqual(movable(booking(-30, 60, "confirmed", { party_size: 3 }), all, times, NOW).map((it) => it.id), ["a", "c"]);
});

test("timers count down, turn, and count up", () => {
  assert.deepEqual(timerOf(booking(-60, 42, "checked_in"), NOW), { minutes: 42, tone: "calm" });
  assert.deepEqual(timerOf(booking(-60, 15, "checked_in"), NOW), { minutes: 15, tone: "due" });
  assert.deepEqual(timerOf(booking(-60, -10, "checked_in"), NOW), { minutes: -10, tone: "over" });
  assert.deepEqual([65, 5, 0, -10].map(clockText), ["1:05", "0:05", "0:00", "−0:10"]);
  assert.deepEqual([lateBy(booking(-12, 60, "confirmed"), NOW), lateBy(booking(5, 60, "confirmed"), NOW)], [12, 0]);
  assert.equal(coversOf([booking(0, 1, "x"), booking(0, 1, "x", { party_size: null })]), 3);
});

test("names fit on small tables, and what somebody may not eat stands out", () => {
  assert.deepEqual(["Table 12", "Bar 4", "Garden room", "Стол 7", "Sauna", "Desk 1.04"].map(shortName), ["T12", "B4", "GR", "С7", "Sauna", "D1.04"]);
  assert.equal(allergyOf(booking(0, 1, "x", { fields: { allergies: "Nuts", high_chair: true } })), "Nuts");
  assert.equal(allergyOf(booking(0, 1, "x", { notes: "Аллергия на орехи" })), "Аллергия на орехи");
  assert.equal(allergyOf(booking(0, 1, "x", { notes: "A window" })), null);
});

test("what has no room on a small table is written beside it, where it lies on nothing", () => {
  const plan = { width: 1000, height: 800 };
  const table = (x, y, more = {}) => ({ frame: { x, y, width: 60, height: 60, rotation: 0 }, round: false, seats: 2, width: 80, height: 36, ...more });
  const [below, none] = captionsOf([table(500, 400), table(200, 400, { width: 0 })], plan);
  assert.deepEqual([below, none], [{ x: 0, y: 71 }, null]);
  // At the lower edge above, and between two others aside.
  assert.deepEqual(captionsOf([table(500, 750)], plan), [{ x: 0, y: -71 }]);
  assert.deepEqual(captionsOf([table(500, 400), table(500, 520, { width: 0 }), table(500, 280, { width: 0 })], plan)[0], { x: 77, y: 0 });
  // Nor on the pin of another one: to the left of it, then.
  assert.deepEqual(captionsOf([table(500, 400), table(520, 545, { width: 0, pin: 30 })], plan)[0], { x: -36, y: 71 });
  // Nothing is written where there is no room at all, and nothing over another one.
  const crowd = Array.from({ length: 25 }, (_, n) => table(60 + 104 * (n % 5), 60 + 104 * Math.floor(n / 5)));
  const within = captionsOf(crowd, { width: 540, height: 540 });
  assert.deepEqual(within.filter(Boolean), []);
  const row = Array.from({ length: 8 }, (_, n) => table(60 + 104 * n, 300, { width: 110 }));
  const written = captionsOf(row, plan).flatMap((it, n) => (it ? [{ left: row[n].frame.x + it.x - 55, right: row[n].frame.x + it.x + 55, top: it.y }] : []));
  assert.ok(written.length > 4);
  assert.ok(written.every((a) => written.every((b) => a === b || a.top !== b.top || a.right <= b.left || b.right <= a.left)));
});
