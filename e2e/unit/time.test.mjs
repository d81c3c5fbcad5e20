import assert from "node:assert/strict";
import { test } from "node:test";
import { addDays, dayOf, instantOf, minutesOf, nextStep, offset, showClock, showSpan, text } from "../../crates/server/ui/time.js";

const at = (iso) => Date.parse(iso);

test("the clocks of a zone", () => {
  assert.equal(offset(at("2027-01-15T12:00:00Z"), "Europe/Berlin"), 3_600_000);
  assert.equal(offset(at("2027-07-15T12:00:00Z"), "Europe/Berlin"), 7_200_000);
  assert.equal(offset(at("2027-07-15T12:00:00Z"), "Asia/Kathmandu"), 20_700_000);
});

test("a time of a day is an instant", () => {
  for (const [day, minutes, zone, instant] of [
    ["2027-01-15", 9 * 60, "Europe/Berlin", "2027-01-15T08:00:00Z"],
    ["2027-01-15", 0, "America/New_York", "2027-01-15T05:00:00Z"],
    // Skipped: as long after the last time that is not as it would have been.
    ["2027-03-28", 2 * 60 + 30, "Europe/Berlin", "2027-03-28T01:30:00Z"],
    // Twice: the first.
    ["2027-10-31", 2 * 60 + 30, "Europe/Berlin", "2027-10-31T00:30:00Z"],
    ["2027-10-31", 4 * 60, "Europe/Berlin", "2027-10-31T03:00:00Z"],
    ["2027-04-04", 60, "Australia/Lord_Howe", "2027-04-03T14:00:00Z"],
  ]) {
    assert.equal(text(instantOf(day, minutes, zone)), instant, `${day} ${minutes} ${zone}`);
  }
});

test("an instant is a time of a day", () => {
  assert.equal(dayOf(at("2027-01-15T23:30:00Z"), "Europe/Berlin"), "2027-01-16");
  assert.equal(minutesOf(at("2027-01-15T23:30:00Z"), "Europe/Berlin"), 30);
  assert.equal(addDays("2027-02-28", 1), "2027-03-01");
  assert.equal(addDays("2028-02-28", 1), "2028-02-29");
});

test("the next time of the grid", () => {
  const next = (iso) => text(nextStep(at(iso), 15, "Asia/Kathmandu"));
  assert.equal(next("2027-01-15T12:00:00Z"), "2027-01-15T12:00:00Z");
  assert.equal(next("2027-01-15T12:00:01Z"), "2027-01-15T12:15:00Z");
  assert.equal(next("2027-01-15T12:14:59Z"), "2027-01-15T12:15:00Z");
});

test("12 and 24 hours by locale", () => {
  assert.equal(showClock(13 * 60 + 5, "en-GB"), "13:05");
  assert.match(showClock(13 * 60 + 5, "en-US"), /^1:05\sPM$/);
  assert.match(showSpan(at("2027-01-15T22:30:00Z"), at("2027-01-15T23:30:00Z"), "Europe/Berlin", "en-GB"), /^23:30 – 0?0:30 Sat,? 16 Jan$/);
});
