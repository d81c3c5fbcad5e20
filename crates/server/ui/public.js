// Where the pages for guests start: the page of a site, alone (`/book/SITE`) or in a frame of another page (`/embed/SITE`), and the page
// behind a private link (`/guest/ID#SECRET`). What the address says of it decides on language, theme and colour; nothing is remembered.

import { accentuate } from "./colour.js";
import { html } from "./html.js";
import { languages, learn, speak, t } from "./i18n.js";
import { PublicBooking } from "./screens/public/book.js";
import { Guest } from "./screens/public/guest.js";
import { render } from "./vendor/preact.js";

const query = new URLSearchParams(location.search);
const root = document.documentElement;
const [, kind, name = ""] = location.pathname.split("/");

const theme = query.get("theme");
if (theme === "light" || theme === "dark") root.dataset["theme"] = theme;
accentuate(query.get("accent"), root);

/** @param {string | null | undefined} wanted */
const known = (wanted) => (wanted && wanted.slice(0, 2) in languages ? wanted.slice(0, 2) : null);
const wanted = known(query.get("lang")) ?? navigator.languages.map(known).find((it) => it !== null) ?? null;

/** Tells the page that has this one in a frame how large it wants to be, and nothing else; only the page that asked hears it. */
function framed() {
  root.classList.add("framed");
  const parentOrigin = query.get("origin");
  if (parent === window || !parentOrigin) return;
  let told = 0;
  const tell = () => {
    const height = Math.ceil(document.getElementById("app")?.getBoundingClientRect().height ?? 0);
    if (height === told) return;
    told = height;
    parent.postMessage({ bronya: "size", height }, parentOrigin);
  };
  new ResizeObserver(tell).observe(/** @type {HTMLElement} */ (document.getElementById("app")));
  addEventListener("keydown", (event) => event.key === "Escape" && parent.postMessage({ bronya: "close" }, parentOrigin));
}

await speak(wanted ?? "en");
await learn("public");
const app = document.getElementById("app");
if (kind === "embed") framed();
if (app && kind === "guest") {
  document.title = t("guest.title");
  render(html`<${Guest} id=${name} />`, app);
} else if (app) {
  /** The site's own language and colour, where the visitor has asked for none. @param {import("./screens/public/visit.js").PublicSite} site */
  const onSite = async (site) => {
    document.title = site.name;
    if (!query.has("accent")) accentuate(site.accent, root);
    const own = known(site.locale);
    if (!wanted && own) await speak(own);
  };
  render(html`<${PublicBooking} slug=${decodeURIComponent(name)} onSite=${onSite} />`, app);
}
