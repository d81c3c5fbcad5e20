import assert from "node:assert/strict";
import { test } from "node:test";
import { localTime, repeatFrom, ruleOf, whichOfMonth } from "../../crates/server/ui/repeat.js";

// A Monday, the fifth and last of its month.
const DAY = "2026-11-30";
const of = (some) => ruleOf({ ...repeatFrom(DAY), ...some }, DAY);

test("choices become rules", () => {
  for (const [some, rule] of [
    [{ every: "day", count: 3 }, "FREQ=DAILY;COUNT=3"],
    [{ every: "day", interval: 2, count: 3 }, "FREQ=DAILY;INTERVAL=2;COUNT=3"],
    [{ every: "workday", interval: 5 }, "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;COUNT=10"],
    [{ every: "week" }, "FREQ=WEEKLY;BYDAY=MO;COUNT=10"],
    [{ every: "week", days: [5, 3] }, "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=10"],
    [{ every: "month" }, "FREQ=MONTHLY;COUNT=10"],
    [{ every: "monthday" }, "FREQ=MONTHLY;BYDAY=-1MO;COUNT=10"],
    [{ every: "week", end: "until", until: "2026-12-31" }, "FREQ=WEEKLY;BYDAY=MO;UNTIL=20261231T235959"],
  ]) assert.equal(of(some), rule);
});

test("no choice makes a rule without an end, or one that the server can't take", () => {
  assert.match(of({ every: "day", count: 10_000 }), /COUNT=366$/);
  assert.match(of({ every: "day", count: Number.NaN }), /COUNT=1$/);
  assert.match(of({ every: "day", interval: 0 }), /^FREQ=DAILY;COUNT/);
  assert.match(of({ every: "day", end: "until", until: "2020-01-01" }), /UNTIL=20261130/);
  assert.match(of({ every: "day", end: "until", until: "2099-01-01" }), /UNTIL=20281129/);
});

test("which weekday of its month a day is", () => {
  assert.deepEqual(["2026-12-01", "2026-12-07", "2026-12-08", "2026-12-28", "2026-12-29"].map(whichOfMonth), [1, 1, 2, 4, -1]);
});

test("local times go on into the next day", () => {
  assert.equal(localTime("2026-11-30", 23 * 60 + 30), "2026-11-30T23:30:00");
  assert.equal(localTime("2026-11-30", 25 * 60), "2026-12-01T01:00:00");
});
