import assert from "node:assert/strict";
import { test } from "node:test";
import { kept } from "../../crates/server/ui/kept.js";

test("what was typed while it was saved stays, and all else is as it was saved", () => {
  const sent = { name: " Hall ", tags: ["a"], notes: "", labels: { en: "Hall" } };
  const saved = { name: "Hall", tags: ["a"], notes: "", labels: { en: "Hall" } };
  assert.deepEqual(kept(saved, sent, sent), saved);
  assert.deepEqual(kept(saved, sent, { ...sent, notes: "By the window" }), { ...saved, notes: "By the window" });
  assert.deepEqual(kept(saved, sent, { ...sent, labels: { en: "Hall", ru: "Зал" } }).labels, { en: "Hall", ru: "Зал" });
  // What was not there when it was sent, and what was taken away.
  assert.deepEqual(kept(/** @type {any} */ ({ a: 1 }), { a: 1 }, { a: 1, b: 2 }), { a: 1, b: 2 });
  assert.deepEqual(kept(/** @type {any} */ ({ a: 1 }), { a: 1 }, { a: null }), { a: null });
});
