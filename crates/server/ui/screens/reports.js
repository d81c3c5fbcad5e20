// Reports: how full places are, when and which; who does not come, who cancels, how early people book. Each chart has its table and its file.

import { api, queryOf } from "../api.js";
import { Figure, heatMap, line, lyingBars, standingBars } from "../components/charts.js";
import { DateField } from "../components/date.js";
import { Choice, lengthText } from "../components/inputs.js";
import { STEPS, WEEKDAYS, heatOf, leadOf, linesBy, scaleTo, share, totals, weeksOf } from "../figures.js";
import { Icon, html } from "../html.js";
import { locale, t } from "../i18n.js";
import { asked, put } from "../router.js";
import { homeZone, resources, sites, wordsOf } from "../state.js";
import { addDays, dayOf, instantOf, showClock, showDay, text } from "../time.js";
import { useEffect, useState } from "../vendor/hooks.js";
import { loadMine, managedSites } from "../mine.js";

const REPORTS = ["utilisation", "no-shows", "lead-time", "cancellations", "busiest"];
/** How many days back each period reaches. @type {Record<string, number>} */
const PERIODS = { week: 7, month: 28, quarter: 91, year: 364 };
const MOST = 15;

const percent = (/** @type {number | null} */ it) => (it === null ? "–" : new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: it < 0.1 && it > 0 ? 1 : 0 }).format(it));
const number = (/** @type {number} */ it) => new Intl.NumberFormat(locale()).format(it);
const hoursText = (/** @type {number} */ minutes) => t("chart.hours", { n: number(Math.round(minutes / 60)) });
/** A day of the week by name: of a week that began on a Monday. @param {number} day @param {"long" | "short"} [style] */
const dayName = (day, style = "short") => String(showDay(`2027-02-0${day + 1}`, locale(), style).split(/[ ,]/)[0]);

/** @typedef {{key: string, from: string, to: string, query: Record<string, string>, of: Record<string, any[]>}} Found */

