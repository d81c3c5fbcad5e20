// Which occurrences of a series something is done to: one, that and what follows, or all to come.

import { html } from "../html.js";
import { t } from "../i18n.js";

/** @param {{danger?: boolean, one: () => void, following: () => void, all: () => void}} props */
export function Scopes({ danger = false, one, following, all }) {
  const choice = (/** @type {string} */ text, /** @type {() => void} */ pick) => html`<button class=${danger ? "danger" : undefined} onClick=${pick}>${t(text)}</button>`;
  return html`<div class="move acts" role="group" aria-label=${t("my.scope")}>
    ${choice("my.scopeThis", one)}${choice("my.scopeFollowing", following)}${choice("my.scopeAll", all)}</div>`;
}
