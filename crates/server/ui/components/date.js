// A day to choose from a month, shown as the language has it; or none.

import { Icon, html } from "../html.js";
import { locale, t } from "../i18n.js";
import { showDay } from "../time.js";
import { useId, useState } from "../vendor/hooks.js";
import { DayDialog } from "./calendar.js";

/**
 * @param {{label: string, day: string, today: string, min?: string, max?: string, empty?: string, clear?: boolean, hidden?: boolean, onPick: (day: string) => void}} props
 *   `empty` is what stands there where no day is chosen; `clear`: a chosen one can be taken away again
 */
export function DateField({ label, day, today, min, max, empty = "–", clear = false, onPick }) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const pick = (/** @type {string} */ it) => onPick(min && it < min ? min : max && it > max ? max : it);
  return html`<div class="field date"><span class="label" id=${id}>${label}</span>
    <span class="date-row"><button type="button" aria-haspopup="dialog" aria-labelledby="${id} ${id}-day" onClick=${() => setOpen(true)}><${Icon} name="calendar" /><span id="${id}-day">${day ? `${showDay(day, locale())} ${day.slice(0, 4)}` : empty}</span></button>
      ${clear && day && html`<button type="button" class="quiet" aria-label="${t("date.clear")}: ${label}" onClick=${() => onPick("")}><${Icon} name="x" /></button>`}</span>
    ${open && html`<${DayDialog} day=${day || min || today} today=${today} onPick=${pick} close=${() => setOpen(false)} />`}</div>`;
}
