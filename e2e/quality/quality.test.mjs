import assert from "node:assert/strict";
import { after, test } from "node:test";
import { flaws } from "../flaws.mjs";
import { BUDGET, asAdmin, barriers, firstView, fresh, hour, page, person, restaurant, signIn, signInAsAdmin, stop, thing, untranslated, url } from "../world.mjs";

after(stop);

const SCREENS = ["/", "/timeline?view=day", "/timeline?view=week", "/timeline?view=month", "/timeline?view=list", "/my", "/my?show=waiting", "/approvals", "/floor", "/host", "/profile", "/forgotten", "/new-password", "/new-password#x", "/today", "/admin", "/admin/nowhere"];

/** What whoever runs the place has besides, with something to see on each. */
async function managing() {
  const admin = await asAdmin();
  const name = fresh("Haus");
  const site = await admin("POST", "/sites/", { name, slug: name.toLowerCase(), time_zone: "UTC" });
  await admin("PUT", `/sites/${site.id}/rules`, { hours: "Mo-Su 00:00-24:00; PH off; Dec 24 10:00-14:00", exceptions: [{ date: "2030-12-23", hours: "10:00-12:00" }], holidays: ["2030-12-25"], services: [{ name: "All day", days: [], starts: "00:00", last_seating: "23:45" }], quotas: [{ measure: "minutes_a_day", max: 600, scope: "site" }] });
  const area = await admin("POST", `/sites/${site.id}/areas`, { name: "Upstairs" });
  const kind = await admin("POST", "/kinds/", { name: name.toLowerCase(), labels: { en: "Studio" }, attributes: [{ key: "floor", label: "Floor", type: "number" }], booking_fields: [{ key: "why", label: "Why", type: "choice", options: ["a", "b"] }] });
  const group = await admin("POST", "/groups/", { name });
  const me = await admin("GET", "/users/me");
  await admin("PUT", `/groups/${group.id}/members/${me.id}`);
  const room = await thing("Studio", { site_id: site.id, area_id: area.id, kind: kind.name, time_zone: undefined, tags: ["view"], out_of_order: { reason: "Paint", starts_at: hour(900) } });
  const asked = await thing("Salon", { site_id: site.id, time_zone: undefined, requires_approval: true });
  await admin("POST", "/bookings/", { resource_id: room.id, starts_at: hour(0), ends_at: hour(1), title: "First", party_size: 2 });
  for (const n of [2, 4]) await (await person("ask")).api("POST", "/bookings/", { resource_id: asked.id, starts_at: hour(n), ends_at: hour(n + 1), title: `Asked ${n}`, notes: "Please" });
  await admin("POST", "/schedule/", { resource_id: room.id, starts_at: hour(30), ends_at: hour(31), reason: "Cleaning" });
  const { site: bistro, area: hall, tables } = await restaurant();
  await admin("POST", "/bookings/", { resource_id: tables[0].id, starts_at: hour(0), ends_at: hour(2), party_size: 2, notes: "Allergy: nuts", guest: { name: "Łukasz", phone: "+49 30 23125 001" } });
  return [
    `/floor?site=${bistro.id}`, `/floor?site=${bistro.id}&edit=${hall.id}`, `/host?site=${bistro.id}`,
    "/today", "/reports", "/approvals", "/admin", "/admin/places", `/admin/places/${site.id}`, "/admin/places/new", "/admin/resources", `/admin/resources/${room.id}`, "/admin/resources/many", "/admin/kinds", `/admin/kinds/${kind.name}`,
    `/admin/hours?of=site:${site.id}`, `/admin/hours?of=resource:${room.id}`, `/admin/rules?of=site:${site.id}`, "/admin/public", "/admin/displays", "/admin/blocks", `/admin/blocks?new=${room.id}`, "/admin/users", "/admin/groups", `/admin/groups/${group.id}`, "/admin/import", "/admin/zones", "/admin/audit", "/admin/settings",
  ];
}

/**
 * Texts that would run where somebody took them for markup, for an address, for a template, for a formula or for a piece of a script; with the calls numbered,
 * so that one that runs says which.
 */
