// What the colours, patterns and signs of bars mean. On a phone it is scrolled sideways, and so can be reached by keys.

import { Icon, html } from "../../html.js";
import { t } from "../../i18n.js";
import { shapeOf } from "./row.js";

const STATES = ["confirmed", "pending", "checked_in", "completed", "no_show", "booking", "block", "closed"];

export const Legend = () => html`<ul class="legend" tabindex="0" aria-label=${t("timeline.legend")}>${STATES.map((it) => html`<li><span class="swatch bar ${it}">${shapeOf[it] && html`<${Icon} name=${shapeOf[it]} />`}</span>${t(`bar.${it}`)}</li>`)}</ul>`;
