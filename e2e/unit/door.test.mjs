import assert from "node:assert/strict";
import { test } from "node:test";
import { checked, correction, pathOf, qr } from "../../crates/server/ui/qr.js";
import { pause, standing } from "../../crates/server/ui/standing.js";

const at = (/** @type {string} */ time) => `2026-11-27T${time}:00Z`;
const booking = (/** @type {string} */ from, /** @type {string} */ to, more = {}) => ({ id: from, starts_at: at(from), ends_at: at(to), status: "confirmed", title: null, who: null, lapses_at: null, can_check_in: false, extendable_minutes: 0, ...more });
const door = (more = {}) => ({ now: at("13:00"), current: null, next: [], closed: null, free_until: at("23:00"), offers: [], ...more });

test("a display says how it stands, and goes on by itself", () => {
  for (const [said, time, state, until] of /** @type {[any, string, string, string | null][]} */ ([
    [door(), "13:00", "free", "23:00"],
    [door({ next: [booking("14:30", "15:00")] }), "13:00", "free", "14:30"],
    [door({ next: [booking("14:30", "15:00")] }), "14:20", "soon", "14:30"],
    [door({ next: [booking("14:30", "15:00")] }), "14:40", "running", "15:00"],
    [door({ next: [booking("14:30", "15:00")] }), "15:10", "free", "23:00"],
    [door({ next: [booking("13:10", "14:00", { can_check_in: true })] }), "13:00", "check_in", "13:10"],
    [door({ current: booking("12:50", "14:00", { lapses_at: at("13:05") }) }), "13:00", "check_in", "13:05"],
    [door({ current: booking("12:50", "14:00", { lapses_at: at("13:05") }) }), "13:06", "free", "23:00"],
    [door({ current: booking("12:30", "13:30", { status: "checked_in" }) }), "13:00", "running", "13:30"],
    [door({ current: booking("12:30", "13:30", { status: "checked_in" }) }), "13:26", "ending", "13:30"],
    [door({ closed: { reason: "out_of_order", until: at("18:00") }, free_until: null }), "13:00", "out_of_order", "18:00"],
    [door({ closed: { reason: "closed", until: at("18:00") }, free_until: null }), "18:01", "free", null],
  ])) {
    const found = standing(said, Date.parse(at(time)));
    assert.deepEqual([found.state, found.until], [state, until && Date.parse(at(until))], `${time} ${state}`);
  }
  assert.ok(!standing(door({ next: [booking("13:30", "14:00")] }), Date.parse(at("13:40"))).fresh);
});

test("it asks often, and less often where nobody answers", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 9].map(pause), [5_000, 5_000, 10_000, 20_000, 30_000, 30_000]);
});

test("QR codes are those of the standard", () => {
  // The examples of ISO/IEC 18004: corrections of a version 1-M symbol, formats, and the version of a seventh.
  assert.deepEqual(correction([32, 91, 11, 120, 209, 114, 220, 77, 67, 64, 236, 17, 236, 17, 236, 17], 10), [196, 35, 39, 119, 235, 215, 231, 226, 93, 23]);
  assert.equal((checked(0b00101, 0x537, 10) ^ 0x5412).toString(2).padStart(15, "0"), "100000011001110");
  assert.equal((checked(0b00000, 0x537, 10) ^ 0x5412).toString(2).padStart(15, "0"), "101010000010010");
  assert.equal(checked(7, 0x1f25, 12).toString(2).padStart(18, "0"), "000111110010010100");
  const rows = qr("A", 0) ?? [];
  const text = rows.map((row) => row.map((it) => (it ? "#" : ".")).join(""));
  assert.deepEqual(text, VECTOR);
  for (const [length, size] of [[14, 21], [15, 25], [26, 25], [62, 33], [106, 41], [213, 57]]) assert.equal(qr("x".repeat(length))?.length, size, `${length}`);
  assert.equal(qr("x".repeat(214)), null);
  assert.ok(pathOf(rows).startsWith("M4 4h1v1h-1z"));
});

/** "A" in version 1-M with the first mask, worked out codeword by codeword: 40 14 10 EC 11 … and ten corrections. */
const VECTOR = [
  "#######..###..#######",
  "#.....#.#.###.#.....#",
  "#.###.#...#...#.###.#",
  "#.###.#..#....#.###.#",
  "#.###.#.##..#.#.###.#",
  "#.....#...#.#.#.....#",
  "#######.#.#.#.#######",
  "...........##........",
  "#.#.#.#...##....#..#.",
  "#..###...#....#...##.",
  ".#....#.###.#...#...#",
  "#.#.#....##...#...#..",
  "#.#..##.#.#.#.#.#.#.#",
  "........####.#.#.#.#.",
  "#######....#.###.####",
  "#.....#..#.###.###...",
  "#.###.#.##.#.###.##.#",
  "#.###.#.......#...##.",
  "#.###.#.##..#...#...#",
  "#.....#..##...#...##.",
  "#######.#...#.#.#.###",
];
