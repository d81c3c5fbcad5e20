// The rules of a site or a resource: the weekly hours, lengths, notices, approval, and in which pieces its time is given out.

import { api } from "../../api.js";
import { Choice, Field, lengthText } from "../../components/inputs.js";
import { DAYS, parseWeek, writeWeek } from "../../hours.js";
import { html } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { toast, wordsOf } from "../../state.js";
import { showClock, showDay } from "../../time.js";
import { useEffect, useState } from "../../vendor/hooks.js";
import { Pieces, Services, Turns } from "./pieces.js";

/** Rules that are a number, and whether it is a length of time. */
const NUMBERS = [
  { key: "duration_minutes_min", time: true }, { key: "duration_minutes_max", time: true }, { key: "start_step_minutes", time: true }, { key: "buffer_after_minutes", time: true },
  { key: "book_notice_minutes_min", time: true }, { key: "book_ahead_minutes_max", time: true }, { key: "cancel_notice_minutes_min", time: true }, { key: "check_in_closes_minutes", time: true },
  { key: "party_min", time: false }, { key: "party_max", time: false }, { key: "pacing_max", time: false },
];

/** The weekdays by name: a week that began on a Monday. @param {number} day */
const dayName = (day) => showDay(`2027-02-0${day + 1}`, locale(), "long").split(/[ ,]/)[0];

/** What one level says: a site, an area or a resource. @param {{path: string}} props */
export function RulesForm({ path }) {
  const [rules, setRules] = useState(/** @type {Record<string, any> | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  useEffect(() => {
    api.get(path).then(setRules, setError);
  }, [path]);
  const set = (/** @type {string} */ key, /** @type {any} */ value) => setRules({ ...rules, [key]: value });
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      setRules(await api.put(path, rules));
      setError(null);
      toast(t("saved"));
    } catch (problem) {
      setError(problem);
    }
  };
  if (!rules) return error ? html`<p class="wrong" role="alert">${wordsOf(error)}</p>` : html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`;
  const week = parseWeek(rules["hours"]);
  const times = Array.from({ length: 97 }, (_, n) => n * 15);
  const approval = typeof rules["approval"] === "string" ? rules["approval"] : rules["approval"] ? "some" : "";
  return html`<form onSubmit=${save}>
    <fieldset class="week"><legend>${t("admin.hours")}</legend>
      ${!rules["hours"] && html`<p>${t("admin.alwaysOpen")} <button type="button" class="quiet" onClick=${() => set("hours", "Mo-Fr 09:00-18:00")}>${t("admin.setHours")}</button></p>`}
      ${rules["hours"] && !week && html`<${Field} label=${t("admin.hoursText")} value=${rules["hours"]} maxlength="1000" hint=${t("admin.hoursHint")} onInput=${(/** @type {any} */ event) => set("hours", event.target.value || null)} />`}
      ${week?.map((open, day) => {
        const put = (/** @type {import("../../hours.js").Open} */ to) => set("hours", writeWeek(week.map((it, n) => (n === day ? to : it))));
        const clock = (/** @type {"from" | "to"} */ end) => html`<select aria-label="${dayName(day)}: ${t(end === "from" ? "admin.from" : "admin.until")}" value=${String(open?.[end])}
          onChange=${(/** @type {any} */ event) => open && put({ ...open, [end]: Number(event.target.value) })}>
          ${times.filter((it) => end === "from" ? it < 1440 : open && open.from < it).concat(open && open[end] > 1440 ? [open[end]] : []).map((it) => html`<option value=${String(it)} selected=${it === open?.[end]}>${showClock(it % 1440, locale())}</option>`)}</select>`;
        return html`<div class="weekday" key=${DAYS[day]}><label class="check"><input type="checkbox" checked=${open !== null} onChange=${() => put(open ? null : { from: 540, to: 1080 })} />${dayName(day)}</label>
          ${open ? html`<span class="from-to">${clock("from")}<span aria-hidden="true">–</span>${clock("to")}</span>` : html`<span class="muted">${t("admin.closed")}</span>`}</div>`;
      })}
    </fieldset>
    <div class="row numbers">${NUMBERS.map(({ key, time }) => html`<${Field} key=${key} label=${t(`rule.${key}`)} type="number" min="0" value=${rules[key] ?? ""} hint=${time && rules[key] ? lengthText(rules[key]) : t("admin.noRule")}
      wrong=${error?.errors?.find((/** @type {any} */ it) => it.pointer === `/${key}`)?.detail} onInput=${(/** @type {any} */ event) => set(key, event.target.value === "" ? null : Number(event.target.value))} />`)}</div>
    <${Choice} label=${t("rule.approval")} value=${approval} options=${["", "never", "always", ...(approval === "some" ? ["some"] : [])].map((it) => ({ value: it, text: t(`approval.${it || "none"}`) }))}
      onPick=${(/** @type {string} */ it) => it !== "some" && set("approval", it || null)} />
    <${Pieces} mode=${rules["mode"]} set=${(/** @type {any} */ to) => set("mode", to)} />
    <${Services} services=${rules["services"] ?? []} set=${(/** @type {any[]} */ to) => set("services", to.length > 0 ? to : null)} />
    <${Turns} turns=${rules["turn_times"] ?? []} set=${(/** @type {any[]} */ to) => set("turn_times", to.length > 0 ? to : null)} />
    ${error && html`<p class="wrong" role="alert">${wordsOf(error)}</p>`}
    <div class="row end"><button class="primary" type="submit">${t("save")}</button></div>
  </form>`;
}
