// What stands around every screen: the name, the way to the other screens, what was just done.

import { html } from "../html.js";
import { t } from "../i18n.js";
import { address } from "../router.js";
import { dismiss, isAdmin, offline, toasts, user } from "../state.js";
import { Icon } from "./icon.js";

/** The screens of the navigation, and who sees them. @type {{to: string, icon: string, key: string, admin?: boolean}[]} */
export const screens = [
  { to: "/", icon: "plus", key: "nav.book" },
  { to: "/timeline", icon: "calendar", key: "nav.timeline" },
  { to: "/my", icon: "list", key: "nav.my" },
  { to: "/approvals", icon: "inbox", key: "nav.approvals" },
  { to: "/admin", icon: "settings", key: "nav.admin", admin: true },
];

/** @param {{children?: any}} props */
export function Shell({ children }) {
  const path = new URL(address.value, location.origin).pathname;
  return html`
    <a class="skip" href="#main" data-outside>${t("nav.skip")}</a>
    <header class="bar">
      <a class="brand" href="/"><${Icon} name="calendar" />Bronya</a>
      ${user.value &&
      html`<nav class="nav" aria-label=${t("nav.label")}>
        ${screens.filter((it) => !it.admin || isAdmin.value).map(({ to, icon, key }) => html`<a href=${to} aria-current=${path === to || (to === "/admin" && path.startsWith(to)) ? "page" : undefined}><${Icon} name=${icon} /><span>${t(key)}</span></a>`)}
      </nav>
      <a class="me" href="/profile" aria-label="${t("nav.profile")}: ${user.value.display_name || user.value.username}" aria-current=${path === "/profile" ? "page" : undefined}><${Icon} name="user" /><span>${user.value.display_name || user.value.username}</span></a>`}
    </header>
    ${offline.value && html`<p class="banner" role="status"><${Icon} name="alert" />${t("offline")}</p>`}
    <main id="main" tabindex="-1">${children}</main>
    <${Toasts} />
  `;
}

function Toasts() {
  return html`<div class="toasts" role="status" aria-live="polite">
    ${toasts.value.map(
      ({ id, text, tone, undo }) => html`<div class="toast ${tone}" key=${id}>
        <${Icon} name=${tone === "good" ? "check" : "alert"} /><span>${text}</span>
        ${undo && html`<button class="quiet" onClick=${() => (dismiss(id), undo())}>${t("undo")}</button>`}
        <button class="quiet" aria-label=${t("close")} onClick=${() => dismiss(id)}><${Icon} name="x" /></button>
      </div>`,
    )}
  </div>`;
}
