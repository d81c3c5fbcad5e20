// A floor plan as it is seen: walls and bars, and on top the resources with how they stand. Each resource is a button that is read out; the
// arrows lead to the next one that way. It knows nothing of bookings beyond what it is given.

import { html } from "../html.js";
import { t } from "../i18n.js";
import { useLayoutEffect, useRef, useState } from "../vendor/hooks.js";
import { WAYS, captionsOf, chairsOf, neighbour } from "./geometry.js";
import { shortName } from "./states.js";

/** @typedef {import("./geometry.js").Frame} Frame */
/** @typedef {Frame & {resource_id: string, shape: "rect" | "round"}} Placed */
/** @typedef {Frame & {kind: string, text: string | null}} Shape */
/** @typedef {{site_id: string, area_id: string | null, width: number, height: number, background: {id: string, width: number, height: number} | null, background_opacity_percent: number, resources: Placed[], shapes: Shape[], may_edit: boolean, version: number}} Plan */
/** @typedef {{name: string, seats: number | null, kind: string, line: string, label: string, badge?: string, tone?: string, more?: string, dim?: boolean, wanted?: boolean}} Look */

/** What stands for each state, besides its colour. From Lucide, as the other icons. @type {Record<string, string>} */
const MARKS = {
  free: "M20 6 9 17l-5-5",
  soon: "M12 22a10 10 0 1 0 0-20 10 10 0 0 0 0 20ZM12 6v6l4 2",
  pending: "M5 22h14M5 2h14M17 22v-4.17a2 2 0 0 0-.59-1.42L12 12l-4.41 4.41A2 2 0 0 0 7 17.83V22M7 2v4.17a2 2 0 0 0 .59 1.42L12 12l4.41-4.41A2 2 0 0 0 17 6.17V2",
  confirmed: "M8 2v4M16 2v4M3 10h18M5 4h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2Z",
  busy: "M8 2v4M16 2v4M3 10h18M5 4h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2Z",
  seated: "M19 21v-2a4 4 0 0 0-4-4H9a4 4 0 0 0-4 4v2M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z",
  overdue: "M12 8v4M12 16h.01M12 22a10 10 0 1 0 0-20 10 10 0 0 0 0 20Z",
  blocked: "M4.9 4.9l14.2 14.2M12 22a10 10 0 1 0 0-20 10 10 0 0 0 0 20Z",
  out_of_order: "M14.7 6.3a1 1 0 0 0 0 1.4l1.6 1.6a1 1 0 0 0 1.4 0l3.77-3.77a6 6 0 0 1-7.94 7.94l-6.91 6.91a2.12 2.12 0 0 1-3-3l6.91-6.91a6 6 0 0 1 7.94-7.94l-3.76 3.76Z",
  closed: "M12 3a6 6 0 0 0 9 9 9 9 0 1 1-9-9Z",
};

