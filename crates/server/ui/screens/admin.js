// For whoever runs the place: a list of what can be managed, and beside it the section that is open. On a phone it is one or the other.

import { Icon, html } from "../html.js";
import { t } from "../i18n.js";
import { address } from "../router.js";
import { isAdmin, resources, sites } from "../state.js";
import { useEffect, useState } from "../vendor/hooks.js";
import "./admin/icons.js";
import { loadMine, mine } from "../mine.js";

/**
 * `who`: administrators alone, or whoever manages a site; everybody who manages something where it is left out.
 * @typedef {{id: string, icon: string, who?: "admin" | "site", load: () => Promise<any>}} Section
 */

/** @type {Section[]} */
const sections = [
  { id: "places", icon: "building", who: "site", load: () => import("./admin/places.js").then((it) => it.Places) },
  { id: "resources", icon: "box", load: () => import("./admin/resources.js").then((it) => it.Resources) },
  { id: "kinds", icon: "tag", who: "admin", load: () => import("./admin/kinds.js").then((it) => it.Kinds) },
  { id: "hours", icon: "clock", load: () => import("./admin/hours.js").then((it) => it.HoursSection) },
  { id: "rules", icon: "settings", load: () => import("./admin/rules.js").then((it) => it.RulesSection) },
  { id: "blocks", icon: "ban", load: () => import("./admin/blocks.js").then((it) => it.Blocks) },
  { id: "public", icon: "people", who: "site", load: () => import("./admin/public.js").then((it) => it.PublicPages) },
  { id: "displays", icon: "image", load: () => import("./admin/displays.js").then((it) => it.Displays) },
  { id: "users", icon: "user", who: "admin", load: () => import("./admin/users.js").then((it) => it.Users) },
  { id: "groups", icon: "people", who: "admin", load: () => import("./admin/groups.js").then((it) => it.Groups) },
  { id: "import", icon: "transfer", load: () => import("./admin/import.js").then((it) => it.Transfer) },
  { id: "zones", icon: "globe", who: "admin", load: () => import("./admin/zones.js").then((it) => it.Zones) },
  { id: "audit", icon: "scroll", who: "admin", load: () => import("./admin/audit.js").then((it) => it.Audit) },
  { id: "settings", icon: "server", who: "admin", load: () => import("./admin/settings.js").then((it) => it.Settings) },
];

/** Sections that are here. @type {Map<string, any>} */
const here = new Map();

/** What stands in front of what is to do first. @returns {string | null} */
function firstStep() {
  if (isAdmin.value && sites.value.length === 0) return "places";
  return (resources.value ?? []).length === 0 ? "resources" : null;
}

export function Admin() {
  const path = new URL(address.value, location.origin).pathname;
  const [, id = "", ...rest] = path.split("/").slice(1);
  const [, arrived] = useState(0);
  const [missing, setMissing] = useState(false);
  useEffect(() => void loadMine(), []);
  const managed = mine.value;
  const open = sections.filter((it) => isAdmin.value || (it.who !== "admin" && (it.who !== "site" || (managed?.sites.size ?? 0) > 0)));
  const section = open.find((it) => it.id === id);
  const found = section && here.get(section.id);
  useEffect(() => {
    setMissing(false);
    if (section && !found) section.load().then((screen) => (here.set(section.id, screen), arrived((n) => n + 1)), () => setMissing(true));
  }, [section?.id]);
  const first = firstStep();
  let content;
  if (managed === null) content = html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`;
  else if (id === "") {
    content = html`<div class="head"><h1>${t("nav.admin")}</h1></div>
      ${!isAdmin.value && html`<p class="hint">${t("admin.yours")}</p>`}
      <ul class="sections">${open.map((it) => html`<li key=${it.id}><a href="/admin/${it.id}" class=${it.id === first ? "first" : undefined}><${Icon} name=${it.icon} />
        <span><strong>${t(`section.${it.id}`)}</strong><span class="muted">${t(`section.${it.id}.about`)}</span></span><${Icon} name="right" /></a></li>`)}</ul>`;
  } else if (!section) content = html`<div class="empty"><${Icon} name="search" /><h1>${t("notHere.title")}</h1><a class="button" href="/admin">${t("nav.admin")}</a></div>`;
  else if (missing) content = html`<div class="empty"><p role="alert">${t("error.screen")}</p><button onClick=${() => location.reload()}>${t("error.reload")}</button></div>`;
  else content = found ? html`<${found} key=${section.id} rest=${rest.map(decodeURIComponent)} />` : html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`;
  return html`<section class="manage ${id === "" ? "home" : ""}">
    <nav class="aside" aria-label=${t("nav.admin")}>${open.map((it) => html`<a href="/admin/${it.id}" key=${it.id} aria-current=${it.id === id ? "page" : undefined}><${Icon} name=${it.icon} />${t(`section.${it.id}`)}</a>`)}</nav>
    <div class="pane">${id !== "" && html`<a class="back" href=${rest.length > 0 && section ? `/admin/${id}` : "/admin"}><${Icon} name="left" />${rest.length > 0 && section ? t(`section.${id}`) : t("nav.admin")}</a>`}
      ${content}</div>
  </section>`;
}
