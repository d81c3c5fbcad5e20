import assert from "node:assert/strict";
import { test } from "node:test";
import { HEAD, LANE, ROW, between, fold, grouped, lineAt, narrowed, planned } from "../../crates/server/ui/rows.js";

const thing = (name, more = {}) => ({ id: name, name, kind: "room", site_id: null, area_id: null, time_zone: "UTC", tags: [], quantity: 1, ...more });
const names = { site: (id) => id ?? "", area: (id) => id ?? "" };

test("words are found without regard to case, accents and order, in names, kinds, tags and areas", () => {
  const all = [thing("Salle Élan", { tags: ["quiet"] }), thing("Переговорная Ё"), thing("Desk 4", { kind: "desk", area_id: "Terrace" })];
  const found = (query) => narrowed(all, { query }, (id) => id ?? "").map((it) => it.name);
  assert.deepEqual(found("elan"), ["Salle Élan"]);
  assert.deepEqual(found("QUIET salle"), ["Salle Élan"]);
  assert.deepEqual(found("ё"), ["Переговорная Ё"]);
  assert.deepEqual(found("terrace desk"), ["Desk 4"]);
  assert.deepEqual(found("salle desk"), []);
  assert.deepEqual(narrowed(all, { kind: "desk" }).length, 1);
  assert.equal(fold("Ёлка Ä"), "елка a");
});

test("rows stand by place and area, and one place needs no name", () => {
  const here = grouped([thing("a", { site_id: "X" }), thing("b", { site_id: "X" })], names);
  assert.deepEqual(here.map((it) => [it.name, it.rows.length]), [["", 2]]);
  const two = grouped([thing("a", { site_id: "X", area_id: "hall" }), thing("b", { site_id: "Y" }), thing("c", { site_id: "X", area_id: "hall" })], names);
  assert.deepEqual(two.map((it) => [it.name, it.rows.map((row) => row.id).join()]), [["X · hall", "a,c"], ["Y", "b"]]);
  const areas = grouped([thing("a", { site_id: "X", area_id: "hall" }), thing("b", { site_id: "X", area_id: "bar" })], names);
  assert.deepEqual(areas.map((it) => it.name), ["hall", "bar"]);
});

test("every row has its place below the others, with as many lanes as it needs", () => {
  const groups = grouped([thing("a", { site_id: "X" }), thing("b", { site_id: "Y" }), thing("c", { site_id: "Y" })], names);
  const plan = planned(groups, (it) => (it.id === "b" ? 3 : 1));
  assert.deepEqual(plan.lines.map((it) => [it.resource.id, it.at, it.top, it.height]), [["a", 0, HEAD, ROW], ["b", 1, 2 * HEAD + ROW, ROW + 2 * LANE], ["c", 2, 2 * HEAD + 2 * ROW + 2 * LANE, ROW]]);
  assert.equal(plan.height, 2 * HEAD + 3 * ROW + 2 * LANE);
  assert.equal(planned(grouped([thing("a")], names), () => 1).height, ROW);
});

test("only what is in view is made, however much there is", () => {
  const plan = planned(grouped(Array.from({ length: 1_000 }, (_, n) => thing(`r${n}`, { site_id: n < 500 ? "X" : "Y" })), names), () => 1);
  const seen = (from, to) => between(plan, from, to).flatMap((it) => it.lines);
  for (const top of [0, 777, 499 * ROW, plan.height - 600]) {
    const lines = seen(top, top + 600);
    assert.ok(lines.length >= 12 && lines.length <= 16, `${top}: ${lines.length}`);
    // Nothing that touches the view is missing.
    const touching = plan.lines.filter((it) => it.top < top + 600 && top < it.top + it.height);
    for (const line of touching) assert.ok(lines.includes(line), line.resource.id);
  }
  assert.deepEqual(seen(plan.height + 10, plan.height + 500), []);
  assert.equal(lineAt(plan.lines, -5), 0);
  assert.equal(lineAt(plan.lines, plan.height + 1), 1_000);
});