/** @param {{kind: string}} props */
export const Mark = ({ kind }) => html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${MARKS[kind]} /></svg>`;

/** How wide a text is about, of so many pixels a letter is high. @param {string} text @param {number} pixels */
const widthOf = (text, pixels) => [...text].reduce((sum, letter) => sum + (/[\u1100-\uffef]/.test(letter) ? 1 : /[MWШЩЖЮФЫwmшщжюфы@]/.test(letter) ? 0.85 : /[il1.,:|'′ ]/.test(letter) ? 0.32 : /[А-яЁё]/.test(letter) ? 0.6 : 0.56), 0) * pixels;

/** How much wider bold letters are. */
const BOLD = 1.08;

/** As much of a text as there is room for. @param {string} text @param {number} pixels @param {number} room */
function cut(text, pixels, room) {
  if (widthOf(text, pixels) <= room) return text;
  const letters = [...text];
  while (letters.length > 1 && widthOf(`${letters.join("")}…`, pixels) > room) letters.pop();
  return `${letters.join("").trimEnd()}…`;
}

/**
 * A name in two lines that both have room, as even as can be.
 * @param {string} name @param {number} pixels @param {number} room
 * @returns {string[] | undefined}
 */
function inTwo(name, pixels, room) {
  const words = name.split(" ");
  const ways = words.slice(1).map((_, n) => [words.slice(0, n + 1).join(" "), words.slice(n + 1).join(" ")]);
  const widest = (/** @type {string[]} */ lines) => Math.max(...lines.map((it) => widthOf(it, pixels)));
  return ways.filter((it) => widest(it) <= room).sort((a, b) => widest(a) - widest(b))[0];
}

/** What is no resource. @param {{shape: Shape, scale: number, hidden?: boolean}} props */
export function ShapeView({ shape, scale, hidden = false }) {
  const { kind, x, y, width, height, rotation, text } = shape;
  // What stands for itself is written as large as it has room, and not cut.
  const size = kind === "label" ? Math.min(14, Math.max(8, (14 * width * scale) / widthOf(text ?? "", 14 * BOLD))) : 12;
  const label = text && html`<text class="shape-text" font-size=${size / scale}>${kind === "label" ? text : cut(text, 12, Math.max(width, 60) * scale)}</text>`;
  const box = html`<rect x=${-width / 2} y=${-height / 2} width=${width} height=${height} rx=${kind === "zone" ? 14 : kind === "bar" ? 10 : 2} />`;
  let body = box;
  if (kind === "plant") body = html`<circle r=${Math.min(width, height) / 2} /><path class="leaf" d="M0 ${height / 3}V${-height / 3}M0 ${height / 8}L${width / 4} ${-height / 8}M0 ${height / 8}L${-width / 4} ${-height / 8}" />`;
  else if (kind === "stairs") {
    const steps = Math.max(3, Math.round(width / 30));
    body = html`${box}<path class="steps" d=${Array.from({ length: steps - 1 }, (_, n) => `M${-width / 2 + ((n + 1) * width) / steps} ${-height / 2}v${height}`).join("")} />`;
  } else if (kind === "label") body = html``;
  return html`<g class="shape ${kind}" transform="translate(${x} ${y})" aria-hidden=${hidden ? "true" : undefined}><g transform="rotate(${rotation})">${body}</g>
    ${label && html`<g transform="rotate(${upside(rotation, width, height)})">${label}</g>`}</g>`;
}

/** Along the longer side, and never upside down. @param {number} rotation @param {number} width @param {number} height */
function upside(rotation, width, height) {
  const along = (rotation + (height > width * 1.5 ? 90 : 0)) % 180;
  return along > 90 ? along - 180 : along;
}

/** How high what is written beside a table is. */
const CAPTION = 11.5;

/**
 * What is written on a table, as far as there is room: its name, below it how it stands and until when. What had no room is written beside it.
 * @param {Placed} placed @param {Look} look @param {number} scale
 */
function wordsOn(placed, look, scale) {
  const { width, height, rotation, shape } = placed;
  const round = shape === "round";
  const across = rotation % 180 > 45 && rotation % 180 < 135;
  const turned = rotation % 90 !== 0 && !round ? 0.75 : round ? 0.82 : 0.94;
  const [wide, high] = [(across ? height : width) * scale * turned, (across ? width : height) * scale * turned];
  const big = wide >= 104 && high >= 46;
  const nameSize = big ? 14 : high < 30 ? 11 : 12.5;
  // Names are bold, and so wider.
  const roomy = (/** @type {string} */ it) => widthOf(it, nameSize * BOLD) <= wide - 4;
  const short = shortName(look.name);
  const step = big ? 17 : 14;
  const spelt = !roomy(look.name) && wide >= 50 && !/\d$/.test(short) && (look.kind === "" ? 2 : 3) * step <= high ? inTwo(look.name, nameSize * BOLD, wide - 4) : undefined;
  const names = spelt ?? [roomy(look.name) ? look.name : wide >= 60 && !/\d$/.test(short) ? cut(look.name, nameSize * BOLD, wide) : cut(short, nameSize * BOLD, Math.max(wide, 18))];
  const lineSize = big ? 12 : 11;
  const two = high >= 32 && look.kind !== "";
  const rows = names.length + (two ? 1 : 0);
  const third = big && look.more && high >= 66 && (rows + 1) * step <= high && widthOf(look.more, lineSize) <= wide - 14 ? look.more : "";
  const first = (-(rows + (third ? 1 : 0) - 1) * step) / 2;
  const second = first + step * names.length;
  const markSize = two ? 11 : 9;
  // A round table is narrower above and below its middle.
  const radius = (Math.min(width, height) * scale) / 2 - 2;
  const off = Math.abs(second) + lineSize / 2;
  const lineRoom = (round ? 2 * Math.sqrt(Math.max(0, radius * radius - off * off)) : wide) - markSize - 3;
  const room = Math.min(wide - 14, lineRoom);
  const badge = look.badge ?? "";
  // What has no room in words is told by the time alone.
  const line = !two ? "" : big && widthOf(look.line, lineSize) <= room ? look.line : widthOf(badge, lineSize) <= lineRoom ? badge : "";
  const lineWide = widthOf(line, lineSize);
  // Where there is but the mark, the time stands beside it.
  return { wide, high, turned, nameSize, names, two, first, second, step, markSize, line, lineSize, lineWide, third, beside: line === "" && look.kind !== "" ? badge : "" };
}

/**
 * A resource in its place; the words on it stay upright however it is turned.
 * @param {{placed: Placed, look: Look, scale: number, caption?: import("./geometry.js").Point | null}} props
 */
export function PlaceView({ placed, look, scale, caption = null }) {
  const { width, height, rotation, shape } = placed;
  const round = shape === "round";
  const chairs = chairsOf(placed, round, look.seats);
  const { wide, high, turned, nameSize, names, two, first, second, step, markSize, line, lineSize, lineWide, third, beside } = wordsOn(placed, look, scale);
  return html`
    <g transform="rotate(${rotation})" aria-hidden="true">
      ${chairs.map((chair) => html`<rect class="chair" x=${-15} y=${-6} width=${30} height=${12} rx=${6} transform="translate(${chair.x} ${chair.y}) rotate(${chair.rotation})" />`)}
      ${round ? html`<ellipse class="top" rx=${width / 2} ry=${height / 2} />` : html`<rect class="top" x=${-width / 2} y=${-height / 2} width=${width} height=${height} rx=${Math.min(12, height / 5, width / 5)} />`}
      ${round ? html`<ellipse class="ring" rx=${width / 2 + 12} ry=${height / 2 + 12} />` : html`<rect class="ring" x=${-width / 2 - 10} y=${-height / 2 - 10} width=${width + 20} height=${height + 20} rx="16" />`}
    </g>
    <g transform="scale(${1 / scale})" aria-hidden="true">
      ${names.map((it, n) => html`<text class="name" y=${first + step * n} font-size=${nameSize}>${it}</text>`)}
      ${two && html`<g transform="translate(0 ${second})">
        <g class="mark" transform="translate(${-(lineWide + (line ? 3 : 0)) / 2 - markSize / 2} ${-markSize / 2}) scale(${markSize / 24})"><path d=${MARKS[look.kind]} /></g>
        ${line && html`<text class="line" x=${(markSize + 3) / 2} font-size=${lineSize}>${line}</text>`}</g>`}
      ${!two && look.kind !== "" && html`<g class="pin" transform="translate(${wide / 2 / turned + (wide < 26 ? 5 : -2)} ${-high / 2 / turned + (wide < 26 ? -5 : 2)})"><circle r="8" /><g class="mark" transform="translate(-5 -5) scale(${10 / 24})"><path d=${MARKS[look.kind]} /></g></g>`}
      ${third && html`<text class="line" y=${second + step} font-size=${lineSize}>${third}</text>`}
      ${caption && html`<text class="caption" x=${caption.x * scale} y=${caption.y * scale} font-size=${CAPTION}>${beside}</text>`}
    </g>`;
}

/** What the pointer hits, and no less than that, in centimetres. @param {{frame: Frame, least?: number}} props */
export function Hit({ frame: { width, height, rotation }, least = 0 }) {
  const [wide, high] = [Math.max(width, least), Math.max(height, least)];
  return html`<rect class="hit" x=${-wide / 2} y=${-high / 2} width=${wide} height=${high} rx="8" transform="rotate(${rotation})" />`;
}

/** How large a plan is shown: as wide and high as there is room, or as much as somebody has asked for. */
const ZOOMS = [1, 1.35, 1.8, 2.4, 3.2, 4.2];
const MOST = Number(ZOOMS.at(-1));
/** By how much a turn of the wheel zooms. */
const WHEEL = 0.0022;
/** So many pixels a centimetre has at least where a finger is to hit a table, and what it hits is at least so many of them wide. */
const FINGER = 0.74;
const THUMB = 44;
/** And for a mouse. */
const POINTER = 24;

/**
 * @param {object} props
 * @param {Plan} props.plan
 * @param {string} props.label
 * @param {(id: string) => Look | null} props.look
 * @param {(id: string) => void} props.open
 * @param {string | undefined} [props.chosen] what is marked
 * @param {boolean} [props.finger] begins large enough to be hit by a finger
 */
export function PlanView({ plan, label, look, open, chosen, finger = false }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const [room, setRoom] = useState({ width: 0, height: 0 });
  const [zoom, setZoom] = useState(1);
  const zoomNow = useRef(zoom);
  zoomNow.current = zoom;
  /** A point of the screen and what of the plan stands there, which is to stay. @type {{current: {x: number, y: number, wide: number, high: number} | null}} */
  const pinned = useRef(null);
  /** Zooms about a point on the screen, or about the middle. @param {number} wanted @param {{x: number, y: number}} [about] */
  const zoomTo = (wanted, about) => {
    const drawing = box.current?.querySelector("svg")?.getBoundingClientRect();
    const frame = box.current?.getBoundingClientRect();
    if (!drawing || !frame) return;
    const { x, y } = about ?? { x: frame.left + frame.width / 2, y: frame.top + frame.height / 2 };
    pinned.current = { x, y, wide: (x - drawing.left) / drawing.width, high: (y - drawing.top) / drawing.height };
    zoomNow.current = Math.min(Math.max(1, wanted), MOST);
    setZoom(zoomNow.current);
  };
  const steps = { in: ZOOMS.find((it) => it > zoom + 0.01), out: ZOOMS.findLast((it) => it < zoom - 0.01) };
  const [at, setAt] = useState(/** @type {string | null} */ (null));
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => setRoom((before) => (before.width === element.clientWidth && before.height === element.clientHeight ? before : { width: element.clientWidth, height: element.clientHeight }));
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    // Two fingers, and the wheel with Ctrl, as which a touchpad tells of two fingers too; one finger and the wheel alone scroll.
    /** @type {{zoom: number, apart: number} | null} */
    let pinch = null;
    const between = (/** @type {TouchEvent} */ { touches: [a, b] }) => a && b && { x: (a.clientX + b.clientX) / 2, y: (a.clientY + b.clientY) / 2, apart: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) };
    const touch = (/** @type {TouchEvent} */ event) => {
      const now = event.touches.length === 2 ? between(event) : undefined;
      pinch = now ? { zoom: zoomNow.current, apart: Math.max(now.apart, 1) } : null;
    };
    const spread = (/** @type {TouchEvent} */ event) => {
      const now = between(event);
      if (!pinch || !now) return;
      event.preventDefault();
      zoomTo((pinch.zoom * now.apart) / pinch.apart, now);
    };
    const wheel = (/** @type {WheelEvent} */ event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      zoomTo(zoomNow.current * Math.exp(-event.deltaY * lines * WHEEL), { x: event.clientX, y: event.clientY });
    };
    element.addEventListener("touchstart", touch, { passive: true });
    element.addEventListener("touchend", touch, { passive: true });
    element.addEventListener("touchcancel", touch, { passive: true });
    element.addEventListener("touchmove", spread, { passive: false });
    element.addEventListener("wheel", wheel, { passive: false });
    return () => {
      watch.disconnect();
      element.removeEventListener("touchstart", touch);
      element.removeEventListener("touchend", touch);
      element.removeEventListener("touchcancel", touch);
      element.removeEventListener("touchmove", spread);
      element.removeEventListener("wheel", wheel);
    };
  }, []);
  useLayoutEffect(() => {
    const [element, pin] = [box.current, pinned.current];
    const drawing = element?.querySelector("svg");
    pinned.current = null;
    if (!element || !pin || !drawing) return;
    const off = () => {
      const { left, top, width, height } = drawing.getBoundingClientRect();
      return { left: left + pin.wide * width - pin.x, top: top + pin.high * height - pin.y, behavior: /** @type {const} */ ("instant") };
    };
    element.scrollBy(off());
    // The box grows as far as there is room, and then the page is what scrolls.
    scrollBy({ ...off(), left: 0 });
  }, [zoom]);
  const fit = Math.min((room.width || 800) / plan.width, finger ? Infinity : Math.max((room.height || 600) / plan.height, 0.3));
  const least = finger ? Math.max(fit, FINGER) : fit;
  const scale = least * zoom;
  const shown = plan.resources.filter((it) => look(it.resource_id) !== null);
  const current = shown.find((it) => it.resource_id === at) ?? shown[0];
  const looks = shown.map((it) => /** @type {Look} */ (look(it.resource_id)));
  const captions = captionsOf(shown.map((frame, n) => {
    const it = /** @type {Look} */ (looks[n]);
    const { beside, two } = wordsOn(frame, it, scale);
    return { frame, round: frame.shape === "round", seats: it.seats, width: beside === "" ? 0 : (widthOf(beside, CAPTION * BOLD) + 4) / scale, height: (CAPTION + 3) / scale, pin: !two && it.kind !== "" ? 10 / scale : 0 };
  }), plan);
  const keys = (/** @type {KeyboardEvent} */ event, /** @type {Placed} */ from) => {
    const way = WAYS[event.key];
    if (way && !event.ctrlKey && !event.altKey && !event.metaKey) {
      const next = neighbour(from, shown, way);
      const element = /** @type {SVGGElement | null | undefined} */ (next && box.current?.querySelector(`[data-place="${next.resource_id}"] [role=button]`));
      element?.focus({ preventScroll: true });
      element?.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else if (event.key === "Enter" || event.key === " ") open(from.resource_id);
    else if (event.key === "+" || event.key === "-") zoomTo(steps[event.key === "+" ? "in" : "out"] ?? zoom);
    else return;
    event.preventDefault();
  };
  return html`<div class="plan-frame">
    <div class="plan-scroll" ref=${box}>
      <svg class="plan" width=${plan.width * scale} height=${plan.height * scale} viewBox="0 0 ${plan.width} ${plan.height}" role="group" aria-label=${label}>
        <rect class="floor" width=${plan.width} height=${plan.height} rx="12" />
        ${plan.background && html`<image class="background" href=${backgroundOf(plan)} width=${plan.width} height=${plan.height} preserveAspectRatio="xMidYMid meet" opacity=${plan.background_opacity_percent / 100} />`}
        ${plan.shapes.map((shape) => html`<${ShapeView} shape=${shape} scale=${scale} />`)}
        ${shown.map((placed, n) => {
          const it = /** @type {Look} */ (looks[n]);
          const id = placed.resource_id;
          // What is written on a table may be short for its name, so the button is what lies over it.
          return html`<g key=${id} class="place ${it.kind} ${it.tone ?? ""} ${it.dim ? "dim" : ""} ${it.wanted ? "wanted" : ""} ${chosen === id ? "chosen" : ""}" transform="translate(${placed.x} ${placed.y})" data-place=${id}>
            <${PlaceView} placed=${placed} look=${it} scale=${scale} caption=${captions[n]} />
            <g role="button" tabindex=${current?.resource_id === id ? 0 : -1} aria-label=${it.label} onClick=${() => (setAt(id), open(id))} onFocus=${() => setAt(id)} onKeyDown=${(/** @type {any} */ event) => keys(event, placed)}>
              <title>${it.label}</title><${Hit} frame=${placed} least=${(finger ? THUMB : POINTER) / scale} /></g></g>`;
        })}
      </svg>
    </div>
    <div class="zooms" role="group" aria-label=${t("floor.zoom")}>
      <button aria-label=${t("floor.zoomIn")} title=${t("floor.zoomHow")} disabled=${!steps.in} onClick=${() => zoomTo(steps.in ?? zoom)}>+</button>
      <button aria-label=${t("floor.zoomOut")} title=${t("floor.zoomHow")} disabled=${!steps.out} onClick=${() => zoomTo(steps.out ?? zoom)}>−</button>
    </div>
  </div>`;
}

/** Where the picture under a plan is. @param {Plan} plan */
export const backgroundOf = (plan) => `${addressOf(plan.area_id ? { area: plan.area_id } : { site: plan.site_id })}/background?${plan.background?.id ?? ""}`;

/** Where the plan of a place is. @param {{area?: string, site?: string}} place */
export const addressOf = ({ area, site }) => (area ? `/areas/${area}/floor-plan` : `/sites/${site}/floor-plan`);
