import assert from "node:assert/strict";
import { test } from "node:test";
import { parseWeek, writeWeek } from "../../crates/server/ui/hours.js";

const open = (from, to) => ({ from: from * 60, to: to * 60 });

test("a week is read and written", () => {
  for (const [text, week, written = text] of [
    ["Mo-Fr 09:00-18:00", [...Array(5).fill(open(9, 18)), null, null]],
    ["Mo-Su 12:00-23:00", Array(7).fill(open(12, 23))],
    ["Mo-Sa 18:00-02:00", [...Array(6).fill(open(18, 26)), null]],
    ["Mo 09:00-24:00; We 10:00-12:00", [open(9, 24), null, open(10, 12), null, null, null, null]],
    ["Mo,We-Th 09:00-12:00", [open(9, 12), null, open(9, 12), open(9, 12), null, null, null], "Mo 09:00-12:00; We-Th 09:00-12:00"],
    ["Mo-Su 09:00-18:00; Sa-Su off", [...Array(5).fill(open(9, 18)), null, null], "Mo-Fr 09:00-18:00"],
    ["Mo-Su off", Array(7).fill(null)],
  ]) {
    assert.deepEqual(parseWeek(text), week, text);
    assert.equal(writeWeek(week), written);
  }
});

test("what says more than a week is left as it is", () => {
  for (const text of ["24/7", "Mo-Fr 09:00-12:00,13:00-18:00", "Mo-Fr 09:00-18:00; PH off", "Dec 24 off", "Fr-Mo 09:00-18:00", "Mo 9-18", "", null, "sunrise-sunset"]) {
    assert.equal(parseWeek(text), null, String(text));
  }
});
