import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { bodyOf, readCsv, readTable } from "../../crates/server/ui/screens/admin/csv.js";
import { areaTree, around, inherited } from "../../crates/server/ui/screens/admin/levels.js";
import { countedNames, nextName, tagsOf, valuesOf } from "../../crates/server/ui/screens/admin/naming.js";
import { FAMILIES, OTHERS, questionOf, sentenceOf } from "../../crates/server/ui/screens/admin/sentences.js";
import { SAID } from "../../crates/server/ui/said.js";
import { say } from "../../crates/server/ui/i18n.js";
import { resourcesOf, templates } from "../../crates/server/ui/templates.js";
import { slugOf } from "../../crates/server/ui/slug.js";

const words = (language) => JSON.parse(readFileSync(new URL(`../../crates/server/ui/lang/admin.${language}.json`, import.meta.url), "utf8"));
const line = (action, more = {}) => ({ action, at: "2026-11-30T10:00:00Z", actor_id: null, user_id: null, resource_id: null, site_id: null, area_id: null, kind_id: null, group_id: null, ...more });
const tell = (language, it) => {
  const catalogue = words(language);
  const { key, values } = sentenceOf(it, { knows: (wanted) => wanted in catalogue, name: (what, id) => ({ anna: "Anna", maria: "María", t7: "Table 7", linde: "Bistro Linde" })[id] ?? id });
  return say(catalogue, language, key, values);
};

/** What the server writes into the log, by its sources. */
function actions() {
  const crates = new URL("../../crates/", import.meta.url);
  const files = ["domain", "store", "server"].flatMap((crate) => readdirSync(new URL(`${crate}/src/`, crates), { recursive: true }).filter((name) => name.endsWith(".rs")).map((name) => new URL(`${crate}/src/${name}`, crates)));
  const found = files.flatMap((file) => readFileSync(file, "utf8").match(new RegExp(`"(${FAMILIES.join("|")})\\.[a-z_]+"`, "g")) ?? []);
  return [...new Set(found.map((it) => it.slice(1, -1)))];
}

test("lines of the log are sentences", () => {
  const made = line("booking.created", { actor_id: "anna", resource_id: "t7" });
  assert.equal(tell("en", made), "Anna booked Table 7.");
  assert.equal(tell("ru", made), "Anna: новая бронь, Table 7.");
  assert.equal(tell("en", line("booking.expired", { resource_id: "t7" })), "A request for Table 7 ran out.");
  assert.equal(tell("en", line("user.disabled", { actor_id: "maria", user_id: "anna" })), "María disabled Anna.");
  assert.equal(tell("en", line("session.created", { actor_id: "anna", user_id: "anna" })), "Anna signed in.");
  assert.equal(tell("en", line("site.manager_added", { actor_id: "maria", user_id: "anna", site_id: "linde" })), "María made Anna a manager of Bistro Linde.");
});

test("every action that the server writes has a sentence in every language, and holds no hole", () => {
  const source = actions();
  assert.ok(source.length > 50, `${source.length}`);
  for (const language of ["en", "ru"]) {
    for (const action of source) {
      for (const actor_id of ["maria", null]) {
        const told = tell(language, line(action, { actor_id, user_id: "anna", resource_id: "t7", site_id: "linde", area_id: "Hall", kind_id: "room", group_id: "Board" }));
        assert.ok(!/[{}]|did\./.test(told), `${language} ${action}: ${told}`);
        assert.ok(!told.includes(action) && !told.startsWith(" ") && !told.startsWith(":"), `${language} ${action}: ${told}`);
      }
    }
    assert.ok(tell(language, line("floor.changed", { actor_id: "maria" })).includes("floor.changed"));
    for (const family of FAMILIES) assert.ok(`family.${family}` in words(language), family);
  }
});

test("the log is searched by what, who and when, and every action can be asked for", () => {
  const nothing = { family: "", person: "", about: { what: "", id: "" }, from: "", to: "" };
  assert.deepEqual(Object.values(questionOf(nothing)).filter(Boolean), []);
  assert.deepEqual(questionOf({ ...nothing, family: "booking", person: "anna", from: "2026-11-30T00:00:00Z" }), { action: "booking", person_id: "anna", from: "2026-11-30T00:00:00Z", to: "" });
  assert.deepEqual(questionOf({ ...nothing, about: { what: "group", id: "board" } }), { action: "", person_id: "", group_id: "board", from: "", to: "" });
  // What is chosen is said by the next field alone.
  assert.deepEqual(Object.values(questionOf({ ...nothing, about: { what: "group", id: "" } })).filter(Boolean), []);
  assert.equal(questionOf({ ...nothing, family: "other" }).action, OTHERS.join(","));
  // What the server writes, as its sources have it.
  const crates = new URL("../../crates/", import.meta.url);
  const sources = ["server/src/app/", "domain/src/effect.rs"].flatMap((path) => (path.endsWith(".rs") ? [path] : readdirSync(new URL(path, crates), { recursive: true }).filter((name) => name.endsWith(".rs")).map((name) => path + name)));
  const families = new Set(sources.flatMap((path) => [...readFileSync(new URL(path, crates), "utf8").matchAll(/"([a-z_]+)\.[a-z_]+"/g)].map(([, it]) => it)));
  assert.ok(families.size > 8, [...families].join());
  assert.deepEqual([...families].filter((it) => !FAMILIES.includes(it) && !OTHERS.includes(it)), []);
});

