// A resource as somebody sees it who is not signed in: what it is, and when it is free in a week. Where it is not for everybody to see, one
// has to sign in first, as everywhere.

import { asVisitor, queryOf } from "../api.js";
import { useCurrent } from "../components/current.js";
import { useNow } from "../components/now.js";
import { Days, ZoneName } from "../components/views.js";
import { Icon, html, kindShape } from "../html.js";
import { locale, t } from "../i18n.js";
import { address, asked, go } from "../router.js";
import { kindName, wordsOf } from "../state.js";
import { addDays, dayOf, firstWeekday, here, instantOf, showDay, showHour, showTime, showUntil, text, titled, upTo, weekOf } from "../time.js";
import { useEffect, useLayoutEffect, useState } from "../vendor/hooks.js";

/** @typedef {{id: string, name: string, kind: string | null, description: string | null, capacity: number | null, time_zone: string, picture: {id: string, alt: string | null} | null, site: {name: string, slug: string} | null}} PublicResource */
/** @typedef {{from: number, to: number}} Span in milliseconds */

/** How often it is asked again, where nothing tells of changes. */
const AGAIN = 60_000;
/** So many hours at most are named on the scale. */
const NAMED = 6;

/** Signing in, and back to where one was. */
const signIn = () => `/sign-in?next=${encodeURIComponent(address.peek())}`;

/** The parts of a day on which it is free. @param {Span[]} free @param {Span} day @returns {Span[]} */
const within = (free, day) => free.map((it) => ({ from: Math.max(it.from, day.from), to: Math.min(it.to, day.to) })).filter((it) => it.from < it.to);

/**
 * When it is free on a day, in words.
 * @param {Span[]} free @param {Span} day @param {number} now @param {string} zone
 */
function told(free, day, now, zone) {
  if (day.to <= now) return t("visitor.over");
  if (free.length === 0) return t("visitor.none");
  if (free[0]?.from === day.from && free[0]?.to === day.to) return t("visitor.allDay");
  return free.map((it) => upTo(showTime(it.from, zone, locale()), showUntil(it.to, zone, locale()))).join(", ");
}

