import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const ui = new URL("../../crates/server/ui/", import.meta.url);

test("the icons of the installed UI are there, and as large as is said", () => {
  const { icons, start_url, shortcuts } = JSON.parse(readFileSync(new URL("app.webmanifest", ui), "utf8"));
  assert.equal(start_url, "/");
  assert.deepEqual(shortcuts.map((it) => it.url), ["/", "/timeline", "/my"]);
  for (const { src, sizes, type } of icons) {
    const bytes = readFileSync(new URL(src, ui));
    if (type !== "image/png") continue;
    assert.equal(bytes.subarray(1, 4).toString(), "PNG", src);
    assert.equal(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`, sizes, src);
  }
  assert.deepEqual(icons.filter((it) => it.type === "image/png").map((it) => `${it.sizes} ${it.purpose}`), ["192x192 any", "512x512 any", "512x512 maskable"]);
  const page = readFileSync(new URL("index.html", ui), "utf8");
  // The browser's own icon is in the page: one request less, and the same picture.
  const [, inPage] = /rel="icon" href="data:image\/svg\+xml,([^"]+)"/.exec(page) ?? [];
  assert.equal(decodeURIComponent(String(inPage)), readFileSync(new URL("icon.svg", ui), "utf8").trim().replaceAll('"', "'"));
  for (const [, name] of page.matchAll(/{{assets}}\/([\w.-]+\.(?:png|svg|webmanifest))/g)) readFileSync(new URL(name, ui));
});