const HOSTILE = [
  // Elements and their attributes.
  "<script>alert(1)</script>", "<img src=x onerror=alert(2)>", "\"><svg onload=alert(3)>", "'-alert(4)-'", "<iframe src=javascript:alert(6)>", "</title><script>alert(7)</script>", "<a href=javascript:alert(10)>x</a>",
  "<details open ontoggle=alert(11)>", "<ScRiPt>alert(17)</sCrIpT>", "<scr<script>ipt>alert(18)</scr</script>ipt>", "<svg><script>alert(19)</script></svg>", "<svg><animate onbegin=alert(20) attributeName=x dur=1s>",
  "<svg><a xlink:href=javascript:alert(21)><text y=20>x</text></a></svg>", "<svg><foreignObject><iframe srcdoc='<script>alert(22)</script>'></iframe></foreignObject></svg>", "<body onload=alert(23)>", "<input autofocus onfocus=alert(24)>",
  "<select autofocus onfocus=alert(25)>", "<textarea autofocus onfocus=alert(26)>", "<video><source onerror=alert(27)></video>", "<video src=x onerror=alert(28)>", "<audio src=x onerror=alert(29)>", "<marquee onstart=alert(30)>x</marquee>",
  "<object data=javascript:alert(31)></object>", "<embed src=javascript:alert(32)>", "<form action=javascript:alert(33)><button>x</button></form>", "<button formaction=javascript:alert(34)>x</button>", "<isindex type=image src=1 onerror=alert(35)>",
  "<meta http-equiv=refresh content='0;url=javascript:alert(36)'>", "<link rel=stylesheet href=//127.0.0.2/x.css>", "<base href=//127.0.0.2/>", "<style>@import 'http://127.0.0.2/x'</style>", "<style>*{background:url(//127.0.0.2/x)}</style>",
  "<div style='background:url(//127.0.0.2/x)'>x</div>", "<img srcset='//127.0.0.2/x 1x'>", "<image src=x onerror=alert(37)>", "<template><script>alert(38)</script></template>", "<noscript><p title='</noscript><img src=x onerror=alert(39)>'>",
  "<dialog open onfocus=alert(40) tabindex=1 autofocus>x</dialog>", "<portal src=//127.0.0.2/>", "<xss onpointerenter=alert(41) style=position:fixed;inset:0>", "<math><mtext><table><mglyph><style><img src=x onerror=alert(13)>",
  // What closes something first, and what is not closed.
  "<!--><img src=x onerror=alert(15)>", "--><img src=x onerror=alert(42)>", "]]><img src=x onerror=alert(43)>", "</textarea><img src=x onerror=alert(44)>", "</option></select><img src=x onerror=alert(45)>", "</style><script>alert(46)</script>",
  "<img src=x onerror=alert(47)//", "<svg/onload=alert(48)", "\" onmouseover=\"alert(49)\" x=\"", "' onfocus='alert(50)' autofocus='", "` onerror=alert(51) x=`",
  // Addresses.
  "javascript:alert(5)", "JaVaScRiPt:alert(52)", "java&#x09;script:alert(53)", "data:text/html,<script>alert(54)</script>", "vbscript:msgbox(55)", "//127.0.0.2/x", "\\\\127.0.0.2\\x",
  // Templates, entities, encodings, formulas, scripts.
  "{{constructor.constructor('alert(8)')()}}", "${alert(9)}", "#{alert(56)}", "<%= alert(57) %>", "[[${alert(58)}]]", "{n} {who} {what}", "&lt;script&gt;alert(12)&lt;/script&gt;", "&#60;img src=x onerror=alert(59)&#62;", "%3Cscript%3Ealert(14)%3C/script%3E",
  "\\u003cscript\\u003ealert(60)\\u003c/script\\u003e", "\uFF1Cscript\uFF1Ealert(61)\uFF1C/script\uFF1E", "+ADw-script+AD4-alert(62)+ADw-/script+AD4-", "=HYPERLINK(\"http://127.0.0.2/\",\"x\")", "@SUM(1+1)*cmd|' /C calc'!A0", "');alert(63);//", "\";alert(64);//", "</script><script>alert(65)</script>", "__proto__", "constructor", "\u202Egnp.exe",
];

test("there are at least sixty hostile texts, all different", () => {
  assert.ok(HOSTILE.length >= 60, `${HOSTILE.length}`);
  assert.equal(new Set(HOSTILE).size, HOSTILE.length);
});

