// Where the UI starts: the language, who is signed in, and the screen that the address asks for.

import { api } from "./api.js";
import { Shell } from "./components/shell.js";
import { Icon, html } from "./html.js";
import { learn, speak, t } from "./i18n.js";
import { address, go } from "./router.js";
import { Book } from "./screens/book.js";
import { allResources, isAdmin, loadPlaces, offline, overview, resources, user, whoAmI } from "./state.js";
import { useEffect, useState } from "./vendor/hooks.js";
import { render } from "./vendor/preact.js";

/**
 * Screens that are fetched when they are asked for first, some with words and a sheet of their own (`lang/WORDS.xx.json`, `styles/SHEET.css`).
 * @typedef {{load: () => Promise<any>, words?: string | string[], sheet?: string | string[]}} Fetched
 * @type {Record<string, Fetched>}
 */
const screens = {
  "/timeline": { load: () => import("./screens/timeline.js").then((it) => it.Timeline), words: ["timeline", "booking"], sheet: ["booking", "timeline"] },
  "/floor": { load: () => import("./screens/floor.js").then((it) => it.Floor), words: ["floor", "timeline", "run"], sheet: "floor" },
  "/host": { load: () => import("./screens/host.js").then((it) => it.Host), words: ["floor", "timeline", "run"], sheet: "floor" },
  "/my": { load: () => import("./screens/my.js").then((it) => it.My), words: "booking", sheet: "booking" },
  "/approvals": { load: () => import("./screens/approvals.js").then((it) => it.Approvals), words: "run", sheet: "run" },
  "/today": { load: () => import("./screens/today.js").then((it) => it.Today), words: "run", sheet: "run" },
  "/reports": { load: () => import("./screens/reports.js").then((it) => it.Reports), words: "run", sheet: "run" },
  "/profile": { load: () => import("./screens/profile.js").then((it) => it.Profile) },
  "/resource": { load: () => import("./screens/resource.js").then((it) => it.ResourcePage), words: ["booking", "timeline", "resource"], sheet: ["booking", "resource"] },
  "/visitor": { load: () => import("./screens/visitor.js").then((it) => it.ForVisitors), words: ["timeline", "resource"], sheet: ["booking", "resource"] },
  "/forgotten": { load: () => import("./screens/password.js").then((it) => it.Forgotten), words: "password", sheet: "password" },
  "/new-password": { load: () => import("./screens/password.js").then((it) => it.NewPassword), words: "password", sheet: "password" },
  "/sign-in": { load: () => import("./screens/sign-in.js").then((it) => it.SignIn) },
  "/admin": { load: () => import("./screens/admin.js").then((it) => it.Admin), words: ["admin", "page", "resource"], sheet: "admin" },
  "/start": { load: () => import("./screens/start.js").then((it) => it.Start), words: "start", sheet: "start" },
  "/more": { load: () => import("./components/more.js").then((it) => it.More) },
  "/palette": { load: () => import("./components/palette.js").then((it) => it.Palette), words: "palette" },
};

/** @type {Map<string, any>} */
const here = new Map([["/", Book], ["/book", Book]]);

/** Screens that do without the list of all that can be booked. */
const SHORT = ["/", "/book", "/profile"];

/** Sheets that are here or on their way. @type {Map<string, Promise<void>>} */
const sheets = new Map();
/** @param {string} name @returns {Promise<void>} as soon as it holds */
function sheet(name) {
  let found = sheets.get(name);
  if (!found) {
    found = new Promise((done, failed) => {
      const link = document.createElement("link");
      link.rel = "stylesheet";
      link.href = new URL(`./styles/${name}.css`, import.meta.url).href;
      link.onload = () => done();
      link.onerror = () => {
        sheets.delete(name);
        link.remove();
        failed(new Error(`styles/${name}.css`));
      };
      document.head.append(link);
    });
    sheets.set(name, found);
  }
  return found;
}

/** @type {Map<string, Promise<void>>} */
const coming = new Map();
/** Fetches a screen with all that it needs, once; where that fails it is asked for again the next time. @param {string} name */
function fetchScreen(name) {
  const wanted = screens[name];
  if (!wanted || here.has(name)) return Promise.resolve();
  let found = coming.get(name);
  if (!found) {
    const parts = Promise.all([wanted.load(), ...[wanted.words ?? []].flat().map(learn), ...[wanted.sheet ?? []].flat().map(sheet)]);
    found = parts.then(([screen]) => void here.set(name, screen)).finally(() => coming.delete(name));
    coming.set(name, found);
  }
  return found;
}

