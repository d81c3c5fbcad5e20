// What the floor and the host stand show: the areas of a site with their plans, what is free of everything in it, and the bookings that whoever
// looks may know of. Read anew as soon as something changes.

import { api } from "../api.js";
import { t } from "../i18n.js";
import { useLive } from "../live.js";
import { knowMine, standsOn } from "../mine.js";
import { manages, resources, sites } from "../state.js";
import { addDays, instantOf, text } from "../time.js";
import { useEffect, useMemo, useRef, useState } from "../vendor/hooks.js";
import { byResource } from "../components/views.js";
import { addressOf } from "./plan.js";
import { endOf, standingAt } from "./states.js";

/** @typedef {import("./plan.js").Plan} Plan */
/** @typedef {import("./states.js").Booking} Booking */
/** @typedef {import("./states.js").Standing} Standing */
/** @typedef {import("../state.js").Resource} Resource */
/** @typedef {{id: string | null, name: string, plan: Plan, resources: Resource[]}} Area */
/** @typedef {{free: Record<string, any[]>, busy: Record<string, any[]>, bookings: Booking[]}} Times */

const HOUR = 3_600_000;
/** How long before a day somebody may have sat down who still sits there. */
const BEFORE = 6 * HOUR;
/** How far a night goes into the next day. */
const AFTER = 6 * HOUR;
/** How often timers are looked at. */
export const TICK = 10_000;
/** What is drawn is read again no more often than this. */
const DRAWN_MS = 15_000;
/** Areas of a site that are shown. */
const AREAS_MAX = 40;

/**
 * The areas of a site in which something stands, with their plans; what stands in none of them is an area of its own.
 * @param {string} site
 * @returns {Promise<Area[]>}
 */
async function loadAreas(site) {
  const found = await api.all(`/sites/${site}/areas`);
  const here = (resources.value ?? []).filter((it) => it.site_id === site);
  /** @param {string | null} id @returns {string[]} */
  const within = (id) => [id ?? "", ...found.filter((it) => it.parent_id === id && id !== null).flatMap((it) => within(it.id))];
  const areas = [...found.slice(0, AREAS_MAX).map((it) => ({ id: it.id, name: it.name })), { id: null, name: sites.value.find((it) => it.id === site)?.name ?? "" }];
  const all = await Promise.all(areas.map(async ({ id, name }) => ({
    id, name, plan: await api.get(addressOf(id ? { area: id } : { site })), resources: here.filter((it) => within(id).includes(it.area_id ?? "")),
  })));
  // A place within another one is shown by itself only where somebody has drawn it.
  const inner = (/** @type {Area} */ area) => area.plan.version === 0 && found.some((it) => it.id === area.id && it.parent_id !== null);
  return all.filter((area) => (area.resources.length > 0 || area.plan.version > 0) && !inner(area));
}

/**
 * @param {string} site
 * @param {string} day
 * @param {string} zone
 */
export function useFloor(site, day, zone) {
  const [areas, setAreas] = useState(/** @type {Area[] | null} */ (null));
  const [times, setTimes] = useState(/** @type {Times | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const round = useRef(0);
  const drawn = useRef(Date.now());
  const known = resources.value;
  const drawing = useRef(0);
  const reloadAreas = async () => {
    const mine = ++drawing.current;
    try {
      const found = await loadAreas(site);
      if (mine === drawing.current) setAreas(found);
    } catch (problem) {
      if (mine === drawing.current) setError(problem);
    }
  };
  useEffect(() => setAreas(null), [site]);
  useEffect(() => void reloadAreas(), [site, known]);
  const load = async () => {
    const mine = ++round.current;
    const [from, to] = [instantOf(day, 0, zone) - BEFORE, instantOf(addDays(day, 1), 0, zone) + AFTER];
    const window = { from: text(from), to: text(to) };
    const [time, bookings, areas] = await Promise.all([
      api.get("/availability/", { site_id: site, ...window }),
      api.all(manages.value ? "/bookings/" : "/bookings/my", window, 5_000),
      // Somebody may draw it anew, or move a table to another place; that is seldom.
      drawn.current + DRAWN_MS < Date.now() ? loadAreas(site) : null,
      knowMine(),
    ]);
    if (mine !== round.current) return;
    if (areas) {
      drawn.current = Date.now();
      setAreas(areas);
    }
    setTimes({ free: byResource(time, "free"), busy: byResource(time, "busy"), bookings });
    setError(null);
  };
  useEffect(() => setTimes(null), [site, day]);
  useLive(() => load().catch(setError), [site, day, zone, manages.value]);
  return { areas, times, error, reload: load, reloadAreas };
}

/**
 * How everything stands at a time.
 * @param {Times | null} times @param {Resource[]} resources @param {number} at @param {number} now
 * @returns {Map<string, Standing>}
 */
export function useStandings(times, resources, at, now) {
  return useMemo(() => {
    /** @type {Map<string, Booking[]>} */
    const on = new Map();
    for (const booking of times?.bookings ?? []) for (const id of standsOn(booking)) on.set(id, [...(on.get(id) ?? []), booking]);
    return new Map(resources.filter((it) => times && it.id in times.free).map((it) => [it.id, standingAt({ free: times?.free[it.id] ?? [], busy: times?.busy[it.id] ?? [] }, on.get(it.id) ?? [], at, now)]));
  }, [times, resources, at, now]);
}

/** By what name a booking goes. @param {Booking} booking */
export const nameOf = (booking) => booking.guest?.name || booking.title || t("booking");

/** Those on something that are not over, in their order. @param {Times | null} times @param {string} id @param {number} at */
export const bookingsOn = (times, id, at) => (times?.bookings ?? []).filter((it) => standsOn(it).includes(id) && at < endOf(it)).sort((a, b) => Date.parse(a.starts_at) - Date.parse(b.starts_at));
