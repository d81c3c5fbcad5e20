// What stands around every screen: the way to the other screens, at the side or on a phone at the bottom; what was just done.

import { Icon, html } from "../html.js";
import { choose, language, languages, t } from "../i18n.js";
import { address } from "../router.js";
import { dismiss, isAdmin, lost, manages, offline, sites, theme, toasts, user, wear } from "../state.js";
import { useEffect, useState } from "../vendor/hooks.js";

/** @typedef {{to: string, icon: string, key: string, seen?: () => boolean}} Way */

/** The screens of the navigation, the most wanted first, and who sees them. @type {Way[]} */
export const screens = [
  { to: "/", icon: "plus", key: "nav.book" },
  { to: "/timeline", icon: "calendar", key: "nav.timeline" },
  { to: "/my", icon: "list", key: "nav.my" },
  { to: "/floor", icon: "map", key: "nav.floor", seen: () => sites.value.length > 0 },
  { to: "/today", icon: "sun", key: "nav.today", seen: () => manages.value },
  { to: "/host", icon: "bell", key: "nav.host", seen: () => manages.value && sites.value.length > 0 },
  { to: "/approvals", icon: "inbox", key: "nav.approvals", seen: () => manages.value },
  { to: "/reports", icon: "chart", key: "nav.reports", seen: () => manages.value },
  { to: "/admin", icon: "settings", key: "nav.admin", seen: () => manages.value || isAdmin.value },
];

/** How many stand at the bottom of a phone, beside the way to the rest. */
const AT_HAND = 4;

/** @param {string} path @param {string} to */
const isHere = (path, to) => path === to || (to !== "/" && path.startsWith(`${to}/`)) || (to === "/" && path === "/book");

/** @param {{children?: any, showMore: (props: {close: () => void, ways: any}) => any}} props what is open is shown by `showMore`, which fetches what it needs */
export function Shell({ children, showMore }) {
  const path = new URL(address.value, location.origin).pathname;
  const [more, setMore] = useState(false);
  const ways = user.value ? screens.filter((it) => !it.seen || it.seen()) : [];
  const link = (/** @type {Way} */ { to, icon, key }, /** @type {number} */ n) => html`<a href=${to} class=${n < AT_HAND ? undefined : "rest"} onClick=${() => setMore(false)}
    aria-current=${isHere(path, to) ? "page" : undefined}><${Icon} name=${icon} /><span>${t(key)}</span></a>`;
  const name = user.value?.display_name || user.value?.username;
  return html`
    <a class="skip" href="#main" data-outside>${t("nav.skip")}</a>
    <div class=${user.value ? "frame" : "frame alone"}>
    <header class="side">
      <a class="brand" href="/" aria-label="Bronya"><${Icon} name="brand" /><span>Bronya</span></a>
      ${user.value &&
      html`<nav class="nav" aria-label=${t("nav.label")}>
        ${ways.map(link)}
        ${ways.length > AT_HAND && html`<button type="button" class="onward" aria-haspopup="dialog" onClick=${() => setMore(true)}><${Icon} name="more" /><span>${t("nav.more")}</span></button>`}
      </nav>
      <a class="me" href="/profile" aria-label="${t("nav.profile")}: ${name}" title=${name} aria-current=${path === "/profile" ? "page" : undefined}><${Icon} name="user" /><span>${name}</span></a>`}
      ${!user.value && html`<${Looks} />`}
    </header>
    <div class="body">
      ${offline.value ? html`<p class="banner" role="status"><${Icon} name="alert" />${t("offline")}</p>` : user.value && lost.value && html`<p class="banner" role="status"><${Icon} name="alert" />${t("lost")}</p>`}
      <main id="main" tabindex="-1">${children}</main>
    </div>
    </div>
    ${more && showMore({ close: () => setMore(false), ways: ways.slice(AT_HAND).map((it) => link(it, 0)) })}
    <${Toasts} />
  `;
}

/** Language and theme, for whoever has no profile to choose them in. */
function Looks() {
  const dark = theme.value === "dark" || (theme.value !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  return html`<span class="looks">${Object.entries(languages).filter(([it]) => it !== language.value).map(([it, name]) => html`<button type="button" class="quiet" lang=${it} key=${it} onClick=${() => choose(it)}>${name}</button>`)}
    <button type="button" class="quiet" onClick=${() => wear(dark ? "light" : "dark")}>${t(dark ? "theme.light" : "theme.dark")}</button></span>`;
}

/** How long something can still be taken back, for whoever looks. @param {{until: number}} props */
function Left({ until }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const ticks = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(ticks);
  }, []);
  return html`<span class="left" aria-hidden="true">0:${String(Math.max(0, Math.ceil((until - now) / 1_000))).padStart(2, "0")}</span>`;
}

function Toasts() {
  return html`<div class="toasts" role="status" aria-live="polite">
    ${toasts.value.map(
      ({ id, text, tone, undo, until }) => html`<div class="toast ${tone}" key=${id}>
        <${Icon} name=${tone === "good" ? "check" : "alert"} /><span>${text}</span>
        ${undo && html`<button class="quiet" onClick=${() => (dismiss(id), undo())}>${t("undo")}<${Left} until=${until} /></button>`}
        <button class="quiet" aria-label=${t("close")} onClick=${() => dismiss(id)}><${Icon} name="x" /></button>
      </div>`,
    )}
  </div>`;
}
