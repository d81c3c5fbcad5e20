// Draws the icons that devices show of the installed UI from its `icon.svg`, once: what comes out is in the repository.

import { readFile, writeFile } from "node:fs/promises";
import { browser, stop } from "./world.mjs";

const ui = new URL("../crates/server/ui/", import.meta.url);
/** Name, size, and whether the device cuts its own shape out of it: then the colour goes to the edge, and the picture keeps to the middle. @type {[string, number, boolean][]} */
const ICONS = [["icon-192.png", 192, false], ["icon-512.png", 512, false], ["icon-maskable.png", 512, true], ["icon-apple.png", 180, true]];

const svg = await readFile(new URL("icon.svg", ui), "utf8");
const page = await (await browser()).newPage();
for (const [name, size, whole] of ICONS) {
  await page.setViewportSize({ width: size, height: size });
  const picture = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  const inset = whole ? 10 : 0;
  await page.setContent(`<style>body{margin:0;background:${whole ? "#2f55d4" : "transparent"}}img{position:fixed;inset:${inset}%;width:${100 - 2 * inset}%}</style><img src="${picture}">`);
  await page.locator("img").evaluate((it) => /** @type {HTMLImageElement} */ (it).decode());
  await writeFile(new URL(name, ui), await page.screenshot({ omitBackground: true }));
}
// The browser's own stands in the page. No colon in it is left as it is: nothing in the page is to look like an address elsewhere.
const inPage = encodeURIComponent(svg.trim().replaceAll('"', "'")).replace(/%(20|2F|3D)/g, (_, code) => String.fromCharCode(parseInt(code, 16)));
const index = new URL("index.html", ui);
await writeFile(index, (await readFile(index, "utf8")).replace(/(rel="icon" href="data:image\/svg\+xml,)[^"]*/, (_, before) => before + inPage));
await stop();