test("a table is read as it is written", () => {
  assert.deepEqual(readCsv('name,notes\r\nTable 1,"a, ""b""\nc"\n\nTable 2,'), [["name", "notes"], ["Table 1", 'a, "b"\nc'], ["Table 2", ""]]);
  assert.deepEqual(readCsv("\uFEFFname\nЗал"), [["name"], ["Зал"]]);
  assert.deepEqual(readCsv(""), []);
  assert.deepEqual(readTable("x.csv", "name,kind\nA,room"), { json: false, columns: ["name", "kind"], rows: [["A", "room"]] });
  assert.deepEqual(readTable("x.json", '{"items":[{"name":"A","tags":["b"]},{"kind":null}]}'), { json: true, columns: ["name", "tags", "kind"], rows: [["A", '["b"]', ""], ["", "", ""]] });
  assert.deepEqual(bodyOf('[{"name":"A"}]'), { items: [{ name: "A" }] });
  assert.throws(() => readTable("x.json", "{}"));
  assert.throws(() => readTable("x.json", "name\nA"));
});

test("names are counted", () => {
  assert.equal(nextName("Table 6", ["Table 7"]), "Table 8");
  assert.equal(nextName("Hall", []), "Hall 2");
  assert.equal(nextName("Room 3 (quiet)", []), "Room 4 (quiet)");
  assert.deepEqual(countedNames("Table {n}", 1, 3), ["Table 1", "Table 2", "Table 3"]);
  assert.deepEqual(countedNames("Стол", 9, 10), ["Стол 9", "Стол 10"]);
  assert.deepEqual(countedNames("x", 3, 1), []);
  assert.deepEqual(tagsOf(" view, quiet,,view "), ["view", "quiet"]);
  assert.deepEqual(valuesOf([{ key: "a", type: "flag" }, { key: "b", type: "number" }, { key: "c", type: "text" }], { a: false, b: 0, c: "", d: 1 }), { b: 0 });
});

test("a slug is made of a name in any script", () => {
  assert.deepEqual(["Café Zoë", "Кафе Зоя", "Straße 12!", "  "].map(slugOf).map((it) => (it.startsWith("site-") ? "site-" : it)), ["cafe-zoe", "kafe-zoya", "strasse-12", "site-"]);
});

test("areas are a tree, and the nearest level that says something is heard", () => {
  const area = (id, parent_id, position) => ({ id, parent_id, position, name: id });
  const areas = [area("b", null, 1), area("a", null, 0), area("a2", "a", 1), area("a1", "a", 0), area("deep", "a1", 0)];
  assert.deepEqual(areaTree(areas).map((it) => [it.id, it.depth]), [["a", 0], ["a1", 1], ["deep", 2], ["a2", 1], ["b", 0]]);
  assert.deepEqual(around(areas, "deep").map((it) => it.id), ["a", "a1", "deep"]);
  assert.deepEqual(around(areas, null), []);
  const above = [{ name: "Linde", level: "site", rules: { party_max: 8, hours: "24/7" } }, { name: "Hall", level: "area", rules: { party_max: null, hours: "Mo 10:00-12:00" } }];
  assert.deepEqual(inherited(above, "party_max"), { value: 8, name: "Linde", level: "site" });
  assert.deepEqual(inherited(above, "hours"), { value: "Mo 10:00-12:00", name: "Hall", level: "area" });
  assert.deepEqual(inherited(above, "pending_minutes_max"), { value: 4_320, name: null, level: "built_in" });
});

test("what the server says of a value is said in every language", () => {
  const of = (detail) => SAID.find(([form]) => form.test(detail))?.[1];
  for (const [detail, key] of [["is required", "said.required"], ["must be from 1 to 100000", "said.range"], ["must be a whole number from 0 to 255", "said.range"], ["must have at most 64 characters", "said.charsMost"], ["must be the name of an IANA time zone, such as Europe/Berlin", "said.zone"], ["at character 4, `foo`: expected a time such as 09:00", "said.hours"], ["must be the id of a resource", "said.id"]]) assert.equal(of(detail), key, detail);
  assert.equal(of("is kept for certain groups, and you are in none of them"), undefined);
  for (const language of ["en", "ru"]) for (const [, key] of SAID) assert.ok(key in words(language), key);
});

test("a template comes to resources that are numbered on", () => {
  const named = (name, n) => `${name} ${n}`;
  const made = resourcesOf([{ name: "T", kind: "table", capacity: 2, count: 2 }, { name: "T", kind: "table", capacity: 4, count: 1 }, { name: "H", kind: "hall", capacity: null, count: 1 }], named);
  assert.deepEqual(made.map((it) => [it.name, it.capacity, it.position]), [["T 1", 2, 0], ["T 2", 2, 1], ["T 3", 4, 2], ["H 1", null, 3]]);
  for (const [name, it] of Object.entries(templates)) {
    const first = JSON.parse(readFileSync(new URL("../../crates/server/ui/lang/start.en.json", import.meta.url), "utf8"));
    for (const key of [`start.${name}`, `start.${name}.about`, ...it.things.flatMap((thing) => [thing.name, `${thing.name}s`])]) assert.ok(key in first, key);
  }
});
