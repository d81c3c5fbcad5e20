// A month of days to choose one from: the date grid of the WAI-ARIA authoring practices. Arrows go by days and weeks, Home and End to the ends
// of the week, Page Up and Page Down by months; Enter and Space choose.

import { html, Icon } from "../html.js";
import { locale, t } from "../i18n.js";
import { addDays, showDay, showMonth } from "../time.js";
import { useLayoutEffect, useRef, useState } from "../vendor/hooks.js";

/** @param {string} day @param {Intl.DateTimeFormatOptions} options */
const named = (day, options) => new Intl.DateTimeFormat(locale(), { timeZone: "UTC", ...options }).format(Date.parse(`${day}T12:00:00Z`));
/** @param {string} day the first is 1, the last is 7 */
const weekday = (day) => new Date(`${day}T12:00:00Z`).getUTCDay() || 7;
const firstOfWeek = () => {
  const known = /** @type {any} */ (new Intl.Locale(locale()));
  return (known.getWeekInfo?.() ?? known.weekInfo)?.firstDay ?? 1;
};
/** @param {string} month @param {number} by */
const monthsFrom = (month, by) => new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5, 7)) - 1 + by, 1)).toISOString().slice(0, 7);
/** The same day of another month, or its last. @param {string} day @param {number} by */
function sameDay(day, by) {
  const month = monthsFrom(day.slice(0, 7), by);
  const last = addDays(`${monthsFrom(month, 1)}-01`, -1);
  const wanted = `${month}-${day.slice(8)}`;
  return wanted > last ? last : wanted;
}

/** So many weeks are shown at least: at the end of a month those after it are. */
const WEEKS_MIN = 4;

/** The weeks of a month, from the first day of the first to the last of the last. @param {string} month @param {number} first */
export function weeks(month, first) {
  const start = `${month}-01`;
  let day = addDays(start, -((weekday(start) - first + 7) % 7));
  const found = [];
  do {
    const from = day;
    found.push(Array.from({ length: 7 }, (_, n) => addDays(from, n)));
    day = addDays(day, 7);
  } while (day.slice(0, 7) === month);
  return found;
}

/**
 * @param {{day: string, first: string, last: string | null, onPick: (day: string) => void, marks?: Map<string, "free" | "full" | "closed"> | null, onMonth?: (from: string, to: string) => void}} props
 *   `marks` say what there is on a day, as far as that is known; `onMonth` is told of the days of the month that is shown
 */
export function Month({ day, first, last, onPick, marks, onMonth }) {
  const [at, setAt] = useState(day);
  const grid = useRef(/** @type {HTMLTableElement | null} */ (null));
  const moved = useRef(false);
  useLayoutEffect(() => setAt(day), [day]);
  const within = (/** @type {string} */ it) => (it < first ? first : last && it > last ? last : it);
  const month = at.slice(0, 7);
  const start = firstOfWeek();
  // Weeks that are over help nobody.
  const shown = weeks(month, start).filter((week) => String(week[6]) >= first);
  while (shown.length < WEEKS_MIN) shown.push((shown.at(-1) ?? []).map((it) => addDays(it, 7)));
  useLayoutEffect(() => onMonth?.(`${month}-01`, String(shown.at(-1)?.[6])), [month, first, onMonth]);
  useLayoutEffect(() => {
    if (!moved.current) return;
    moved.current = false;
    /** @type {HTMLElement | null | undefined} */ (grid.current?.querySelector("[tabindex='0']"))?.focus();
  }, [at]);
  const go = (/** @type {string} */ to) => {
    const then = within(to);
    moved.current = then !== at;
    setAt(then);
  };
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const inWeek = (weekday(at) - start + 7) % 7;
    /** @type {Record<string, string>} */
    const to = {
      ArrowLeft: addDays(at, -1), ArrowRight: addDays(at, 1), ArrowUp: addDays(at, -7), ArrowDown: addDays(at, 7),
      Home: addDays(at, -inWeek), End: addDays(at, 6 - inWeek), PageUp: sameDay(at, -1), PageDown: sameDay(at, 1),
    };
    const then = to[event.key];
    if (!then) return;
    event.preventDefault();
    go(then);
  };
  const turn = (/** @type {number} */ by) => setAt(within(`${monthsFrom(month, by)}-01`));
  // At the end of a month the next one stands there too.
  const title = showMonth(`${month}-01`, locale(), shown.at(-1)?.[0]);
  const turnable = (/** @type {number} */ by) => (by < 0 ? monthsFrom(month, -1) >= first.slice(0, 7) : !last || monthsFrom(month, 1) <= last.slice(0, 7));
  return html`<div class="month">
    <div class="month-head">
      <button type="button" class="quiet" aria-label=${t("month.before")} disabled=${!turnable(-1)} onClick=${() => turn(-1)}><${Icon} name="left" /></button>
      <strong aria-live="polite">${title}</strong>
      <button type="button" class="quiet" aria-label=${t("month.after")} disabled=${!turnable(1)} onClick=${() => turn(1)}><${Icon} name="right" /></button>
    </div>
    <table role="grid" aria-label=${title} ref=${grid} onKeyDown=${pressed}>
      <thead><tr>${shown[0]?.map((it) => html`<th scope="col" abbr=${named(it, { weekday: "long" })}>${named(it, { weekday: "short" })}</th>`)}</tr></thead>
      <tbody>${shown.map((week) => html`<tr key=${week[0]}>${week.map((it) => {
        const other = it.slice(0, 7) !== month;
        const off = it < first || (last !== null && it > last);
        if (other && off) return html`<td key=${it}></td>`;
        const mark = off ? undefined : marks?.get(it);
        const said = mark === "full" || mark === "closed" ? `, ${t(`month.${mark}`)}` : "";
        return html`<td key=${it} aria-selected=${it === day ? "true" : "false"}><button type="button" tabindex=${it === at ? 0 : -1} disabled=${off}
          class=${`${it === day ? "chosen" : ""} ${said ? mark : ""}`.trim()} aria-label=${showDay(it, locale(), "long") + said} aria-current=${it === first ? "date" : undefined} onClick=${() => onPick(it)}>${Number(it.slice(8))}</button></td>`;
      })}</tr>`)}</tbody>
    </table>
    ${onMonth && html`<p class="month-legend" aria-hidden="true">${["full", "closed"].filter((one) => [...(marks ?? [])].some(([it, mark]) => mark === one && it >= first && (!last || it <= last))).map((one) => html`<span key=${one}><span class="sample ${one}">${Number(first.slice(8))}</span>${t(`month.${one}`)}</span>`)}</p>`}
  </div>`;
}
