// A plan that is being drawn: its things, and every step back and forth. Nothing of what was is ever changed, so a step back is what was. No
// page is needed.

import { GRID, aligned, clamp, moved, upright } from "./geometry.js";

/** @typedef {import("./geometry.js").Frame} Frame */
/** @typedef {import("./plan.js").Plan} Plan */
/** @typedef {{key: string, frame: Frame, resource?: string, round?: boolean, kind?: string, text?: string | null}} Thing */
/** @typedef {{width: number, height: number, opacity: number, things: Thing[]}} Drawing */
/** @typedef {{now: Drawing, past: Drawing[], future: Drawing[], tag: string | null}} History */

/** Steps that can be taken back. */
const STEPS_MAX = 200;
/** How large what is new is. @type {Record<string, [number, number]>} */
const SIZES = { wall: [300, 16], door: [100, 16], window: [160, 16], bar: [300, 80], plant: [50, 50], stairs: [200, 120], zone: [400, 300], label: [200, 40] };
/** @type {string[]} */
export const SHAPES = Object.keys(SIZES);

let last = 0;
const fresh = () => `n${++last}`;

/** @param {{x: number, y: number, width: number, height: number, rotation: number}} it @returns {Frame} */
const frameOf = ({ x, y, width, height, rotation }) => ({ x, y, width, height, rotation });

/** @param {Plan} plan @returns {Drawing} */
export const drawingOf = (plan) => ({
  width: plan.width, height: plan.height, opacity: plan.background_opacity_percent,
  things: [
    ...plan.shapes.map((it) => ({ key: fresh(), frame: frameOf(it), kind: it.kind, text: it.text })),
    ...plan.resources.map((it) => ({ key: it.resource_id, frame: frameOf(it), resource: it.resource_id, round: it.shape === "round" })),
  ],
});

/** What is sent. @param {Drawing} drawing */
export const bodyOf = ({ width, height, opacity, things }) => ({
  width, height, background_opacity_percent: opacity,
  shapes: things.filter((it) => it.kind).map(({ frame, kind, text }) => ({ ...frame, kind, text: text?.trim() || null })),
  resources: things.filter((it) => it.resource).map(({ frame, resource, round }) => ({ ...frame, resource_id: resource, shape: round ? "round" : "rect" })),
});

/** @param {Drawing} drawing @returns {History} */
export const begin = (drawing) => ({ now: drawing, past: [], future: [], tag: null });

/**
 * A step. Those that follow one another under the same tag, as while something is dragged, are one.
 * @param {History} history @param {Drawing} next @param {string | null} [tag] @returns {History}
 */
export function step(history, next, tag = null) {
  if (next === history.now) return history;
  if (tag !== null && tag === history.tag) return { ...history, now: next, future: [] };
  return { now: next, past: [...history.past, history.now].slice(-STEPS_MAX), future: [], tag };
}

/** @param {History} history @returns {History} */
export function back({ now, past, future, tag }) {
  const before = past.at(-1);
  return before ? { now: before, past: past.slice(0, -1), future: [now, ...future], tag: null } : { now, past, future, tag };
}

/** @param {History} history @returns {History} */
export function forth({ now, past, future, tag }) {
  const [next, ...rest] = future;
  return next ? { now: next, past: [...past, now], future: rest, tag: null } : { now, past, future, tag };
}

/** The step that is being taken is over: what follows is another one. @param {History} history @returns {History} */
export const settle = (history) => (history.tag === null ? history : { ...history, tag: null });

/**
 * Changes the things that are meant.
 * @param {Drawing} drawing @param {Set<string>} keys @param {(thing: Thing) => Thing} how @returns {Drawing}
 */
export const change = (drawing, keys, how) => ({ ...drawing, things: drawing.things.map((it) => (keys.has(it.key) ? how(it) : it)) });

/** @param {Drawing} drawing @param {Set<string>} keys @param {{x: number, y: number}} by @returns {Drawing} */
export const nudge = (drawing, keys, by) => change(drawing, keys, (it) => ({ ...it, frame: moved(it.frame, by, drawing, true) }));

/** @param {Drawing} drawing @param {Set<string>} keys @param {number} degrees @returns {Drawing} */
export const spin = (drawing, keys, degrees) => change(drawing, keys, (it) => ({ ...it, frame: { ...it.frame, rotation: upright(it.frame.rotation + degrees) } }));

/** @param {Drawing} drawing @param {Set<string>} keys @param {import("./geometry.js").Alignment} how @returns {Drawing} */
export function align(drawing, keys, how) {
  const meant = drawing.things.filter((it) => keys.has(it.key));
  const frames = aligned(meant.map((it) => it.frame), how);
  return change(drawing, keys, (it) => ({ ...it, frame: frames[meant.indexOf(it)] ?? it.frame }));
}

