// The rules that are more than a number: in which pieces time is given out, when guests are seated, how long parties stay, who has to be asked, what
// one person may have.

import { Choice, Clock, Field } from "../../components/inputs.js";
import { DAYS, clock, minutes } from "../../hours.js";
import { html } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { showDay } from "../../time.js";
import { Check, Minutes, Rows, typed } from "./parts.js";

/** @typedef {(part: object) => void} Change */

/** A weekday by name: of a week that began on a Monday. @param {number} day @param {"long" | "short"} [style] */
export function dayName(day, style = "long") {
  const name = String(showDay(`2027-02-0${day + 1}`, locale(), style).split(/[ ,]/)[0]);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** @param {{label: string, value: string, onPick: (value: string) => void}} props */
const TimeOfDay = ({ label, value, onPick }) => html`<${Clock} label=${label} minutes=${minutes(value)} onPick=${(/** @type {number} */ it) => onPick(clock(it))} />`;

/** @param {{value: string, onInput: (text: string) => void}} props */
const Name = ({ value, onInput }) => html`<${Field} label=${t("admin.name")} required maxlength="64" value=${value} onInput=${typed(onInput)} />`;

/** That it ends on the next day, where it does. @param {{on: boolean}} props */
const NextDay = ({ on }) => on && html`<p class="hint">${t("admin.nextDay")}</p>`;

/** @type {Record<string, any>} */
const MODES = {
  free: { by: "free" },
  periods: { by: "periods", periods: [{ name: "1", starts: "08:00", ends: "08:45" }] },
  days: { by: "days" },
  nights: { by: "nights", check_in: "15:00", check_out: "11:00" },
};

/** @param {{value: any, set: (mode: any) => void}} props */
export function Pieces({ value, set }) {
  const choice = html`<${Choice} label=${t("rule.mode")} value=${value.by} onPick=${(/** @type {string} */ it) => set(MODES[it])} options=${Object.keys(MODES).map((it) => ({ value: it, text: t(`mode.${it}`) }))} />`;
  if (value.by === "nights") {
    return html`<div class="row">${choice}
      <${TimeOfDay} label=${t("mode.checkIn")} value=${value.check_in} onPick=${(/** @type {string} */ check_in) => set({ ...value, check_in })} />
      <${TimeOfDay} label=${t("mode.checkOut")} value=${value.check_out} onPick=${(/** @type {string} */ check_out) => set({ ...value, check_out })} /></div>`;
  }
  if (value.by !== "periods") return choice;
  const last = value.periods.at(-1);
  return html`${choice}<${Rows} legend=${t("mode.periods")} rows=${value.periods} most=${48} set=${(/** @type {any[]} */ periods) => periods.length > 0 && set({ ...value, periods })}
    blank=${() => ({ name: String(value.periods.length + 1), starts: last?.ends ?? "08:00", ends: clock(Math.min(1_425, minutes(last?.ends ?? "08:00") + 45)) })}
    row=${(/** @type {any} */ it, /** @type {Change} */ change) => html`<${Name} value=${it.name} onInput=${(/** @type {string} */ name) => change({ name })} />
      <${TimeOfDay} label=${t("admin.from")} value=${it.starts} onPick=${(/** @type {string} */ starts) => change({ starts })} />
      <${TimeOfDay} label=${t("admin.until")} value=${it.ends} onPick=${(/** @type {string} */ ends) => change({ ends })} />
      <${NextDay} on=${it.ends <= it.starts} />`} />`;
}

/** Days of the week, of which none means all. @param {{label: string, days: string[], set: (days: string[]) => void}} props */
const Weekdays = ({ label, days, set }) => html`<div class="weekdays" role="group" aria-label=${label}>${DAYS.map((it, n) => {
  const day = it.toLowerCase();
  const on = days.includes(day);
  return html`<button type="button" aria-pressed=${on} onClick=${() => set(on ? days.filter((one) => one !== day) : DAYS.map((one) => one.toLowerCase()).filter((one) => one === day || days.includes(one)))}><span aria-hidden="true">${dayName(n, "short")}</span><span class="unseen">${dayName(n)}</span></button>`;
})}<span class="hint">${days.length === 0 && t("service.everyDay")}</span></div>`;

/** @param {{value: any[], set: (services: any[]) => void}} props */
export const Services = ({ value, set }) => html`<${Rows} legend=${t("rule.services")} rows=${value} set=${set} add=${t("service.add")}
  blank=${() => ({ name: t("service.dinner"), days: [], starts: "18:00", last_seating: "21:00" })}
  row=${(/** @type {any} */ it, /** @type {Change} */ change) => html`<${Name} value=${it.name} onInput=${(/** @type {string} */ name) => change({ name })} />
    <${TimeOfDay} label=${t("admin.from")} value=${it.starts} onPick=${(/** @type {string} */ starts) => change({ starts })} />
    <${TimeOfDay} label=${t("admin.lastSeating")} value=${it.last_seating} onPick=${(/** @type {string} */ last_seating) => change({ last_seating })} />
    <${NextDay} on=${it.last_seating < it.starts} />
    <${Weekdays} label=${t("service.days")} days=${it.days ?? []} set=${(/** @type {string[]} */ days) => change({ days })} />`} />`;

/** @param {{value: any[], set: (turns: any[]) => void}} props */
export const Turns = ({ value, set }) => html`<${Rows} legend=${t("rule.turn_times")} rows=${value} set=${set} blank=${() => ({ party_max: (value.at(-1)?.party_max ?? 0) + 2, stay_minutes: (value.at(-1)?.stay_minutes ?? 60) + 30 })}
  row=${(/** @type {any} */ it, /** @type {Change} */ change) => html`<${Field} label=${t("admin.upTo")} type="number" min="1" required value=${it.party_max} onInput=${typed((text) => change({ party_max: Number(text) }))} />
    <div class="field"><span class="label">${t("admin.stay")}</span><${Minutes} label=${t("admin.stay")} min=${1} minutes=${it.stay_minutes} set=${(/** @type {number | null} */ stay) => change({ stay_minutes: stay ?? Number.NaN })} /></div>`} />`;

const MEASURES = ["at_a_time", "bookings_a_day", "bookings_a_week", "bookings_a_month", "minutes_a_day", "minutes_a_week", "minutes_a_month"];
const SCOPES = ["resource", "kind", "site", "everything"];

/** @param {{value: any[], set: (quotas: any[]) => void}} props */
export const Quotas = ({ value, set }) => html`<${Rows} legend=${t("rule.quotas")} rows=${value} set=${set} blank=${() => ({ measure: "at_a_time", max: 3, scope: "everything" })}
  row=${(/** @type {any} */ it, /** @type {Change} */ change) => html`<${Choice} label=${t("quota.measure")} value=${it.measure} options=${MEASURES.map((value) => ({ value, text: t(`measure.${value}`) }))} onPick=${(/** @type {string} */ measure) => change({ measure })} />
    <${Field} label=${it.measure.startsWith("minutes") ? t("quota.maxMinutes") : t("quota.max")} type="number" min="0" required value=${it.max} onInput=${typed((text) => change({ max: Number(text) }))} />
    <${Choice} label=${t("quota.scope")} value=${it.scope} options=${SCOPES.map((value) => ({ value, text: t(`scope.${value}`) }))} onPick=${(/** @type {string} */ scope) => change({ scope })} />`} />`;

/** Groups to choose from. @param {{legend: string, value: string[], groups: any[], set: (groups: string[]) => void}} props */
export function Groups({ legend, value, groups, set }) {
  const gone = value.filter((id) => !groups.some((it) => it.id === id));
  return html`<fieldset class="checks"><legend>${legend}</legend>
    ${groups.map((it) => html`<${Check} key=${it.id} label=${it.name} checked=${value.includes(it.id)} onPick=${(/** @type {boolean} */ on) => set(on ? [...value, it.id] : value.filter((one) => one !== it.id))} />`)}
    ${gone.map((id) => html`<${Check} key=${id} label=${t("admin.goneGroup")} checked onPick=${() => set(value.filter((one) => one !== id))} />`)}
    ${groups.length === 0 && gone.length === 0 && html`<p class="hint">${t("admin.noGroups")}</p>`}</fieldset>`;
}

/** @param {{value: any, groups: any[], set: (approval: any) => void}} props */
export function Approval({ value, groups, set }) {
  const by = typeof value === "string" ? value : "some";
  const some = typeof value === "string" ? { longer_than_minutes: null, outside_hours: false, groups: [] } : value;
  const change = (/** @type {object} */ part) => set({ ...some, ...part });
  const longer = some.longer_than_minutes !== null && some.longer_than_minutes !== undefined;
  return html`<${Choice} label=${t("rule.approval")} value=${by} options=${["never", "always", "some"].map((it) => ({ value: it, text: t(`approval.${it}`) }))}
      onPick=${(/** @type {string} */ it) => set(it === "some" ? { longer_than_minutes: 120, outside_hours: false, groups: [] } : it)} />
    ${by === "some" && html`<fieldset class="checks"><legend>${t("approval.when")}</legend>
      <${Check} label=${t("approval.longer")} checked=${longer} onPick=${(/** @type {boolean} */ on) => change({ longer_than_minutes: on ? 120 : null })} />
      ${longer && html`<${Minutes} label=${t("approval.longer")} minutes=${some.longer_than_minutes} set=${(/** @type {number | null} */ it) => change({ longer_than_minutes: it ?? 0 })} />`}
      <${Check} label=${t("approval.outsideHours")} hint=${t("approval.outsideHint")} checked=${some.outside_hours ?? false} onPick=${(/** @type {boolean} */ outside_hours) => change({ outside_hours })} /></fieldset>
      <${Groups} legend=${t("approval.byGroups")} value=${some.groups ?? []} groups=${groups} set=${(/** @type {string[]} */ it) => change({ groups: it })} />`}`;
}
