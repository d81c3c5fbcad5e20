import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { say } from "../../crates/server/ui/i18n.js";

const ui = new URL("../../crates/server/ui/", import.meta.url);
/** Everybody's catalogue of a language and those of single screens (`lang/PART.LANGUAGE.json`), each key of which stands in one of them. */
function catalogue(language) {
  const all = {};
  for (const name of readdirSync(new URL("lang/", ui)).filter((it) => it === `${language}.json` || it.endsWith(`.${language}.json`))) {
    const part = JSON.parse(readFileSync(new URL(`lang/${name}`, ui), "utf8"));
    for (const key of Object.keys(part)) assert.ok(!(key in all), `${name}: ${key} stands elsewhere too`);
    Object.assign(all, part);
  }
  return all;
}

test("numbers are counted as the language counts", () => {
  const ru = catalogue("ru");
  const seats = (n) => say(ru, "ru", "seats", { n });
  assert.deepEqual([1, 2, 5, 11, 21, 22, 25].map(seats), ["1 место", "2 места", "5 мест", "11 мест", "21 место", "22 места", "25 мест"]);
  assert.equal(say(catalogue("en"), "en", "seats", { n: 1 }), "1 seat");
});

test("values stand where they belong, and never again", () => {
  assert.equal(say({ a: "{x} and {y}" }, "en", "a", { x: "{y}", y: 2 }), "{y} and 2");
  assert.equal(say({}, "en", "not.there", {}), "not.there");
});

test("every language has every text, with the same values and every plural", () => {
  const en = catalogue("en");
  const holes = (entry) => [...new Set(JSON.stringify(entry).match(/\{\w+\}/g) ?? [])].sort();
  for (const language of ["ru"]) {
    const other = catalogue(language);
    for (const key of Object.keys(en)) {
      // A problem that the server words in English has words of our own in the other languages only.
      assert.ok(key in other, `${language} lacks ${key}`);
      assert.deepEqual(holes(other[key]), holes(en[key]), `${language} ${key}`);
      assert.equal(typeof other[key], typeof en[key], key);
      if (typeof en[key] === "object") {
        assert.deepEqual(Object.keys(other[key]).sort(), new Intl.PluralRules(language).resolvedOptions().pluralCategories.sort(), key);
      }
    }
    const extra = Object.keys(other).filter((key) => !(key in en) && !key.startsWith("problem."));
    assert.deepEqual(extra, []);
  }
});

test("every text that a screen names is there", () => {
  const en = catalogue("en");
  const files = readdirSync(ui, { recursive: true }).filter((name) => name.endsWith(".js") && !name.startsWith("vendor"));
  for (const name of files) {
    const source = readFileSync(new URL(name, ui), "utf8");
    for (const [, key] of source.matchAll(/\bt\("([\w.]+)"/g)) assert.ok(key in en, `${name}: ${key}`);
    for (const [, key] of source.matchAll(/key: "(\w+\.[\w.]+)"/g)) assert.ok(key in en, `${name}: ${key}`);
  }
});