export function Reports() {
  const site = asked("site") ?? "";
  const period = asked("period") ?? "month";
  const zone = sites.value.find((it) => it.id === site)?.time_zone ?? homeZone.value;
  const today = dayOf(Date.now(), zone);
  const whole = PERIODS[period];
  const from = whole ? addDays(today, 1 - whole) : (asked("from") ?? addDays(today, -27));
  const to = whole ? today : (asked("to") ?? today);
  const [found, setFound] = useState(/** @type {Found | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const key = `${site} ${from} ${to}`;
  useEffect(() => void loadMine().catch(() => {}), [resources.value]);
  useEffect(() => {
    let current = true;
    const query = { from: text(instantOf(from, 0, zone)), to: text(instantOf(addDays(to, 1), 0, zone)), site_id: site };
    setError(null);
    Promise.all(REPORTS.map((it) => api.get(`/reports/${it}`, query))).then(
      (all) => current && setFound({ key, from, to, query, of: Object.fromEntries(REPORTS.map((it, n) => [it, all[n].lines])) }),
      (problem) => current && setError(problem),
    );
    return () => {
      current = false;
    };
  }, [key]);
  const span = `${showDay(from, locale())} ${from.slice(0, 4)} – ${showDay(to, locale())} ${to.slice(0, 4)}`;
  return html`<section class="page wider reports">
    <div class="head"><div><h1>${t("nav.reports")}</h1><p class="say">${span} · ${zone}</p></div>
      <button class="no-print no-phone" onClick=${() => print()}><${Icon} name="print" />${t("reports.print")}</button></div>
    <div class="filters no-print"><${Choice} label=${t("reports.period")} value=${whole ? period : "own"} options=${[...Object.keys(PERIODS), "own"].map((it) => ({ value: it, text: t(`period.${it}`) }))} onPick=${(/** @type {string} */ it) => put("period", it)} />
      ${!whole && html`<${DateField} label=${t("reports.from")} day=${from} today=${today} min=${addDays(to, -365)} max=${to} onPick=${(/** @type {string} */ it) => put("from", it)} /><${DateField} label=${t("reports.to")} day=${to} today=${today} min=${from} max=${addDays(from, 365)} onPick=${(/** @type {string} */ it) => put("to", it)} />`}
      ${managedSites().length > 1 && html`<${Choice} label=${t("today.place")} value=${site} options=${[{ value: "", text: t("today.everywhere") }, ...managedSites().map((it) => ({ value: it.id, text: it.name }))]} onPick=${(/** @type {string} */ it) => put("site", it)} />`}</div>
    ${error && html`<p class=${error.status === 403 ? "empty" : "notice bad"} role="alert">${error.status === 403 ? t("today.notYours") : wordsOf(error)}</p>`}
    ${!error && (found?.key === key ? html`<${Charts} found=${found} />` : html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`)}
  </section>`;
}

/** @param {{found: Found}} props */
function Charts({ found }) {
  const { of, query, from, to } = found;
  const [used, missed, leads, lost, people] = /** @type {[any[], any[], any[], any[], any[]]} */ (REPORTS.map((it) => of[it] ?? []));
  const csv = (/** @type {string} */ report) => `/reports/${report}${queryOf({ ...query, format: "csv" })}`;
  const [sums, noShows, gone] = [totals(used), totals(missed), totals(lost)];
  const nameOf = (/** @type {any} */ it) => it.name ?? t("gone");

  // How full, by hour of the week.
  const heat = heatOf(used);
  const hour = (/** @type {number} */ it) => showClock(it * 60, locale()).replace(/:00/, "");
  const cellText = (/** @type {any} */ it) => `${dayName(it.day, "long")}, ${showClock(it.hour * 60, locale())}: ${it.share === null ? t("chart.shut") : percent(it.share)}`;
  const fullest = heat.cells.reduce((best, it) => ((it.share ?? 0) > (best?.share ?? 0) ? it : best), /** @type {any} */ (null));
  const hoursShown = Array.from({ length: heat.last - heat.first + 1 }, (_, n) => heat.first + n);

  // Week by week.
  const weeks = weeksOf(used, from, addDays(to, 1), "booked_minutes", "open_minutes");
  const weekName = (/** @type {string} */ monday) => showDay(monday, locale()).replace(/^[^ ,]+[ ,]+/, "");
  const points = weeks.map((it) => ({ name: weekName(it.monday), value: it.share, text: percent(it.share), faint: !it.complete, more: `${t("chart.weekOf", { day: weekName(it.monday) })}: ${percent(it.share)}${it.complete ? "" : ` (${t("chart.cut")})`}` }));
  const scale = scaleTo(Math.max(0.05, ...weeks.map((it) => it.share ?? 0)));
  const entire = weeks.filter((it) => it.complete && it.share !== null);
  const [first, last] = [entire[0], entire.at(-1)];
  const trend = entire.length > 1 && first && last ? t(Math.abs((last.share ?? 0) - (first.share ?? 0)) < 0.01 ? "reports.trendSame" : (last.share ?? 0) > (first.share ?? 0) ? "reports.trendUp" : "reports.trendDown", { first: percent(first.share), last: percent(last.share) }) : t("reports.trendShort");

  // By resource.
  const ranked = linesBy(used, "resource").map((it) => ({ it, value: share(it.booked_minutes, it.open_minutes) ?? 0 })).sort((a, b) => b.value - a.value);
  const bars = ranked.slice(0, MOST).map(({ it, value }) => ({ name: nameOf(it), value, text: percent(value), more: `${nameOf(it)}: ${percent(value)}, ${t("chart.bookings", { n: it.bookings })}` }));
  const idle = ranked.filter(({ value }) => value === 0).length;

  // Who does not come.
  const missing = linesBy(missed, "weekday").map((it, n) => ({ name: dayName(n), value: share(it.no_shows, it.bookings) ?? 0, text: percent(share(it.no_shows, it.bookings) ?? 0), more: `${dayName(n, "long")}: ${t("reports.missedOf", { n: it.no_shows, all: it.bookings })}` }));
  const missRate = share(noShows["no_shows"] ?? 0, noShows["bookings"] ?? 0);

  // How early.
  const lead = leadOf(leads);
  const early = lead.map((it) => ({ name: t(`lead.${it.step}`), value: it.share ?? 0, text: percent(it.share ?? 0), more: `${t(`lead.${it.step}.long`)}: ${t("chart.bookings", { n: it.n })}` }));
  const usual = lead.reduce((best, it) => (it.n > best.n ? it : best), /** @type {{step: string, n: number, share: number | null}} */ (lead[0]));

  // What came to nothing.
  const lostWeeks = weeksOf(lost, from, addDays(to, 1), "cancelled", "bookings");
  const lostPoints = lostWeeks.map((it) => ({ name: weekName(it.monday), value: it.share, text: percent(it.share), faint: !it.complete, more: `${t("chart.weekOf", { day: weekName(it.monday) })}: ${t("reports.cancelledOf", { n: it.part, all: it.whole })}` }));
  const lostRate = share(gone["cancelled"] ?? 0, gone["bookings"] ?? 0);

  // Who books most.
  const busiest = linesBy(people, "person");
  const personName = (/** @type {any} */ it) => it.name ?? t("reports.person", { id: it.key.slice(-6) });
  // Guests without an account book once, and are nobody whom one knows: they are counted, and stand in the table.
  const known = busiest.filter((it) => it.name);
  const unknown = busiest.length - known.length;
  const most = Math.max(1, ...busiest.map((it) => it.bookings));
  const persons = (known.length > 0 ? known : busiest).slice(0, MOST).map((it) => ({ name: personName(it), value: it.bookings, text: number(it.bookings), more: `${personName(it)}: ${t("chart.bookings", { n: it.bookings })}, ${hoursText(it.booked_minutes)}` }));

  const full = share(sums["booked_minutes"] ?? 0, sums["open_minutes"] ?? 0);
  const tiles = [
    ["utilisation", percent(full), hoursText(sums["booked_minutes"] ?? 0)],
    ["bookings", number(sums["bookings"] ?? 0), t("reports.resources", { n: linesBy(used, "resource").length })],
    ["missed", percent(missRate), t("reports.missedOf", { n: noShows["no_shows"] ?? 0, all: noShows["bookings"] ?? 0 })],
    ["cancelled", percent(lostRate), t("reports.cancelledOf", { n: gone["cancelled"] ?? 0, all: gone["bookings"] ?? 0 })],
  ];
  if ((gone["bookings"] ?? 0) === 0 && (sums["bookings"] ?? 0) === 0) return html`<div class="empty"><p>${t("reports.nothing")}</p>${(resources.value ?? []).length > 0 && html`<a class="button" href="/timeline">${t("nav.timeline")}</a>`}</div>`;
  return html`<ul class="tiles">${tiles.map(([key, value, more]) => html`<li key=${key}><div class="tile"><span class="big">${value}</span><span>${t(`reports.tile.${key}`)}</span><span class="muted">${more}</span></div></li>`)}</ul>
    <${Figure} title=${t("reports.heat")} name="utilisation" csv=${csv("utilisation")} columns=${hoursShown.length} say=${fullest?.share ? t("reports.heatSay", { when: `${dayName(fullest.day, "long")}, ${showClock(fullest.hour * 60, locale())}`, share: percent(fullest.share) }) : t("reports.heatNone")}
      head=${[t("chart.day"), ...hoursShown.map(hour)]} rows=${WEEKDAYS.map((_, day) => [dayName(day, "long"), ...heat.cells.filter((it) => it.day === day).map((it) => (it.share === null ? "–" : percent(it.share)))])}
      draw=${heatMap(heat, (day) => dayName(day), hour, cellText)} />
    <div class="figures">
      <${Figure} title=${t("reports.trend")} name="utilisation" csv=${csv("utilisation")} say=${trend} head=${[t("chart.week"), t("chart.booked"), t("chart.bookedTime")]} rows=${weeks.map((it) => [weekName(it.monday), percent(it.share), hoursText(it.part)])} draw=${line(points, scale, percent)} />
      <${Figure} title=${t("reports.cancelled")} name="cancellations" csv=${csv("cancellations")} say=${t("reports.cancelledSay", { n: gone["cancelled"] ?? 0, rejected: gone["rejected"] ?? 0, expired: gone["expired"] ?? 0 })} head=${[t("chart.week"), t("chart.cancelled"), t("chart.all")]} rows=${lostWeeks.map((it) => [weekName(it.monday), it.part, it.whole])} draw=${line(lostPoints, scaleTo(Math.max(0.05, ...lostPoints.map((it) => it.value ?? 0))), percent)} />
      <${Figure} title=${t("reports.byResource")} name="utilisation" csv=${csv("utilisation")} say=${idle > 0 ? t("reports.idle", { n: idle }) : t("reports.byResourceSay")} head=${[t("chart.resource"), t("chart.booked"), t("chart.bookingsHead"), t("chart.bookedTime"), t("chart.openTime")]}
        rows=${ranked.map(({ it, value }) => [nameOf(it), percent(value), it.bookings, hoursText(it.booked_minutes), hoursText(it.open_minutes)])} draw=${lyingBars(bars, Math.max(0.01, ...bars.map((it) => it.value)))} />
      <${Figure} title=${t("reports.busiest")} name="busiest" csv=${csv("busiest")} say=${`${t("reports.busiestSay", { n: (known.length || busiest.length) })}${known.length > 0 && unknown > 0 ? ` ${t("reports.unnamed", { n: unknown })}` : ""}`} head=${[t("chart.person"), t("chart.bookingsHead"), t("chart.bookedTime"), t("chart.missed"), t("chart.cancelled")]}
        rows=${busiest.map((it) => [personName(it), it.bookings, hoursText(it.booked_minutes), it.no_shows, it.cancelled])} draw=${lyingBars(persons, most)} />
      <${Figure} title=${t("reports.missed")} name="no-shows" csv=${csv("no-shows")} none=${missRate === null} say=${missRate === null ? t("reports.missedNone") : t("reports.missedSay", { share: percent(missRate) })} head=${[t("chart.day"), t("chart.rate"), t("chart.missed"), t("chart.all")]}
        rows=${linesBy(missed, "weekday").map((it, n) => [dayName(n, "long"), percent(share(it.no_shows, it.bookings)), it.no_shows, it.bookings])} draw=${standingBars(missing, Math.max(0.05, ...missing.map((it) => it.value)))} />
      <${Figure} title=${t("reports.lead")} name="lead-time" csv=${csv("lead-time")} none=${usual.n === 0} say=${usual.n > 0 ? t("reports.leadSay", { when: t(`lead.${usual.step}.long`), share: percent(usual.share) }) : t("reports.missedNone")} head=${[t("chart.lead"), t("chart.share"), t("chart.bookingsHead")]}
        rows=${STEPS.map((step, n) => [t(`lead.${step}.long`), percent(lead[n]?.share ?? 0), lead[n]?.n ?? 0])} draw=${standingBars(early, Math.max(0.01, ...early.map((it) => it.value)))} />
    </div>
    <p class="hint">${t("reports.how")} ${leadText(leads)}</p>`;
}

/** The usual time ahead of the resource that is booked earliest. @param {any[]} lines */
function leadText(lines) {
  const [first] = linesBy(lines, "resource").filter((it) => it.minutes_median !== null).sort((a, b) => b.minutes_median - a.minutes_median);
  return first ? t("reports.earliest", { what: first.name ?? t("gone"), length: lengthText(first.minutes_median < 2_880 ? first.minutes_median : Math.round(first.minutes_median / 1_440) * 1_440) || t("minutes", { n: 0 }) }) : "";
}
