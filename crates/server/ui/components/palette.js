// The command palette (Ctrl-K): every screen, every resource and what is often done, by name. And what the keys do (?).

import { Icon, html, kindShape } from "../html.js";
import { choose, language, languages, t } from "../i18n.js";
import { go } from "../router.js";
import { fold } from "../rows.js";
import { allResources, kindName, nameOf, resources, theme, wear } from "../state.js";
import { addDays, dayOf, here } from "../time.js";
import { useEffect, useLayoutEffect, useMemo, useState } from "../vendor/hooks.js";
import { Dialog } from "./dialog.js";
import { screens } from "./shell.js";

/** @typedef {{name: string, icon: string, kind: string, to?: string, act?: () => any}} Entry */

const MOST = 9;

/** What keys do, screen by screen. @type {Record<string, string[][]>} */
const KEYS = {
  everywhere: [["Ctrl", "K"], ["?"], ["Esc"]],
  timeline: [["←", "→", "↑", "↓"], ["Ctrl", "←", "→"], ["Shift", "←", "→"], ["Enter"], ["M"], ["B"], ["E"], ["D"], ["/"], ["PgUp", "PgDn"], ["T"], ["+", "−"], ["O"]],
  approvals: [["J", "K"], ["A", "R"], ["X"], ["W"], ["O"]],
};

/** @returns {Entry[]} */
function entries() {
  const today = dayOf(Date.now(), here());
  const dark = theme.value === "dark";
  return [
    ...screens.filter((it) => !it.seen || it.seen()).map(({ to, key, icon }) => ({ to, name: t(key), icon, kind: "screen" })),
    { to: "/profile", name: t("nav.profile"), icon: "user", kind: "screen" },
    { to: `/timeline?view=day&day=${addDays(today, 1)}`, name: `${t("nav.timeline")}: ${t("tomorrow")}`, icon: "calendar", kind: "screen" },
    { to: "/timeline?view=week", name: `${t("nav.timeline")}: ${t("palette.week")}`, icon: "calendar", kind: "screen" },
    { to: "/timeline?view=month", name: `${t("nav.timeline")}: ${t("palette.month")}`, icon: "calendar", kind: "screen" },
    { to: "/my?show=waiting", name: t("palette.waiting"), icon: "clock", kind: "screen" },
    { name: t(dark ? "palette.light" : "palette.dark"), icon: "sun", kind: "action", act: () => wear(dark ? "light" : "dark") },
    ...Object.entries(languages).filter(([it]) => it !== language.value).map(([it, name]) => ({ name: t("palette.speak", { name }), icon: "user", kind: "action", act: () => choose(it) })),
    { name: t("palette.print"), icon: "print", kind: "action", act: () => setTimeout(print, 100) },
    ...(resources.value ?? []).flatMap((it) => [
      { to: `/?resource=${it.id}`, name: t("palette.book", { what: it.name }), icon: "plus", kind: "action" },
      { to: `/resource/${it.id}`, name: it.name, icon: kindShape(it.kind), kind: [kindName(it.kind), nameOf(it.site_id)].filter(Boolean).join(" · ") },
    ]),
  ];
}

/** @param {{close: () => void}} props */
function Keys({ close }) {
  return html`<${Dialog} title=${t("palette.keys")} close=${close}>
    ${Object.entries(KEYS).map(([screen, all]) => html`<h3 class="keys-of">${t(`keys.${screen}`)}</h3><dl class="key-list">${all.map((keys, n) => html`<dt>${keys.map((it) => html`<kbd>${it}</kbd>`)}</dt><dd>${t(`keys.${screen}.${n}`)}</dd>`)}</dl>`)}
    <div class="row end"><button onClick=${close}>${t("close")}</button></div><//>`;
}

/** @param {{close: () => void, help?: boolean}} props */
export function Palette({ close, help = false }) {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const [keys, setKeys] = useState(help);
  useEffect(() => void allResources().catch(() => {}), []);
  const all = useMemo(entries, [resources.value, language.value]);
  const words = fold(query).split(/\s+/).filter(Boolean);
  const matching = all.filter((it) => {
    const text = fold(it.name);
    return words.every((word) => text.includes(word));
  });
  // What begins with what was typed stands first.
  const first = (/** @type {Entry} */ it) => (words[0] && fold(it.name).startsWith(words[0]) ? 0 : 1);
  const found = matching.sort((a, b) => first(a) - first(b)).slice(0, MOST);
  const take = (/** @type {number} */ n) => {
    const one = found[n];
    if (!one) return;
    close();
    if (one.to) go(one.to);
    else void one.act?.();
  };
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "ArrowDown") setAt(Math.min(found.length - 1, at + 1));
    else if (event.key === "ArrowUp") setAt(Math.max(0, at - 1));
    else if (event.key === "Enter") take(at);
    // A search field would only be emptied by it.
    else if (event.key === "Escape") close();
    else if (event.key === "?" && query === "") setKeys(true);
    else return;
    event.preventDefault();
  };
  useLayoutEffect(() => document.getElementById(`palette-${at}`)?.scrollIntoView({ block: "nearest" }), [at]);
  if (keys) return html`<${Keys} close=${close} />`;
  return html`<${Dialog} title=${t("palette.title")} close=${close}>
    <input type="search" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-activedescendant="palette-${at}" aria-label=${t("palette.title")} placeholder=${t("palette.hint")} autofocus value=${query}
      onInput=${(/** @type {any} */ event) => (setQuery(event.target.value), setAt(0))} onKeyDown=${press} />
    <ul id="palette-list" role="listbox" aria-label=${t("palette.title")} class="palette">${found.map((it, n) => html`<li id="palette-${n}" role="option" aria-selected=${n === at} onClick=${() => take(n)}><${Icon} name=${it.icon} /><span>${it.name}</span>
      <span class="muted">${it.kind === "screen" ? t("palette.screen") : it.kind === "action" ? "" : it.kind}</span></li>`)}</ul>
    ${found.length === 0 && html`<p class="empty">${t("palette.none")}</p>`}
    <p class="hint by-keys">${t("palette.help")} <button type="button" class="quiet" onClick=${() => setKeys(true)}>${t("palette.keys")}</button></p>
  <//>`;
}
