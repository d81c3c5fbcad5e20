// A row of the timeline: what it is called, and what stands in it. It is made anew only where something of it has changed.

import { names, whose } from "../../components/people.js";
import { Icon, html, kindShape } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { kindName } from "../../state.js";
import { showBrief, showSpan } from "../../time.js";
import { useMemo } from "../../vendor/hooks.js";

/** @typedef {import("../../bars.js").Bar} Bar */

/** Narrower than this a bar says when and who in the shortest way; than that, nothing. */
const SHORT = 64;
const BARE = 22;
/** From so much on the words go along where the bar is scrolled out; of each that does the browser keeps a layer of its own. */
const WIDE = 180;

/** What is drawn beside the words of a state, so that it is told without colours. @type {Record<string, string>} */
export const shapeOf = { pending: "clock", held: "clock", checked_in: "check", no_show: "x", block: "ban", out_of_order: "ban", completed: "check" };

/** @param {string} name */
const initials = (name) => name.split(/\s+/).filter(Boolean).slice(0, 2).map((it) => [...it][0]).join("").toLocaleUpperCase();

/** @param {Bar} bar @param {string} zone @param {number} start */
export function wordsOfBar(bar, zone, start) {
  const who = bar.booking ? whose(bar.booking) : "";
  const people = bar.booking?.party_size ? t("people", { n: bar.booking.party_size }) : "";
  const when = showSpan(start + bar.from * 60_000, start + bar.to * 60_000, zone, locale());
  // A name may be written the other way round than what stands beside it.
  const title = bar.label || who || t(`bar.${bar.kind}`);
  const below = [title === who || !who ? "" : `\u2068${who}\u2069`, people].filter(Boolean).join(" · ") || when;
  return { title, below, who, when };
}

/**
 * @param {{line: import("../../rows.js").Line, top: number, bars: Bar[], lanes: number, pixels: number, length: number, start: number, own: (bar: Bar) => boolean}} props
 */
export function Row({ line, top, bars, lanes, pixels, length, start, own }) {
  const { resource, at } = line;
  const language = locale();
  const known = names.value;
  return useMemo(() => {
    const zone = resource.time_zone;
    const left = (/** @type {number} */ minutes) => `${((minutes / 60) * pixels).toFixed(1)}px`;
    const count = bars.filter((it) => it.booking).length;
    return html`<div class="line" data-row=${at} style=${{ top: `${top}px`, height: `${line.height}px`, "--lanes": String(lanes) }} role="group" aria-label="${resource.name}: ${t("timeline.count", { n: count })}">
      <div class="name"><span class="kind" title=${kindName(resource.kind)}><${Icon} name=${kindShape(resource.kind)} /></span>
        <div><a href="/resource/${resource.id}" tabindex="-1" title=${resource.name}><strong>${resource.name}</strong></a>
        <span class="muted">${[resource.capacity ? t("seats", { n: resource.capacity }) : kindName(resource.kind), resource.quantity > 1 ? `× ${resource.quantity}` : ""].filter(Boolean).join(" ")}</span></div></div>
      <ul class="track">${bars.map((bar) => {
        const [from, to] = [Math.max(0, bar.from), Math.min(length, bar.to)];
        const width = ((to - from) / 60) * pixels;
        const words = wordsOfBar(bar, zone, start);
        const shut = bar.kind === "closed" || bar.kind === "past";
        const short = width < SHORT;
        const shape = shapeOf[bar.kind];
        const style = { left: left(from), width: `${Math.max(2, width).toFixed(1)}px`, ...(bar.lane === undefined ? {} : { "--lane": String(bar.lane) }) };
        return html`<li class="bar ${bar.kind} ${own(bar) ? "own" : ""} ${short ? "short" : ""} ${bar.from < 0 ? "goes-left" : ""} ${width < WIDE ? "" : "wide"} ${bar.lane === undefined ? "" : "laned"}" key=${bar.key} data-bar=${bar.key} style=${style} title="${shut || !bar.booking ? `${t(`why.${bar.kind}`)}${bar.why ? ` ${bar.why}` : ""}` : words.title} · ${words.when}">
          ${shut || width < BARE
            ? html`<span class="unseen">${t(`bar.${bar.kind}`)} ${words.when}</span>`
            : short
              ? html`<span class="words" aria-hidden="true"><b>${showBrief(start + bar.from * 60_000, zone, language)}</b><span>${initials(words.who || bar.label) || t(`bar.${bar.kind}`)}</span></span><span class="unseen">${words.title}, ${words.when}, ${t(`bar.${bar.kind}`)}</span>`
              : html`<span class="words"><b>${shape && html`<${Icon} name=${shape} />`}${bar.booking?.series_id && html`<${Icon} name="repeat" />`}${words.title}</b><span>${words.below}</span></span><span class="unseen">${words.when}, ${t(`bar.${bar.kind}`)}</span>`}
          ${own(bar) && html`<span class="grip start" data-grip="start"></span><span class="grip" data-grip="end"></span>`}
        </li>`;
      })}</ul></div>`;
  }, [resource, at, top, line.height, bars, lanes, pixels, length, start, known, language]);
}
