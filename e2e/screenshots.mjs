// A picture of every screen of the sample data: light and dark, desktop and phone, English and Russian.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { browser, client, stop, url } from "./world.mjs";

const folder = process.env["SCREENSHOTS"] ?? "screenshots";
const [name, password] = [process.env["BRONYA_ADMIN_NAME"] ?? "admin", process.env["BRONYA_ADMIN_PASSWORD"] ?? ""];
mkdirSync(folder, { recursive: true });

const admin = await client(name, password);
const [resource] = (await admin("GET", "/resources/?limit=1")).items;
const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
const screens = { book: "/", timeline: `/timeline?view=day&day=${tomorrow}`, week: `/timeline?view=week&day=${tomorrow}`, month: "/timeline?view=month", now: "/timeline?view=list", my: "/my", waiting: "/my?show=waiting", approvals: "/approvals", today: "/today", reports: "/reports?period=quarter", profile: "/profile", admin: "/admin", places: "/admin/places", place: `/admin/places/${resource.site_id}`, resources: "/admin/resources", resourceForm: `/admin/resources/${resource.id}`, many: "/admin/resources/many", kinds: "/admin/kinds/table", hours: "/admin/hours", rules: "/admin/rules", blocks: "/admin/blocks", users: "/admin/users", groups: "/admin/groups", import: "/admin/import", audit: "/admin/audit", settings: "/admin/settings", resource: `/resource/${resource.id}` };
const sizes = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  for (const [size, viewport] of Object.entries(sizes)) {
    for (const language of ["en", "ru"]) {
      const context = await (await browser()).newContext({ viewport, colorScheme, locale: language, timezoneId: "Europe/Berlin" });
      const page = await context.newPage();
      const take = (/** @type {string} */ screen) => page.screenshot({ path: join(folder, `${screen}-${size}-${colorScheme}-${language}.png`) });
      await page.goto(`${url}/sign-in`);
      await page.locator("form").waitFor();
      await take("sign-in");
      await page.locator("[name=username]").fill(name);
      await page.locator("[name=password]").fill(password);
      await page.keyboard.press("Enter");
      await page.locator(".option").first().waitFor();
      for (const [screen, path] of Object.entries(screens)) {
        await page.goto(url + path);
        await page.waitForLoadState("networkidle");
        await take(screen);
      }
      await context.close();
    }
  }
}
await stop();
