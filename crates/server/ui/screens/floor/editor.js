// Drawing a floor plan: things are put, moved, made larger and turned by the pointer or from the keyboard, every step can be taken back, and what
// somebody else saved meanwhile is not lost without a word.

import { api } from "../../api.js";
import { Dialog } from "../../components/dialog.js";
import { Choice, Field } from "../../components/inputs.js";
import { isWriting, useKeys } from "../../components/keys.js";
import { SHAPES, addResource, addShape, align, back, begin, bodyOf, change, drawingOf, duplicate, forth, freeSpot, nudge, remove, settle, sizeOf, spin, step, stretched } from "../../floor/edit.js";
import { GRID, WAYS, clamp, moved, resized, rotationTo, upright } from "../../floor/geometry.js";
import { Hit, PlaceView, ShapeView, addressOf, backgroundOf } from "../../floor/plan.js";
import { Icon, html } from "../../html.js";
import { t } from "../../i18n.js";
import { go, hold } from "../../router.js";
import { resourceOf, toast, wordsOf } from "../../state.js";
import { useEffect, useLayoutEffect, useRef, useState } from "../../vendor/hooks.js";
import { useSignal } from "../../vendor/signals.js";

/** @typedef {import("../../floor/edit.js").Thing} Thing */
/** @typedef {import("../../floor/edit.js").Drawing} Drawing */
/** @typedef {import("../../floor/geometry.js").Alignment} Alignment */
/** @typedef {import("../../floor/geometry.js").Point} Point */

/** A step of the arrows, a larger and a smaller one, in centimetres. */
const [STEP, LEAP, HAIR] = [GRID, 5 * GRID, 1];
/** @type {Alignment[]} */
const ALIGNMENTS = ["left", "middle", "right", "top", "centre", "bottom", "spread"];
/** @type {{x: -1 | 0 | 1, y: -1 | 0 | 1}[]} */
const EDGES = [{ x: -1, y: -1 }, { x: 0, y: -1 }, { x: 1, y: -1 }, { x: 1, y: 0 }, { x: 1, y: 1 }, { x: 0, y: 1 }, { x: -1, y: 1 }, { x: -1, y: 0 }];
const ZOOMS = [1, 1.5, 2, 3];

