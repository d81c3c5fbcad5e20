// The board of a day: the scale, and below it the rows that are in view. Only these are made, however many there are; what moves over them
// (the cursor, what is dragged) is drawn apart, so that the rows stay as they are.

import { useNow } from "../../components/now.js";
import { Icon, html } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { ROW, between } from "../../rows.js";
import { showHour, showSpan, showTime, zoneDifference } from "../../time.js";
import { useLayoutEffect, useState } from "../../vendor/hooks.js";
import { Row } from "./row.js";

/** @typedef {import("../../rows.js").Plan} Plan */
/** @typedef {import("../../bars.js").Bar} Bar */
/** @typedef {import("./day.js").Ghost} Ghost */
/** @typedef {import("./day.js").Cursor} Cursor */
/** @typedef {import("./day.js").Wanted} Wanted */

/** How high the scale is, and which property of the sheet says how wide the names are. */
export const SCALE = 44;
export const NAMES_VARIABLE = "--names";
/** So much is made above and below what is seen, and looked after again when it has moved by as much. */
const MARGIN = 320;
const QUANTUM = 160;
/** So near to the badge of now no hour is written. */
const BADGE = 58;

/** How often it is looked what the time is, in milliseconds. */
const TICK = 20_000;

/** The part of the rows that is in view, in steps. @param {import("./day.js").Ref<HTMLElement>} grid */
function useView(grid) {
  const [view, setView] = useState({ from: 0, to: 1_200 });
  useLayoutEffect(() => {
    const box = grid.current;
    if (!box) return;
    const look = () => {
      const from = Math.floor(Math.max(0, box.scrollTop - MARGIN) / QUANTUM) * QUANTUM;
      const to = Math.ceil((box.scrollTop + box.clientHeight + MARGIN) / QUANTUM) * QUANTUM;
      setView((before) => (before.from === from && before.to === to ? before : { from, to }));
    };
    const sized = new ResizeObserver(look);
    sized.observe(box);
    box.addEventListener("scroll", look, { passive: true });
    look();
    return () => {
      sized.disconnect();
      box.removeEventListener("scroll", look);
    };
  }, []);
  return view;
}

/**
 * @param {{start: number, length: number, pixels: number, zone: string, now?: number}} props
 */
function Hours({ start, length, pixels, zone, now }) {
  const every = pixels < 36 ? 3 : pixels < 64 ? 2 : 1;
  const hours = Array.from({ length: Math.ceil(length / 60 / every) }, (_, n) => n * every);
  return html`<div class="hours">${hours.map((n) => {
    const x = n * pixels;
    return html`<span class=${now !== undefined && Math.abs(x - (now / 60) * pixels) < BADGE - 34 ? "beside" : undefined} style=${{ left: `${x}px` }}>${showHour(start + n * 3_600_000, zone, locale())}</span>`;
  })}</div>`;
}

/**
 * @param {{grid: import("./day.js").Ref<HTMLElement>, plan: Plan, known: (resource: any) => {bars: Bar[], lanes: number}, pixels: number, start: number, length: number, zone: string,
 *   own: (bar: Bar | undefined) => boolean, loading: boolean, count: number, cursor: {value: Cursor}, ghost: {value: Ghost | null}, wanted: {value: Wanted | null}, under: (cursor: Cursor) => Bar | undefined,
 *   add: (id: string) => void, free: (wanted: Wanted, row: number) => boolean, onKeyDown: any, onPointerDown: any, onClick: any}} props
 */
export function Board({ grid, plan, known, pixels, start, length, zone, own, loading, count, cursor, ghost, wanted, under, add, free, ...listeners }) {
  const view = useView(grid);
  const instant = useNow(TICK);
  const now = (instant - start) / 60_000;
  const isNow = 0 <= now && now < length;
  const sections = between(plan, view.from, view.to);
  const left = (/** @type {number} */ minutes) => `calc(var(--names) + ${((minutes / 60) * pixels).toFixed(1)}px)`;
  return html`<div class="timeline" ref=${grid} tabindex="0" role="application" aria-label=${t("timeline.label")} aria-describedby="timeline-help" aria-busy=${loading}
      style=${{ "--hour": `${pixels}px`, "--day": `${(length / 60) * pixels}px` }} ...${listeners}>
      <div class="scale"><div class="corner">${t("timeline.resources")} <span class="count">${count}</span></div>
        <${Hours} start=${start} length=${length} pixels=${pixels} zone=${zone} now=${isNow ? now : undefined} />
        ${isNow && html`<span class="now-badge" style=${{ left: left(now) }}>${showTime(instant, zone, locale())}</span>`}</div>
      <div class="rows-in" style=${{ height: `${plan.height}px` }}>
        ${sections.map((section) => html`<div class="section" key=${section.key} style=${{ top: `${section.top}px`, height: `${section.height}px` }}>
          ${section.head > 0 && html`<div class="section-head" style=${{ height: `${section.head}px` }}>
            <span class="section-name"><strong>${section.name || section.zone}</strong>${section.zone !== zone && html` <span class="muted">${difference(start, section.zone, zone)}</span>`}</span>
            ${section.zone !== zone && html`<${Hours} start=${start} length=${length} pixels=${pixels} zone=${section.zone} />`}</div>`}
          ${section.lines.map((line) => {
            const { bars, lanes } = known(line.resource);
            return html`<${Row} key=${line.resource.id} line=${line} top=${line.top - section.top} bars=${bars} lanes=${lanes} pixels=${pixels} length=${length} start=${start} own=${own} />`;
          })}</div>`)}
        ${isNow && html`<div class="now" style=${{ left: left(now) }}></div>`}
        <${Over} plan=${plan} pixels=${pixels} start=${start} view=${view} cursor=${cursor} ghost=${ghost} wanted=${wanted} under=${under} add=${add} free=${free} />
      </div>
      ${!loading && plan.lines.length === 0 && html`<p class="empty">${t("timeline.none")}</p>`}
    </div>
    <${Said} plan=${plan} start=${start} cursor=${cursor} ghost=${ghost} under=${under} />`;
}

