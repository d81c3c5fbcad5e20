// What people choose and type with: a labelled field with what is wrong with it where it is read out; a day, a time of the day from a list of
// our own (the browser's would follow the browser's language), a length, a number of people.

import { Icon, html } from "../html.js";
import { locale, t } from "../i18n.js";
import { addDays, showClock, showDate, showDay } from "../time.js";
import { useId, useState } from "../vendor/hooks.js";
import { lengthText } from "../words.js";

/**
 * @param {{label: string, hint?: string, wrong?: string, [more: string]: any}} props
 */
export function Field({ label, hint, wrong, ...input }) {
  const id = useId();
  const described = wrong ? `${id}-wrong` : hint ? `${id}-hint` : undefined;
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <input id=${id} aria-describedby=${described} aria-invalid=${wrong ? "true" : undefined} ...${input} />
    ${hint && !wrong && html`<p class="hint" id="${id}-hint">${hint}</p>`}
    ${wrong && html`<p class="wrong" id="${id}-wrong">${wrong}</p>`}
  </div>`;
}

/**
 * @param {{label: string, value: string, options: {value: string, text: string}[], hint?: string | undefined, onPick: (value: string) => void}} props
 */
export function Choice({ label, value, options, hint, onPick }) {
  const id = useId();
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <select id=${id} aria-describedby=${hint && `${id}-hint`} value=${value} title=${options.find((it) => it.value === value)?.text.trim()} onChange=${(/** @type {any} */ event) => onPick(event.target.value)}>
      ${options.map((it) => html`<option value=${it.value} selected=${it.value === value}>${it.text}</option>`)}
    </select>
    ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
  </div>`;
}

export { lengthText };

/** What stands in a list of days for all that are not in it. */
const OTHER = "other";

/** @param {{label?: string, day: string, today: string, onPick: (day: string) => void}} props */
export function Day({ label = t("when.day"), day, today, onPick }) {
  const [Calendar, setCalendar] = useState(/** @type {any} */ (null));
  const days = Array.from({ length: 21 }, (_, n) => addDays(today, n));
  if (!days.includes(day)) days.unshift(day);
  // Which day of the week today is one knows, and there is little room on a phone.
  const name = (/** @type {string} */ it) => (it === today ? `${t("today")}, ${showDate(it, locale())}` : it === addDays(today, 1) ? `${t("tomorrow")}, ${showDate(it, locale())}` : showDay(it, locale()));
  const pick = (/** @type {string} */ it) => (it === OTHER ? void import("./calendar.js").then((found) => setCalendar(() => found.DayDialog)) : onPick(it));
  const options = [...days.map((it) => ({ value: it, text: name(it) })), { value: OTHER, text: t("when.other") }];
  return html`<${Choice} label=${label} value=${day} onPick=${pick} options=${options} />${Calendar && html`<${Calendar} day=${day} today=${today} onPick=${onPick} close=${() => setCalendar(null)} />`}`;
}

/** @param {{label?: string, minutes: number, step?: number, onPick: (minutes: number) => void}} props */
export function Clock({ label = t("when.time"), minutes, step = 15, onPick }) {
  const all = Array.from({ length: (24 * 60) / step }, (_, n) => n * step);
  if (!all.includes(minutes)) all.push(minutes);
  const options = all.sort((a, b) => a - b).map((it) => ({ value: String(it), text: showClock(it, locale()) }));
  return html`<${Choice} label=${label} value=${String(minutes)} options=${options} onPick=${(/** @type {string} */ it) => onPick(Number(it))} />`;
}

/** @param {{minutes: number, least?: number | undefined, most?: number | undefined, onPick: (minutes: number) => void}} props */
export function Length({ minutes, least = 0, most = Infinity, onPick }) {
  const all = [15, 30, 45, 60, 90, 120, 150, 180, 240, 300, 360, 480, 600, 720, 1_440].filter((it) => least <= it && it <= most);
  if (!all.includes(minutes)) all.push(minutes);
  const options = all.sort((a, b) => a - b).map((it) => ({ value: String(it), text: lengthText(it) }));
  return html`<${Choice} label=${t("when.length")} value=${String(minutes)} options=${options} onPick=${(/** @type {string} */ it) => onPick(Number(it))} />`;
}

/** @param {{people: number, most?: number, onPick: (people: number) => void}} props `most`: more can't be seated */
export function People({ people, most = Infinity, onPick }) {
  const all = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 30, 50, 100, 200].filter((it) => it <= most);
  for (const it of [people, most < 1_000 ? most : people]) if (!all.includes(it)) all.push(it);
  const options = all.sort((a, b) => a - b).map((n) => ({ value: String(n), text: t("people", { n }) }));
  return html`<${Choice} label=${t("when.people")} value=${String(people)} options=${options} onPick=${(/** @type {string} */ it) => onPick(Number(it))} />`;
}

/**
 * A small number with a button on either side; none is none.
 * @param {{label: string, value: number | null, least?: number, most?: number, onPick: (value: number | null) => void}} props
 */
export function Stepper({ label, value, least = 1, most = 1_000, onPick }) {
  const id = useId();
  const to = (/** @type {number} */ next) => onPick(next < least ? null : Math.min(next, most));
  return html`<div class="field stepper"><label for=${id}>${label}</label><div>
    <button type="button" aria-label="−" title="−" disabled=${value === null} onClick=${() => to((value ?? least) - 1)}><${Icon} name="minus" /></button>
    <input id=${id} type="number" inputmode="numeric" min=${least} max=${most} placeholder="–" value=${value ?? ""} onInput=${(/** @type {any} */ event) => (event.target.value === "" ? onPick(null) : to(Number(event.target.value)))} />
    <button type="button" aria-label="+" title="+" disabled=${value !== null && value >= most} onClick=${() => to(value === null ? least : value + 1)}><${Icon} name="plus" /></button></div></div>`;
}
