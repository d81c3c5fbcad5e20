import assert from "node:assert/strict";
import { test } from "node:test";
import { collide, readHours, readSpans, upcoming, writeHours } from "../../crates/server/ui/hours.js";

const open = (from, to) => ({ from: from * 60, to: to * 60 });
const five = (...spans) => [...Array(5).fill(spans), [], []];

test("a week is read and written", () => {
  for (const [text, week, written = text] of [
    ["Mo-Fr 09:00-18:00", five(open(9, 18))],
    ["Mo-Su 12:00-23:00", Array(7).fill([open(12, 23)])],
    ["Mo-Fr 09:00-12:30,13:30-18:00", five(open(9, 12.5), open(13.5, 18))],
    ["Mo-Sa 18:00-02:00", [...Array(6).fill([open(18, 26)]), []]],
    ["Mo-Sa 18:00-26:00", [...Array(6).fill([open(18, 26)]), []], "Mo-Sa 18:00-02:00"],
    ["Mo 09:00-24:00; We 10:00-12:00", [[open(9, 24)], [], [open(10, 12)], [], [], [], []]],
    ["Mo,We-Th 9:00-12:00", [[open(9, 12)], [], [open(9, 12)], [open(9, 12)], [], [], []], "Mo 09:00-12:00; We-Th 09:00-12:00"],
    ["Mo-Su 09:00-18:00; Sa-Su off", five(open(9, 18)), "Mo-Fr 09:00-18:00"],
    ["Fr-Mo 09:00-18:00", [[open(9, 18)], [], [], [], [open(9, 18)], [open(9, 18)], [open(9, 18)]], "Mo 09:00-18:00; Fr-Su 09:00-18:00"],
    ["09:00-18:00", Array(7).fill([open(9, 18)]), "Mo-Su 09:00-18:00"],
    ["24/7", Array(7).fill([open(0, 24)]), "Mo-Su 00:00-24:00"],
    ["Sa", [...Array(5).fill([]), [open(0, 24)], []], "Sa 00:00-24:00"],
    ["Mo-Su off", Array(7).fill([])],
  ]) {
    const read = readHours(text);
    assert.deepEqual([read.week, read.rest, read.always], [week, "", false], text);
    assert.equal(writeHours(read), written);
    assert.deepEqual(readHours(written).week, week, written);
  }
});

test("public holidays are an eighth day, after the others", () => {
  assert.deepEqual(readHours("Mo-Fr 09:00-18:00; PH off"), { always: false, week: five(open(9, 18)), holidays: [], rest: "" });
  assert.equal(writeHours(readHours("Mo-Fr 09:00-18:00; PH 10:00-14:00")), "Mo-Fr 09:00-18:00; PH 10:00-14:00");
  assert.deepEqual(readHours("Su,PH 10:00-16:00").holidays, [open(10, 16)]);
  // A rule for Mondays that follows speaks for holidays on a Monday too: it is left where it stands.
  assert.deepEqual(readHours("PH off; Mo 09:00-18:00"), { always: false, week: Array(7).fill([]), holidays: [], rest: "Mo 09:00-18:00" });
});

test("what says more than a week is kept as it is, with all that follows", () => {
  for (const text of ["Dec 24 off", 'Mo-Fr 09:00-18:00 "by appointment"', "sunrise-sunset", "Mo-Fr 10:00-12:00 || 14:00-15:00", "Su[1] 10:00-12:00", "Mo-Fr 10:00-12:00, Sa 10:00-11:00", "Mo 9-18", "Mo off 12:00-13:00"]) {
    const read = readHours(text);
    assert.deepEqual([read.week, read.rest], [null, text], text);
    assert.equal(writeHours(read), text);
  }
  const mixed = "Mo-Fr 09:00-18:00; Dec 24 10:00-12:00; Sa 10:00-12:00";
  assert.deepEqual([readHours(mixed).week, readHours(mixed).rest], [five(open(9, 18)), "Dec 24 10:00-12:00; Sa 10:00-12:00"]);
  assert.equal(writeHours(readHours(mixed)), mixed);
});

test("no text is: always open", () => {
  for (const text of [null, undefined, "", "  "]) assert.deepEqual(readHours(text), { always: true, week: null, holidays: null, rest: "" });
  assert.equal(writeHours(readHours(null)), null);
});

test("stretches of a day", () => {
  assert.deepEqual(readSpans("10:00-14:00, 18:00-02:00"), [open(10, 14), open(18, 26)]);
  assert.deepEqual(readSpans("closed"), []);
  for (const text of ["10:00-10:00", "24:00-25:00", "10-12", "10:00+", "", "25:00-26:00", "10:00-49:00"]) assert.equal(readSpans(text), null, text);
  assert.equal(collide([open(9, 12), open(13, 18)]), false);
  assert.equal(collide([open(9, 12), open(12, 18)]), false);
  assert.equal(collide([open(13, 18), open(9, 14)]), true);
});

test("the days to come: what is set apart goes first, then holidays, then the week", () => {
  const hours = readHours("Mo-Fr 09:00-18:00; PH off");
  const days = upcoming(hours, [{ date: "2026-12-24", hours: "10:00-14:00" }, { date: "2026-12-27", hours: "midday" }], ["2026-12-25", "2026-12-24"], "2026-12-23", 5);
  assert.deepEqual(days.map((it) => [it.spans, it.why]), [[[open(9, 18)], null], [[open(10, 14)], "exception"], [[], "holiday"], [[], null], [null, "exception"]]);
  assert.deepEqual(upcoming(readHours("Mo-Fr 09:00-18:00"), [], ["2026-12-25"], "2026-12-25", 1), [{ day: "2026-12-25", spans: [open(9, 18)], why: "holiday" }]);
  assert.deepEqual(upcoming(readHours("Dec 24 off"), [], [], "2026-12-23", 1), [{ day: "2026-12-23", spans: null, why: null }]);
  assert.deepEqual(upcoming(readHours(null), [], [], "2026-12-23", 1)[0].spans, [open(0, 24)]);
});
