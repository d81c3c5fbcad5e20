// A month of the timeline: how full each day is, of all that is shown or of one resource. What is past is not told by availability: there
// one sees what one had oneself.

import { api } from "../../api.js";
import { Choice } from "../../components/inputs.js";
import { Days, Views, ZoneName, timesOn } from "../../components/views.js";
import { fillOf, percent, sumOf } from "../../fill.js";
import { html } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { asked, put } from "../../router.js";
import { resources, stands, wordsOf } from "../../state.js";
import { addDays, dayOf, firstWeekday, here, instantOf, monthGrid, showDay, showMonth, showWeekday, text, titled } from "../../time.js";
import { useEffect, useState } from "../../vendor/hooks.js";
import { Filters, useRows } from "./filters.js";

/** From so much on a day is rather full, and full. */
const MUCH = 60;
const FULL = 95;
/** So many of what is free are asked for by their ids; where there are more, all are asked for and those that are shown are taken. */
const NAMED = 50;

/**
 * How full the days of some weeks are, week by week, so that no answer is larger than that of a week.
 * @param {string[][]} weeks
 * @param {import("../../state.js").Resource[]} rows
 * @param {string} zone
 * @param {(day: string, fill: import("../../fill.js").Fill) => void} tell
 * @param {() => boolean} stopped
 */
async function readFills(weeks, rows, zone, tell, stopped) {
  const wanted = new Map(rows.map((it) => [it.id, it.quantity]));
  for (const week of weeks) {
    if (stopped()) return;
    if (instantOf(addDays(week.at(-1) ?? "", 1), 0, zone) <= Date.now()) continue;
    const found = await timesOn(week, zone, rows.length <= NAMED ? { resource_ids: [...wanted.keys()].join(",") } : {});
    if (stopped()) return;
    for (const day of week) {
      const [from, to] = [instantOf(day, 0, zone), instantOf(addDays(day, 1), 0, zone)];
      let all = { open: 0, taken: 0 };
      for (const it of found) {
        const quantity = wanted.get(it.resource_id);
        if (quantity) all = sumOf(all, fillOf(it, quantity, from, to));
      }
      tell(day, all);
    }
  }
}

export function MonthView() {
  const { rows, zone } = useRows();
  const today = dayOf(Date.now(), zone);
  const day = asked("day") ?? today;
  const one = asked("resource") ?? "";
  const weeks = monthGrid(day, firstWeekday(locale()));
  const [fills, setFills] = useState(/** @type {Record<string, import("../../fill.js").Fill>} */ ({}));
  const [mine, setMine] = useState(/** @type {Record<string, number>} */ ({}));
  const [error, setError] = useState(/** @type {any} */ (null));
  const shown = one ? rows.filter((it) => it.id === one) : rows;
  // What is known stays until it is known anew: resources are read again whenever something about them may have changed.
  const keyOf = (/** @type {string} */ it) => [zone, one, it].join(" ");
  const inputs = [weeks[0]?.[0], weeks.length, zone, one, rows];
  useEffect(() => {
    let gone = false;
    setError(null);
    if (shown.length > 0) readFills(weeks, shown, zone, (it, fill) => setFills((before) => ({ ...before, [keyOf(it)]: fill })), () => gone).catch((problem) => !gone && setError(problem));
    const window = { from: text(instantOf(weeks[0]?.[0] ?? day, 0, zone)), to: text(instantOf(addDays(weeks.at(-1)?.[6] ?? day, 1), 0, zone)), ...(one ? { resource_id: one } : {}) };
    api.all("/bookings/my", window).then((all) => {
      /** @type {Record<string, number>} */
      const counts = {};
      for (const it of all.filter(stands)) {
        const on = dayOf(Date.parse(it.starts_at), zone);
        counts[on] = (counts[on] ?? 0) + 1;
      }
      if (!gone) setMine(counts);
    }, () => {});
    return () => {
      gone = true;
    };
  }, inputs);
  return html`<section class="timeline-page">
    <div class="head"><${Days} title=${titled(showMonth(day, locale()))} day=${day} today=${today} step="month" />
      <${Views} view="month" /><${Filters} />
      <div class="filters"><${Choice} label=${t("timeline.monthOf")} value=${one} options=${[{ value: "", text: t("timeline.overall") }, ...(resources.value ?? []).filter((it) => rows.includes(it)).map((it) => ({ value: it.id, text: it.name }))]} onPick=${(/** @type {string} */ it) => put("resource", it)} /></div></div>
    ${error && html`<p class="notice bad" role="alert">${wordsOf(error)}</p>`}
    ${rows.length === 0 && html`<p class="empty">${t("timeline.none")}</p>`}
    <div class="month-grid">
      ${weeks[0]?.map((it) => html`<span class="weekday-name" aria-hidden="true">${showWeekday(it, locale(), "short")}</span>`)}
      ${weeks.flat().map((it) => {
        const fill = fills[keyOf(it)];
        const full = fill ? percent(fill) : null;
        const said = full === null ? (fill && it >= today ? t("timeline.shut") : "") : t("timeline.full", { n: full });
        const own = mine[it] ? t("timeline.yours", { n: mine[it] }) : "";
        const to = `/timeline?view=day&day=${it}`;
        return html`<a key=${it} class="month-day ${it.slice(0, 7) === day.slice(0, 7) ? "" : "other"} ${said === t("timeline.shut") ? "shut" : ""} ${it < today ? "past-day" : ""}" href=${to} aria-current=${it === today ? "date" : undefined}>
          <span class="unseen">${[showDay(it, locale(), "long"), said, own].filter(Boolean).join(", ")}</span>
          <span class="number" aria-hidden="true">${Number(it.slice(8))}</span>
          <span class="muted" aria-hidden="true">${[said, own].filter(Boolean).map((words) => html`<span>${words}<br /></span>`)}</span>
          ${it >= today && html`<span class="fill">${full !== null && html`<span class=${full >= FULL ? "full" : full >= MUCH ? "much" : ""} style=${{ width: `${full}%` }}></span>`}</span>`}</a>`;
      })}
    </div>
    <p class="hint"><${ZoneName} zone=${zone} own=${here()} /> ${t("timeline.monthHelp")}</p>
  </section>`;
}
