// Which occurrences of a series are cancelled: one, that and what follows, or all to come; and why, where somebody else's are.

import { html } from "../html.js";
import { t } from "../i18n.js";
import { useState } from "../vendor/hooks.js";
import { Reason } from "./closing.js";

/** @param {{asks?: boolean, one: (reason: string) => void, following: (reason: string) => void, all: (reason: string) => void}} props `asks`: whether it may be said why */
export function Scopes({ asks = false, one, following, all }) {
  const [reason, setReason] = useState("");
  const choice = (/** @type {string} */ text, /** @type {(reason: string) => void} */ pick) => html`<button class="danger" onClick=${() => pick(reason.trim())}>${t(text)}</button>`;
  return html`${asks && html`<div class="closing"><${Reason} reason=${reason} say=${setReason} /></div>`}<div class="move acts" role="group" aria-label=${t("my.scope")}>
    ${choice("my.scopeThis", one)}${choice("my.scopeFollowing", following)}${choice("my.scopeAll", all)}</div>`;
}
