// Where the UI starts: the language, who is signed in, and the screen that the address asks for.

import { Palette } from "./components/palette.js";
import { Shell } from "./components/shell.js";
import { html } from "./html.js";
import { speak, t } from "./i18n.js";
import { address, go } from "./router.js";
import { Approvals } from "./screens/approvals.js";
import { Book } from "./screens/book.js";
import { My } from "./screens/my.js";
import { Profile } from "./screens/profile.js";
import { ResourcePage } from "./screens/resource.js";
import { SignIn } from "./screens/sign-in.js";
import { Timeline } from "./screens/timeline.js";
import { loadPlaces, offline, resources, theme, user, wear, whoAmI } from "./state.js";
import { useEffect } from "./vendor/hooks.js";
import { render } from "./vendor/preact.js";

/** @param {string} path */
function screenOf(path) {
  if (path === "/timeline") return html`<${Timeline} />`;
  if (path === "/my") return html`<${My} />`;
  if (path === "/approvals") return html`<${Approvals} />`;
  if (path === "/profile") return html`<${Profile} />`;
  if (path.startsWith("/resource/")) return html`<${ResourcePage} id=${path.slice("/resource/".length)} />`;
  if (path === "/" || path === "/book") return html`<${Book} />`;
  return html`<section class="page"><h1>${t("notHere.title")}</h1><p><a href="/">${t("notHere.back")}</a></p></section>`;
}

function App() {
  const path = new URL(address.value, location.origin).pathname;
  const open = path === "/sign-in" || path === "/register";
  const who = user.value;
  useEffect(() => {
    if (who) loadPlaces().catch(() => {});
    else if (who === null && !open) go(`/sign-in?next=${encodeURIComponent(address.peek())}`, { replace: true });
  }, [who?.id, who === null, open]);
  let screen;
  if (open) screen = html`<${SignIn} key=${path} fresh=${path === "/register"} />`;
  else if (!who || resources.value === null) screen = html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`;
  else if (resources.value.length === 0 && path !== "/profile") screen = html`<section class="page"><p class="empty">${t("nothingYet")}</p></section>`;
  else screen = screenOf(path);
  return html`<${Shell}>${screen}<//><${Palette} />`;
}

wear(theme.value);
addEventListener("offline", () => (offline.value = true));
addEventListener("online", () => (offline.value = false));
await Promise.all([speak(), whoAmI()]);
const root = document.getElementById("app");
if (root) render(html`<${App} />`, root);