/** How far the clock of a place is from that of the axis. @param {number} start @param {string} zone @param {string} axis */
function difference(start, zone, axis) {
  const minutes = zoneDifference(start, zone, axis);
  const hours = `${minutes < 0 ? "−" : "+"}${Math.floor(Math.abs(minutes) / 60)}${minutes % 60 ? `:${String(Math.abs(minutes % 60)).padStart(2, "0")}` : ""}`;
  return `${zone} ${hours}`;
}

/** What is over the rows: the cursor, what is made or moved, what else could be had then. @param {any} props */
function Over({ plan, pixels, start, view, cursor, ghost, wanted, under, add, free }) {
  const left = (/** @type {number} */ minutes) => `${((minutes / 60) * pixels).toFixed(1)}px`;
  const lines = /** @type {Plan} */ (plan).lines;
  const at = /** @type {Cursor} */ (cursor.value);
  const made = /** @type {Ghost | null} */ (ghost.value);
  const want = /** @type {Wanted | null} */ (wanted.value);
  const [cursorLine, ghostLine] = [lines[at.row], made && lines[made.row]];
  const span = (/** @type {number} */ from, /** @type {number} */ to, /** @type {string} */ zone) => showSpan(start + from * 60_000, start + to * 60_000, zone, locale());
  const near = want ? lines.filter((line) => line.top < view.to && view.from < line.top + line.height) : [];
  return html`<div class="over">
    ${want && near.map((line) => {
      const here = line.resource.id === want.resource.id || want.also.includes(line.resource.id);
      // Of several units the lowest lane is the one that is free.
      const style = { top: `${line.top + line.height - ROW + 4}px`, left: left(want.from), width: left(want.to - want.from) };
      if (here) return html`<div class="bar ghost wanted" data-wanted=${line.resource.id} key=${`w${line.resource.id}`} style=${style}><span class="words"><b>${line.resource.name}</b><span>${span(want.from, want.to, line.resource.time_zone)}</span></span></div>`;
      return free(want, line.at) && html`<button type="button" class="also" tabindex="-1" key=${`f${line.resource.id}`} style=${style} aria-label=${t("timeline.also", { what: line.resource.name })} title=${t("timeline.also", { what: line.resource.name })}
        onClick=${(/** @type {Event} */ event) => (event.stopPropagation(), add(line.resource.id))}><${Icon} name="plus" /></button>`;
    })}
    ${cursorLine && !made && !want && html`<div class="cursor" style=${{ top: `${cursorLine.top + 2}px`, height: `${cursorLine.height - 4}px`, left: left(at.at), width: left(under(at) ? 15 : at.length) }}></div>`}
    ${made && ghostLine && html`<div class="bar ghost ${made.clash ? "clash" : ""}" style=${{ top: `${ghostLine.top + ghostLine.height - ROW + 4}px`, left: left(made.from), width: left(made.to - made.from) }}>
      <span class="words"><b>${span(made.from, made.to, ghostLine.resource.time_zone)}</b><span>${made.clash ? html`<${Icon} name="alert" />${t(`bar.${made.clash}`)}` : made.bar ? ghostLine.resource.name : ""}</span></span></div>`}
  </div>`;
}

/** Where the cursor is and what stands there, for whoever does not see it. @param {any} props */
function Said({ plan, start, cursor, ghost, under }) {
  const lines = /** @type {Plan} */ (plan).lines;
  const [at, made] = [/** @type {Cursor} */ (cursor.value), /** @type {Ghost | null} */ (ghost.value)];
  const line = lines[made ? made.row : at.row];
  if (!line) return html`<p class="unseen" aria-live="polite"></p>`;
  const span = (/** @type {number} */ from, /** @type {number} */ to) => showSpan(start + from * 60_000, start + to * 60_000, line.resource.time_zone, locale());
  const bar = under(at);
  const words = made
    ? `${line.resource.name} ${span(made.from, made.to)}${made.clash ? `, ${t(`bar.${made.clash}`)}` : ""}`
    : bar
      ? `${line.resource.name}, ${bar.label || ""} ${t(`bar.${bar.kind}`)} ${span(bar.from, bar.to)}`
      : `${line.resource.name} ${span(at.at, at.at + at.length)} ${t("free")}`;
  return html`<p class="unseen" aria-live="polite">${words}</p>`;
}
