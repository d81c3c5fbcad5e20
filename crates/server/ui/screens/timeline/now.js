// What is free now: a list, as a phone shows it best.

import { api } from "../../api.js";
import { STEP } from "../../bars.js";
import { useCurrent } from "../../components/current.js";
import { Views, ZoneName, byResource } from "../../components/views.js";
import { Icon, html, kindShape } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { useLive } from "../../live.js";
import { wordsOf } from "../../state.js";
import { addDays, dayOf, here, instantOf, showTime, text } from "../../time.js";
import { useState } from "../../vendor/hooks.js";
import { Filters, useRows } from "./filters.js";

/** What is free comes before what will be; otherwise all stays in its order. @template T @param {T[]} all @param {(it: T) => number} from @returns {T[]} */
const soonestFirst = (all, from) => [...all].sort((a, b) => from(a) - from(b) || 0);

/** What is free at a glance: of each resource what stands now or next, and how to have it. */
export function NowView() {
  const [free, setFree] = useState(/** @type {Record<string, any[]> | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const { groups, rows, zone } = useRows();
  const now = Date.now();
  const isCurrent = useCurrent(zone);
  useLive(() => {
    const from = Date.now();
    const to = instantOf(addDays(dayOf(from, zone), 1), 0, zone);
    return api.get("/availability/", { from: text(from), to: text(to) }).then((found) => isCurrent() && (setFree(byResource(found, "free")), setError(null)), (problem) => isCurrent() && setError(problem));
  }, [zone]);
  const said = (/** @type {string} */ id) => {
    const next = free?.[id]?.find((it) => Date.parse(it.ends_at) - Date.parse(it.starts_at) >= STEP * 60_000);
    if (!next) return { key: "timeline.fullToday", at: null, from: null };
    const [from, to] = [Date.parse(next.starts_at), Date.parse(next.ends_at)];
    const midnight = instantOf(addDays(dayOf(now, zone), 1), 0, zone);
    return from <= now ? { key: to < midnight ? "timeline.freeUntil" : "timeline.freeToday", at: to, from: now } : { key: "timeline.freeFrom", at: from, from };
  };
  return html`<section class="timeline-page now-page">
    <div class="head"><h1>${t("timeline.now")}</h1><${Views} view="list" /><${Filters} /></div>
    ${error && html`<p class="notice bad" role="alert">${wordsOf(error)}</p>`}
    <p class="hint"><${ZoneName} zone=${zone} own=${here()} /></p>
    ${rows.length === 0 && html`<p class="empty">${t("timeline.none")}</p>`}
    ${groups.map((group) => html`<div class="now-group" key=${group.key}>${group.name && html`<h2>${group.name}</h2>`}
    <ul class="bookings">${soonestFirst(group.rows, (it) => (free ? (said(it.id).from ?? Infinity) : 0)).map((it) => {
      const { key, at, from } = said(it.id);
      return html`<li class="item ${free && from === now ? "is-free" : ""}" key=${it.id}><div class="what"><a href="/resource/${it.id}"><strong><${Icon} name=${kindShape(it.kind)} /> ${it.name}</strong></a>
        <span class=${from === now ? "good" : "muted"}>${free ? t(key, { time: at ? showTime(at, it.time_zone, locale()) : "" }) : t("loading")}</span>${it.capacity ? html`<span class="muted">${t("seats", { n: it.capacity })}</span>` : ""}</div>
        ${at !== null && html`<a class="button" href="/?resource=${it.id}${from === now ? "" : `&at=${encodeURIComponent(text(Number(from)))}`}">${t("book.do")}</a>`}</li>`;
    })}</ul></div>`)}
  </section>`;
}
