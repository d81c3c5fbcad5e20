// A week of the timeline: how much of each day is taken.

import { api } from "../../api.js";
import { Days, Views, byResource } from "../../components/views.js";
import { html } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { asked } from "../../router.js";
import { homeZone, resources, wordsOf } from "../../state.js";
import { addDays, dayOf, instantOf, showDay, text } from "../../time.js";
import { useEffect, useState } from "../../vendor/hooks.js";

/** Seven days from the one that is asked for, each with what is taken of it. */
export function WeekView() {
  const zone = homeZone.value;
  const today = dayOf(Date.now(), zone);
  const day = asked("day") ?? today;
  const [busy, setBusy] = useState(/** @type {Record<string, any[]> | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const days = Array.from({ length: 7 }, (_, n) => addDays(day, n));
  useEffect(() => {
    setBusy(null);
    api.get("/availability/", { from: text(instantOf(day, 0, zone)), to: text(instantOf(addDays(day, 7), 0, zone)) })
      .then((found) => setBusy(byResource(found, "busy")), setError);
  }, [day, zone]);
  return html`<section class="timeline-page">
    <div class="head"><h1>${showDay(day, locale())} – ${showDay(addDays(day, 6), locale())}</h1>
      <${Days} day=${day} today=${today} step=${7} />
      <${Views} view="week" /></div>
    ${error && html`<p class="notice bad" role="alert">${wordsOf(error)}</p>`}
    <div class="scroll" tabindex="0" role="region" aria-label=${t("timeline.week")} aria-busy=${busy === null}><table class="week-table">
      <thead><tr><th>${t("timeline.resources")}</th>${days.map((it) => html`<th><a href="/timeline?view=day&day=${it}">${showDay(it, locale())}</a></th>`)}</tr></thead>
      <tbody>${(resources.value ?? []).map((resource) => html`<tr key=${resource.id}><th scope="row"><a href="/resource/${resource.id}">${resource.name}</a></th>
        ${days.map((it) => {
          const [start, end] = [instantOf(it, 0, zone), instantOf(addDays(it, 1), 0, zone)];
          const here = (busy?.[resource.id] ?? []).map((one) => ({ ...one, from: Math.max(start, Date.parse(one.starts_at)), to: Math.min(end, Date.parse(one.ends_at)) })).filter((one) => one.from < one.to);
          const at = (/** @type {number} */ instant) => `${(((instant - start) / (end - start)) * 100).toFixed(2)}%`;
          const taken = here.filter((one) => one.reason === "booking").length;
          return html`<td><a href="/timeline?view=day&day=${it}" aria-label="${resource.name}, ${showDay(it, locale())}: ${t("timeline.bookings", { n: taken })}"><span class="strip">
            ${here.map((one) => html`<span class="bar ${one.reason}" style=${{ left: at(one.from), width: at(start + one.to - one.from) }}></span>`)}</span></a></td>`;
        })}</tr>`)}</tbody></table></div>
    <p class="hint">${t("timeline.weekHelp")} ${t("zone", { zone })}</p>
  </section>`;
}
