// A day from a month: a grid of our own, with the keys that such grids have (arrows, Home and End, PageUp and PageDown).

import { Icon, html } from "../html.js";
import { locale, t } from "../i18n.js";
import { addDays, addMonths, firstWeekday, monthGrid, showDay, showMonth, showWeekday, titled } from "../time.js";
import { useLayoutEffect, useRef, useState } from "../vendor/hooks.js";
import { Dialog } from "./dialog.js";

/** @param {{day: string, today: string, onPick: (day: string) => void}} props */
export function Calendar({ day, today, onPick }) {
  const [at, setAt] = useState(day);
  const grid = useRef(/** @type {HTMLElement | null} */ (null));
  const weeks = monthGrid(at, firstWeekday(locale()));
  useLayoutEffect(() => /** @type {HTMLElement | null} */ (grid.current?.querySelector("[tabindex='0']") ?? null)?.focus(), [at]);
  const keys = (/** @type {KeyboardEvent} */ event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
    const week = weeks.find((it) => it.includes(at));
    if (by) setAt(addDays(at, by));
    else if (event.key === "PageUp" || event.key === "PageDown") setAt(addMonths(at, (event.key === "PageUp" ? -1 : 1) * (event.shiftKey ? 12 : 1)));
    else if (event.key === "Home") setAt(week?.[0] ?? at);
    else if (event.key === "End") setAt(week?.[6] ?? at);
    else return;
    event.preventDefault();
  };
  return html`<div class="calendar">
    <div class="head"><button type="button" class="quiet" aria-label=${t("calendar.before")} onClick=${() => setAt(addMonths(at, -1))}><${Icon} name="left" /></button>
      <strong aria-live="polite">${titled(showMonth(at, locale()))}</strong>
      <button type="button" class="quiet" aria-label=${t("calendar.after")} onClick=${() => setAt(addMonths(at, 1))}><${Icon} name="right" /></button></div>
    <table role="grid" ref=${grid} aria-label=${showMonth(at, locale())} onKeyDown=${keys}>
      <thead><tr>${weeks[0]?.map((it) => html`<th scope="col" abbr=${showWeekday(it, locale(), "long")}>${showWeekday(it, locale(), "short")}</th>`)}</tr></thead>
      <tbody>${weeks.map((week) => html`<tr>${week.map((it) => html`<td role="gridcell" aria-selected=${it === day}>
        <button type="button" tabindex=${it === at ? 0 : -1} autofocus=${it === day} class=${it.slice(0, 7) === at.slice(0, 7) ? "" : "other"} aria-current=${it === today ? "date" : undefined} aria-pressed=${it === day} aria-label=${showDay(it, locale(), "long")} onClick=${() => onPick(it)}>${Number(it.slice(8))}</button></td>`)}</tr>`)}</tbody>
    </table>
  </div>`;
}

/** @param {{day: string, today: string, onPick: (day: string) => void, close: () => void}} props */
export const DayDialog = ({ day, today, onPick, close }) => html`<${Dialog} title=${t("calendar.title")} close=${close}>
  <${Calendar} day=${day} today=${today} onPick=${(/** @type {string} */ it) => (onPick(it), close())} />
  <div class="row end"><button type="button" onClick=${() => (onPick(today), close())}>${t("today")}</button><button type="button" onClick=${close}>${t("close")}</button></div><//>`;