/** Which of the texts can't be read on a page as they were written: in its text, or in what its fields hold. @param {import("playwright-core").Page} it @param {string[]} texts */
const missing = (it, texts) =>
  it.evaluate((wanted) => {
    const fields = [...document.querySelectorAll("input, textarea, option")].map((/** @type {any} */ it) => it.value + it.textContent);
    const all = [document.querySelector("main")?.textContent ?? "", ...fields].join("\u0000");
    return wanted.filter((one) => !all.includes(one));
  }, texts);

test("nothing that people write runs, and all of it is shown as it was written", async () => {
  const admin = await asAdmin();
  const tag = fresh("x");
  const rows = async (/** @type {string} */ table, /** @type {object[]} */ items) => {
    const { refused, rows: all } = await admin("POST", `/import/${table}`, { items });
    assert.equal(refused, 0, JSON.stringify(all.filter((/** @type {any} */ it) => !it.accepted)[0]));
    return all.map((/** @type {any} */ it) => it.id);
  };
  const word = tag.replace("-", "");
  const [text] = HOSTILE;
  const site = await admin("POST", "/sites/", { name: `${tag} ${text}`, slug: tag, time_zone: "UTC", address: HOSTILE.join(" ") });
  const fields = (/** @type {string[]} */ some) => some.map((label, n) => ({ key: `k${n}`, label, type: n === 0 ? "choice" : "text", ...(n === 0 ? { options: HOSTILE.filter((it) => !it.includes(",") && it.length <= 64).slice(0, 20) } : {}) }));
  await admin("POST", "/kinds/", { name: word, labels: { en: text }, attributes: fields(HOSTILE.slice(0, 30)), booking_fields: fields(HOSTILE.slice(30, 60)) });
  const groups = [];
  for (const name of HOSTILE) groups.push((await admin("POST", "/groups/", { name: `${tag} ${name}`, description: name })).id);
  for (const name of HOSTILE) await admin("POST", `/sites/${site.id}/areas`, { name });
  await rows("users", HOSTILE.map((display_name, n) => ({ username: `${word}.${n}`, display_name })));
  const ids = await rows("resources", HOSTILE.map((it, n) => ({
    name: `${tag} ${n} ${it}`, description: it, kind: n < 30 ? word : null, ...(n < 30 ? { attributes: { [`k${n === 0 ? 1 : n}`]: it } } : {}), site_id: site.id, visibility: "hidden", requires_approval: true, tags: it.includes(",") ? [] : [it.slice(0, 32).trim()], ...(n % 2 ? { out_of_order: { reason: it, starts_at: hour(2_000) } } : {}),
  })));
  await admin("PUT", `/resources/${ids[0]}/rules`, { groups: groups.slice(0, 8), services: [{ name: text, days: [], starts: "00:00", last_seating: "23:45" }] });
  await rows("bookings", ids.map((/** @type {string} */ resource_id, /** @type {number} */ n) => ({ resource_id, starts_at: hour(1), ends_at: hour(2), title: `${n} ${HOSTILE[n]}`, notes: HOSTILE[n], guest: { name: HOSTILE[n] }, override_reason: HOSTILE[n] })));
  await rows("blocks", ids.map((/** @type {string} */ resource_id, /** @type {number} */ n) => ({ resource_id, starts_at: hour(40), ends_at: hour(41), reason: HOSTILE[n] })));
  const { username, api } = await person("mallory");
  await api("PATCH", "/users/me", { display_name: "<img src=x onerror=alert(16)>" });
  const open = (await admin("GET", `/resources/?site_id=${site.id}&limit=1`)).items[0].id;
  const free = await thing(`${tag} mine`);
  await rows("bookings", HOSTILE.map((it, n) => ({ resource_id: free.id, starts_at: hour(3 + n), ends_at: hour(4 + n), title: it, notes: it })));

  const { page: it, context, wrong } = await page();
  await signInAsAdmin(it, "/approvals");
  const paths = /** @type {[string, string, string[]][]} */ ([
    ["/approvals", ".request .around", HOSTILE], [`/today?site=${site.id}`, "h2", []], [`/admin/resources?site=${site.id}`, "tbody tr", HOSTILE], [`/admin/resources/${open}`, ".sheet", [text]], ["/admin/places", ".sections li", [text]],
    [`/admin/places/${site.id}`, ".tree li", HOSTILE], [`/admin/kinds/${word}`, ".declared", HOSTILE.slice(0, 60)], ["/admin/kinds", ".sections li", [text]], ["/admin/groups", ".sections li", HOSTILE], [`/admin/groups/${groups[0]}`, "form", [text]],
    [`/admin/blocks?site=${site.id}`, ".item", HOSTILE], [`/admin/rules?of=resource:${ids[0]}`, ".rule", [text]], [`/admin/hours?of=resource:${ids[0]}`, ".preview", [text]], [`/admin/audit?resource=${ids[0]}`, ".log li", [text]],
    [`/reports?period=own&from=${hour(0).slice(0, 10)}&to=${hour(100).slice(0, 10)}`, "figure", []], [`/resource/${open}`, "h1", [text]], ["/timeline", "h1", []], ["/my", ".item", HOSTILE.slice(0, 20)], ["/profile", "h1", []], ["/", "h1", []],
  ]);
  for (const [path, shown, texts] of paths) {
    await it.goto(url + path);
    await it.locator(shown).first().waitFor();
    await it.waitForLoadState("networkidle");
    for (const more of await it.getByRole("button", { name: "More", exact: true }).all()) if (await more.isVisible()) await more.click();
    assert.deepEqual(await missing(it, texts), [], path);
  }
  await it.goto(`${url}/admin/users`);
  await it.getByRole("searchbox").fill(`${word}.`);
  await it.locator("tbody tr").first().getByText(`${word}.`).waitFor();
  const more = it.getByRole("button", { name: "More", exact: true });
  await more.click();
  await more.waitFor({ state: "detached" });
  assert.deepEqual(await missing(it, HOSTILE), []);
  // A file by its name and by what stands in it.
  await it.goto(`${url}/admin/import`);
  await it.getByLabel("What").first().selectOption("Users");
  const table = ["username,display_name", ...HOSTILE.map((one, n) => `${n},"${one.replaceAll('"', '""')}"`)].join("\n");
  await it.getByLabel("Drop a file here").setInputFiles({ name: "<img src=x onerror=alert(66)>.csv", mimeType: "text/csv", buffer: Buffer.from(table) });
  await it.locator(".tried").getByText("<img src=x onerror=alert(66)>.csv").waitFor();
  await it.getByLabel("Only what is wrong").uncheck();
  assert.deepEqual(await missing(it, HOSTILE), []);
  await context.close();

  // And for whoever books.
  const other = await page();
  await signIn(other.page, username, "/profile");
  await other.page.locator("h1").getByText("<img src=x onerror=alert(16)>").waitFor();
  for (const path of ["/", "/timeline", `/resource/${free.id}`]) {
    await other.page.goto(url + path);
    await other.page.locator("h1").first().waitFor();
    await other.page.waitForLoadState("networkidle");
  }
  assert.deepEqual([...wrong, ...other.wrong], []);
  await other.context.close();
  // What comes after does not carry it along.
  await admin("DELETE", `/kinds/${word}`);
});

