// A resource: what it is, what its rules are, when it is free next, and its week as the viewer may see it.

import { api } from "../api.js";
import { areaName, areas, learnAreas } from "../areas.js";
import { barsOf, intoLanes } from "../bars.js";
import { BookingDialog } from "../components/booking.js";
import { useCurrent } from "../components/current.js";
import { Field } from "../components/inputs.js";
import { Days, ZoneName } from "../components/views.js";
import { Icon, html, kindShape } from "../html.js";
import { locale, t } from "../i18n.js";
import { useLive } from "../live.js";
import { mayManage, useMine } from "../mine.js";
import { asked } from "../router.js";
import { complain, kindName, kinds, learnKinds, loadPlaces, nameOf, resourceOf, toast, wordsOf } from "../state.js";
import { addDays, dayOf, firstWeekday, here, instantOf, minutesOf, showDay, showHour, showSpan, showTime, showWeekday, text, titled, weekOf } from "../time.js";
import { hoursTold, rulesTold } from "../told.js";
import { useEffect, useLayoutEffect, useRef, useState } from "../vendor/hooks.js";
import { loadRow, rowOf } from "./timeline/day-data.js";

/** @typedef {import("../state.js").Resource} Resource */
/** So many next free times are shown, of so many days. */
const NEXT = 9;
const NEXT_DAYS = 14;
/** How high an hour of the week is. */
const HOUR = 44;

/** When it could be had next, by the rules of the place. @param {{resource: Resource}} props */
function NextFree({ resource }) {
  const [found, setFound] = useState(/** @type {{starts_at: string, ends_at: string}[] | null} */ (null));
  const zone = resource.time_zone;
  const isCurrent = useCurrent(resource.id);
  useLive(() => api.get("/availability/slots", { resource_ids: resource.id, from: text(Date.now()), to: text(Date.now() + NEXT_DAYS * 86_400_000) })
    .then((all) => isCurrent() && setFound(all.items[0]?.slots ?? []), () => isCurrent() && setFound([])), [resource.id]);
  if (!found) return html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`;
  if (found.length === 0) return html`<p class="muted">${t("resource.full")}</p>`;
  // Not each quarter of an hour of the same stretch: what does not overlap.
  const apart = found.reduce((/** @type {typeof found} */ all, it) => (all.length === 0 || Date.parse(String(all.at(-1)?.ends_at)) <= Date.parse(it.starts_at) ? [...all, it] : all), []).slice(0, NEXT);
  /** By days, so that what is said once is not said with each of them. @type {Map<string, typeof found>} */
  const days = new Map();
  for (const it of apart) {
    const day = dayOf(Date.parse(it.starts_at), zone);
    days.set(day, [...(days.get(day) ?? []), it]);
  }
  const today = dayOf(Date.now(), zone);
  return html`<div class="next-free">${[...days].map(([day, all]) => {
    const name = day === today ? t("today") : titled(showDay(day, locale(), "long"));
    return html`<div key=${day} role="group" aria-label=${name}><h3>${name}</h3><div class="chips">${all.map((it) => {
      const [from, to] = [Date.parse(it.starts_at), Date.parse(it.ends_at)];
      return html`<a class="button chip" key=${it.starts_at} href="/?resource=${resource.id}&at=${encodeURIComponent(it.starts_at)}&minutes=${(to - from) / 60_000}">${showSpan(from, to, zone, locale())}</a>`;
    })}</div></div>`;
  })}</div>`;
}

/** What its kind lets it say of itself. @param {{resource: Resource}} props */
function Attributes({ resource }) {
  const declared = kinds.value?.find((it) => it.name === resource.kind)?.attributes ?? [];
  const all = Object.entries(resource.attributes);
  if (all.length === 0) return null;
  return html`<dl class="facts">${all.map(([key, value]) => {
    const field = declared.find((it) => it.key === key);
    return html`<dt>${field?.label ?? key}</dt><dd>${value === true ? t("booking.yes") : value === false ? t("booking.no") : `${value} ${field?.unit ?? ""}`}</dd>`;
  })}</dl>`;
}

/** Its rules, in words. @param {{resource: Resource}} props */
function Rules({ resource }) {
  const [rules, setRules] = useState(/** @type {any[] | null} */ (null));
  const isCurrent = useCurrent(resource.id);
  useEffect(() => {
    setRules(null);
    api.get(`/resources/${resource.id}/rules/in-force`).then((found) => isCurrent() && setRules(found.rules), () => isCurrent() && setRules([]));
  }, [resource.id]);
  if (!rules) return html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`;
  const hours = rules.find((it) => it.rule === "hours")?.value;
  const monday = "2024-01-01";
  const week = hoursTold(hours, (n) => showWeekday(addDays(monday, n - 1), locale(), "short"), locale());
  const told = rulesTold(rules);
  return html`<h2>${t("resource.hours")}</h2>
    ${week ? html`<dl class="facts hours-told">${week.map((it) => html`<dt>${it.days}</dt><dd>${it.hours}</dd>`)}</dl>` : html`<p>${hours ? html`<code>${hours}</code>` : t("told.always")}</p>`}
    <h2>${t("resource.rules")}</h2>
    ${told.length > 0 ? html`<ul class="told">${told.map((it) => html`<li>${it}</li>`)}</ul>` : html`<p class="muted">${t("told.nothing")}</p>`}`;
}

