// Charts as SVG, each with a table that says the same and a file to take away. Marks are told by the pointer and by the arrow keys.

import { Icon, html } from "../html.js";
import { t } from "../i18n.js";
import { useLayoutEffect, useRef, useState } from "../vendor/hooks.js";

/** @typedef {{x: number, y: number, w: number, h: number, text: string}} Mark */

/** The width of an element, as it is and becomes. @param {{current: HTMLElement | null}} ref */
function useWidth(ref) {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    setWidth(element.clientWidth);
    const seen = new ResizeObserver(() => setWidth(element.clientWidth));
    seen.observe(element);
    return () => seen.disconnect();
  }, []);
  return width;
}

/**
 * A chart with its title, what it says in a sentence, its table and its file.
 * `none`: there is nothing to draw yet. `draw` tells for a width how high the chart is, what is in it, and where its marks are, in the order of the keys.
 * @param {{title: string, say: string, head: string[], rows: (string | number)[][], csv?: string, name: string, columns?: number, none?: boolean,
 *   draw: (width: number) => {height: number, body: any, marks: Mark[]}}} props
 */
export function Figure({ title, say, head, rows, csv, name, columns = 1, none = false, draw }) {
  const [table, setTable] = useState(false);
  const [at, setAt] = useState(-1);
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const width = useWidth(box);
  const { height, body, marks } = width > 0 && !none ? draw(width) : { height: 0, body: null, marks: [] };
  const mark = marks[at];
  const keys = (/** @type {KeyboardEvent} */ event) => {
    const step = /** @type {Record<string, number>} */ ({ ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns })[event.key];
    if (event.key === "Escape") setAt(-1);
    else if (event.key === "Home") setAt(0);
    else if (event.key === "End") setAt(marks.length - 1);
    else if (step !== undefined) setAt(at < 0 ? 0 : Math.max(0, Math.min(marks.length - 1, at + step)));
    else return;
    event.preventDefault();
  };
  const move = (/** @type {PointerEvent} */ event) => {
    const rect = box.current?.getBoundingClientRect();
    if (!rect) return;
    const [x, y] = [event.clientX - rect.left, event.clientY - rect.top];
    setAt(marks.findIndex((it) => it.x <= x && x < it.x + it.w && it.y <= y && y < it.y + it.h));
  };
  return html`<figure class="figure card">
    <figcaption class="head"><div><h2>${title}</h2><p class="say">${say}</p></div>
      <div class="acts" hidden=${none}><button type="button" class="quiet" aria-pressed=${table} aria-label="${t("chart.table")}: ${title}" onClick=${() => setTable(!table)}><${Icon} name="list" /><span>${t("chart.table")}</span></button>
        ${csv && html`<a class="button quiet" href=${csv} download="${name}.csv" aria-label="CSV: ${title}">CSV</a>`}</div></figcaption>
    <div class="chart" ref=${box} hidden=${table || none} tabindex=${marks.length > 0 && !table ? 0 : undefined} role="group" aria-label="${title}. ${say} ${t("chart.keys")}" onKeyDown=${keys} onBlur=${() => setAt(-1)} onPointerMove=${move} onPointerLeave=${() => setAt(-1)}>
      <svg width=${width} height=${height} viewBox="0 0 ${width} ${height}" aria-hidden="true">${body}
        ${mark && html`<rect class="active" x=${mark.x} y=${mark.y} width=${mark.w} height=${mark.h} rx="3" />`}</svg>
      ${mark && html`<span class="tip" style=${{ left: `${Math.min(Math.max(mark.x + mark.w / 2, 90), width - 90)}px`, top: `${mark.y}px` }}>${mark.text}</span>`}
      <span class="unseen" role="status">${mark?.text ?? ""}</span></div>
    <div class="scroll" hidden=${!table} tabindex=${table ? 0 : undefined} role="region" aria-label=${title}><table><thead><tr>${head.map((it, n) => html`<th scope="col" class=${n > 0 ? "number" : undefined}>${it}</th>`)}</tr></thead>
      <tbody>${rows.map((row) => html`<tr>${row.map((it, n) => (n === 0 ? html`<th scope="row">${it}</th>` : html`<td class="number">${it}</td>`))}</tr>`)}</tbody></table></div>
  </figure>`;
}

