// A picture of every screen of the sample data: light and dark, desktop and phone, English and Russian. `SCREENS` names those that are wanted,
// with commas between them; without it all are.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { browser, client, stop, url } from "./world.mjs";

const folder = process.env["SCREENSHOTS"] ?? "screenshots";
const [name, password] = [process.env["BRONYA_ADMIN_NAME"] ?? "admin", process.env["BRONYA_ADMIN_PASSWORD"] ?? ""];
mkdirSync(folder, { recursive: true });

const admin = await client(name, password);
const resources = (await admin("GET", "/resources/?limit=1000")).items;
const room = resources.find((/** @type {any} */ it) => it.kind === "room") ?? resources[0];
const site = (await admin("GET", "/sites/")).items[0];
const [area] = (await admin("GET", `/sites/${site.id}/areas`)).items;
const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);

/** What somebody sees who is signed in. @type {Record<string, string>} */
const inside = {
  book: "/", timeline: `/timeline?view=day&day=${tomorrow}`, week: `/timeline?view=week&day=${tomorrow}`, month: "/timeline?view=month", now: "/timeline?view=list",
  my: "/my", waiting: "/my?show=waiting", resource: `/resource/${room.id}`, floor: "/floor", draw: `/floor?site=${site.id}&edit=${area?.id}`, host: "/host", today: "/today", approvals: "/approvals", reports: "/reports",
  admin: "/admin", places: "/admin/places", site: `/admin/places/${site.id}`, resources: "/admin/resources", kinds: "/admin/kinds", hours: "/admin/hours", rules: "/admin/rules",
  blocks: "/admin/blocks", users: "/admin/users", groups: "/admin/groups", import: "/admin/import", audit: "/admin/audit", settings: "/admin/settings", "public-page": "/admin/public", displays: "/admin/displays", profile: "/profile",
};
/** And what everybody sees. @type {Record<string, string>} */
const outside = { "sign-in": "/sign-in", register: "/register", forgotten: "/forgotten", "new-password": "/new-password#bpl_sample", public: `/book/${site.slug}`, door: "/door" };

const wanted = process.env["SCREENS"]?.split(",");
const only = (/** @type {Record<string, string>} */ screens) => Object.entries(screens).filter(([screen]) => !wanted || wanted.includes(screen));
const sizes = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  for (const [size, viewport] of Object.entries(sizes)) {
    for (const language of ["en", "ru"]) {
      // Whoever speaks English here has a clock of 24 hours.
      const locale = language === "en" ? "en-GB" : "ru-RU";
      const context = await (await browser()).newContext({ viewport, colorScheme, locale, timezoneId: "Europe/Berlin" });
      const page = await context.newPage();
      const take = async (/** @type {[string, string][]} */ screens) => {
        for (const [screen, path] of screens) {
          await page.goto(url + path);
          // A screen that listens for changes is never idle; what it shows is there when nothing is said to be busy.
          await page.waitForLoadState("networkidle", { timeout: 5_000 }).catch(() => {});
          await page.locator("[aria-busy=true]").first().waitFor({ state: "detached", timeout: 5_000 }).catch(() => {});
          await page.screenshot({ path: join(folder, `${screen}-${size}-${colorScheme}-${language}.png`) });
        }
      };
      await take(only(outside));
      await page.goto(`${url}/sign-in`);
      await page.locator("[name=username]").fill(name);
      await page.locator("[name=password]").fill(password);
      await page.keyboard.press("Enter");
      await page.waitForURL((address) => address.pathname === "/");
      await take(only(inside));
      await context.close();
    }
  }
}
await stop();