/** How much a page is too wide, and what in it is too low for a finger. @param {import("playwright-core").Page} it */
const tooSmall = (it) =>
  it.evaluate(() => ({
    wide: Math.max(0, document.documentElement.scrollWidth - innerWidth),
    small: [...document.querySelectorAll("nav a, main button, main .button, main select, main input:not([type=radio], [type=checkbox]), main label.check")]
      .filter((it) => it.checkVisibility() && !it.matches(".unseen"))
      .map((it) => [it.textContent || it.getAttribute("aria-label"), Math.round(it.getBoundingClientRect().height)])
      .filter(([, height]) => Number(height) < 36),
  }));

const LOOKS = /** @type {["light" | "dark", string][]} */ ([["light", "en"], ["light", "ru"], ["dark", "en"], ["dark", "ru"]]);
/**
 * Tries something in every theme and language, all at a time: while one waits for a screen, the others look at their own.
 * @param {(it: import("playwright-core").Page, look: string) => Promise<void>} each
 * @param {(it: import("playwright-core").Page) => Promise<void>} enter
 */
async function inEveryLook(enter, each) {
  await Promise.all(LOOKS.map(async ([colorScheme, language]) => {
    const { page: it, context, wrong } = await page({ colorScheme });
    await enter(it);
    await it.evaluate((wanted) => localStorage.setItem("language", wanted), language);
    await each(it, `${colorScheme} ${language}`);
    assert.deepEqual(wrong, []);
    await context.close();
  }));
}