/**
 * A screen by its name, as soon as it is here.
 * @param {{name: string, [more: string]: any}} props
 */
function Screen({ name, ...props }) {
  const [, arrived] = useState(0);
  const [missing, setMissing] = useState(false);
  const found = here.get(name);
  useEffect(() => {
    setMissing(false);
    if (!found) fetchScreen(name).then(() => arrived((n) => n + 1), () => setMissing(true));
  }, [name]);
  if (found) return html`<${found} ...${props} />`;
  // A server that was replaced has other files: the page has to come from it anew.
  if (missing) return html`<section class="page"><div class="empty"><p role="alert">${t("error.screen")}</p><button onClick=${() => location.reload()}>${t("error.reload")}</button></div></section>`;
  return html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`;
}

/** Where the page of a resource stands: its id is behind it. */
const RESOURCE = "/resource/";

/** @param {string} path */
function screenOf(path) {
  if (path.startsWith(RESOURCE)) return html`<${Screen} name="/resource" id=${path.slice(RESOURCE.length)} />`;
  if (path.startsWith("/admin")) return html`<${Screen} name="/admin" />`;
  if (path in screens || here.has(path)) return html`<${Screen} key=${path} name=${path} />`;
  return html`<section class="page"><div class="empty"><${Icon} name="search" /><h1>${t("notHere.title")}</h1><a class="button primary" href="/">${t("notHere.back")}</a></div></section>`;
}

/** What is there for everybody, signed in or not. */
const OPEN = ["/sign-in", "/register", "/forgotten", "/new-password"];

function App() {
  const path = new URL(address.value, location.origin).pathname;
  const open = OPEN.includes(path);
  const who = user.value;
  // What is public everybody may see; the screen finds out whether it is.
  const visiting = who === null && path.startsWith(RESOURCE);
  const [palette, setPalette] = useState(/** @type {"" | "go" | "keys"} */ (""));
  useEffect(() => {
    const keys = (/** @type {KeyboardEvent} */ event) => {
      const asked = (event.ctrlKey || event.metaKey) && ["k", "л"].includes(event.key.toLowerCase());
      const writing = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
      if (!asked && (event.key !== "?" || writing || document.querySelector("dialog[open]"))) return;
      event.preventDefault();
      setPalette(asked ? "go" : "keys");
    };
    addEventListener("keydown", keys);
    return () => removeEventListener("keydown", keys);
  }, []);
  // Whoever has lost the server is told as soon as it is there again, also where nothing asks it for anything.
  useEffect(() => {
    if (!offline.value) return;
    const timer = setInterval(() => api.get("/healthz").catch(() => {}), 5_000);
    return () => clearInterval(timer);
  }, [offline.value]);
  useEffect(() => {
    if (who && overview.value === null) loadPlaces().catch(() => {});
    else if (who === null && !open && !visiting) go(`/sign-in?next=${encodeURIComponent(address.peek())}`, { replace: true });
  }, [who?.id, who === null, open, visiting]);
  const whole = !SHORT.includes(path);
  useEffect(() => {
    if (who && !open && whole) allResources().catch(() => {});
  }, [who?.id, open, whole]);
  const nothing = overview.value?.kinds.length === 0;
  let screen;
  if (open) screen = html`<${Screen} key=${path} name=${path === "/register" ? "/sign-in" : path} fresh=${path === "/register"} />`;
  else if (visiting) screen = html`<${Screen} key=${path} name="/visitor" id=${path.slice(RESOURCE.length)} />`;
  else if (!who || overview.value === null || (whole && resources.value === null)) screen = html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`;
  else if (nothing && isAdmin.value && path === "/") screen = html`<${Screen} name="/start" />`;
  else if (nothing && path !== "/profile" && !path.startsWith("/admin")) screen = html`<section class="page"><div class="empty"><${Icon} name="calendar" /><p>${t("nothingYet")}</p></div></section>`;
  else screen = screenOf(path);
  const showMore = (/** @type {any} */ props) => html`<${Screen} name="/more" ...${props} />`;
  return html`<${Shell} showMore=${showMore}>${screen}<//>${palette && who && html`<${Screen} name="/palette" help=${palette === "keys"} close=${() => setPalette("")} />`}`;
}

addEventListener("offline", () => (offline.value = true));
addEventListener("online", () => (offline.value = false));
await Promise.all([speak(), whoAmI()]);
const root = document.getElementById("app");
if (root) render(html`<${App} />`, root);
