import assert from "node:assert/strict";
import { test } from "node:test";
import { fillOf, percent, sumOf } from "../../crates/server/ui/fill.js";

const at = (hour) => `2026-11-30T${String(hour).padStart(2, "0")}:00:00Z`;
const [from, to] = [Date.parse(at(0)), Date.parse("2026-12-01T00:00:00Z")];

test("a day is as full as what is taken of what is open", () => {
  const time = {
    busy: [{ starts_at: at(0), ends_at: at(8), reason: "closed" }, { starts_at: at(10), ends_at: at(12), reason: "booking" }, { starts_at: at(12), ends_at: at(13), reason: "block" }, { starts_at: at(16), ends_at: "2026-12-01T00:00:00Z", reason: "closed" }],
    free: [{ starts_at: at(8), ends_at: at(10), units: 1 }, { starts_at: at(13), ends_at: at(16), units: 1 }],
  };
  const fill = fillOf(time, 1, from, to);
  assert.deepEqual(fill, { open: 7 * 60, taken: 2 * 60 });
  assert.equal(percent(fill), 29);
});

test("of several units each counts, and what reaches into another day counts there", () => {
  const time = { busy: [{ starts_at: "2026-11-29T22:00:00Z", ends_at: at(2), reason: "booking" }], free: [{ starts_at: at(2), ends_at: at(6), units: 3 }] };
  assert.deepEqual(fillOf(time, 4, from, to), { open: 8 * 60 + 16 * 60, taken: 8 * 60 + 4 * 60 });
  assert.deepEqual(sumOf({ open: 1, taken: 2 }, { open: 10, taken: 20 }), { open: 11, taken: 22 });
  assert.equal(percent({ open: 0, taken: 0 }), null);
});