/** A week of it: what is free can be booked, what is one's own can be opened. @param {{resource: Resource}} props */
function Week({ resource }) {
  const zone = resource.time_zone;
  const today = dayOf(Date.now(), zone);
  const wanted = asked("day") ?? today;
  const first = weekOf(wanted, firstWeekday(locale()));
  const days = Array.from({ length: 7 }, (_, n) => addDays(first, n));
  const [data, setData] = useState(/** @type {import("./timeline/day-data.js").Day | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [open, setOpen] = useState(/** @type {import("../state.js").Booking | null} */ (null));
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const isCurrent = useCurrent(`${first} ${resource.id}`);
  const load = () => loadRow(resource.id, instantOf(first, 0, zone), instantOf(addDays(first, 7), 0, zone)).then((found) => isCurrent() && (setData(found), setError(null)), (problem) => isCurrent() && setError(problem));
  useEffect(() => setData(null), [first, resource.id]);
  useLive(load, [first, resource.id]);
  const row = rowOf(data, resource.id);
  const columns = days.map((day) => {
    const [start, end] = [instantOf(day, 0, zone), instantOf(addDays(day, 1), 0, zone)];
    const length = (end - start) / 60_000;
    const bars = data ? barsOf(row.busy, row.bookings, (instant) => Math.round((Date.parse(instant) - start) / 60_000), { length, blocks: row.blocks, all: row.all }) : [];
    /** @type {{from: number, to: number}[]} */
    const free = [];
    let at = 0;
    for (const bar of bars.filter((it) => resource.quantity === 1 || !it.booking)) {
      if (at < bar.from) free.push({ from: at, to: bar.from });
      at = Math.max(at, bar.to);
    }
    if (data && at < length) free.push({ from: at, to: length });
    return { day, start, bars, free, lanes: intoLanes(bars, resource.quantity) };
  });
  // As much of the day as there is something in.
  const lived = columns.flatMap((it) => [...it.free, ...it.bars.filter((bar) => bar.kind !== "closed" && bar.kind !== "past")]);
  const from = Math.floor(Math.max(0, Math.min(8 * 60, ...lived.map((it) => Math.max(0, it.from)))) / 60) * 60;
  const to = Math.ceil(Math.min(1_500, Math.max(18 * 60, ...lived.map((it) => Math.min(1_440, it.to)))) / 60) * 60;
  const y = (/** @type {number} */ minutes) => `${((Math.min(to, Math.max(from, minutes)) - from) / 60) * HOUR}px`;
  const high = (/** @type {number} */ a, /** @type {number} */ b) => `${Math.max(0, ((Math.min(to, b) - Math.max(from, a)) / 60) * HOUR - 2)}px`;
  const now = Date.now();
  useLayoutEffect(() => {
    const column = box.current?.querySelector("[aria-current]");
    if (box.current && column instanceof HTMLElement) box.current.scrollLeft = column.offsetLeft - 60;
  }, [first, data === null]);
  const hours = Array.from({ length: (to - from) / 60 }, (_, n) => from + n * 60);
  return html`<div class="week-of">
    <div class="head"><${Days} title="${titled(showDay(first, locale()))} – ${showDay(addDays(first, 6), locale())}" day=${wanted} today=${today} step="week" level="h2" /></div>
    ${error && html`<p class="notice bad" role="alert">${wordsOf(error)}</p>`}
    <div class="week-box" ref=${box} tabindex="0" role="region" aria-label=${t("resource.week")} aria-busy=${data === null}>
      <div class="week-columns">
        <div class="week-hours" aria-hidden="true"><span class="week-day"></span><div style=${{ height: `${((to - from) / 60) * HOUR}px` }}>${hours.map((it) => html`<span style=${{ top: y(it) }}>${showHour(instantOf(first, it, zone), zone, locale())}</span>`)}</div></div>
        ${columns.map(({ day, start, bars, free, lanes }) => html`<div class="week-column" key=${day} aria-current=${day === today ? "date" : undefined}>
          <a class="week-day" href="/timeline?view=day&day=${day}">${showDay(day, locale())}</a>
          <ul style=${{ height: `${((to - from) / 60) * HOUR}px` }}>
            ${free.map((it) => html`<li key=${`f${it.from}`}><a class="free" style=${{ top: y(it.from), height: high(it.from, it.to) }} href="/?resource=${resource.id}&at=${encodeURIComponent(text(Math.max(start + it.from * 60_000, Math.ceil(now / 900_000) * 900_000)))}"
              aria-label="${showDay(day, locale())}, ${t("free")} ${showSpan(start + it.from * 60_000, start + it.to * 60_000, zone, locale())}"><${Icon} name="plus" /></a></li>`)}
            ${bars.filter((it) => it.from < to && from < it.to).map((bar) => {
              const when = showSpan(start + bar.from * 60_000, start + bar.to * 60_000, zone, locale());
              // Of several units those that are taken at once stand beside each other.
              const beside = bar.lane === undefined || lanes === 1 ? {} : { left: `calc(${(bar.lane / lanes) * 100}% + 2px)`, width: `calc(${100 / lanes}% - 4px)` };
              const style = { top: y(bar.from), height: high(bar.from, bar.to), ...beside };
              const low = Math.min(to, bar.to) - Math.max(from, bar.from) < 50 ? "low" : "";
              const words = html`<b>${bar.label || t(`bar.${bar.kind}`)}</b><span>${when}</span>`;
              const booking = bar.booking;
              return html`<li key=${bar.key}>${booking
                ? html`<button type="button" class="bar ${bar.kind} ${low}" style=${style} title="${bar.label || t(`bar.${bar.kind}`)} · ${when}" onClick=${() => setOpen(booking)}>${words}</button>`
                : html`<div class="bar ${bar.kind} ${low}" style=${style} title="${t(`bar.${bar.kind}`)} ${when}">${bar.kind === "closed" || bar.kind === "past" ? html`<span class="unseen">${t(`bar.${bar.kind}`)} ${when}</span>` : words}</div>`}</li>`;
            })}
            ${day === today && from <= minutesOf(now, zone) && minutesOf(now, zone) < to && html`<li class="week-now" aria-hidden="true" style=${{ top: y(minutesOf(now, zone)) }}></li>`}
          </ul></div>`)}
      </div></div>
    <p class="hint"><${ZoneName} zone=${zone} own=${here()} /> ${t("resource.weekHelp")}</p>
    ${open && html`<${BookingDialog} booking=${open} close=${() => setOpen(null)} changed=${load} />`}
  </div>`;
}

