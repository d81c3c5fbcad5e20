// A day of the timeline: a row for each resource. What others have shows as taken, one's own with its name; free time is booked by dragging
// over it or from the keyboard, one's own is moved and made longer the same way.

import { api } from "../../api.js";
import { DAY, STEP, barsOf, intoLanes } from "../../bars.js";
import { Dialog } from "../../components/dialog.js";
import { isWriting, useKeys } from "../../components/keys.js";
import { Days, Views, byResource } from "../../components/views.js";
import { lengthText } from "../../components/inputs.js";
import { Icon, html } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { useLive } from "../../live.js";
import { asked } from "../../router.js";
import { book, complain, homeZone, resourceOf, resources, stands, toast, user, wordsOf } from "../../state.js";
import { addDays, dayOf, instantOf, minutesOf, showClock, showDay, showSpan, text } from "../../time.js";
import { useEffect, useMemo, useRef, useState } from "../../vendor/hooks.js";
import { useSignal } from "../../vendor/signals.js";

/** @typedef {import("../../bars.js").Bar} Bar */
/** @typedef {{row: number, at: number, length: number}} Cursor */

/** Whether the viewer may see others' bookings, as far as is known: who manages nothing is asked once. */
let managed = true;
/** @param {any} problem @returns {any[]} */
function notManaged(problem) {
  managed = problem?.status !== 403;
  return [];
}

