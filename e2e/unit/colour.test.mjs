import assert from "node:assert/strict";
import { test } from "node:test";
import { contrast, parse, readable, soft } from "../../crates/server/ui/colour.js";

test("contrast is that of WCAG", () => {
  assert.equal(contrast([0, 0, 0], [255, 255, 255]), 21);
  assert.equal(contrast([119, 119, 119], [255, 255, 255]).toFixed(2), "4.48");
});

test("only six digits are a colour", () => {
  assert.deepEqual(parse("3056d3"), [48, 86, 211]);
  for (const wrong of ["", "fff", "#3056d3", "3056d3;", "gggggg", "3056d3ff"]) assert.equal(parse(wrong), null);
});

test("whatever is chosen can be read, and what stands on it too", () => {
  for (const background of /** @type {const} */ ([[255, 255, 255], [27, 31, 41]])) {
    for (const hex of ["ffffff", "000000", "ffff00", "ff0000", "00ff00", "0000ff", "777777", "f2c464", "3056d3"]) {
      const { colour, on } = readable(parse(hex), [[...background]]);
      assert.ok(contrast(colour, [...background]) >= 4.5, `${hex} on ${background}`);
      assert.ok(contrast(colour, on) >= 4.5, `text on ${hex}`);
      assert.ok(contrast(colour, soft(colour, [...background])) >= 4.5, `${hex} on its tint`);
    }
  }
  // What is readable stays what it is.
  assert.deepEqual(readable([48, 86, 211], [[255, 255, 255]]).colour, [48, 86, 211]);
});
