import assert from "node:assert/strict";
import { test } from "node:test";
import { besideOf } from "../../crates/server/ui/beside.js";

const view = { width: 1280, height: 800 };
/** @param {number} left @param {number} top @param {number} width @param {number} height */
const box = (left, top, width, height) => ({ left, top, right: left + width, bottom: top + height });
const apart = (/** @type {any} */ at, /** @type {any} */ bar, width = 460) => at.left + width <= bar.left || bar.right <= at.left || at.top + at.height <= bar.top || bar.bottom <= at.top;

test("a card covers nothing of what it is about, wherever that is, and stays in the window", () => {
  for (const width of [40, 300, 1_100]) for (const height of [200, 420, 700]) for (let left = 100; left < 1_240; left += 95) for (let top = 60; top < 760; top += 50) {
    const bar = box(left, top, Math.min(width, 1_280 - left), 48);
    const card = box(410, (800 - height) / 2, 460, height);
    const at = besideOf(bar, card, view);
    const stands = at ?? { left: card.left, top: card.top, height };
    assert.ok(apart(stands, bar), JSON.stringify({ bar, at }));
    assert.ok(0 <= stands.left && stands.left + 460 <= 1_280 && 0 <= stands.top && stands.top + stands.height <= 800, JSON.stringify({ bar, at }));
    assert.ok(Math.min(height, 260) <= stands.height, JSON.stringify({ bar, at }));
  }
});

test("a card that covers nothing stays where it is, and one that has grown out of the window does not", () => {
  assert.equal(besideOf(box(100, 100, 200, 48), box(410, 300, 460, 300), view), null);
  assert.equal(besideOf(box(-300, 100, 200, 48), box(0, 100, 460, 300), view), null, "what is out of sight is not covered");
  // It has grown: aside, or where there is no room either, so that it is scrolled.
  assert.deepEqual(besideOf(box(500, 300, 200, 48), box(500, 356, 460, 500), view), { left: 708, top: 288, height: 500 });
  assert.deepEqual(besideOf(box(400, 300, 500, 48), box(500, 356, 460, 500), view), { left: 400, top: 356, height: 432 });
  // Below, and where there is too little room above.
  assert.deepEqual(besideOf(box(500, 300, 200, 48), box(410, 200, 460, 400), view), { left: 500, top: 356, height: 400 });
  assert.deepEqual(besideOf(box(500, 600, 200, 48), box(410, 200, 460, 450), view), { left: 500, top: 142, height: 450 });
});
