// The rules that are more than a number: in which pieces time is given out, when guests are seated, how long parties stay.

import { Choice, Clock, Field } from "../../components/inputs.js";
import { clock, minutes } from "../../hours.js";
import { Icon, html } from "../../html.js";
import { t } from "../../i18n.js";

/** @param {{label: string, value: string, onPick: (value: string) => void}} props */
const TimeOfDay = ({ label, value, onPick }) => html`<${Clock} label=${label} minutes=${minutes(value)} onPick=${(/** @type {number} */ it) => onPick(clock(it))} />`;

/**
 * Rows that can be added and taken away.
 * @param {{legend: string, rows: any[], blank: () => any, set: (rows: any[]) => void, row: (row: any, change: (part: object) => void) => any}} props
 */
function Rows({ legend, rows, blank, set, row }) {
  const change = (/** @type {number} */ nth) => (/** @type {object} */ part) => set(rows.map((it, n) => (n === nth ? { ...it, ...part } : it)));
  return html`<fieldset class="rows"><legend>${legend}</legend>
    ${rows.map((it, nth) => html`<div class="row end" key=${nth}>${row(it, change(nth))}
      <button type="button" class="quiet" aria-label=${t("admin.takeAway")} onClick=${() => set(rows.filter((_, n) => n !== nth))}><${Icon} name="x" /></button></div>`)}
    <button type="button" class="quiet" onClick=${() => set([...rows, blank()])}><${Icon} name="plus" />${t("admin.addRow")}</button>
  </fieldset>`;
}

/** @param {{value: string, onInput: (text: string) => void}} props */
const Name = ({ value, onInput }) => html`<${Field} label=${t("admin.name")} required maxlength="64" value=${value} onInput=${(/** @type {any} */ event) => onInput(event.target.value)} />`;

/** @param {{mode: any, set: (mode: any) => void}} props */
export function Pieces({ mode, set }) {
  const by = mode?.by ?? "";
  /** @type {Record<string, any>} */
  const first = {
    "": null,
    free: { by: "free" },
    days: { by: "days" },
    nights: { by: "nights", check_in: "15:00", check_out: "11:00" },
    periods: { by: "periods", periods: [{ name: "1", starts: "08:00", ends: "08:45" }] },
  };
  const choice = html`<${Choice} label=${t("rule.mode")} value=${by} onPick=${(/** @type {string} */ it) => set(first[it])} options=${Object.keys(first).map((it) => ({ value: it, text: t(`mode.${it || "none"}`) }))} />`;
  if (by === "nights") {
    return html`<div class="row">${choice}
      <${TimeOfDay} label=${t("mode.checkIn")} value=${mode.check_in} onPick=${(/** @type {string} */ it) => set({ ...mode, check_in: it })} />
      <${TimeOfDay} label=${t("mode.checkOut")} value=${mode.check_out} onPick=${(/** @type {string} */ it) => set({ ...mode, check_out: it })} /></div>`;
  }
  const last = mode?.periods?.at(-1);
  return html`${choice}${by === "periods" && html`<${Rows} legend=${t("mode.periods")} rows=${mode.periods} set=${(/** @type {any[]} */ periods) => set({ ...mode, periods })}
    blank=${() => ({ name: String(mode.periods.length + 1), starts: last?.ends ?? "08:00", ends: clock(Math.min(1_425, minutes(last?.ends ?? "08:00") + 45)) })}
    row=${(/** @type {any} */ it, /** @type {(part: object) => void} */ change) => html`<${Name} value=${it.name} onInput=${(/** @type {string} */ name) => change({ name })} />
      <${TimeOfDay} label=${t("admin.from")} value=${it.starts} onPick=${(/** @type {string} */ starts) => change({ starts })} />
      <${TimeOfDay} label=${t("admin.until")} value=${it.ends} onPick=${(/** @type {string} */ ends) => change({ ends })} />`} />`}`;
}

/** @param {{services: any[], set: (services: any[]) => void}} props */
export const Services = ({ services, set }) => html`<${Rows} legend=${t("rule.services")} rows=${services} set=${set}
  blank=${() => ({ name: "", days: [], starts: "18:00", last_seating: "21:00" })}
  row=${(/** @type {any} */ it, /** @type {(part: object) => void} */ change) => html`<${Name} value=${it.name} onInput=${(/** @type {string} */ name) => change({ name })} />
    <${TimeOfDay} label=${t("admin.from")} value=${it.starts} onPick=${(/** @type {string} */ starts) => change({ starts })} />
    <${TimeOfDay} label=${t("admin.lastSeating")} value=${it.last_seating} onPick=${(/** @type {string} */ last_seating) => change({ last_seating })} />`} />`;

/** @param {{turns: any[], set: (turns: any[]) => void}} props */
export function Turns({ turns, set }) {
  const number = (/** @type {string} */ label, /** @type {number} */ value, /** @type {(value: number) => void} */ onInput) =>
    html`<${Field} label=${label} type="number" min="1" required value=${value} onInput=${(/** @type {any} */ event) => onInput(Number(event.target.value))} />`;
  return html`<${Rows} legend=${t("rule.turn_times")} rows=${turns} set=${set} blank=${() => ({ party_max: (turns.at(-1)?.party_max ?? 0) + 2, stay_minutes: (turns.at(-1)?.stay_minutes ?? 60) + 30 })}
    row=${(/** @type {any} */ it, /** @type {(part: object) => void} */ change) => html`${number(t("admin.upTo"), it.party_max, (party_max) => change({ party_max }))}
      ${number(t("admin.stay"), it.stay_minutes, (stay_minutes) => change({ stay_minutes }))}`} />`;
}