test("axe finds nothing on any screen, in either theme and language", async () => {
  const room = await thing("Room");
  const { username, api } = await person("axel");
  await api("POST", "/bookings/", { resource_id: room.id, starts_at: hour(2), ends_at: hour(3), title: "Standing" });
  await inEveryLook((it) => signIn(it, username), async (it, look) => {
    for (const path of [...SCREENS, `/resource/${room.id}`]) {
      await it.goto(url + path);
      await it.waitForLoadState("networkidle");
      assert.deepEqual(await barriers(it), [], `${path} ${look}`);
      assert.deepEqual(await untranslated(it), [], `${path} ${look}`);
      const wide = await it.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${path} is ${wide} px too wide`);
    }
  });
});

test("whoever runs the place meets no barrier either, on any screen", async () => {
  const paths = await managing();
  await inEveryLook((it) => signInAsAdmin(it, "/profile"), async (it, look) => {
    for (const path of paths) {
      await it.setViewportSize({ width: 1280, height: 800 });
      await it.goto(url + path);
      await it.waitForLoadState("networkidle");
      assert.deepEqual(await barriers(it), [], `${path} ${look}`);
      assert.deepEqual(await untranslated(it), [], `${path} ${look}`);
      // What is seen at a glance to be wrong is so in the longer words of Russian first.
      if (look === "light ru") assert.deepEqual(await flaws(it, look), [], path);
      // On a phone all of it fits, and can be hit.
      await it.setViewportSize({ width: 390, height: 844 });
      // What is laid out anew by a script is so a moment later.
      await it.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth, undefined, { timeout: 3_000 }).catch(() => {});
      assert.deepEqual(await tooSmall(it), { wide: 0, small: [] }, `${path} ${look}`);
      if (look === "light ru") assert.deepEqual(await flaws(it, look), [], `${path} on a phone`);
    }
  });
});

test("whoever is not signed in meets no barrier", async () => {
  const admin = await asAdmin();
  const slug = fresh("haus");
  const site = await admin("POST", "/sites/", { name: slug, slug, time_zone: "UTC" });
  await admin("PUT", `/sites/${site.id}/public-page`, { is_open: true });
  const room = await thing("Studio", { visibility: "public", site_id: site.id, kind: "room", time_zone: undefined, description: "With a view." });
  await admin("POST", "/bookings/", { resource_id: room.id, starts_at: hour(1), ends_at: hour(2) });
  await inEveryLook(async (it) => void (await it.goto(`${url}/sign-in`)), async (it, look) => {
    for (const path of [`/resource/${room.id}`, "/sign-in", "/register"]) {
      await it.setViewportSize({ width: 1280, height: 800 });
      await it.goto(url + path);
      await it.locator("h1").waitFor();
      await it.waitForLoadState("networkidle");
      assert.deepEqual(await barriers(it), [], `${path} ${look}`);
      assert.deepEqual(await untranslated(it), [], `${path} ${look}`);
      if (look === "light ru") assert.deepEqual(await flaws(it, look), [], path);
      await it.setViewportSize({ width: 390, height: 844 });
      assert.deepEqual(await tooSmall(it), { wide: 0, small: [] }, `${path} ${look}`);
      if (look === "light ru") assert.deepEqual(await flaws(it, look), [], `${path} on a phone`);
    }
  });
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
      assert.deepEqual(await tooSmall(it), { wide: 0, small: [] }, `${path} ${language}`);
      assert.deepEqual(await flaws(it, "en"), [], `${path} ${language}`);
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
  const { requests, scripts, styles, total, took } = await firstView(it);
  console.log(`first view: ${requests.length} requests, ${scripts} bytes of scripts, ${styles} of styles, ${total} in all, ${took} ms`);
  assert.ok(requests.length <= BUDGET.requests, `${requests.length} requests: ${requests.join(" ")}`);
  assert.ok(scripts <= BUDGET.scripts, `${scripts} bytes of scripts`);
  assert.ok(styles <= BUDGET.styles, `${styles} bytes of styles`);
  assert.ok(total <= BUDGET.total, `${total} bytes`);
});
