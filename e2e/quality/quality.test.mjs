import assert from "node:assert/strict";
import { after, test } from "node:test";
import { asAdmin, barriers, fresh, hour, page, person, signIn, stop, thing, url } from "../world.mjs";

after(stop);

const SCREENS = ["/", "/timeline?view=day", "/timeline?view=week", "/timeline?view=month", "/timeline?view=list", "/my", "/my?show=waiting", "/approvals", "/profile", "/admin", "/admin/sites", "/admin/nowhere"];

/** Texts that would run where somebody took them for markup. */
const HOSTILE = [
  "<script>alert(1)</script>", "<img src=x onerror=alert(2)>", "\"><svg onload=alert(3)>", "'-alert(4)-'", "javascript:alert(5)", "<iframe src=javascript:alert(6)>",
  "</title><script>alert(7)</script>", "{{constructor.constructor('alert(8)')()}}", "${alert(9)}", "<a href=javascript:alert(10)>x</a>", "<details open ontoggle=alert(11)>", "&lt;script&gt;alert(12)&lt;/script&gt;",
  "<style>@import 'http://127.0.0.2/x'</style>", "<math><mtext><table><mglyph><style><img src=x onerror=alert(13)>", "<base href=//127.0.0.2/>", "\u202Egnp.exe", "%3Cscript%3Ealert(14)%3C/script%3E", "<!--><img src=x onerror=alert(15)>",
];

test("nothing that people write runs, and all of it is shown as it was written", async () => {
  const admin = await asAdmin();
  const { username, api } = await person("mallory");
  const tag = fresh("x");
  for (const [n, text] of HOSTILE.entries()) {
    const room = await admin("POST", "/resources/", { name: `${tag} ${n} ${text}`.slice(0, 200), description: text, time_zone: "UTC" });
    await api("POST", "/bookings/", { resource_id: room.id, starts_at: hour(3), ends_at: hour(4), title: `${n} ${text}`.slice(0, 200), notes: text }).catch((error) => {
      // Text with characters that turn the direction is refused before it gets anywhere.
      if (!String(error).includes("/problems/validation")) throw error;
    });
  }
  await api("PATCH", "/users/me", { display_name: "<img src=x onerror=alert(16)>" });
  const { page: it, wrong } = await page();
  await signIn(it, username, "/my");
  await it.locator(".item").first().waitFor();
  const shown = await it.locator("main").innerText();
  const kept = (await api("GET", "/bookings/my?limit=100")).items;
  assert.ok(kept.length >= HOSTILE.length - 2, `${kept.length}`);
  for (const booking of kept) assert.ok(shown.includes(booking.title), booking.title);
  for (const path of ["/timeline", "/profile", "/"]) {
    await it.goto(url + path);
    await it.locator("h1").first().waitFor();
    await it.waitForTimeout(300);
  }
  assert.deepEqual(wrong, []);
});

test("axe finds nothing on any screen, in either theme and language", async () => {
  const room = await thing("Room");
  const { username, api } = await person("axel");
  await api("POST", "/bookings/", { resource_id: room.id, starts_at: hour(2), ends_at: hour(3), title: "Standing" });
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    const { page: it, context, wrong } = await page({ colorScheme });
    await signIn(it, username);
    for (const language of ["en", "ru"]) {
      await it.evaluate((wanted) => localStorage.setItem("language", wanted), language);
      for (const path of [...SCREENS, `/resource/${room.id}`]) {
        await it.goto(url + path);
        await it.waitForLoadState("networkidle");
        assert.deepEqual(await barriers(it), [], `${path} ${colorScheme} ${language}`);
        const wide = await it.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${path} is ${wide} px too wide`);
      }
    }
    assert.deepEqual(wrong, []);
    await context.close();
  }
});

test("on a phone everything fits and can be hit", async () => {
  await thing("Room");
  const { username } = await person("phone");
  for (const language of ["en", "ru"]) {
    const { page: it, context, wrong } = await page({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    await signIn(it, username);
    await it.evaluate((wanted) => localStorage.setItem("language", wanted), language);
    for (const path of SCREENS) {
      await it.goto(url + path);
      await it.waitForLoadState("networkidle");
      const wide = await it.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${path} is ${wide} px too wide in ${language}`);
      const small = await it.evaluate(() =>
        [...document.querySelectorAll("nav a, main button, main .button, main select, main input:not([type=radio], [type=checkbox]), main label.check")]
          .filter((it) => it.checkVisibility() && !it.matches(".unseen"))
          .map((it) => [it.textContent || it.getAttribute("aria-label"), Math.round(it.getBoundingClientRect().height)])
          .filter(([, height]) => Number(height) < 36),
      );
      assert.deepEqual(small, [], `${path} ${language}`);
    }
    await it.goto(url);
    await it.locator(".option").first().waitFor();
    await it.locator("button[type=submit]").tap();
    await it.locator(".toast").waitFor();
    assert.deepEqual(wrong, []);
    await context.close();
  }
});

test("the first view keeps to its budget", async () => {
  const { username } = await person("budget");
  const { page: it } = await page();
  await signIn(it, username);
  await it.locator(".option, .empty").first().waitFor();
  const session = await it.context().newCDPSession(it);
  await session.send("Network.enable");
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  /** @type {Map<string, {url: string, type: string, bytes: number}>} */
  const asked = new Map();
  session.on("Network.requestWillBeSent", ({ requestId, request, type }) => asked.set(requestId, { url: request.url, type: type ?? "", bytes: 0 }));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const one = asked.get(requestId);
    if (one) one.bytes = encodedDataLength;
  });
  const before = Date.now();
  await it.reload();
  await it.locator(".option, .empty").first().waitFor();
  const took = Date.now() - before;
  await it.waitForLoadState("networkidle");
  const all = [...asked.values()];
  const sum = (/** @type {(one: {url: string, type: string}) => boolean} */ which) => all.filter(which).reduce((total, one) => total + one.bytes, 0);
  const [scripts, styles, total] = [sum((it) => it.url.endsWith(".js")), sum((it) => it.url.endsWith(".css")), sum(() => true)];
  console.log(`first view: ${all.length} requests, ${scripts} bytes of scripts, ${styles} of styles, ${total} in all, ${took} ms`);
  assert.ok(all.length <= 25, `${all.length} requests: ${all.map((it) => it.url).join(" ")}`);
  assert.ok(scripts <= 60 * 1_024, `${scripts} bytes of scripts`);
  assert.ok(styles <= 12 * 1_024, `${styles} bytes of styles`);
  assert.ok(total <= 120 * 1_024, `${total} bytes`);
});