export function DayView() {
  const zone = homeZone.value;
  const today = dayOf(Date.now(), zone);
  const day = asked("day") ?? today;
  const [query, setQuery] = useState("");
  const [data, setData] = useState(/** @type {{busy: Record<string, any[]>, bookings: any[]} | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  // Signals, since keys come faster than pictures: the next one has to see what the last one did.
  const cursorNow = useSignal(/** @type {Cursor} */ ({ row: 0, at: Math.max(0, Math.floor(minutesOf(Date.now(), zone) / 60) * 60), length: 60 }));
  const movingNow = useSignal(/** @type {{bar: Bar, from: number, to: number, row: number} | null} */ (null));
  const [cursor, moving] = [cursorNow.value, movingNow.value];
  const setCursor = (/** @type {Cursor} */ to) => void (cursorNow.value = to);
  const setMoving = (/** @type {typeof moving} */ to) => void (movingNow.value = to);
  const [open, setOpen] = useState(/** @type {{resource: any, from: number, to: number, bar?: Bar} | null} */ (null));
  const grid = useRef(/** @type {HTMLElement | null} */ (null));
  const [pixels, setPixels] = useState(80);
  const start = useMemo(() => instantOf(day, 0, zone), [day, zone]);
  const end = useMemo(() => instantOf(addDays(day, 1), 0, zone), [day, zone]);
  const minute = (/** @type {string} */ instant) => Math.round((Date.parse(instant) - start) / 60_000);
  const rows = (resources.value ?? []).filter((it) => it.name.toLowerCase().includes(query.toLowerCase()));

  const load = async () => {
    const window = { from: text(start), to: text(end) };
    const [free, mine, others] = await Promise.all([
      api.get("/availability/", window),
      api.all("/bookings/my", window),
      managed ? api.all("/bookings/", window).catch(notManaged) : [],
    ]);
    /** @type {Map<string, any>} */
    const bookings = new Map([...others, ...mine].filter(stands).map((it) => [it.id, it]));
    setData({ busy: byResource(free, "busy"), bookings: [...bookings.values()] });
    setError(null);
  };
  const reload = () => load().catch(setError);
  useEffect(() => setData(null), [start, end]);
  useLive(reload, [start, end]);
  useEffect(() => {
    const from = day === today ? minutesOf(Date.now(), zone) - 60 : 8 * 60;
    if (grid.current) grid.current.scrollLeft = (Math.max(0, from) / 60) * pixels;
  }, [day, data === null]);

  const { found: bars, lanes } = useMemo(() => {
    /** @type {Map<string, Bar[]>} */
    const found = new Map();
    /** @type {Map<string, number>} */
    const lanes = new Map();
    for (const it of rows) {
      const row = data ? barsOf(data.busy[it.id] ?? [], data.bookings.filter((own) => own.resource_id === it.id), minute) : [];
      lanes.set(it.id, intoLanes(row, it.quantity));
      found.set(it.id, row);
    }
    return { found, lanes };
  }, [data, query, resources.value]);

  const under = (/** @type {Cursor} */ at) => bars.get(rows[at.row]?.id ?? "")?.find((bar) => bar.from < at.at + STEP && at.at < bar.to);
  const isOwn = (/** @type {Bar | undefined} */ bar) => bar?.booking && (bar.booking.user_id === user.value?.id || user.value?.role === "admin");

  const change = async (/** @type {Bar} */ bar, /** @type {number} */ from, /** @type {number} */ to, /** @type {number} */ row) => {
    const booking = bar.booking;
    setMoving(null);
    if (!booking || (from === bar.from && to === bar.to && rows[row]?.id === booking.resource_id)) return;
    const patch = (/** @type {number} */ a, /** @type {number} */ b, /** @type {string} */ where) => ({
      resource_id: where, starts_at: text(start + a * 60_000), ends_at: text(start + b * 60_000),
    });
    try {
      await api.patch(`/bookings/${booking.id}`, patch(from, to, rows[row]?.id ?? booking.resource_id), booking.version);
      const undo = () => void api.patch(`/bookings/${booking.id}`, patch(bar.from, bar.to, booking.resource_id)).then(reload, complain);
      toast(t("my.moved"), { undo });
    } catch (problem) {
      complain(problem);
    }
    await reload();
  };
  const cancel = async (/** @type {Bar} */ bar) => {
    try {
      await api.delete(`/bookings/${bar.booking?.id}`);
      toast(t("my.cancelled", { what: bar.label || t("booking") }));
    } catch (problem) {
      complain(problem);
    }
    setOpen(null);
    await reload();
  };

  // --- the keyboard -------------------------------------------------------------------------------------------
  const keys = (/** @type {KeyboardEvent} */ event) => {
    const [cursor, moving] = [cursorNow.value, movingNow.value];
    const bar = under(cursor);
    const by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    const down = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const clamp = (/** @type {number} */ value, /** @type {number} */ most) => Math.min(Math.max(0, value), most);
    if (moving) {
      if (by && event.shiftKey) setMoving({ ...moving, to: clamp(Math.max(moving.from + STEP, moving.to + by), DAY) });
      else if (by) setMoving({ ...moving, from: moving.from + by, to: moving.to + by });
      else if (down) setMoving({ ...moving, row: clamp(moving.row + down, rows.length - 1) });
      else if (event.key === "Enter") void change(moving.bar, moving.from, moving.to, moving.row);
      else if (event.key === "Escape") setMoving(null);
      else return;
    } else if (by && event.shiftKey) setCursor({ ...cursor, length: clamp(Math.max(STEP, cursor.length + by), DAY - cursor.at) });
    else if (by) setCursor({ ...cursor, at: clamp(cursor.at + by, DAY - STEP) });
    else if (down) setCursor({ ...cursor, row: clamp(cursor.row + down, rows.length - 1) });
    else if (event.key === "Enter" || event.key === " ") openAt(cursor.row, cursor.at, cursor.at + cursor.length, bar);
    else if (event.key.toLowerCase() === "m" && bar && isOwn(bar)) setMoving({ bar, from: bar.from, to: bar.to, row: cursor.row });
    else if (event.key.toLowerCase() === "d" && bar && isOwn(bar)) void cancel(bar);
    else return;
    event.preventDefault();
  };
  useKeys((event) => {
    if (event.key !== "/" || isWriting(event)) return;
    event.preventDefault();
    document.getElementById("timeline-search")?.focus();
  });
  useEffect(() => {
    grid.current?.querySelector(".cursor")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [cursor, moving]);

  const openAt = (/** @type {number} */ row, /** @type {number} */ from, /** @type {number} */ to, /** @type {Bar | undefined} */ bar) => {
    const resource = rows[row];
    if (resource) setOpen(bar ? { resource, from: bar.from, to: bar.to, bar } : { resource, from, to });
  };

  // --- the pointer ---------------------------------------------------------------------------------------------
  const [ghost, setGhost] = useState(/** @type {{row: number, from: number, to: number} | null} */ (null));
  const press = (/** @type {PointerEvent} */ event, /** @type {number} */ row, /** @type {Bar | undefined} */ bar, /** @type {"move" | "end" | "new"} */ how) => {
    if (event.button !== 0 || event.pointerType === "touch") return;
    const track = /** @type {HTMLElement} */ (/** @type {HTMLElement} */ (event.currentTarget).closest(".track"));
    const minuteAt = (/** @type {PointerEvent} */ it) => Math.round((((it.clientX - track.getBoundingClientRect().left) / pixels) * 60) / STEP) * STEP;
    const origin = minuteAt(event);
    let moved = false;
    /** @type {any} */
    let now = null;
    const drag = (/** @type {PointerEvent} */ it) => {
      const at = minuteAt(it);
      moved ||= at !== origin;
      if (how === "new") setGhost((now = { row, from: Math.min(origin, at), to: Math.max(origin, at, Math.min(origin, at) + STEP) }));
      else if (bar) {
        const over = document.elementFromPoint(it.clientX, it.clientY)?.closest("[data-row]");
        const on = how === "move" && over ? Number(over.getAttribute("data-row")) : row;
        now = how === "move" ? { bar, from: bar.from + at - origin, to: bar.to + at - origin, row: on } : { bar, from: bar.from, to: Math.max(bar.from + STEP, bar.to + at - origin), row };
        setMoving(now);
      }
    };
    const drop = (/** @type {PointerEvent} */ it) => {
      removeEventListener("pointermove", drag);
      setGhost(null);
      setMoving(null);
      const clicked = { row, at: Math.floor(minuteAt(it) / STEP) * STEP, length: cursor.length };
      setCursor(bar ? { ...clicked, at: bar.from } : clicked);
      if (!moved) openAt(row, origin, origin + 60, bar);
      else if (how === "new") openAt(row, now.from, now.to, undefined);
      else if (bar) void change(bar, now.from, now.to, now.row);
    };
    addEventListener("pointermove", drag);
    addEventListener("pointerup", drop, { once: true });
  };

  const now = (Date.now() - start) / 60_000;
  const left = (/** @type {number} */ minutes) => `${(minutes / 60) * pixels}px`;
  const hours = Array.from({ length: 24 }, (_, n) => n);
  const span = (/** @type {number} */ from, /** @type {number} */ to) => showSpan(start + from * 60_000, start + to * 60_000, zone, locale());
  const clash = (/** @type {{row: number, from: number, to: number, bar?: Bar}} */ it) => bars.get(rows[it.row]?.id ?? "")?.some((bar) => bar.key !== it.bar?.key && bar.from < it.to && it.from < bar.to);

  return html`<section class="timeline-page">
    <div class="head">
      <h1>${showDay(day, locale(), "long")}</h1>
      <${Days} day=${day} today=${today} step=${1} />
      <${Views} view="day" />
      <label class="search"><${Icon} name="search" /><input id="timeline-search" type="search" aria-label=${t("timeline.search")} placeholder=${t("timeline.search")} value=${query}
        onInput=${(/** @type {any} */ event) => setQuery(event.target.value)} /></label>
      <label class="zoom"><input type="range" aria-label=${t("timeline.zoom")} min="40" max="200" value=${pixels} onInput=${(/** @type {any} */ event) => setPixels(Number(event.target.value))} /></label>
      <a class="button primary" href="/"><${Icon} name="plus" />${t("book.do")}</a>
    </div>
    ${error && html`<p class="notice bad" role="alert">${wordsOf(error)}</p>`}
    <div class="timeline" ref=${grid} tabindex="0" role="application" aria-label=${t("timeline.label")} aria-describedby="timeline-help" onKeyDown=${keys}
      style=${{ "--hour": `${pixels}px` }} aria-busy=${data === null}>
      <div class="scale"><div class="corner">${t("timeline.resources")} <span class="count">${rows.length}</span></div>
        <div class="hours">${hours.map((n) => html`<span style=${{ left: left(n * 60) }}>${showClock(n * 60, locale())}</span>`)}</div></div>
      ${rows.map(
        (resource, row) => html`<div class="line" data-row=${row} key=${resource.id} style=${{ "--lanes": String(lanes.get(resource.id)) }}>
          <div class="name"><a href="/resource/${resource.id}"><strong>${resource.name}</strong></a>
            <span class="muted">${resource.capacity ? t("seats", { n: resource.capacity }) : resource.kind ?? ""}</span></div>
          <div class="track" onPointerDown=${(/** @type {any} */ event) => press(event, row, undefined, "new")}
            onClick=${(/** @type {any} */ event) => event.pointerType === "touch" && event.target === event.currentTarget && openAt(row, Math.floor(((event.offsetX / pixels) * 60) / STEP) * STEP, Math.floor(((event.offsetX / pixels) * 60) / STEP) * STEP + 60, undefined)}>
            ${bars.get(resource.id)?.map((bar) => {
              const from = Math.max(0, bar.from);
              const width = ((Math.min(DAY, bar.to) - from) / 60) * pixels;
              const own = isOwn(bar);
              return html`<div class="bar ${bar.kind} ${own ? "own" : ""} ${width < 60 ? "short" : ""} ${bar.lane === undefined ? "" : "laned"}" key=${bar.key} style=${{ left: left(from), width: `${width}px`, ...(bar.lane === undefined ? {} : { "--lane": String(bar.lane) }) }} title="${span(bar.from, bar.to)} ${bar.label || t(`bar.${bar.kind}`)}"
                onPointerDown=${(/** @type {any} */ event) => (event.stopPropagation(), own ? press(event, row, bar, "move") : event.button === 0 && openAt(row, bar.from, bar.to, bar))}>
                <span class="words">${width < 60 ? showClock(((bar.from % DAY) + DAY) % DAY, locale()) : bar.label || t(`bar.${bar.kind}`)}</span>
                ${own && html`<span class="grip" onPointerDown=${(/** @type {any} */ event) => (event.stopPropagation(), press(event, row, bar, "end"))}></span>`}
              </div>`;
            })}
            ${ghost?.row === row && html`<div class="bar ghost ${clash(ghost) ? "clash" : ""}" style=${{ left: left(ghost.from), width: left(ghost.to - ghost.from) }}><span class="words">${span(ghost.from, ghost.to)}</span></div>`}
            ${moving?.row === row && html`<div class="bar ghost cursor ${clash(moving) ? "clash" : ""}" style=${{ left: left(moving.from), width: left(moving.to - moving.from) }}><span class="words">${span(moving.from, moving.to)}</span></div>`}
            ${cursor.row === row && !moving && html`<div class="cursor" style=${{ left: left(cursor.at), width: left(under(cursor) ? STEP : cursor.length) }}></div>`}
          </div></div>`,
      )}
      ${0 <= now && now < DAY && html`<div class="now" style=${{ left: `calc(var(--names) + ${left(now)})` }}></div>`}
      ${data && rows.length === 0 && html`<p class="empty">${t("timeline.none")}</p>`}
    </div>
    <p class="hint" id="timeline-help">${t("timeline.help")} ${t("zone", { zone })}</p>
    <p class="unseen" aria-live="polite">${moving ? `${rows[moving.row]?.name} ${span(moving.from, moving.to)}` : `${rows[cursor.row]?.name ?? ""} ${span(cursor.at, cursor.at + cursor.length)} ${under(cursor) ? t(`bar.${under(cursor)?.kind}`) : t("free")}`}</p>
    ${open && html`<${Open} ...${open} start=${start} zone=${zone} own=${isOwn(open.bar)} cancel=${cancel} close=${() => (setOpen(null), grid.current?.focus())} done=${() => (setOpen(null), grid.current?.focus(), reload())} />`}
  </section>`;
}

/**
 * What is to be booked, or what stands there.
 * @param {{resource: any, from: number, to: number, bar?: Bar, start: number, zone: string, own: boolean, cancel: (bar: Bar) => void, close: () => void, done: () => void}} props
 */
function Open({ resource, from, to, bar, start, zone, own, cancel, close, done }) {
  const [title, setTitle] = useState("");
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const when = showSpan(start + from * 60_000, start + to * 60_000, zone, locale());
  const submit = async (/** @type {Event | null} */ event, /** @type {any} */ offer = { resource_id: resource.id, starts_at: text(start + from * 60_000), ends_at: text(start + to * 60_000) }) => {
    event?.preventDefault();
    setBusy(true);
    try {
      await book(offer, { title: title || null }, done);
      done();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  if (bar) {
    return html`<${Dialog} title=${bar.label || t(`bar.${bar.kind}`)} close=${close}>
      <p>${resource.name} · ${when}</p>
      <p>${t(`why.${bar.kind}`)}</p>
      <div class="row end">${own && bar.booking && html`<button class="danger" onClick=${() => cancel(bar)}>${t("my.cancel")}</button>`}
        ${!own && html`<a class="button" href="/?resource=${resource.id}">${t("timeline.other")}</a>`}
        <button onClick=${close}>${t("close")}</button></div>
    <//>`;
  }
  const offers = error?.kind === "booking-conflict" ? error.body.alternatives ?? [] : [];
  return html`<${Dialog} title=${t("timeline.book", { what: resource.name })} close=${close}>
    <form onSubmit=${submit}>
      <p>${when} · ${lengthText(to - from)}</p>
      <div class="field"><label for="open-title">${t("book.what")}</label><input id="open-title" autofocus value=${title} maxlength="200" onInput=${(/** @type {any} */ event) => setTitle(event.target.value)} /></div>
      ${error && html`<div class="notice bad" role="alert"><p>${wordsOf(error)}</p>
        ${offers.slice(0, 3).map((/** @type {any} */ it) => html`<button type="button" disabled=${busy} onClick=${() => submit(null, it)}>${resourceOf(it.resource_id)?.name} ${showSpan(Date.parse(it.starts_at), Date.parse(it.ends_at), zone, locale())}</button>`)}</div>`}
      <div class="row end"><button type="button" onClick=${close}>${t("close")}</button><button class="primary" type="submit" disabled=${busy}>${t("book.do")}</button></div>
    </form>
  <//>`;
}
