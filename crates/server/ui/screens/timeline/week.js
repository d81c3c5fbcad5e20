// A week of the timeline: how much of each day is taken, and what of it is one's own.

import { api } from "../../api.js";
import { useCurrent } from "../../components/current.js";
import { Days, Views, ZoneName, timesOn } from "../../components/views.js";
import { html } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { useLive } from "../../live.js";
import { asked } from "../../router.js";
import { stands, wordsOf } from "../../state.js";
import { addDays, dayOf, firstWeekday, here, instantOf, showDay, showWeekday, text, titled, weekOf } from "../../time.js";
import { useEffect, useLayoutEffect, useRef, useState } from "../../vendor/hooks.js";
import { Filters, useRows } from "./filters.js";

/** So many rows are made at first, and so many more when the last of them comes near. */
const ROWS = 40;

/** Shows more and more of a long list, as far as one looks. @param {any[]} inputs when one of them changes, it begins anew */
function useGrowing(inputs) {
  const [shown, setShown] = useState(ROWS);
  const end = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => setShown(ROWS), inputs);
  useLayoutEffect(() => {
    if (!end.current) return;
    const watch = new IntersectionObserver(([it]) => it?.isIntersecting && setShown((n) => n + ROWS), { rootMargin: "400px" });
    watch.observe(end.current);
    return () => watch.disconnect();
  }, [shown, ...inputs]);
  return { shown, end };
}

export function WeekView() {
  const { groups, rows, zone } = useRows();
  const today = dayOf(Date.now(), zone);
  const wanted = asked("day") ?? today;
  const day = weekOf(wanted, firstWeekday(locale()));
  const [busy, setBusy] = useState(/** @type {Record<string, any[]> | null} */ (null));
  const [mine, setMine] = useState(/** @type {any[]} */ ([]));
  const [error, setError] = useState(/** @type {any} */ (null));
  const days = Array.from({ length: 7 }, (_, n) => addDays(day, n));
  const { shown, end } = useGrowing([day, rows]);
  useEffect(() => setBusy(null), [day, zone]);
  const isCurrent = useCurrent(`${day} ${zone}`);
  useLive(async () => {
    const window = { from: text(instantOf(day, 0, zone)), to: text(instantOf(addDays(day, 7), 0, zone)) };
    try {
      const [times, own] = await Promise.all([timesOn(days, zone), api.all("/bookings/my", window)]);
      if (!isCurrent()) return;
      /** @type {Record<string, any[]>} */
      const taken = {};
      for (const it of times) taken[it.resource_id] = [...(taken[it.resource_id] ?? []), ...it.busy];
      setBusy(taken);
      setMine(own.filter(stands));
      setError(null);
    } catch (problem) {
      if (isCurrent()) setError(problem);
    }
  }, [day, zone]);
  let left = shown;
  const cell = (/** @type {import("../../state.js").Resource} */ resource, /** @type {string} */ it) => {
    const [start, until] = [instantOf(it, 0, zone), instantOf(addDays(it, 1), 0, zone)];
    const cut = (/** @type {any[]} */ all) => all.map((one) => ({ ...one, from: Math.max(start, Date.parse(one.starts_at)), to: Math.min(until, Date.parse(one.ends_at)) })).filter((one) => one.from < one.to);
    const cutToDay = cut(busy?.[resource.id] ?? []);
    const own = cut(mine.filter((one) => one.resource_id === resource.id));
    const at = (/** @type {number} */ instant) => `${(((instant - start) / (until - start)) * 100).toFixed(2)}%`;
    const taken = cutToDay.filter((one) => one.reason === "booking").length;
    return html`<td key=${it}><a href="/timeline?view=day&day=${it}" aria-label="${resource.name}, ${showDay(it, locale())}: ${t("timeline.bookings", { n: taken })}"><span class="strip">
      ${cutToDay.map((one) => html`<span class="bar ${one.reason}" style=${{ left: at(one.from), width: at(start + one.to - one.from) }}></span>`)}
      ${own.map((one) => html`<span class="bar mine ${one.status}" title=${one.title ?? ""} style=${{ left: at(one.from), width: at(start + one.to - one.from) }}></span>`)}</span></a></td>`;
  };
  return html`<section class="timeline-page">
    <div class="head"><${Days} title="${titled(showDay(day, locale()))} – ${showDay(addDays(day, 6), locale())}" day=${wanted} today=${today} step="week" />
      <${Views} view="week" /><${Filters} /></div>
    ${error && html`<p class="notice bad" role="alert">${wordsOf(error)}</p>`}
    <div class="scroll" tabindex="0" role="region" aria-label=${t("timeline.week")} aria-busy=${busy === null}><table class="week-table">
      <thead><tr><th>${t("timeline.resources")} <span class="count">${rows.length}</span></th>${days.map((it) => html`<th aria-current=${it === today ? "date" : undefined}><a href="/timeline?view=day&day=${it}" title=${showDay(it, locale(), "long")}>${showWeekday(it, locale(), "short")} ${Number(it.slice(8))}</a></th>`)}</tr></thead>
      <tbody>${groups.flatMap((group) => {
        const some = group.rows.slice(0, Math.max(0, left));
        left -= some.length;
        if (some.length === 0) return [];
        return [group.name && html`<tr class="group" key=${group.key}><th colspan="8" scope="rowgroup">${group.name}</th></tr>`, ...some.map((resource) => html`<tr key=${resource.id}><th scope="row"><a href="/resource/${resource.id}" title=${resource.name}>${resource.name}</a></th>${days.map((it) => cell(resource, it))}</tr>`)];
      })}</tbody></table>
      ${shown < rows.length && html`<p class="skeleton" ref=${end}>${t("loading")}</p>`}
      ${rows.length === 0 && html`<p class="empty">${t("timeline.none")}</p>`}</div>
    <p class="hint"><${ZoneName} zone=${zone} own=${here()} /> ${t("timeline.weekHelp")}</p>
  </section>`;
}