/** So much of the room of a letter of a chart's text; names are cut to what fits. */
const LETTER = 7;
/** @param {string} text @param {number} width */
const fit = (text, width) => ([...text].length * LETTER <= width ? text : `${[...text].slice(0, Math.max(1, Math.floor(width / LETTER) - 1)).join("")}…`);

/**
 * Lying bars with the name before and the value behind each.
 * @param {{name: string, value: number, text: string, more?: string}[]} bars
 * @param {number} max
 * @returns {(width: number) => {height: number, body: any, marks: Mark[]}}
 */
export const lyingBars = (bars, max) => (width) => {
  const names = Math.min(170, width * 0.36);
  const [row, room] = [30, width - names - 64];
  const marks = bars.map((it, n) => ({ x: 0, y: n * row, w: width, h: row, text: it.more ?? `${it.name}: ${it.text}` }));
  const body = bars.map((it, n) => {
    const long = Math.max(it.value > 0 ? 2 : 0, (it.value / max) * room);
    return html`<text x=${names - 10} y=${n * row + 20} text-anchor="end">${fit(it.name, names - 10)}</text>
      <rect class="mark" x=${names} y=${n * row + 6} width=${long} height=${row - 12} rx="3" /><text class="value" x=${names + long + 8} y=${n * row + 20}>${it.text}</text>`;
  });
  return { height: bars.length * row, body, marks };
};

/**
 * Standing bars with the name below and the value above each.
 * @param {{name: string, value: number, text: string, more?: string, faint?: boolean, strong?: boolean}[]} bars
 * @param {number} max
 * @param {number} [high]
 * @returns {(width: number) => {height: number, body: any, marks: Mark[]}}
 */
export const standingBars = (bars, max, high = 150) => (width) => {
  const each = width / bars.length;
  const wide = Math.min(64, each * 0.72);
  // Where there is little room, not every bar is named.
  const longest = Math.max(...bars.map((it) => [...it.name].length)) * LETTER + 8;
  const every = Math.max(1, Math.ceil(longest / each));
  const roomy = Math.max(...bars.map((it) => [...it.text].length)) * LETTER <= each;
  const marks = bars.map((it, n) => ({ x: n * each, y: 0, w: each, h: high + 44, text: it.more ?? `${it.name}: ${it.text}` }));
  const body = html`<line class="axis" x1="0" x2=${width} y1=${high + 20} y2=${high + 20} />${bars.map((it, n) => {
    const tall = Math.max(it.value > 0 ? 2 : 0, (it.value / max) * high);
    const middle = n * each + each / 2;
    return html`<rect class="mark ${it.faint ? "faint" : ""} ${it.strong ? "strong" : ""}" x=${middle - wide / 2} y=${high + 20 - tall} width=${wide} height=${tall} rx="3" />
      ${(roomy || it.strong) && it.value > 0 && html`<text class="value" x=${middle} y=${high + 13 - tall} text-anchor="middle">${it.text}</text>`}
      ${n % every === 0 && html`<text x=${middle} y=${high + 38} text-anchor="middle">${it.name}</text>`}`;
  })}`;
  return { height: high + 46, body, marks };
};

/**
 * A line through points, named where it ends and where it is highest.
 * @param {{name: string, value: number | null, text: string, more: string, faint?: boolean}[]} points
 * @param {{max: number, ticks: number[]}} scale
 * @param {(value: number) => string} tick
 * @returns {(width: number) => {height: number, body: any, marks: Mark[]}}
 */
