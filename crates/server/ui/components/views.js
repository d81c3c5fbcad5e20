// What the views of the timeline share.

import { Icon, html } from "../html.js";
import { t } from "../i18n.js";
import { put } from "../router.js";
import { addDays } from "../time.js";

/** @param {{view: string}} props */
export function Views({ view }) {
  return html`<div class="segments" role="group" aria-label=${t("timeline.views")}>${["list", "day", "week"].map(
    (it) => html`<button aria-pressed=${it === view} onClick=${() => put("view", it)}>${t(`timeline.${it}`)}</button>`,
  )}</div>`;
}

/**
 * The way to other days: so many back, to today, so many on.
 * @param {{day: string, today: string, step: 1 | 7}} props
 */
export function Days({ day, today, step }) {
  const [before, after] = step === 1 ? ["timeline.before", "timeline.after"] : ["timeline.weekBefore", "timeline.weekAfter"];
  return html`<div class="segments" role="group" aria-label=${t("timeline.days")}>
    <button aria-label=${t(before)} onClick=${() => put("day", addDays(day, -step))}><${Icon} name="left" /></button>
    <button onClick=${() => put("day", today)} aria-pressed=${day === today}>${t("today")}</button>
    <button aria-label=${t(after)} onClick=${() => put("day", addDays(day, step))}><${Icon} name="right" /></button>
  </div>`;
}

/**
 * One list of an answer about what is free, by resource.
 * @param {{items: any[]}} found
 * @param {"free" | "busy"} list
 * @returns {Record<string, any[]>}
 */
export const byResource = (found, list) => Object.fromEntries(found.items.map((it) => [it.resource_id, it[list]]));
