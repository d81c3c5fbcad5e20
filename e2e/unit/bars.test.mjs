import assert from "node:assert/strict";
import { test } from "node:test";
import { barsOf, intoLanes } from "../../crates/server/ui/bars.js";

const minute = (instant) => Number(instant);
const busy = (starts_at, ends_at, reason) => ({ starts_at, ends_at, reason });
const booking = (id, starts_at, ends_at) => ({ id, starts_at, ends_at, title: id, status: "confirmed" });
const shown = (found) => found.map((bar) => [bar.kind, bar.from, bar.to, bar.label]);

test("one's own time shows by name, what is left of it as taken", () => {
  assert.deepEqual(shown(barsOf([busy(60, 300, "booking")], [booking("b", 200, 240), booking("a", 60, 120)], minute)), [
    ["confirmed", 60, 120, "a"],
    ["booking", 120, 200, ""],
    ["confirmed", 200, 240, "b"],
    ["booking", 240, 300, ""],
  ]);
});

test("a block and closed time are never hidden by a booking", () => {
  assert.deepEqual(shown(barsOf([busy(0, 60, "closed"), busy(60, 120, "block")], [booking("a", 30, 90)], minute)), [
    ["closed", 0, 60, ""],
    ["confirmed", 30, 90, "a"],
    ["block", 60, 120, ""],
  ]);
});

test("what stands outside the day is not there", () => {
  assert.deepEqual(shown(barsOf([], [booking("a", -120, 0), booking("b", -60, 30), booking("c", 1_440, 1_500)], minute)), [["confirmed", -60, 30, "b"]]);
});

test("what stands side by side has lanes of its own, and one is left to book in", () => {
  const lanes = (quantity, ...spans) => {
    const bars = spans.map(([from, to], n) => ({ key: String(n), from, to, kind: "confirmed", label: "", booking: {} }));
    return [intoLanes(bars, quantity), bars.map((bar) => bar.lane)];
  };
  assert.deepEqual(lanes(1, [0, 60]), [1, [undefined]]);
  assert.deepEqual(lanes(12, [0, 60], [0, 60], [30, 90], [60, 90]), [4, [0, 1, 2, 0]]);
  assert.deepEqual(lanes(2, [0, 60], [0, 60]), [2, [0, 1]]);
  assert.deepEqual(lanes(50, ...Array(9).fill([0, 60]))[0], 5);
});
