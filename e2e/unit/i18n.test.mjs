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
  const seats = (n) => say(ru, "ru", "seats", { n }).replace("\u00a0", " ");
  assert.deepEqual([1, 2, 5, 11, 21, 22, 25].map(seats), ["1 место", "2 места", "5 мест", "11 мест", "21 место", "22 места", "25 мест"]);
  // A number stays on the line of what it counts.
  assert.equal(say(catalogue("en"), "en", "seats", { n: 1 }), "1\u00a0seat");
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

/** The catalogue of one part; everybody's has no name. */
const part = (name) => JSON.parse(readFileSync(new URL(`lang/${name && `${name}.`}en.json`, ui), "utf8"));
const source = (name) => readFileSync(new URL(name, ui), "utf8");
/** What a module imports, at once or later. */
const importsOf = (name) =>
  [...source(name).matchAll(/(?:from|import\()\s*"(\.[^"]+\.js)"/g)].map(([, to]) => new URL(to, new URL(name, "file:///")).pathname.slice(1)).filter((it) => !it.startsWith("vendor"));
/** Names of texts that a module says; some are put together, and can't be found this way. */
const named = (name) => [...source(name).matchAll(/\bt\(\s*"([\w.-]+)"|key: "(\w+\.[\w.]+)"|\? "(\w+\.[\w.]+)"|: "(\w+\.[\w.]+)"/g)].map((it) => it.slice(1).find(Boolean)).filter((it) => it.includes(".") && !/\.(js|css|json|svg)$/.test(it));

/** Each page and each screen, with the words that are there when it is. */
function* screens() {
  const app = source("app.js");
  const table = app.slice(app.indexOf("const screens"), app.indexOf("\n};", app.indexOf("const screens")));
  for (const [, path, load, words] of table.matchAll(/"(\/[\w-]*)": \{ load: \(\) => import\("\.\/([^"]+)"\)[^\n]*?(?:words: (\[[^\]]*\]|"\w+"))?[^\n]*/g)) {
    yield { path, start: load, words: [...(words ?? /words: (\[[^\]]*\]|"\w+")/.exec(table.split("\n").find((line) => line.includes(`"${path}":`)))?.[1] ?? "").matchAll(/"(\w+)"/g)].map(([, it]) => it) };
  }
  for (const start of ["door.js", "public.js"]) yield { path: start, start, words: [] };
}

test("every text that a screen names is there when the screen is", () => {
  const everybody = part("");
  const all = catalogue("en");
  let looked = 0;
  const missing = [];
  for (const { path, start, words } of screens()) {
    const [found, left, parts] = [new Set(), [start], new Set(words)];
    for (let name = left.pop(); name; name = left.pop()) {
      if (found.has(name) || name === "app.js") continue;
      found.add(name);
      for (const [, it] of source(name).matchAll(/\blearn\("(\w+)"\)/g)) parts.add(it);
      left.push(...importsOf(name));
    }
    const here = Object.assign({}, everybody, ...[...parts].map(part));
    for (const name of found) {
      for (const key of named(name).filter((it) => it in all || source(name).includes(`t("${it}"`))) {
        looked += 1;
        if (!(key in here)) missing.push(`${path} shows ${key} (${name}), which is in none of: everybody's, ${[...parts].join(", ")}`);
      }
    }
  }
  assert.deepEqual([...new Set(missing)], []);
  assert.ok(1_000 < looked, `${looked}`);
});