/** A week: each day with when it is free, as a strip and in words. @param {{path: string, zone: string}} props */
function Week({ path, zone }) {
  const now = useNow(AGAIN);
  const today = dayOf(now, zone);
  const wanted = asked("day") ?? today;
  const first = weekOf(wanted, firstWeekday(locale()));
  const [free, setFree] = useState(/** @type {Span[] | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const isCurrent = useCurrent(`${path} ${first}`);
  const load = () => {
    if (document.visibilityState !== "visible" && free) return;
    const window = { from: text(instantOf(first, 0, zone)), to: text(instantOf(addDays(first, 7), 0, zone)) };
    asVisitor("GET", `${path}/availability${queryOf(window)}`).then((found) => {
      if (!isCurrent()) return;
      setFree(found.free.map((/** @type {any} */ it) => ({ from: Date.parse(it.starts_at), to: Date.parse(it.ends_at) })));
      setError(null);
    }, (problem) => isCurrent() && setError(problem));
  };
  useLayoutEffect(() => setFree(null), [path, first]);
  useEffect(load, [path, first, now]);
  const days = Array.from({ length: 7 }, (_, n) => {
    const day = addDays(first, n);
    const whole = { from: instantOf(day, 0, zone), to: instantOf(addDays(day, 1), 0, zone) };
    return { day, whole, free: within(free ?? [], whole) };
  });
  // As much of the day as there is something free in, and the middle of it anyway.
  const minutes = days.flatMap(({ whole, free: parts }) => parts.flatMap((it) => [(it.from - whole.from) / 60_000, (it.to - whole.from) / 60_000]));
  const from = Math.floor(Math.min(9 * 60, ...minutes) / 60) * 60;
  const to = Math.ceil(Math.min(1_440, Math.max(18 * 60, ...minutes)) / 60) * 60;
  const step = Math.ceil((to - from) / 60 / NAMED) * 60;
  const hours = Array.from({ length: Math.ceil((to - from) / step) }, (_, n) => from + n * step);
  const part = (/** @type {number} */ instant, /** @type {Span} */ day) => Math.min(1, Math.max(0, ((instant - day.from) / 60_000 - from) / (to - from)));
  const percent = (/** @type {number} */ it) => `${it * 100}%`;
  return html`<section class="card visitor-week" aria-busy=${free === null}>
    <div class="head"><${Days} title="${titled(showDay(first, locale()))} – ${showDay(addDays(first, 6), locale())}" day=${wanted} today=${today} step="week" level="h2" /></div>
    ${error && html`<p class="notice bad" role="alert">${wordsOf(error)} <button type="button" onClick=${load}>${t("again")}</button></p>`}
    <p class="strip-key" aria-hidden="true"><span><i class="free"></i>${t("visitor.free")}</span><span><i></i>${t("visitor.busy")}</span></p>
    <div class="strip-hours" aria-hidden="true">${hours.map((it) => html`<span key=${it} style=${{ left: percent((it - from) / (to - from)) }}>${showHour(instantOf(first, it, zone), zone, locale())}</span>`)}</div>
    <ul class="strips">${days.map(({ day, whole, free: parts }) => html`<li key=${day} aria-current=${day === today ? "date" : undefined} class=${whole.to <= now ? "over" : undefined}>
      <h3>${day === today ? `${t("today")}, ` : ""}${day === today ? showDay(day, locale()) : titled(showDay(day, locale()))}</h3>
      <div class="strip" aria-hidden="true">${parts.map((it) => html`<i class="free" key=${it.from} style=${{ left: percent(part(it.from, whole)), width: percent(part(it.to, whole) - part(it.from, whole)) }}></i>`)}
        ${whole.from <= now && now < whole.to && html`<i class="strip-now" style=${{ left: percent(part(now, whole)) }}></i>`}</div>
      <p>${free === null ? (error ? "–" : t("loading")) : told(parts, whole, now, zone)}</p></li>`)}</ul>
    <p class="hint"><${ZoneName} zone=${zone} own=${here()} /></p>
  </section>`;
}

/** @param {{id: string}} props */
export function ForVisitors({ id }) {
  const [resource, setResource] = useState(/** @type {PublicResource | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const path = `/public/resources/${encodeURIComponent(id)}`;
  const load = () => {
    setError(null);
    asVisitor("GET", path).then(setResource, (problem) => (problem.status === 404 ? go(signIn(), { replace: true }) : setError(problem)));
  };
  useLayoutEffect(load, [id]);
  if (error) return html`<section class="page"><div class="empty"><p role="alert">${wordsOf(error)}</p><button type="button" class="primary" onClick=${load}>${t("again")}</button><a href=${signIn()}>${t("visitor.signIn")}</a></div></section>`;
  if (!resource) return html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`;
  const { kind, site, picture, time_zone: zone } = resource;
  return html`<section class="page wider resource-page visitor">
    <div class="head"><h1><${Icon} name=${kindShape(kind)} /> ${resource.name}</h1>
      <div class="acts">${site && html`<a class="button primary" href="/book/${encodeURIComponent(site.slug)}" data-outside>${kind === "table" ? t("visitor.table") : t("visitor.bookAt", { site: site.name })}</a>`}
        <a class=${site ? "button" : "button primary"} href=${signIn()}>${t("visitor.signIn")}</a></div></div>
    <p class="muted facts-line">${[kindName(kind), resource.capacity && t("seats", { n: resource.capacity }), site?.name].filter(Boolean).join(" · ")}</p>
    <div class="visitor-parts">
      ${(picture || resource.description) && html`<div class="card">${picture && html`<img class="picture" src="${path}/picture" alt=${picture.alt ?? resource.name} />`}
        ${resource.description && html`<p class="prose">${resource.description}</p>`}</div>`}
      <${Week} path=${path} zone=${zone} />
    </div>
  </section>`;
}
