import assert from "node:assert/strict";
import { test } from "node:test";
import { heatOf, hoursOf, leadOf, mondayOf, scaleTo, totals, weeksOf } from "../../crates/server/ui/figures.js";

const line = (by, key, more) => ({ by, key, name: null, ...more });

test("a week by hour has the hours in which something could be booked, or was", () => {
  const { first, last, cells } = heatOf([
    line("hour_of_week", "monday-9", { booked_minutes: 30, open_minutes: 60, bookings: 1 }),
    line("hour_of_week", "monday-11", { booked_minutes: 0, open_minutes: 60, bookings: 0 }),
    line("hour_of_week", "sunday-12", { booked_minutes: 10, open_minutes: 0, bookings: 1 }),
    line("hour_of_week", "sunday-13", { booked_minutes: 0, open_minutes: 0, bookings: 0 }),
    line("hour", "9", { booked_minutes: 30, open_minutes: 60, bookings: 1 }),
  ]);
  assert.deepEqual([first, last, cells.length], [9, 12, 7 * 4]);
  const of = (day, hour) => cells.find((it) => it.day === day && it.hour === hour);
  assert.deepEqual(of(0, 9), { day: 0, hour: 9, share: 0.5, bookings: 1 });
  assert.deepEqual([of(0, 11).share, of(0, 10).share, of(6, 12).share], [0, null, null]);
  assert.deepEqual(heatOf([]).cells.length, 7 * 24);
});

test("days come to weeks, and a week that is cut says so", () => {
  const days = [line("day", "2026-11-22", { a: 9, b: 10 }), line("day", "2026-11-23", { a: 1, b: 4 }), line("day", "2026-11-29", { a: 1, b: 4 }), line("day", "2026-11-30", { a: 3, b: 3 })];
  assert.deepEqual(weeksOf(days, "2026-11-23", "2026-12-02", "a", "b"), [
    { monday: "2026-11-23", part: 2, whole: 8, share: 0.25, complete: true },
    { monday: "2026-11-30", part: 3, whole: 3, share: 1, complete: false },
  ]);
  assert.equal(weeksOf(days, "2026-11-25", "2026-11-26", "a", "b")[0].complete, false);
  assert.deepEqual(["2026-11-23", "2026-11-29", "2026-11-30"].map(mondayOf), ["2026-11-23", "2026-11-23", "2026-11-30"]);
});

test("all resources together, and how early people book", () => {
  const lines = [line("resource", "a", { bookings: 2, within_hour: 1, within_day: 1, booked_permille: 900, minutes_median: 5 }), line("resource", "b", { bookings: 2, within_hour: 0, earlier: 2 }), line("hour", "9", { bookings: 4 })];
  assert.deepEqual(totals(lines), { bookings: 4, within_hour: 1, within_day: 1, earlier: 2 });
  assert.deepEqual(leadOf(lines).map((it) => [it.n, it.share]), [[1, 0.25], [1, 0.25], [0, 0], [0, 0], [2, 0.5]]);
  assert.deepEqual(leadOf([]).map((it) => it.share), [null, null, null, null, null]);
});

test("scales have round steps", () => {
  assert.deepEqual(scaleTo(0.34), { max: 0.4, ticks: [0, 0.1, 0.2, 0.3, 0.4] });
  assert.deepEqual(scaleTo(1).max, 1);
  assert.deepEqual(scaleTo(47), { max: 60, ticks: [0, 20, 40, 60] });
  assert.deepEqual(scaleTo(3).ticks, [0, 1, 2, 3]);
  assert.deepEqual(scaleTo(0), { max: 1, ticks: [0, 1] });
});

test("the hours of a day: what is taken of what could be", () => {
  const start = Date.parse("2026-11-30T00:00:00Z");
  const at = (from, to, more) => ({ starts_at: `2026-11-30T${from}:00Z`, ends_at: `2026-11-30T${to}:00Z`, ...more });
  const hours = hoursOf([
    { units: 1, busy: [at("00:00", "09:00", { reason: "closed" }), at("09:30", "10:30", { reason: "booking" }), at("11:00", "12:00", { reason: "block" })], free: [at("09:00", "09:30", { units: 1 }), at("10:30", "11:00", { units: 1 })] },
    { units: 3, busy: [], free: [at("09:00", "10:00", { units: 2 })] },
  ], start);
  assert.deepEqual(hours.slice(8, 12), [{ hour: 8, taken: 0, could: 0 }, { hour: 9, taken: 30 + 60, could: 60 + 180 }, { hour: 10, taken: 30, could: 60 }, { hour: 11, taken: 0, could: 0 }]);
});
