// The command palette (Ctrl-K): every screen and every resource by name, and what the keys do.

import { html } from "../html.js";
import { t } from "../i18n.js";
import { go } from "../router.js";
import { resources } from "../state.js";
import { useState } from "../vendor/hooks.js";
import { Dialog } from "./dialog.js";
import { screens } from "./shell.js";

const MOST = 8;

/** @param {{close: () => void}} props */
export function Palette({ close }) {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const all = [
    ...screens.map(({ to, key }) => ({ to, name: t(key) })),
    { to: "/profile", name: t("nav.profile") },
    ...(resources.value ?? []).map((it) => ({ to: `/?resource=${it.id}`, name: t("palette.book", { what: it.name }) })),
    ...(resources.value ?? []).map((it) => ({ to: `/resource/${it.id}`, name: it.name })),
  ];
  const found = all.filter((it) => it.name.toLowerCase().includes(query.toLowerCase())).slice(0, MOST);
  const take = (/** @type {number} */ n) => {
    const one = found[n];
    if (!one) return;
    close();
    go(one.to);
  };
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "ArrowDown") setAt(Math.min(found.length - 1, at + 1));
    else if (event.key === "ArrowUp") setAt(Math.max(0, at - 1));
    else if (event.key === "Enter") take(at);
    else return;
    event.preventDefault();
  };
  return html`<${Dialog} title=${t("palette.title")} close=${close}>
    <input type="search" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-activedescendant="palette-${at}" aria-label=${t("palette.title")} autofocus value=${query}
      onInput=${(/** @type {any} */ event) => (setQuery(event.target.value), setAt(0))} onKeyDown=${keys} />
    <ul id="palette-list" role="listbox" aria-label=${t("palette.title")} class="palette">${found.map((it, n) => html`<li id="palette-${n}" role="option" aria-selected=${n === at} onClick=${() => take(n)}>${it.name}</li>`)}</ul>
    <p class="hint">${t("palette.help")}</p>
  <//>`;
}
