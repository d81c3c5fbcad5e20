// The ways to look at the timeline.

import { html } from "../html.js";
import { t } from "../i18n.js";
import { put } from "../router.js";

/** @param {{view: string}} props */
export function Views({ view }) {
  return html`<div class="segments" role="group" aria-label=${t("timeline.views")}>${["list", "day", "week"].map(
    (it) => html`<button aria-pressed=${it === view} onClick=${() => put("view", it)}>${t(`timeline.${it}`)}</button>`,
  )}</div>`;
}