/** @param {Drawing} drawing @param {Set<string>} keys @returns {Drawing} */
export const remove = (drawing, keys) => ({ ...drawing, things: drawing.things.filter((it) => !keys.has(it.key)) });

/** Shapes once more, a little aside; what can be booked is there once. @param {Drawing} drawing @param {Set<string>} keys @returns {{drawing: Drawing, keys: Set<string>}} */
export function duplicate(drawing, keys) {
  const copies = drawing.things.filter((it) => keys.has(it.key) && it.kind).map((it) => ({ ...it, key: fresh(), frame: moved(it.frame, { x: 2 * GRID, y: 2 * GRID }, drawing, true) }));
  // Shapes lie under what can be booked.
  const first = drawing.things.findIndex((it) => it.resource);
  const at = first < 0 ? drawing.things.length : first;
  return { drawing: { ...drawing, things: [...drawing.things.slice(0, at), ...copies, ...drawing.things.slice(at)] }, keys: new Set(copies.map((it) => it.key)) };
}

/** Puts a shape somewhere. @param {Drawing} drawing @param {string} kind @param {{x: number, y: number}} at @returns {{drawing: Drawing, keys: Set<string>}} */
export function addShape(drawing, kind, at) {
  const [width, height] = SIZES[kind] ?? [100, 100];
  const thing = { key: fresh(), kind, text: null, frame: moved({ ...at, width, height, rotation: 0 }, { x: 0, y: 0 }, drawing) };
  const first = drawing.things.findIndex((it) => it.resource || (kind === "zone" && it.kind));
  const place = first < 0 ? drawing.things.length : first;
  return { drawing: { ...drawing, things: [...drawing.things.slice(0, place), thing, ...drawing.things.slice(place)] }, keys: new Set([thing.key]) };
}

/** How large a table for so many is, and whether it is round. @param {{kind: string | null, capacity: number | null}} resource @returns {{width: number, height: number, round: boolean}} */
export function sizeOf({ kind, capacity }) {
  const seats = capacity ?? 2;
  if (kind === "room") return { width: 200 + Math.min(seats, 20) * 15, height: 200 + Math.min(seats, 20) * 5, round: false };
  if (kind === "desk") return { width: 140, height: 80, round: false };
  if (seats <= 2) return { width: 80, height: 80, round: seats === 2 };
  if (seats <= 4) return { width: 100, height: 100, round: false };
  return { width: Math.min(60 * Math.ceil(seats / 2), 600), height: 100, round: false };
}

/** Puts a resource somewhere. @param {Drawing} drawing @param {{id: string, kind: string | null, capacity: number | null}} resource @param {{x: number, y: number}} at @returns {{drawing: Drawing, keys: Set<string>}} */
export function addResource(drawing, resource, at) {
  const { width, height, round } = sizeOf(resource);
  const thing = { key: resource.id, resource: resource.id, round, frame: moved({ ...at, width, height, rotation: 0 }, { x: 0, y: 0 }, drawing) };
  return { drawing: { ...drawing, things: [...drawing.things.filter((it) => it.key !== resource.id), thing] }, keys: new Set([resource.id]) };
}

/** Somewhere in a plan where nothing that can be booked stands, row by row; its middle where there is no room. @param {Drawing} drawing @param {{width: number, height: number}} size */
export function freeSpot(drawing, size) {
  const apart = (/** @type {number} */ x, /** @type {number} */ y) => drawing.things.every(({ frame, resource }) => !resource || Math.abs(frame.x - x) * 2 >= frame.width + size.width + 60 || Math.abs(frame.y - y) * 2 >= frame.height + size.height + 60);
  for (let y = size.height / 2 + 60; y < drawing.height - size.height / 2; y += 60) {
    for (let x = size.width / 2 + 60; x < drawing.width - size.width / 2; x += 60) if (apart(x, y)) return { x, y };
  }
  return { x: drawing.width / 2, y: drawing.height / 2 };
}

/** A plan of another size; nothing is left outside. @param {Drawing} drawing @param {{width?: number, height?: number}} to @returns {Drawing} */
export function stretched(drawing, to) {
  const [width, height] = [clamp(Math.round(to.width ?? drawing.width), 100, 20_000), clamp(Math.round(to.height ?? drawing.height), 100, 20_000)];
  return { ...drawing, width, height, things: drawing.things.map((it) => ({ ...it, frame: { ...it.frame, x: Math.min(it.frame.x, width), y: Math.min(it.frame.y, height) } })) };
}
