import assert from "node:assert/strict";
import { test } from "node:test";
import { calendarOf, escaped, folded } from "../../crates/server/ui/ics.js";

test("text is escaped as RFC 5545 has it", () => {
  assert.equal(escaped("a,b;c\\d\ne\r\nf"), "a\\,b\\;c\\\\d\\ne\\nf");
});

test("no line is longer than 75 bytes, and no character is cut", () => {
  const line = `SUMMARY:${"Планёрка 🍽 ".repeat(20)}`;
  const pieces = folded(line).split("\r\n");
  assert.ok(pieces.length > 3);
  for (const piece of pieces) assert.ok(Buffer.byteLength(piece) <= 75, `${Buffer.byteLength(piece)}`);
  for (const piece of pieces.slice(1)) assert.ok(piece.startsWith(" "));
  assert.equal(pieces.map((it, n) => (n === 0 ? it : it.slice(1))).join(""), line);
  assert.equal(folded("short"), "short");
});

test("a booking is an event with times in UTC", () => {
  const [from, to, now] = [Date.parse("2026-11-30T09:00:00Z"), Date.parse("2026-11-30T09:30:00Z"), Date.parse("2026-11-29T00:00:00.123Z")];
  const text = calendarOf([{ uid: "1", from, to, title: "Stand-up, daily", where: "Room Ada", about: "first\nsecond", status: "TENTATIVE" }], now);
  assert.ok(text.endsWith("END:VCALENDAR\r\n"));
  assert.deepEqual(text.trimEnd().split("\r\n"), [
    "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Bronya//Bookings//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH", "BEGIN:VEVENT", "UID:1", "DTSTAMP:20261129T000000Z", "DTSTART:20261130T090000Z", "DTEND:20261130T093000Z",
    "SUMMARY:Stand-up\\, daily", "LOCATION:Room Ada", "DESCRIPTION:first\\nsecond", "STATUS:TENTATIVE", "END:VEVENT", "END:VCALENDAR",
  ]);
});