/** @param {{area: import("../../floor/data.js").Area, close: () => void}} props */
export function Editor({ area, close }) {
  const address = addressOf(area.id ? { area: area.id } : { site: area.plan.site_id });
  const [plan, setPlan] = useState(area.plan);
  // Signals, since the pointer and keys are faster than pictures.
  const history = useSignal(begin(drawingOf(area.plan)));
  const chosen = useSignal(/** @type {Set<string>} */ (new Set()));
  const saved = useSignal(history.value.now);
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const [leaving, setLeaving] = useState(/** @type {string | null} */ (null));
  const [ghost, setGhost] = useState(/** @type {{id: string, x: number, y: number} | null} */ (null));
  const [told, setTold] = useState("");
  const [zoom, setZoom] = useState(0);
  const svg = useRef(/** @type {SVGSVGElement | null} */ (null));
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  const [room, setRoom] = useState({ width: 800, height: 560 });
  const drawing = history.value.now;
  const dirty = drawing !== saved.value;
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const measure = () => setRoom({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  useEffect(() => {
    hold(dirty ? setLeaving : null);
    return () => hold(null);
  }, [dirty]);

  const take = (/** @type {Drawing} */ next, /** @type {string | null} */ tag = null) => void (history.value = step(history.value, next, tag));
  const put = (/** @type {{drawing: Drawing, keys: Set<string>}} */ it) => (take(it.drawing), (chosen.value = it.keys));
  const names = (/** @type {Thing} */ it) => (it.resource ? (resourceOf(it.resource)?.name ?? t("gone")) : it.text || t(`floor.shape.${it.kind}`));
  const say = () => {
    const meant = history.value.now.things.filter((it) => chosen.value.has(it.key));
    const one = meant[0];
    if (one) setTold(meant.length > 1 ? t("floor.many", { n: meant.length }) : t("floor.stands", { what: names(one), x: one.frame.x, y: one.frame.y, degrees: one.frame.rotation }));
  };
  const fit = Math.max(Math.min(room.width / drawing.width, room.height / drawing.height), 0.15);
  const scale = fit * (ZOOMS[zoom] ?? 1);
  /** Where in the plan the pointer is. @param {PointerEvent} event @returns {Point} */
  const pointOf = (event) => {
    const box = svg.current?.getBoundingClientRect();
    return { x: (event.clientX - (box?.left ?? 0)) / scale, y: (event.clientY - (box?.top ?? 0)) / scale };
  };
  /** Follows the pointer until it is let go. @param {(event: PointerEvent) => void} moving @param {(event: PointerEvent) => void} [over] */
  const follow = (moving, over) => {
    const end = (/** @type {PointerEvent} */ event) => {
      removeEventListener("pointermove", moving);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
      history.value = settle(history.value);
      over?.(event);
      say();
    };
    addEventListener("pointermove", moving);
    addEventListener("pointerup", end);
    // A finger that the browser takes to scroll with is let go too.
    addEventListener("pointercancel", end);
  };

  // --- the pointer ---------------------------------------------------------------------------------------------
  const press = (/** @type {PointerEvent} */ event, /** @type {Thing} */ thing) => {
    if (event.button !== 0) return;
    event.stopPropagation();
    const more = event.shiftKey || event.ctrlKey || event.metaKey;
    if (more) chosen.value = new Set(chosen.value.has(thing.key) ? [...chosen.value].filter((it) => it !== thing.key) : [...chosen.value, thing.key]);
    else if (!chosen.value.has(thing.key)) chosen.value = new Set([thing.key]);
    if (!chosen.value.has(thing.key)) return;
    const [start, before] = [pointOf(event), history.value.now];
    const keys = chosen.value;
    const lead = thing.frame;
    follow((it) => {
      const at = pointOf(it);
      const by = { x: at.x - start.x, y: at.y - start.y };
      if (Math.hypot(by.x, by.y) * scale < 3 && history.value.now === before) return;
      // The one that is held snaps, and the others keep their distance.
      const there = moved(lead, by, before, it.altKey);
      take(nudge(before, keys, { x: there.x - lead.x, y: there.y - lead.y }), "drag");
    });
  };
  const pull = (/** @type {PointerEvent} */ event, /** @type {Thing} */ thing, /** @type {{x: -1 | 0 | 1, y: -1 | 0 | 1}} */ edge) => {
    event.stopPropagation();
    const [start, before] = [pointOf(event), history.value.now];
    follow((it) => {
      const at = pointOf(it);
      take(change(before, new Set([thing.key]), (old) => ({ ...old, frame: resized(thing.frame, edge, { x: at.x - start.x, y: at.y - start.y }, it.altKey) })), "pull");
    });
  };
  const turnBy = (/** @type {PointerEvent} */ event, /** @type {Thing} */ thing) => {
    event.stopPropagation();
    const before = history.value.now;
    follow((it) => take(change(before, new Set([thing.key]), (old) => ({ ...old, frame: { ...old.frame, rotation: rotationTo(thing.frame, pointOf(it), it.altKey) } })), "turn"));
  };
  const [marquee, setMarquee] = useState(/** @type {{from: Point, to: Point} | null} */ (null));
  const sweep = (/** @type {PointerEvent} */ event) => {
    if (event.button !== 0) return;
    const from = pointOf(event);
    const before = event.shiftKey ? chosen.value : new Set();
    chosen.value = new Set(/** @type {Set<string>} */ (before));
    follow((it) => {
      const to = pointOf(it);
      setMarquee({ from, to });
      const [left, right, top, bottom] = [Math.min(from.x, to.x), Math.max(from.x, to.x), Math.min(from.y, to.y), Math.max(from.y, to.y)];
      const caught = history.value.now.things.filter(({ frame: { x, y }, kind }) => kind !== "zone" && left <= x && x <= right && top <= y && y <= bottom);
      chosen.value = new Set([.../** @type {Set<string>} */ (before), ...caught.map((it) => it.key)]);
    }, () => setMarquee(null));
  };
  const bring = (/** @type {PointerEvent} */ event, /** @type {string} */ id) => {
    if (event.button !== 0) return;
    const [x, y] = [event.clientX, event.clientY];
    follow((it) => Math.hypot(it.clientX - x, it.clientY - y) > 4 && setGhost({ id, x: it.clientX, y: it.clientY }), (it) => {
      setGhost(null);
      const at = pointOf(it);
      const resource = resourceOf(id);
      const inside = 0 <= at.x && at.x <= history.value.now.width && 0 <= at.y && at.y <= history.value.now.height;
      if (resource && inside && Math.hypot(it.clientX - x, it.clientY - y) > 4) put(addResource(history.value.now, resource, at));
    });
  };
  const place = (/** @type {string} */ id) => {
    const resource = resourceOf(id);
    if (!resource) return;
    put(addResource(history.value.now, resource, freeSpot(history.value.now, sizeOf(resource))));
    setTimeout(() => /** @type {SVGGElement | null} */ (svg.current?.querySelector(`[data-thing="${id}"] [role=button]`))?.focus());
  };
  const draw = (/** @type {string} */ kind) => {
    const made = addShape(history.value.now, kind, { x: history.value.now.width / 2, y: history.value.now.height / 2 });
    put(made);
    setTimeout(() => /** @type {SVGGElement | null} */ (svg.current?.querySelector(`[data-thing="${[...made.keys][0]}"] [role=button]`))?.focus());
  };

  // --- keys ------------------------------------------------------------------------------------------------------
  useKeys((event) => {
    const control = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (control && key === "s") void save(plan.version);
    else if (isWriting(event)) return;
    else if (control && key === "z") history.value = event.shiftKey ? forth(history.value) : back(history.value);
    else if (control && key === "y") history.value = forth(history.value);
    else if (control && key === "d") put(duplicate(history.value.now, chosen.value));
    else if (control && key === "a") chosen.value = new Set(history.value.now.things.map((it) => it.key));
    else if (control) return;
    else if (event.key === "Escape" && chosen.value.size > 0) chosen.value = new Set();
    else if (chosen.value.size === 0) return;
    else if (WAYS[event.key]) {
      const far = event.shiftKey ? LEAP : event.altKey ? HAIR : STEP;
      const by = { left: { x: -far, y: 0 }, right: { x: far, y: 0 }, up: { x: 0, y: -far }, down: { x: 0, y: far } }[/** @type {import("../../floor/geometry.js").Way} */ (WAYS[event.key])];
      take(nudge(history.value.now, chosen.value, by), `nudge ${[...chosen.value].join()}`);
      say();
    } else if (key === "r") (take(spin(history.value.now, chosen.value, event.shiftKey ? -15 : 15), "spin"), say());
    else if (event.key === "Delete" || event.key === "Backspace") (take(remove(history.value.now, chosen.value)), (chosen.value = new Set()));
    else return;
    event.preventDefault();
  });

  // --- saving ----------------------------------------------------------------------------------------------------
  const save = async (/** @type {number} */ version) => {
    setBusy(true);
    const sent = history.value.now;
    try {
      const answer = await api.put(address, bodyOf(sent), version);
      setPlan(answer);
      saved.value = sent;
      setError(null);
      toast(t("saved"));
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  const theirs = async () => {
    try {
      const found = await api.get(address);
      setPlan(found);
      history.value = step(history.value, drawingOf(found));
      saved.value = history.value.now;
      chosen.value = new Set();
      setError(null);
    } catch (problem) {
      setError(problem);
    }
  };
  const mine = async () => {
    try {
      await save((await api.get(address)).version);
    } catch (problem) {
      setError(problem);
    }
  };
  const upload = async (/** @type {any} */ event) => {
    const file = /** @type {File | undefined} */ (event.target.files?.[0]);
    event.target.value = "";
    if (!file) return;
    setBusy(true);
    try {
      setPlan(await api.put(`${address}/background`, file, plan.version));
      setError(null);
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  const bare = async () => {
    try {
      await api.delete(`${address}/background`, plan.version);
      setPlan(await api.get(address));
    } catch (problem) {
      setError(problem);
    }
  };
  const leave = () => (dirty ? setLeaving("") : close());

  const meant = drawing.things.filter((it) => chosen.value.has(it.key));
  const one = meant.length === 1 ? meant[0] : undefined;
  const absent = area.resources.filter((it) => !drawing.things.some((thing) => thing.resource === it.id));
  const set = (/** @type {Partial<import("../../floor/geometry.js").Frame>} */ part) => one && take(change(drawing, new Set([one.key]), (it) => ({ ...it, frame: { ...it.frame, ...part } })), `set ${one.key} ${Object.keys(part)}`);
  const number = (/** @type {string} */ label, /** @type {number} */ value, /** @type {number} */ least, /** @type {number} */ most, /** @type {(n: number) => void} */ pick) => html`<${Field} label=${label} type="number" min=${least} max=${most} value=${value}
    onChange=${(/** @type {any} */ event) => event.target.value !== "" && pick(clamp(Math.round(Number(event.target.value)), least, most))} />`;
  const look = (/** @type {Thing} */ it) => ({ name: names(it), seats: resourceOf(it.resource ?? "")?.capacity ?? null, kind: "", line: "", label: names(it) });

  return html`<section class="editor-page">
    <div class="head">
      <h1>${t("floor.drawing", { area: area.name })}</h1>
      <div class="segments" role="group" aria-label=${t("floor.steps")}>
        <button aria-label=${t("floor.back")} title=${t("floor.back")} disabled=${history.value.past.length === 0} onClick=${() => (history.value = back(history.value))}>↶</button>
        <button aria-label=${t("floor.forth")} title=${t("floor.forth")} disabled=${history.value.future.length === 0} onClick=${() => (history.value = forth(history.value))}>↷</button>
      </div>
      <div class="segments" role="group" aria-label=${t("floor.zoom")}>
        <button aria-label=${t("floor.zoomOut")} disabled=${zoom === 0} onClick=${() => setZoom(zoom - 1)}>−</button>
        <button aria-label=${t("floor.zoomIn")} disabled=${zoom === ZOOMS.length - 1} onClick=${() => setZoom(zoom + 1)}>+</button>
      </div>
      <span class="grow"></span>
      <span class="hint">${dirty ? t("floor.unsaved") : ""}</span>
      <button onClick=${leave}>${t("floor.leave")}</button>
      <button class="primary" disabled=${busy || !dirty} onClick=${() => save(plan.version)}>${t("save")}</button>
    </div>
    ${error && html`<div class="notice bad" role="alert"><p><${Icon} name="alert" />${error.status === 412 ? t("floor.stale") : wordsOf(error)}</p>
      ${error.status === 412 && html`<div class="acts"><button onClick=${theirs}>${t("floor.theirs")}</button><button class="danger" onClick=${mine}>${t("floor.mine")}</button></div>`}</div>`}
    <div class="editor">
      <div class="tools">
        <h2>${t("floor.absent")} <span class="count">${absent.length}</span></h2>
        <p class="hint">${absent.length > 0 ? t("floor.absentHint") : t("floor.allPlaced")}</p>
        <ul class="absent">${absent.map((it) => html`<li key=${it.id}><button class="wide" onPointerDown=${(/** @type {any} */ event) => bring(event, it.id)} onClick=${(/** @type {any} */ event) => event.detail === 0 && place(it.id)} onDblClick=${() => place(it.id)}>
          ${it.name}${it.capacity && html` <span class="muted">${t("seats", { n: it.capacity })}</span>`}</button></li>`)}</ul>
        <h2>${t("floor.shapes")}</h2>
        <div class="shapes">${SHAPES.map((kind) => html`<button onClick=${() => draw(kind)}><${Icon} name="plus" />${t(`floor.shape.${kind}`)}</button>`)}</div>
      </div>
      <div class="canvas" ref=${frame}>
        <svg class="plan drawn" ref=${svg} width=${drawing.width * scale} height=${drawing.height * scale} viewBox="0 0 ${drawing.width} ${drawing.height}" role="group" aria-label=${t("floor.planOf", { area: area.name })} onPointerDown=${sweep}>
          <defs><pattern id="grid" width=${GRID * 5} height=${GRID * 5} patternUnits="userSpaceOnUse"><path d="M${GRID * 5} 0H0V${GRID * 5}" fill="none" /></pattern></defs>
          <rect class="floor" width=${drawing.width} height=${drawing.height} rx="12" />
          ${plan.background && html`<image class="background" href=${backgroundOf(plan)} width=${drawing.width} height=${drawing.height} preserveAspectRatio="xMidYMid meet" opacity=${drawing.opacity / 100} />`}
          <rect class="grid" width=${drawing.width} height=${drawing.height} fill="url(#grid)" />
          ${drawing.things.map((it) => html`<g key=${it.key} class="thing ${chosen.value.has(it.key) ? "chosen" : ""}" data-thing=${it.key}>
            ${it.resource ? html`<g class="place drawn" transform="translate(${it.frame.x} ${it.frame.y})"><${PlaceView} placed=${{ ...it.frame, resource_id: it.resource, shape: it.round ? "round" : "rect" }} look=${look(it)} scale=${scale} /></g>`
              : html`<${ShapeView} shape=${{ ...it.frame, kind: it.kind ?? "", text: it.text || (it.kind === "label" ? t("floor.shape.label") : null) }} scale=${scale} hidden />`}
            <g role="button" tabindex="0" aria-pressed=${chosen.value.has(it.key)} aria-label=${t("floor.stands", { what: names(it), x: it.frame.x, y: it.frame.y, degrees: it.frame.rotation })} transform="translate(${it.frame.x} ${it.frame.y})"
              onPointerDown=${(/** @type {any} */ event) => press(event, it)} onFocus=${() => !chosen.value.has(it.key) && (chosen.value = new Set([it.key]))}><${Hit} frame=${it.frame} /></g>
          </g>`)}
          ${meant.map((it) => html`<rect class="frame-of" x=${-it.frame.width / 2} y=${-it.frame.height / 2} width=${it.frame.width} height=${it.frame.height} transform="translate(${it.frame.x} ${it.frame.y}) rotate(${it.frame.rotation})" stroke-width=${2 / scale} />`)}
          ${one && html`<g class="handles" transform="translate(${one.frame.x} ${one.frame.y}) rotate(${one.frame.rotation})">
            <line x1="0" y1=${-one.frame.height / 2} x2="0" y2=${-one.frame.height / 2 - 26 / scale} stroke-width=${2 / scale} />
            <circle class="turn" cx="0" cy=${-one.frame.height / 2 - 26 / scale} r=${8 / scale} onPointerDown=${(/** @type {any} */ event) => turnBy(event, one)} />
            ${EDGES.map((edge) => html`<rect class="pull" x=${(edge.x * one.frame.width) / 2 - 6 / scale} y=${(edge.y * one.frame.height) / 2 - 6 / scale} width=${12 / scale} height=${12 / scale} rx=${2 / scale} onPointerDown=${(/** @type {any} */ event) => pull(event, one, edge)} />`)}</g>`}
          ${marquee && html`<rect class="marquee" x=${Math.min(marquee.from.x, marquee.to.x)} y=${Math.min(marquee.from.y, marquee.to.y)} width=${Math.abs(marquee.to.x - marquee.from.x)} height=${Math.abs(marquee.to.y - marquee.from.y)} stroke-width=${1 / scale} />`}
        </svg>
      </div>
      <div class="facts">
        ${meant.length === 0 ? html`<h2>${t("floor.thePlan")}</h2>
          <div class="row numbers">${number(t("floor.width"), drawing.width, 100, 20_000, (n) => take(stretched(drawing, { width: n })))}${number(t("floor.height"), drawing.height, 100, 20_000, (n) => take(stretched(drawing, { height: n })))}</div>
          <h2>${t("floor.background")}</h2>
          <label class="button wide">${plan.background ? t("floor.otherBackground") : t("floor.addBackground")}<input class="unseen" type="file" accept="image/jpeg,image/png,image/webp" disabled=${busy} onChange=${upload} /></label>
          ${plan.background && html`<div class="field"><label for="opacity">${t("floor.opacity", { n: drawing.opacity })}</label><input id="opacity" type="range" min="0" max="100" step="5" value=${drawing.opacity} onInput=${(/** @type {any} */ event) => take({ ...history.value.now, opacity: Number(event.target.value) }, "opacity")} /></div>
            <button class="danger" onClick=${bare}>${t("floor.noBackground")}</button>`}
          <p class="hint">${t("floor.keys")}</p>`
        : html`<h2>${one ? names(one) : t("floor.many", { n: meant.length })}</h2>
          ${one && html`<div class="row numbers">${number(t("floor.x"), one.frame.x, 0, drawing.width, (x) => set({ x }))}${number(t("floor.y"), one.frame.y, 0, drawing.height, (y) => set({ y }))}
            ${number(t("floor.width"), one.frame.width, 5, 20_000, (width) => set({ width }))}${number(t("floor.height"), one.frame.height, 5, 20_000, (height) => set({ height }))}
            ${number(t("floor.rotation"), one.frame.rotation, 0, 359, (rotation) => set({ rotation: upright(rotation) }))}</div>
            ${one.resource ? html`<${Choice} label=${t("floor.outline")} value=${one.round ? "round" : "rect"} onPick=${(/** @type {string} */ it) => take(change(drawing, new Set([one.key]), (old) => ({ ...old, round: it === "round" })))} options=${["rect", "round"].map((it) => ({ value: it, text: t(`floor.outline.${it}`) }))} />`
              : html`<${Field} label=${t("floor.text")} maxlength="100" value=${one.text ?? ""} onInput=${(/** @type {any} */ event) => take(change(history.value.now, new Set([one.key]), (old) => ({ ...old, text: event.target.value })), `text ${one.key}`)} />`}`}
          ${meant.length > 1 && html`<div class="aligns" role="group" aria-label=${t("floor.align")}>${ALIGNMENTS.map((how) => html`<button onClick=${() => take(align(drawing, chosen.value, how))}>${t(`floor.align.${how}`)}</button>`)}</div>`}
          <div class="acts">
            <button onClick=${() => take(spin(drawing, chosen.value, 90))}>${t("floor.turn")}</button>
            ${meant.some((it) => it.kind) && html`<button onClick=${() => put(duplicate(drawing, chosen.value))}>${t("floor.duplicate")}</button>`}
            <button class="danger" onClick=${() => (take(remove(drawing, chosen.value)), (chosen.value = new Set()))}>${t("floor.takeOut")}</button>
          </div>
          <p class="hint">${t("floor.keys")}</p>`}
      </div>
    </div>
    <p class="unseen" role="status" aria-live="polite">${told}</p>
    ${ghost && html`<div class="drag-ghost" style=${{ left: `${ghost.x}px`, top: `${ghost.y}px` }}>${resourceOf(ghost.id)?.name}</div>`}
    ${leaving !== null && html`<${Dialog} title=${t("floor.unsavedTitle")} close=${() => setLeaving(null)}><p>${t("floor.unsavedText")}</p><div class="row end">
      <button class="danger" onClick=${() => (hold(null), (saved.value = history.value.now), leaving ? go(leaving) : close())}>${t("floor.discard")}</button>
      <button class="primary" onClick=${() => setLeaving(null)}>${t("floor.stay")}</button></div><//>`}
  </section>`;
}
