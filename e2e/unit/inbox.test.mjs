import assert from "node:assert/strict";
import { test } from "node:test";
import { grouped, partsOf, stopsOf } from "../../crates/server/ui/inbox.js";

const asked = [["a", "s"], ["b", null], ["c", "s"], ["d", "t"], ["e", "s"]].map(([id, series_id]) => ({ id, series_id }));

test("requests of one series stand where the first of them stands, and one by itself stays by itself", () => {
  const groups = grouped(asked);
  assert.deepEqual(groups.map((it) => [it.key, it.all.map((one) => one.id).join("")]), [["s", "ace"], ["b", "b"], ["t", "d"]]);
  assert.deepEqual(grouped([]), []);
});

test("keys stop at a series once, and at each date of one that is open", () => {
  const groups = grouped(asked);
  assert.deepEqual(stopsOf(groups, []).map((it) => it.key), ["s", "b", "t"]);
  // A series of which one is left is that one.
  assert.deepEqual(stopsOf(groups, ["s", "t"]).map((it) => it.key), ["s", "a", "c", "e", "b", "t"]);
  assert.deepEqual(stopsOf(groups, ["s"])[0].all.length, 3);
});

test("what is too much for one request is sent in parts, and nothing is lost", () => {
  assert.deepEqual(partsOf([1, 2, 3, 4, 5], 2), [[1, 2], [3, 4], [5]]);
  assert.deepEqual([partsOf([], 2), partsOf([1, 2], 2)], [[], [[1, 2]]]);
});