export const line = (points, scale, tick) => (width) => {
  const [left, right, high, top] = [46, 46, 150, 18];
  const step = (width - left - right) / Math.max(1, points.length - 1);
  const x = (/** @type {number} */ n) => (points.length === 1 ? width / 2 : left + n * step);
  const y = (/** @type {number} */ value) => top + high - (value / scale.max) * high;
  const known = points.map((it, n) => ({ ...it, n })).filter((it) => it.value !== null);
  const highest = known.reduce((best, it) => ((it.value ?? 0) > (best?.value ?? -1) ? it : best), known[0]);
  const last = known.at(-1);
  const path = known.map((it, n) => `${n === 0 ? "M" : "L"}${x(it.n).toFixed(1)} ${y(it.value ?? 0).toFixed(1)}`).join("");
  const every = Math.max(1, Math.ceil((8 * LETTER + 8) / Math.max(1, step)));
  const marks = points.map((it, n) => ({ x: x(n) - Math.max(12, step / 2), y: 0, w: Math.max(24, step), h: top + high + 26, text: it.more }));
  const body = html`${scale.ticks.map((it) => html`<line class="grid" x1=${left} x2=${width - right} y1=${y(it)} y2=${y(it)} /><text x=${left - 8} y=${y(it) + 4} text-anchor="end">${tick(it)}</text>`)}
    <path class="line" d=${path} />
    ${known.map((it) => html`<circle class=${it.faint ? "dot faint" : "dot"} cx=${x(it.n)} cy=${y(it.value ?? 0)} r="4" />`)}
    ${[...new Set([highest, last])].map((it) => it && html`<text class="value" x=${Math.min(x(it.n), width - 24)} y=${y(it.value ?? 0) - 9} text-anchor="middle">${it.text}</text>`)}
    ${points.map((it, n) => n % every === 0 && html`<text x=${x(n)} y=${top + high + 20} text-anchor="middle">${it.name}</text>`)}`;
  return { height: top + high + 28, body, marks };
};

/** What is as full as this has the full colour, where nothing is fuller. */
const HEAT_LEAST = 0.4;

/**
 * A week by hour: the more, the deeper.
 * @param {{first: number, last: number, cells: {day: number, hour: number, share: number | null}[]}} heat
 * @param {(day: number) => string} day
 * @param {(hour: number) => string} hour
 * @param {(cell: any) => string} text
 * @returns {(width: number) => {height: number, body: any, marks: Mark[]}}
 */
export const heatMap = ({ first, last, cells }, day, hour, text) => (width) => {
  const [left, top, row] = [44, 20, 30];
  const count = last - first + 1;
  const each = (width - left) / count;
  const every = Math.max(1, Math.ceil(44 / each));
  // Where little is booked the differences are seen all the same.
  const most = Math.max(HEAT_LEAST, ...cells.map((it) => it.share ?? 0));
  const marks = cells.map((it) => ({ x: left + (it.hour - first) * each, y: top + it.day * row, w: each, h: row, text: text(it) }));
  const body = html`${Array.from({ length: count }, (_, n) => n % every === 0 && html`<text x=${left + n * each} y="13">${hour(first + n)}</text>`)}
    ${Array.from({ length: 7 }, (_, n) => html`<text x="0" y=${top + n * row + 20}>${day(n)}</text>`)}
    ${cells.map((it) => {
      const [x, y] = [left + (it.hour - first) * each, top + it.day * row];
      return html`<rect class=${it.share === null ? "cell none" : "cell"} x=${x + 1} y=${y + 1} width=${Math.max(1, each - 2)} height=${row - 2} rx="3" style=${{ "--share": `${Math.round(((it.share ?? 0) / most) * 100)}%` }} />
        ${it.share !== null && it.share > 0 && each >= 34 && html`<text class="in" x=${x + each / 2} y=${y + 20} text-anchor="middle">${Math.round(it.share * 100)}</text>`}`;
    })}`;
  return { height: top + 7 * row + 2, body, marks };
};
