// A day of the timeline: a row for each resource. What others have shows as taken, one's own with its name; free time is booked by dragging
// over it or from the keyboard, one's own is moved and made longer the same way.

import { api } from "../../api.js";
import { STEP, barsOf, inTheWay, intoLanes, rebooked } from "../../bars.js";
import { BookingDialog, cancelled } from "../../components/booking.js";
import { Dialog } from "../../components/dialog.js";
import { isWriting, useKeys } from "../../components/keys.js";
import { nameOf } from "../../components/people.js";
import { Refused } from "../../components/refused.js";
import { Days, Views, ZoneName, stepped } from "../../components/views.js";
import { Icon, html } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { useLive } from "../../live.js";
import { mayManage, rightsOf, standsOn } from "../../mine.js";
import { asked, go, put } from "../../router.js";
import { lineAt, planned } from "../../rows.js";
import { complain, toast, wordsOf } from "../../state.js";
import { addDays, dayOf, here, instantOf, minutesOf, showDay, showSpan, text, titled } from "../../time.js";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "../../vendor/hooks.js";
import { useSignal } from "../../vendor/signals.js";
import { Composer } from "./composer.js";
import { changed, loadDay, reloadDay, rowOf } from "./day-data.js";
import { Filters, useRows } from "./filters.js";
import { Board, NAMES_VARIABLE, SCALE } from "./board.js";
import { Legend } from "./legend.js";
import { DayList, usePrinting } from "./printed.js";

/** @typedef {import("../../bars.js").Bar} Bar */
/** @typedef {import("../../rows.js").Resource} Resource */
/** @template T @typedef {{current: T | null}} Ref */
/** @typedef {{row: number, at: number, length: number}} Cursor */
/** @typedef {{row: number, from: number, to: number, how: "new" | "move" | "start" | "end", bar?: Bar, clash?: string}} Ghost what is being made or changed */
/** @typedef {{resource: Resource, from: number, to: number, also: string[], nth: number}} Wanted what is about to be booked: the first, and what else is to be had then; `nth`: each time that something is wanted is another */

/** How wide an hour is, from and to. */
const ZOOM = [28, 260];
/** What stands still may be changed by whoever may. */
const LIVE = ["pending", "held", "confirmed", "checked_in"];
/** So near to an edge a drag scrolls on, and by so much at a time. */
const EDGE = 48;
const SCROLL = 14;
/** So near to its ends a bar is changed there, and not moved: by a mouse, and by a finger. */
const GRIP = 5;
const FINGER = 16;
/** How long a finger has to rest before it drags, and how far it may tremble meanwhile: one that moves earlier scrolls. */
const REST_MS = 400;
const TREMBLE = 8;

/** Whose bookings are asked about beside those in view, so that they are there on paper. */
const NAMES_MAX = 200;

/** @param {number} value @param {number} least @param {number} most */
const clamp = (value, least, most) => Math.min(Math.max(least, value), most);

