// For whoever runs the place: what can be booked, where and when, who may do what, and what was done.

import { html } from "../html.js";
import { t } from "../i18n.js";
import { address } from "../router.js";
import { isAdmin } from "../state.js";
import { Audit } from "./admin/audit.js";
import { Resources } from "./admin/resources.js";
import { Sites } from "./admin/sites.js";
import { Users } from "./admin/users.js";

export function Admin() {
  const path = new URL(address.value, location.origin).pathname;
  const tabs = [
    { to: "/admin", key: "admin.resources", screen: Resources },
    { to: "/admin/sites", key: "admin.sites", screen: Sites },
    ...(isAdmin.value ? [{ to: "/admin/users", key: "admin.users", screen: Users }, { to: "/admin/audit", key: "admin.audit", screen: Audit }] : []),
  ];
  const tab = tabs.find((it) => it.to === path);
  return html`<section class="page wider">
    <div class="head"><h1>${t("nav.admin")}</h1></div>
    <nav class="tabs" aria-label=${t("nav.admin")}>${tabs.map((it) => html`<a href=${it.to} aria-current=${it.to === path ? "page" : undefined}>${t(it.key)}</a>`)}</nav>
    ${tab ? html`<${tab.screen} />` : html`<p class="empty">${t("notHere.title")}</p>`}
  </section>`;
}
