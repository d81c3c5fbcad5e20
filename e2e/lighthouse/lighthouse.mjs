// Lighthouse on the screens that are opened most, as a phone sees them. What it says of accessibility and of good practice is a gate. Its times are
// those of the machine that runs it, so they are printed and gate nothing.

import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import lighthouse from "lighthouse";

const { chromium } = createRequire(new URL("../package.json", import.meta.url))("playwright-core");
const url = process.env["BRONYA_URL"] ?? "http://127.0.0.1:8000";
const [name, password] = [process.env["BRONYA_ADMIN_NAME"] ?? "admin", process.env["BRONYA_ADMIN_PASSWORD"] ?? ""];

/** Each may have 100 in these, and has to. */
const GATED = ["accessibility", "best-practices"];
const SCREENS = ["/", "/timeline", "/my"];

/** A port that nobody has. @returns {Promise<number>} */
const free = () =>
  new Promise((done, failed) => {
    const server = createServer().on("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

const port = await free();
const folder = mkdtempSync(join(tmpdir(), "bronya-lighthouse-"));
const context = await chromium.launchPersistentContext(folder, {
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox", `--remote-debugging-port=${port}`],
  locale: "en-GB",
});
let short = 0;
try {
  const page = await context.newPage();
  await page.goto(`${url}/sign-in`);
  await page.locator("[name=username]").fill(name);
  await page.locator("[name=password]").fill(password);
  await page.keyboard.press("Enter");
  await page.waitForURL((address) => address.pathname === "/");
  for (const screen of SCREENS) {
    const found = await lighthouse(url + screen, {
      port, logLevel: "error", onlyCategories: ["performance", ...GATED], disableStorageReset: true,
      // Served without TLS to the machine itself, which a server in earnest is not.
      skipAudits: ["is-on-https", "redirects-http"],
    });
    const { categories, audits } = found.lhr;
    const scores = Object.values(categories).map((it) => `${it.id} ${Math.round((it.score ?? 0) * 100)}`);
    const times = ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift"].map((it) => `${it} ${audits[it]?.displayValue}`);
    console.log(`${screen}: ${[...scores, ...times].join(", ")}`);
    for (const id of GATED.filter((it) => categories[it]?.score !== 1)) {
      short += 1;
      const lost = categories[id].auditRefs.filter((it) => it.weight > 0 && audits[it.id]?.score === 0).map((it) => `${it.id} (${audits[it.id].title})`);
      console.log(`${screen}: ${id} falls short: ${lost.join(", ")}`);
    }
  }
} finally {
  await context.close();
  rmSync(folder, { recursive: true, force: true });
}
if (short > 0) process.exit(1);
