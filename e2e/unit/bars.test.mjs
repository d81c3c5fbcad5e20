import assert from "node:assert/strict";
import { test } from "node:test";
import { barsOf, intoLanes, inTheWay, rebooked } from "../../crates/server/ui/bars.js";

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

test("blocked time says why, and what is kept free around bookings is told from what others have", () => {
  const minute = (instant) => (Date.parse(instant) - Date.parse("2026-11-30T00:00:00Z")) / 60_000;
  const at = (hour) => `2026-11-30T${String(hour).padStart(2, "0")}:00:00Z`;
  const blocks = [{ starts_at: at(8), ends_at: at(9), reason: "Painters" }];
  const [block] = barsOf([{ starts_at: at(8), ends_at: at(9), reason: "block" }], [], minute, { blocks });
  assert.deepEqual([block.kind, block.label, block.why], ["block", "Painters", "Painters"]);
  const booking = { id: "b", starts_at: at(10), ends_at: at(11), status: "confirmed", title: null };
  const busy = [{ starts_at: at(9), ends_at: at(12), reason: "booking" }];
  assert.deepEqual(barsOf(busy, [booking], minute, { all: true }).map((it) => it.kind), ["buffer", "confirmed", "buffer"]);
  assert.deepEqual(barsOf(busy, [booking], minute).map((it) => it.kind), ["booking", "confirmed", "booking"]);
});

test("what stands in the way is found, and a bar never stands in its own", () => {
  const bars = [{ key: "a", from: 60, to: 120, kind: "confirmed", label: "", booking: {} }, { key: "c", from: 300, to: 400, kind: "closed", label: "" }];
  assert.equal(inTheWay(bars, 0, 60, { quantity: 1 }), undefined);
  assert.equal(inTheWay(bars, 0, 61, { quantity: 1 })?.key, "a");
  assert.equal(inTheWay(bars, 0, 61, { quantity: 1, but: "a" }), undefined);
  assert.equal(inTheWay(bars, 0, 61, { quantity: 3 }), undefined);
  assert.equal(inTheWay(bars, 350, 360, { quantity: 3 })?.kind, "closed");
});

test("what is busy follows a booking that is moved, before the server has said so", () => {
  const busy = [{ starts_at: "2026-11-30T08:00:00Z", ends_at: "2026-11-30T12:00:00Z", reason: "booking" }, { starts_at: "2026-11-30T20:00:00Z", ends_at: "2026-11-30T21:00:00Z", reason: "closed" }];
  const old = { starts_at: "2026-11-30T09:00:00Z", ends_at: "2026-11-30T10:00:00Z" };
  assert.deepEqual(rebooked(busy, old, null).map((it) => [it.starts_at.slice(11, 13), it.ends_at.slice(11, 13), it.reason]), [["08", "09", "booking"], ["10", "12", "booking"], ["20", "21", "closed"]]);
  assert.equal(rebooked(busy, null, old).length, 3);
});