export function DayView() {
  const { rows, groups, zone } = useRows();
  const today = dayOf(Date.now(), zone);
  const day = asked("day") ?? today;
  const start = useMemo(() => instantOf(day, 0, zone), [day, zone]);
  const end = useMemo(() => instantOf(addDays(day, 1), 0, zone), [day, zone]);
  const length = (end - start) / 60_000;
  const [data, setData] = useState(/** @type {import("./day-data.js").Day | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [refused, setRefused] = useState(/** @type {{error: any, booking: import("../../state.js").Booking, zone: string} | null} */ (null));
  const [open, setOpen] = useState(/** @type {{bar: Bar, resource: Resource} | null} */ (null));
  // Signals, since keys come faster than pictures: the next one has to see what the last one did.
  const cursor = useSignal(/** @type {Cursor} */ ({ row: 0, at: Math.floor(minutesOf(Date.now(), zone) / 60) * 60, length: 60 }));
  const ghost = useSignal(/** @type {Ghost | null} */ (null));
  const wanted = useSignal(/** @type {Wanted | null} */ (null));
  const nth = useRef(0);
  const grid = useRef(/** @type {HTMLElement | null} */ (null));
  const [pixels, setPixels] = useState(Number(localStorage.getItem("zoom")) || 80);

  // --- what is shown ------------------------------------------------------------------------------------------
  /** @type {{current: {data: typeof data, start: number, queue: Promise<any>, bars: Map<string, {row: object, start: number, bars: Bar[], lanes: number}>}}} */
  const latest = useRef({ data: null, start, queue: Promise.resolve(), bars: new Map() });
  const show = (/** @type {typeof data} */ next) => {
    latest.current.data = next;
    setData(next);
  };
  // One after the other: what was read earlier never takes the place of what was read later.
  const load = (/** @type {string[] | null} */ ids) => {
    const read = async () => {
      if (latest.current.start !== start) return;
      try {
        const known = latest.current.data;
        const found = known ? await reloadDay(known, ids, start, end) : await loadDay(start, end);
        if (latest.current.start !== start) return;
        show(found);
        setError(null);
      } catch (problem) {
        setError(problem);
      }
    };
    return (latest.current.queue = latest.current.queue.then(read));
  };
  useLayoutEffect(() => {
    latest.current.start = start;
    show(null);
    ghost.value = wanted.value = null;
  }, [start]);
  useLive(load, [start, end]);

  const known = (/** @type {Resource} */ resource) => {
    const row = rowOf(data, resource.id);
    let found = latest.current.bars.get(resource.id);
    if (!found || found.row !== row || found.start !== start) {
      const bars = barsOf(row.busy, row.bookings, (instant) => Math.round((Date.parse(instant) - start) / 60_000), { length, blocks: row.blocks, all: row.all });
      // What is booked along goes where that goes which it is booked with.
      for (const bar of bars) if (bar.booking && bar.booking.resource_id !== resource.id) bar.along = true;
      found = { row, start, bars, lanes: intoLanes(bars, resource.quantity) };
      latest.current.bars.set(resource.id, found);
    }
    return found;
  };
  const plan = useMemo(() => planned(groups, (it) => (it.quantity === 1 ? 1 : known(it).lanes)), [groups, data]);
  const lineOf = (/** @type {number} */ row) => plan.lines[row];
  const barsAt = (/** @type {number} */ row) => (plan.lines[row] ? known(plan.lines[row].resource).bars : []);
  const under = (/** @type {Cursor} */ at) => barsAt(at.row).find((bar) => bar.from < at.at + STEP && at.at < bar.to);
  /** Whether it is moved and made longer there. */
  const own = (/** @type {Bar | undefined} */ bar) => Boolean(bar?.booking && !bar.along && LIVE.includes(bar.booking.status) && rightsOf(bar.booking).changes);
  /** What stands in the way of it, by its word; `past` before now. */
  const wrongWith = (/** @type {{row: number, from: number, to: number, bar?: Bar}} */ it) => {
    const line = lineOf(it.row);
    if (!line) return undefined;
    // Somebody else's goes only to where one may give things away.
    const booking = it.bar?.booking;
    if (booking && line.resource.id !== booking.resource_id && !rightsOf(booking).own && !mayManage(line.resource)) return "notYours";
    return inTheWay(known(line.resource).bars, it.from, it.to, { quantity: line.resource.quantity, ...(it.bar ? { but: it.bar.key } : {}) })?.kind;
  };
  const haunt = (/** @type {Ghost} */ it) => {
    const clash = wrongWith(it);
    ghost.value = { ...it, ...(clash ? { clash } : { clash: undefined }) };
  };
  const list = { start, groups, bars: (/** @type {Resource} */ it) => known(it).bars };
  usePrinting(() => ({ day, zone, length, ...list }), Boolean(data));
  useEffect(() => {
    const people = new Set([...(data?.rows.values() ?? [])].flatMap((row) => row.bookings.filter((it) => !it.guest).map((it) => it.user_id)));
    for (const id of [...people].slice(0, NAMES_MAX)) nameOf(id);
  }, [data]);
  const [listed, setListed] = useState(false);

  // --- where one looks ------------------------------------------------------------------------------------------
  const namesWide = () => (grid.current ? parseFloat(getComputedStyle(grid.current).getPropertyValue(NAMES_VARIABLE)) || 190 : 190);
  // At first the hours that are open fill the width, and the first of them, or what is now, stands at its left.
  useLayoutEffect(() => {
    const box = grid.current;
    if (!box || !data || rows.length === 0) return;
    const opening = rows.slice(0, 40).map((it) => known(it).bars.filter((bar) => bar.kind === "closed" || bar.kind === "past")).map((shut) => {
      let from = 0;
      for (const bar of shut) if (bar.from <= from) from = Math.max(from, bar.to);
      return from;
    });
    // Who never closes begins with the first booking, or at eight.
    const begins = Math.min(8 * 60, ...rows.flatMap((it) => known(it).bars.filter((bar) => bar.from > 0 && (bar.booking || bar.kind === "booking")).map((bar) => bar.from)));
    const earliest = Math.min(...opening, length);
    const first = earliest === 0 ? Math.max(0, begins) : earliest;
    const now = (Date.now() - start) / 60_000;
    const from = 0 <= now && now < length ? Math.max(Math.min(now - 60, 21 * 60), Math.floor(earliest / 60) * 60 - 60) : Math.floor((first < length ? first : 8 * 60) / 60) * 60 - 30;
    let width = pixels;
    if (!localStorage.getItem("zoom")) setPixels((width = clamp(Math.floor((box.clientWidth - namesWide()) / 13), 64, 120)));
    box.scrollLeft = (Math.max(0, from) / 60) * width;
  }, [start, data === null, rows.length === 0]);
  const reveal = (/** @type {number} */ row, /** @type {number} */ from, /** @type {number} */ to) => {
    const [box, line] = [grid.current, lineOf(row)];
    if (!box || !line) return;
    const section = plan.sections.find((it) => it.lines.includes(line));
    const [left, right] = [(from / 60) * pixels, (to / 60) * pixels];
    const wide = box.clientWidth - namesWide();
    if (left < box.scrollLeft || wide < right - left) box.scrollLeft = left - 20;
    else if (box.scrollLeft + wide < right) box.scrollLeft = right - wide + 20;
    const [above, high] = [section?.head ?? 0, box.clientHeight - SCALE];
    if (line.top - above < box.scrollTop) box.scrollTop = line.top - above;
    else if (box.scrollTop + high < line.top + line.height) box.scrollTop = line.top + line.height - high;
  };
  const zoomTo = (/** @type {number} */ wide) => {
    const next = clamp(wide, Number(ZOOM[0]), Number(ZOOM[1]));
    const box = grid.current;
    const middle = box ? box.scrollLeft / pixels : 0;
    localStorage.setItem("zoom", String(next));
    setPixels(next);
    requestAnimationFrame(() => box && (box.scrollLeft = middle * next));
  };
  const look = (/** @type {Cursor} */ to) => {
    cursor.value = to;
    reveal(to.row, to.at, to.at + Math.max(STEP, Math.min(to.length, 120)));
  };

  // --- what is done ------------------------------------------------------------------------------------------------
  const at = (/** @type {number} */ minutes) => text(start + minutes * 60_000);
  const move = async (/** @type {Bar} */ bar, /** @type {number} */ from, /** @type {number} */ to, /** @type {Resource} */ resource) => {
    const booking = bar.booking;
    ghost.value = null;
    const before = latest.current.data;
    if (!booking || !before || (from === bar.from && to === bar.to && resource.id === booking.resource_id)) return;
    const fresh = { resource_id: resource.id, starts_at: at(from), ends_at: at(to) };
    const touched = [...new Set([resource.id, ...standsOn(booking)])];
    const old = { resource_id: booking.resource_id, starts_at: booking.starts_at, ends_at: booking.ends_at };
    // Shown at once where nothing is seen in its way: what is refused goes back.
    const gone = changed(before, [old.resource_id], (_, row) => ({ ...row, busy: rebooked(row.busy, old, null), bookings: row.bookings.filter((it) => it.id !== booking.id) }));
    show(changed(gone, [fresh.resource_id], (_, row) => ({ ...row, busy: rebooked(row.busy, null, fresh), bookings: [...row.bookings, { ...booking, ...fresh }] })));
    try {
      await api.patch(`/bookings/${booking.id}`, fresh, booking.version);
      toast(t("my.moved"), { undo: () => void api.patch(`/bookings/${booking.id}`, old).then(() => load(touched), complain) });
    } catch (problem) {
      if (latest.current.data) show(changed(latest.current.data, touched, (id) => rowOf(before, id)));
      setRefused({ error: problem, booking, zone: resource.time_zone });
    }
    await load(touched);
  };
  const want = (/** @type {Resource} */ resource, /** @type {number} */ from, /** @type {number} */ to) => void (wanted.value = { resource, from, to: Math.min(to, length), also: [], nth: (nth.current += 1) });
  /** Another time or length of what is wanted; what else was wanted then may not be free now. */
  const adjust = (/** @type {number} */ from, /** @type {number} */ to) => {
    const now = wanted.value;
    if (!now) return;
    const also = now.also.filter((id) => !wrongWith({ row: plan.lines.findIndex((line) => line.resource.id === id), from, to }));
    wanted.value = { ...now, from, to, also };
    reveal(plan.lines.findIndex((line) => line.resource.id === now.resource.id), from, to);
  };
  const openAt = (/** @type {number} */ row, /** @type {number} */ from, /** @type {number} */ to, /** @type {Bar | undefined} */ bar) => {
    const resource = lineOf(row)?.resource;
    if (!resource) return;
    if (bar) setOpen({ resource, bar });
    else {
      want(resource, from, to);
      reveal(row, from, to);
    }
  };
  const add = (/** @type {string} */ id) => {
    const now = wanted.value;
    if (now) wanted.value = { ...now, also: now.also.includes(id) ? now.also.filter((it) => it !== id) : [...now.also, id] };
  };
  const leave = () => {
    wanted.value = null;
    grid.current?.focus();
  };
  const shut = () => {
    setOpen(null);
    if (!wanted.value) grid.current?.focus();
  };

  // --- the keyboard ----------------------------------------------------------------------------------------------------
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (event.target !== grid.current) return;
    const [now, moving] = [cursor.value, ghost.value];
    const bar = under(now);
    const by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    const down = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const key = event.key.toLowerCase();
    if (moving?.bar) {
      const how = event.shiftKey && by ? "end" : moving.how;
      const to = { ...moving };
      if (by && how === "end") to.to = clamp(moving.to + by, moving.from + STEP, length);
      else if (by && how === "start") to.from = clamp(moving.from + by, 0, moving.to - STEP);
      else if (by) [to.from, to.to] = [moving.from + by, moving.to + by];
      else if (down) to.row = clamp(moving.row + down, 0, plan.lines.length - 1);
      else if (event.key === "Enter") return event.preventDefault(), void move(moving.bar, moving.from, moving.to, /** @type {Resource} */ (lineOf(moving.row)?.resource));
      else if (event.key === "Escape") return event.preventDefault(), void (ghost.value = null);
      else return;
      haunt(to);
      reveal(to.row, to.from, to.to);
    } else if (by && event.shiftKey) look({ ...now, length: clamp(now.length + by, STEP, length - now.at) });
    else if (by && (event.ctrlKey || event.metaKey)) {
      // To where the next thing begins or ends.
      const edges = barsAt(now.row).flatMap((it) => [it.from, it.to]).filter((it) => (by > 0 ? now.at < it : it < now.at)).sort((a, b) => (a - b) * by);
      look({ ...now, at: clamp(edges[0] ?? now.at, 0, length - STEP) });
    } else if (by) look({ ...now, at: clamp(now.at + by, 0, length - STEP) });
    else if (down) look({ ...now, row: clamp(now.row + down, 0, plan.lines.length - 1) });
    else if (event.key === "Home") look({ ...now, at: 0 });
    else if (event.key === "End") look({ ...now, at: length - STEP });
    else if (event.key === "Enter" || event.key === " ") openAt(now.row, now.at, now.at + now.length, bar);
    else if (key === "o" || key === "щ") go(`/resource/${lineOf(now.row)?.resource.id}`);
    else if (event.key === "Escape" && wanted.value) leave();
    else if (bar && own(bar) && ["m", "ь", "e", "у", "b", "и"].includes(key)) haunt({ row: now.row, from: bar.from, to: bar.to, bar, how: "mь".includes(key) ? "move" : "eу".includes(key) ? "end" : "start" });
    else if (bar?.booking && LIVE.includes(bar.booking.status) && rightsOf(bar.booking).closes && ["d", "в", "delete"].includes(key)) {
      // Which of a series has to be asked.
      if (bar.booking.series_id) openAt(now.row, bar.from, bar.to, bar);
      else void cancelled(bar.booking, () => load(standsOn(/** @type {import("../../state.js").Booking} */ (bar.booking))));
    }
    else return;
    event.preventDefault();
  };
  useKeys((event) => {
    if (isWriting(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    if (event.key === "/") (document.getElementById("timeline-search") ?? grid.current)?.focus();
    else if (event.key === "PageUp" || event.key === "PageDown") put("day", stepped(day, "day", event.key === "PageUp" ? -1 : 1));
    else if (key === "t" || key === "е") put("day", today);
    else if (event.key === "+" || event.key === "=") zoomTo(pixels + 16);
    else if (event.key === "-") zoomTo(pixels - 16);
    else return;
    event.preventDefault();
  });

  // --- the pointer ---------------------------------------------------------------------------------------------------------
  const dragged = useRef(false);
  /** Where it was pressed: what is let go elsewhere was no click, though nothing could be dragged there. */
  const pressed = useRef({ x: 0, y: 0 });
  /** Whether a finger drags, and does not scroll. */
  const holding = useRef(false);
  useLayoutEffect(() => {
    const box = grid.current;
    if (!box) return;
    // Said to the browser before it begins to scroll; and a finger that rests wants no menu.
    const keep = (/** @type {Event} */ event) => holding.current && event.cancelable && event.preventDefault();
    box.addEventListener("touchmove", keep, { passive: false });
    box.addEventListener("contextmenu", keep);
    return () => {
      box.removeEventListener("touchmove", keep);
      box.removeEventListener("contextmenu", keep);
    };
  }, []);
  /** Where the pointer is: minutes of the day, and the row. */
  const place = (/** @type {{clientX: number, clientY: number}} */ it) => {
    const box = /** @type {HTMLElement} */ (grid.current);
    const frame = box.getBoundingClientRect();
    return {
      minute: clamp(((it.clientX - frame.left + box.scrollLeft - namesWide()) / pixels) * 60, 0, length),
      row: clamp(lineAt(plan.lines, it.clientY - frame.top + box.scrollTop - SCALE), 0, plan.lines.length - 1),
    };
  };
  const barOf = (/** @type {Event} */ event, /** @type {number} */ row) => {
    const key = event.target instanceof Element ? event.target.closest("[data-bar]")?.getAttribute("data-bar") : null;
    return key ? barsAt(row).find((it) => it.key === key) : undefined;
  };
  const snap = (/** @type {number} */ minute) => Math.round(minute / STEP) * STEP;
  const press = (/** @type {PointerEvent} */ event) => {
    dragged.current = false;
    pressed.current = { x: event.clientX, y: event.clientY };
    const target = event.target instanceof Element ? event.target : null;
    if (event.button !== 0 || !event.isPrimary || !target?.closest(".track")) return;
    if (event.pointerType !== "touch") return grab(event, target);
    const leave = () => {
      clearTimeout(resting);
      removeEventListener("pointermove", moved);
      removeEventListener("pointerup", leave);
      removeEventListener("pointercancel", leave);
      removeEventListener("pointerdown", leave);
    };
    const moved = (/** @type {PointerEvent} */ it) => Math.hypot(it.clientX - event.clientX, it.clientY - event.clientY) > TREMBLE && leave();
    const resting = setTimeout(() => {
      leave();
      grab(event, target);
    }, REST_MS);
    addEventListener("pointermove", moved);
    addEventListener("pointerup", leave);
    addEventListener("pointercancel", leave);
    // A second finger wants something else.
    setTimeout(() => addEventListener("pointerdown", leave), 0);
  };
  const grab = (/** @type {PointerEvent} */ event, /** @type {Element} */ target) => {
    const finger = event.pointerType === "touch";
    const from = place(event);
    const bar = barOf(event, from.row);
    if (bar && !own(bar)) return;
    // The border of a bar is as good as what one grips it by.
    const edge = target.closest("[data-bar]")?.getBoundingClientRect();
    const near = finger ? Math.min(FINGER, (edge?.width ?? 0) / 4) : GRIP;
    const grip = target.closest("[data-grip]")?.getAttribute("data-grip") ?? (edge && event.clientX - edge.left < near ? "start" : edge && edge.right - event.clientX < near ? "end" : undefined);
    const how = /** @type {Ghost["how"]} */ (!bar ? "new" : grip ?? "move");
    const origin = snap(from.minute);
    /** What a finger takes that rests and does not move. @type {Ghost} */
    const anHour = { how: "new", row: from.row, from: origin, to: Math.min(length, origin + 60) };
    let last = event;
    let frame = 0;
    const drag = (/** @type {PointerEvent} */ it) => {
      last = it;
      const to = place(it);
      const by = snap(to.minute) - origin;
      if (!dragged.current && Math.abs(it.clientX - event.clientX) < 4 && (how !== "move" || to.row === from.row)) return;
      dragged.current = true;
      if (how === "new" && finger && by === 0) haunt(anHour);
      else if (how === "new") haunt({ how, row: from.row, from: Math.min(origin, origin + by), to: Math.max(origin + STEP, origin + by) });
      else if (bar && how === "move") haunt({ how, bar, row: to.row, from: bar.from + by, to: bar.to + by });
      else if (bar && how === "end") haunt({ how, bar, row: from.row, from: bar.from, to: Math.max(bar.from + STEP, snap(bar.to + by)) });
      else if (bar) haunt({ how, bar, row: from.row, from: Math.min(bar.to - STEP, snap(bar.from + by)), to: bar.to });
    };
    const roll = () => {
      const box = grid.current;
      if (box && dragged.current) {
        const edges = box.getBoundingClientRect();
        const side = last.clientX < edges.left + namesWide() + EDGE ? -1 : edges.right - EDGE < last.clientX ? 1 : 0;
        const rise = how !== "move" ? 0 : last.clientY < edges.top + SCALE + EDGE / 2 ? -1 : edges.bottom - EDGE / 2 < last.clientY ? 1 : 0;
        if (side || rise) {
          box.scrollBy({ left: side * SCROLL, top: rise * SCROLL, behavior: "instant" });
          drag(last);
        }
      }
      frame = requestAnimationFrame(roll);
    };
    const stop = () => {
      cancelAnimationFrame(frame);
      removeEventListener("pointermove", drag);
      removeEventListener("pointerup", drop);
      removeEventListener("pointercancel", stop);
      removeEventListener("keydown", escape, true);
      holding.current = false;
      const made = ghost.value;
      ghost.value = null;
      return made;
    };
    const drop = () => {
      const made = stop();
      if (!dragged.current || !made) return;
      const resource = lineOf(made.row)?.resource;
      cursor.value = { row: made.row, at: made.from, length: made.to - made.from };
      if (how === "new") openAt(made.row, made.from, made.to, undefined);
      else if (bar && finger && made.row === from.row && made.from === bar.from && made.to === bar.to) openAt(made.row, made.from, made.to, bar);
      else if (bar && resource) void move(bar, made.from, made.to, resource);
    };
    const escape = (/** @type {KeyboardEvent} */ it) => {
      if (it.key !== "Escape") return;
      it.stopPropagation();
      stop();
    };
    addEventListener("pointermove", drag);
    addEventListener("pointerup", drop);
    addEventListener("pointercancel", stop);
    addEventListener("keydown", escape, true);
    frame = requestAnimationFrame(roll);
    if (!finger) return;
    holding.current = true;
    navigator.vibrate?.(12);
    dragged.current = true;
    drag(event);
  };
  const click = (/** @type {MouseEvent} */ event) => {
    const target = event.target instanceof Element ? event.target : null;
    const strayed = Math.hypot(event.clientX - pressed.current.x, event.clientY - pressed.current.y) > TREMBLE;
    if (dragged.current || strayed || !target?.closest(".track")) return;
    const { minute, row } = place(event);
    const bar = barOf(event, row);
    const from = Math.floor(minute / STEP) * STEP;
    cursor.value = { row, at: bar ? clamp(bar.from, 0, length - STEP) : from, length: cursor.value.length };
    openAt(row, from, Math.min(length, from + 60), bar);
  };

  const span = (/** @type {number} */ from, /** @type {number} */ to, /** @type {string} */ where = zone) => showSpan(start + from * 60_000, start + to * 60_000, where, locale());
  /** What is free in all of a stretch, besides what is wanted already; what is of the same place first. */
  const freeThen = (/** @type {Wanted} */ it) => {
    const far = (/** @type {Resource} */ other) => (other.site_id === it.resource.site_id ? 0 : 2) + (other.area_id === it.resource.area_id ? 0 : 1);
    const free = plan.lines.filter((line) => line.resource.id !== it.resource.id && !wrongWith({ row: line.at, from: it.from, to: it.to })).map((line) => line.resource);
    return free.sort((a, b) => far(a) - far(b));
  };

  /** The bar that is open: one sees it beside what is told of it. */
  const barOpen = () => open && grid.current?.querySelector(`[data-row="${plan.lines.find((it) => it.resource.id === open.resource.id)?.at}"] [data-bar="${CSS.escape(open.bar.key)}"]`);

  return html`<section class="timeline-page">
    <div class="head">
      <${Days} title=${titled(showDay(day, locale(), "long"))} day=${day} today=${today} step="day" />
      <${Views} view="day" />
      <${Filters} />
      <label class="zoom" title=${t("timeline.zoom")}><${Icon} name="search" /><input type="range" aria-label=${t("timeline.zoom")} min=${ZOOM[0]} max=${ZOOM[1]} value=${pixels} onInput=${(/** @type {any} */ event) => zoomTo(Number(event.target.value))} /></label>
      <a class="button primary" href="/"><${Icon} name="plus" /><span>${t("book.do")}</span></a>
    </div>
    ${error && html`<p class="notice bad" role="alert">${wordsOf(error)} <button type="button" onClick=${() => load(null)}>${t("again")}</button></p>`}
    <${Board} grid=${grid} plan=${plan} known=${known} pixels=${pixels} start=${start} length=${length} zone=${zone} own=${own} loading=${data === null && !error} count=${rows.length}
      cursor=${cursor} ghost=${ghost} wanted=${wanted} under=${under} add=${add} free=${(/** @type {Wanted} */ it, /** @type {number} */ row) => row >= 0 && lineOf(row)?.resource.id !== it.resource.id && !wrongWith({ row, from: it.from, to: it.to })}
      onKeyDown=${keys} onPointerDown=${press} onClick=${click} />
    <div class="foot"><div class="foot-line"><${Legend} />
      <button type="button" class="quiet" aria-haspopup="dialog" onClick=${() => setListed(true)}><${Icon} name="list" />${t("timeline.asList")}</button></div><p class="hint" id="timeline-help"><${ZoneName} zone=${zone} own=${here()} /> <span class="keys-hint">${t("timeline.help")}</span></p></div>
    ${wanted.value && html`<${Composer} key=${wanted.value.nth} wanted=${wanted.value} length=${length} adjust=${adjust} free=${freeThen(wanted.value)} start=${start} add=${add} close=${leave} done=${(/** @type {string[] | null} */ ids) => (leave(), void load(ids))} />`}
    ${open && (open.bar.booking
      ? html`<${BookingDialog} booking=${open.bar.booking} close=${shut} beside=${barOpen} changed=${() => load(standsOn(/** @type {import("../../state.js").Booking} */ (open.bar.booking)))} />`
      : html`<${Why} ...${open} beside=${barOpen} when=${span(open.bar.from, open.bar.to, open.resource.time_zone)} close=${shut} next=${nextFree(known(open.resource).bars, open.bar.to, length)} take=${(/** @type {number} */ from) => (want(open.resource, from, from + 60), setOpen(null))} start=${start} />`)}
    ${listed && html`<${Dialog} title=${titled(showDay(day, locale(), "long"))} close=${() => setListed(false)}>
      <div class="day-list" tabindex="0" role="region" aria-label=${t("timeline.asList")}><${DayList} ...${list} /></div>
      <div class="row end"><button onClick=${() => (setListed(false), setTimeout(print, 50))}><${Icon} name="print" />${t("timeline.print")}</button><button onClick=${() => setListed(false)}>${t("close")}</button></div><//>`}
    ${refused && html`<${Dialog} title=${t("timeline.notMoved")} close=${() => setRefused(null)}>
      <${Refused} error=${refused.error} zone=${refused.zone} day=${day} take=${(/** @type {any} */ { resource_id, starts_at, ends_at }) => {
        setRefused(null);
        api.patch(`/bookings/${refused.booking.id}`, { resource_id, starts_at, ends_at }).then(() => toast(t("my.moved")), complain).then(() => load(null));
      }} />
      <div class="row end"><button onClick=${() => setRefused(null)}>${t("close")}</button></div><//>`}
  </section>`;
}

/** The first time from which an hour is free, if there is one. @param {Bar[]} bars @param {number} from @param {number} length */
function nextFree(bars, from, length) {
  for (let at = Math.ceil(Math.max(0, from) / STEP) * STEP; at + 60 <= length; at += STEP) if (!bars.some((bar) => bar.from < at + 60 && at < bar.to)) return at;
  return null;
}

/** Why something can't be had, and when it could be. @param {{bar: Bar, resource: Resource, when: string, next: number | null, start: number, take: (from: number) => void, close: () => void, beside: () => Element | null | undefined}} props */
function Why({ bar, resource, when, next, start, take, close, beside }) {
  // Who would have what is taken is told when it becomes free.
  const wait = async () => {
    const [from, to] = [Math.max(start + bar.from * 60_000, Date.now() + 60_000), start + bar.to * 60_000];
    await api.post("/waiting-list/", { resource_id: resource.id, from: text(from), to: text(to), duration_minutes: Math.min(60, Math.floor((to - from) / 60_000)) }).then(() => toast(t("waiting.joined")), complain);
    close();
  };
  const canWait = bar.kind === "booking" && Date.now() + 16 * 60_000 < start + bar.to * 60_000;
  return html`<${Dialog} title=${t(`bar.${bar.kind}`)} close=${close} beside=${beside}>
    <p><strong>${resource.name}</strong><br />${when}</p>
    <p>${t(`why.${bar.kind}`)}${bar.why ? html`<br /><q>${bar.why}</q>` : bar.kind === "out_of_order" && resource.out_of_order ? html`<br /><q>${resource.out_of_order.reason}</q>` : ""}</p>
    <div class="row end">
      ${next !== null && html`<button class="primary" onClick=${() => take(next)}>${t("timeline.bookThen", { when: showSpan(start + next * 60_000, start + (next + 60) * 60_000, resource.time_zone, locale()) })}</button>`}
      ${canWait && html`<button onClick=${wait}><${Icon} name="clock" />${t("waiting.join")}</button>`}
      <a class="button" href="/?resource=${resource.id}">${t("timeline.other")}</a>
      <button onClick=${close}>${t("close")}</button></div>
  <//>`;
}
