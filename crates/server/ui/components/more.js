// On a phone: the way to the screens that have no room at the bottom.

import { html } from "../html.js";
import { t } from "../i18n.js";
import { Dialog } from "./dialog.js";

/** @param {{close: () => void, ways: any}} props */
export const More = ({ close, ways }) => html`<${Dialog} title=${t("nav.more")} close=${close}><div class="ways">${ways}</div>
  <div class="row end"><button onClick=${close}>${t("close")}</button></div><//>`;