/** For whoever manages it: say that it can't be used, and that it can be again. @param {{resource: Resource}} props */
function Broken({ resource }) {
  const [saying, setSaying] = useState(false);
  useMine();
  if (!mayManage(resource)) return null;
  const say = (/** @type {any} */ value) => api.patch(`/resources/${resource.id}`, { out_of_order: value }).then(loadPlaces).then(() => (setSaying(false), toast(t("saved"))), complain);
  if (resource.out_of_order) return html`<button type="button" onClick=${() => say(null)}>${t("resource.works")}</button>`;
  if (!saying) return html`<button type="button" onClick=${() => setSaying(true)}><${Icon} name="ban" />${t("resource.report")}</button>`;
  return html`<form class="override" onSubmit=${(/** @type {any} */ event) => (event.preventDefault(), say({ reason: new FormData(event.target).get("reason") }))}>
    <${Field} label=${t("resource.reportWhy")} name="reason" required maxlength="200" autofocus /><button class="danger" type="submit">${t("resource.report")}</button><button type="button" onClick=${() => setSaying(false)}>${t("close")}</button></form>`;
}

/** @param {{id: string}} props */
export function ResourcePage({ id }) {
  const resource = resourceOf(id);
  useEffect(() => {
    learnKinds().catch(() => {});
    if (areas.value.length === 0) learnAreas().catch(() => {});
  }, []);
  if (!resource) return html`<section class="page"><div class="empty"><p>${t("resource.none")}</p><a class="button" href="/">${t("book.title")}</a></div></section>`;
  const broken = resource.out_of_order;
  return html`<section class="page wider resource-page">
    <div class="head"><h1><${Icon} name=${kindShape(resource.kind)} /> ${resource.name}</h1><div class="acts"><${Broken} resource=${resource} /><a class="button primary" href="/?resource=${id}"><${Icon} name="plus" />${t("book.do")}</a></div></div>
    <p class="muted facts-line">${[kindName(resource.kind), resource.capacity && t("seats", { n: resource.capacity }), resource.quantity > 1 && t("resource.units", { n: resource.quantity }), nameOf(resource.site_id), areaName(resource.area_id), resource.requires_approval && t("needsApproval")].filter(Boolean).join(" · ")}</p>
    ${resource.tags.length > 0 && html`<ul class="chips tags" aria-label=${t("resource.tags")}>${resource.tags.map((it) => html`<li class="tag">${it}</li>`)}</ul>`}
    ${broken && html`<p class="notice bad">${t("resource.outOfOrder", { why: broken.reason })}${broken.ends_at ? ` (${t("resource.until", { time: `${showDay(dayOf(Date.parse(broken.ends_at), resource.time_zone), locale())}, ${showTime(Date.parse(broken.ends_at), resource.time_zone, locale())}` })})` : ""}</p>`}
    <div class="resource-facts">
      <div class="card">${resource.picture && html`<img class="picture" src="/resources/${id}/picture" alt=${resource.picture.alt ?? resource.name} loading="lazy" />`}
        ${resource.description && html`<p class="prose">${resource.description}</p>`}
        <${Attributes} resource=${resource} />
        <h2>${t("resource.free")}</h2><${NextFree} resource=${resource} /></div>
      <div class="card"><${Rules} resource=${resource} /></div>
    </div>
    <${Week} resource=${resource} />
  </section>`;
}
