import assert from "node:assert/strict";
import { test } from "node:test";
import { addDays, dayOf, instantOf, minutesOf, nextStep, offset, showClock, showEnd, showSpan, showUntil, text, addMonths, firstWeekday, monthGrid, showHour, showMonth, weekOf, zoneDifference } from "../../crates/server/ui/time.js";

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
  assert.deepEqual([0, 23 * 60, 24 * 60, 25 * 60].map((it) => showEnd(it, "en-GB")), ["0:00", "23:00", "24:00", "1:00"]);
  assert.match(showEnd(24 * 60, "en-US"), /^12:00\sAM$/);
  assert.deepEqual(["2026-11-30T22:30Z", "2026-11-30T23:00Z"].map((it) => showUntil(Date.parse(it), "Europe/Berlin", "ru")), ["23:30", "24:00"]);
  assert.match(showSpan(at("2027-01-15T22:30:00Z"), at("2027-01-15T23:30:00Z"), "Europe/Berlin", "en-GB"), /^23:30\u00a0–\u2060\u00a00?0:30 Sat,? 16 Jan$/);
});

test("two months have one title, with the year said once where it is the same", () => {
  assert.equal(showMonth("2026-11-30", "ru-RU"), "ноябрь 2026");
  assert.equal(showMonth("2026-11-30", "ru-RU", "2026-12-21"), "ноябрь – декабрь 2026");
  assert.equal(showMonth("2026-11-30", "en-GB", "2026-12-21"), "November – December 2026");
  assert.equal(showMonth("2026-12-28", "en-GB", "2027-01-04"), "Dec 2026 – Jan 2027");
});

test("months have the days that they have, and weeks begin where the language begins them", () => {
  assert.equal(addMonths("2026-01-31", 1), "2026-02-28");
  assert.equal(addMonths("2028-01-31", 1), "2028-02-29");
  assert.equal(addMonths("2026-03-31", -1), "2026-02-28");
  assert.equal(addMonths("2026-11-30", 14), "2028-01-30");
  assert.equal(weekOf("2026-11-29", 1), "2026-11-23");
  assert.equal(weekOf("2026-11-29", 7), "2026-11-29");
  const grid = monthGrid("2026-11-15", 1);
  assert.deepEqual([grid.length, grid[0][0], grid.at(-1)[6]], [6, "2026-10-26", "2026-12-06"]);
  assert.deepEqual([firstWeekday("ru"), firstWeekday("en-US")], [1, 7]);
});

test("hours on a scale are short, and tell half hours of other zones", () => {
  const noon = Date.parse("2026-11-30T12:00:00Z");
  assert.equal(showHour(noon, "UTC", "en-US").replace(/\s/g, " "), "12 PM");
  assert.equal(showHour(noon, "UTC", "ru"), "12:00");
  assert.match(showHour(noon, "Asia/Kolkata", "en-US"), /5:30/);
  assert.equal(zoneDifference(noon, "Asia/Kolkata", "Europe/Berlin"), 270);
});
