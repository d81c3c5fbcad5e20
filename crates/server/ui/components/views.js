// What the views of the timeline share.

import { api } from "../api.js";
import { Icon, html } from "../html.js";
import { t } from "../i18n.js";
import { put } from "../router.js";
import { addDays, addMonths, instantOf, text } from "../time.js";
import { useState } from "../vendor/hooks.js";
import { DayDialog } from "./calendar.js";

/** @param {{view: string}} props */
export function Views({ view }) {
  return html`<div class="segments" role="group" aria-label=${t("timeline.views")}>${["list", "day", "week", "month"].map(
    (it) => html`<button aria-pressed=${it === view} onClick=${() => put("view", it)}>${t(`timeline.${it}`)}</button>`,
  )}</div>`;
}

/** The day so many steps on. @param {string} day @param {"day" | "week" | "month"} step @param {number} by */
export const stepped = (day, step, by) => (step === "month" ? addMonths(day, by) : addDays(day, by * (step === "week" ? 7 : 1)));

/**
 * What is shown, and the way to other days: to any of them, so many back, to today, so many on.
 * @param {{title: string, day: string, today: string, step: "day" | "week" | "month", level?: "h1" | "h2"}} props
 */
export function Days({ title, day, today, step, level = "h1" }) {
  const [open, setOpen] = useState(false);
  const to = (/** @type {string} */ it) => put("day", it);
  return html`<${level} class="which-day"><button type="button" class="quiet" aria-haspopup="dialog" title=${t("calendar.title")} onClick=${() => setOpen(true)}>${title}<${Icon} name="down" /></button><//>
    <div class="segments" role="group" aria-label=${t("timeline.days")}>
      <button aria-label=${t(`timeline.${step}Before`)} onClick=${() => to(stepped(day, step, -1))}><${Icon} name="left" /></button>
      <button onClick=${() => to(today)} aria-pressed=${day === today}>${t("today")}</button>
      <button aria-label=${t(`timeline.${step}After`)} onClick=${() => to(stepped(day, step, 1))}><${Icon} name="right" /></button>
    </div>
    ${open && html`<${DayDialog} day=${day} today=${today} onPick=${to} close=${() => setOpen(false)} />`}`;
}

/**
 * One list of an answer about what is free, by resource.
 * @param {{items: any[]}} found
 * @param {"free" | "busy"} list
 * @returns {Record<string, any[]>}
 */
export const byResource = (found, list) => Object.fromEntries(found.items.map((it) => [it.resource_id, it[list]]));

/**
 * What is free and what is not on some days that follow one another. What is more than one answer can hold is asked for day by day: then each resource is told
 * of once for each day.
 * @param {string[]} days
 * @param {string} zone
 * @param {{resource_ids?: string}} [which]
 * @returns {Promise<any[]>}
 */
export async function timesOn(days, zone, which = {}) {
  const ask = async (/** @type {string} */ first, /** @type {string} */ last) => (await api.get("/availability/", { from: text(instantOf(first, 0, zone)), to: text(instantOf(addDays(last, 1), 0, zone)), ...which })).items;
  try {
    return await ask(days[0] ?? "", days.at(-1) ?? "");
  } catch (problem) {
    if (/** @type {any} */ (problem).kind !== "too-wide" || days.length < 2) throw problem;
  }
  const found = [];
  for (const day of days) found.push(...(await ask(day, day)));
  return found;
}

/** Whose clock is shown, and how far the viewer's own is from it. @param {{zone: string, own: string}} props */
export const ZoneName = ({ zone, own }) => html`<span class="zone-name"><${Icon} name="pin" />${t("zone", { zone })}${own === zone ? "" : ` ${t("zoneYours", { zone: own })}`}</span>`;
