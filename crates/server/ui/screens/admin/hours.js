// The hours of a place, an area or a resource: a week with several stretches a day, public holidays, days that are set apart, and what the next two
// weeks come to. What the editor does not know stays as it is written.

import { api } from "../../api.js";
import { DateField } from "../../components/date.js";
import { Dialog } from "../../components/dialog.js";
import { Trouble, Unsaved, useForm } from "../../components/forms.js";
import { Choice, Field } from "../../components/inputs.js";
import { DAYS, collide, readHours, readSpans, upcoming, writeHours, writeSpans } from "../../hours.js";
import { Icon, html } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { toast, wordsOf } from "../../state.js";
import { addDays, dayOf, showClock, showDay, showEnd, showWeekday, upTo } from "../../time.js";
import { hoursTold } from "../../told.js";
import { useEffect, useState } from "../../vendor/hooks.js";
import { inherited } from "./levels.js";
import { LevelPicker, useLevel } from "./level.js";
import { Check, Head, TextArea, typed } from "./parts.js";
import { dayName } from "./pieces.js";

/** @typedef {import("../../hours.js").Span} Span */
/** @typedef {import("../../hours.js").Hours} Hours */
/** @typedef {import("./level.js").Level} Level */

const STEP = 15;
const DAY = 1_440;
const USUAL = { from: 540, to: 1_080 };

/** Hours as people read them, where they are as simple as that; otherwise as they are written. @param {string | null} text */
const inWords = (text) => (text ? (hoursTold(text, (n) => showWeekday(addDays("2024-01-01", n - 1), locale(), "short"), locale())?.map((it) => `${it.days} ${it.hours}`).join("; ") ?? text) : t("admin.alwaysOpen"));

/** Stretches as people read them. @param {Span[]} spans */
const spansText = (spans) => (spans.length === 0 ? t("admin.closed") : spans.map(({ from, to }) => (from === 0 && to === DAY ? t("hours.allDay") : upTo(showClock(from, locale()), showEnd(to, locale())))).join(", "));

export function HoursSection() {
  const { of, level, error, round, reload, anew } = useLevel();
  if (!of) return html`<${Head} title=${t("section.hours")} /><p class="empty">${t("admin.nothingManaged")}</p>`;
  return html`<${Head} title=${t("section.hours")} about=${t("section.hours.about")} />
    <${LevelPicker} of=${of} site=${level?.site ?? null} to="/admin/hours" />
    ${error && html`<p class="notice bad" role="alert">${wordsOf(error)}</p>`}
    ${!level && !error && html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`}
    ${level && html`<${HoursForm} key=${`${level.path} ${round}`} level=${level} reload=${reload} anew=${anew} />`}`;
}

/** @param {Record<string, any>} rules */
const formOf = (rules) => ({ hours: /** @type {string | null} */ (rules["hours"]), exceptions: /** @type {any[]} */ (rules["exceptions"] ?? []), holidays: /** @type {string[]} */ (rules["holidays"] ?? []), of: /** @type {string} */ (rules["holidays_of"] ?? "") });

/** @param {{level: Level, reload: () => Promise<Level | null>, anew: () => Promise<any>}} props */
function HoursForm({ level, reload, anew }) {
  const { rules, above, zone } = level;
  const form = useForm(formOf(rules));
  const [regions, setRegions] = useState(/** @type {string[]} */ ([]));
  const [known, setKnown] = useState(/** @type {{date: string, name: string}[]} */ ([]));
  const { value, set } = form;
  const [asText, setAsText] = useState(false);
  const from = inherited(above, "hours");
  const own = value.hours !== null;
  const hours = readHours(value.hours ?? from.value);
  const write = (/** @type {Partial<Hours>} */ part) => set({ hours: writeHours({ ...hours, always: false, ...part }) });
  const save = (/** @type {boolean} */ anyway) => form.send(async (it) => {
    await api.put(level.path, { ...rules, hours: it.hours?.trim() || null, exceptions: it.exceptions.length > 0 ? it.exceptions : null, holidays: it.holidays.length > 0 ? it.holidays : null, holidays_of: it.of || null }, anyway ? undefined : level.version);
    const now = await reload();
    form.settle(now ? formOf(now.rules) : it);
    toast(t("saved"));
  });
  const week = hours.week ?? DAYS.map(() => []);
  const knocking = [...week, ...(hours.holidays ? [hours.holidays] : [])].some(collide);
  const plain = !asText && (hours.always || hours.week);
  const today = dayOf(Date.now(), zone);
  const country = value.of || inherited(above, "holidays_of").value || "";
  useEffect(() => {
    api.get("/holidays/").then((found) => setRegions(found.regions), () => {});
  }, []);
  // The days of this year and of the next.
  useEffect(() => {
    const year = Number(today.slice(0, 4));
    if (!country) setKnown([]);
    else Promise.all([year, year + 1].map((it) => api.get(`/holidays/${country}`, { year: it }))).then((all) => setKnown(all.flatMap((it) => it.days)), () => setKnown([]));
  }, [country]);
  const others = above.flatMap((it) => (it.rules["exceptions"] ?? []).map((/** @type {any} */ one) => ({ ...one, from: it.name })));
  const otherHolidays = above.flatMap((it) => it.rules["holidays"] ?? []);
  const days = upcoming(hours, [...value.exceptions, ...others], [...value.holidays, ...otherHolidays, ...known.map((it) => it.date)], today, 14);
  const choices = above.length > 0 ? { inherit: t("hours.as", { what: from.name ?? t("level.built_in"), hours: inWords(from.value) }), own: t("hours.own") } : { inherit: t("admin.alwaysOpen"), own: t("hours.own") };
  // A day is as long as the latest that is open: an evening may go on until the morning.
  const latest = Math.max(DAY, ...days.flatMap((it) => it.spans?.map(({ to }) => to) ?? []));
  return html`<form class="hours-form" onSubmit=${(/** @type {Event} */ event) => (event.preventDefault(), save(false))}>
    <${Unsaved} when=${form.dirty} />
    <div class="card"><h2>${t("hours.week")}</h2>
      <fieldset class="radios"><legend class="unseen">${t("hours.week")}</legend>${Object.entries(choices).map(([it, text]) => html`<label class="check"><input type="radio" name="whose" checked=${(it === "own") === own} onChange=${() => set({ hours: it === "own" ? (from.value ?? "Mo-Fr 09:00-18:00") : null })} /><span>${text}</span></label>`)}</fieldset>
      ${own && plain && html`<fieldset class="week"><legend class="unseen">${t("hours.week")}</legend>
        ${week.map((spans, day) => html`<${DayRow} key=${day} name=${dayName(day)} spans=${spans} set=${(/** @type {Span[]} */ to) => write({ week: week.map((it, n) => (n === day ? to : it)) })}
          copy=${(/** @type {number[]} */ to) => write({ week: week.map((it, n) => (to.includes(n) ? spans : it)) })} />`)}
        <${DayRow} name=${t("hours.holidays")} spans=${hours.holidays} set=${(/** @type {Span[] | null} */ holidays) => write({ holidays })} optional /></fieldset>
        ${knocking && html`<p class="wrong" role="alert">${t("hours.collide")}</p>`}
        ${hours.rest && html`<${TextArea} label=${t("hours.rest")} rows="2" maxlength="1000" hint=${t("hours.restHint")} value=${hours.rest} wrong=${form.wrong("hours")} onInput=${(/** @type {string} */ rest) => write({ rest })} />`}`}
      ${own && !plain && html`<${TextArea} label=${t("admin.hoursText")} rows="3" maxlength="1000" hint=${t("admin.hoursHint")} value=${value.hours ?? ""} wrong=${form.wrong("hours")} onInput=${(/** @type {string} */ text) => set({ hours: text })} />`}
      ${own && form.wrong("hours") && plain && !hours.rest && html`<p class="wrong" role="alert">${form.wrong("hours")}</p>`}
      ${own && html`<div class="row end between"><code class="text">${value.hours}</code>${(asText || hours.week) && html`<button type="button" class="quiet" onClick=${() => setAsText(!asText)}>${asText ? t("hours.asWeek") : t("hours.asText")}</button>`}</div>`}
      <p class="hint">${t("zone", { zone })}${own && plain && week.some((spans) => spans.some((it) => it.to > DAY)) ? ` ${t("hours.nextDay")}: ${t("hours.nextDayLong")}.` : ""}</p></div>
    <div class="two-cards">
      <${Exceptions} value=${value.exceptions} others=${others} today=${today} wrong=${form.wrong("exceptions")} set=${(/** @type {any[]} */ exceptions) => set({ exceptions })} />
      <${Holidays} regions=${regions} known=${known} of=${value.of} inheritedOf=${value.of ? "" : country} setOf=${(/** @type {string} */ of) => set({ of })} value=${value.holidays} others=${otherHolidays} today=${today} wrong=${form.wrong("holidays")} set=${(/** @type {string[]} */ holidays) => set({ holidays })} /></div>
    <div class="card"><h2>${t("hours.preview")}</h2>
      ${hours.rest && html`<p class="hint">${t("hours.previewRest")}</p>`}
      <ul class="preview">${days.map((it) => html`<li key=${it.day} class=${it.why ?? undefined}><span class="day">${showDay(it.day, locale())}</span>
        <span class="strip" aria-hidden="true">${it.spans?.map(({ from, to }) => html`<i style=${{ left: `${(from / latest) * 100}%`, width: `${((to - from) / latest) * 100}%` }}></i>`)}</span>
        <span class="when">${it.spans ? spansText(it.spans) : t("hours.unknown")}${it.why && html` <span class="badge">${t(`hours.${it.why}`)}</span>`}</span></li>`)}</ul></div>
    <${Trouble} error=${form.error} theirs=${anew} mine=${() => save(true)} />
    <div class="save-bar ${form.dirty ? "dirty" : ""}"><span class="muted">${form.dirty ? t("form.dirty") : ""}</span>
      ${form.dirty && html`<button type="button" onClick=${form.back}>${t("form.discard")}</button>`}
      <button class="primary" type="submit" disabled=${form.busy || !form.dirty || knocking}>${t("save")}</button></div>
  </form>`;
}

/** One end of a stretch. @param {{label: string, value: number, options: number[], onPick: (minutes: number) => void}} props */
function End({ label, value, options, onPick }) {
  const all = options.includes(value) ? options : [...options, value].sort((a, b) => a - b);
  return html`<select aria-label=${label} title=${value > DAY ? t("hours.nextDayLong") : undefined} value=${String(value)} onChange=${typed((text) => onPick(Number(text)))}>
    ${all.map((it) => html`<option value=${String(it)} selected=${it === value}>${showEnd(it, locale())}${it > DAY ? ` ${t("hours.nextDay")}` : ""}</option>`)}</select>`;
}

const steps = (/** @type {number} */ from, /** @type {number} */ to) => Array.from({ length: Math.floor((to - from) / STEP) + 1 }, (_, n) => from + n * STEP);

/** The stretches of a day. @param {{name: string, spans: Span[], set: (spans: Span[]) => void}} props */
function Spans({ name, spans, set }) {
  const change = (/** @type {number} */ nth, /** @type {Span} */ to) => set(spans.map((it, n) => (n === nth ? to : it)));
  const add = () => {
    const last = spans.at(-1)?.to ?? USUAL.from;
    const from = Math.min(last + 60, DAY - 60);
    set([...spans, { from, to: from + 60 }]);
  };
  return html`<div class="spans">${spans.map(({ from, to }, nth) => html`<span class="from-to" key=${nth}>
      <${End} label="${name}: ${t("admin.from")}" value=${from} options=${steps(0, DAY - STEP)} onPick=${(/** @type {number} */ it) => change(nth, { from: it, to: to <= it ? it + 60 : Math.min(to, it + DAY) })} />
      <span aria-hidden="true">–</span>
      <${End} label="${name}: ${t("admin.until")}" value=${to} options=${steps(from + STEP, from + DAY)} onPick=${(/** @type {number} */ it) => change(nth, { from, to: it })} />
      ${spans.length > 1 && html`<button type="button" class="quiet" aria-label="${t("admin.takeAway")}: ${name}" title=${t("admin.takeAway")} onClick=${() => set(spans.filter((_, n) => n !== nth))}><${Icon} name="x" /></button>`}</span>`)}
    <button type="button" class="quiet" aria-label="${t("hours.addSpan")}: ${name}" title=${t("hours.addSpan")} onClick=${add}><${Icon} name="plus" /></button></div>`;
}

/**
 * A day of the week, or the public holidays, which may be days like others.
 * @param {{name: string, spans: Span[] | null, set: (spans: any) => void, copy?: (to: number[]) => void, optional?: boolean}} props
 */
function DayRow({ name, spans, set, copy, optional = false }) {
  const [copying, setCopying] = useState(false);
  const open = spans !== null && spans.length > 0;
  return html`<div class="weekday">${optional
      ? html`<span class="check"><strong>${name}</strong></span>`
      : html`<label class="check"><input type="checkbox" checked=${open} onChange=${() => set(open ? [] : [USUAL])} />${name}</label>`}
    ${optional && html`<select aria-label=${name} value=${spans === null ? "like" : open ? "open" : "closed"} onChange=${typed((it) => set(it === "like" ? null : it === "open" ? [USUAL] : []))}>
      ${["like", "closed", "open"].map((it) => html`<option value=${it} selected=${it === (spans === null ? "like" : open ? "open" : "closed")}>${t(`hours.${it}`)}</option>`)}</select>`}
    ${open ? html`<${Spans} name=${name} spans=${spans} set=${set} />` : !optional && html`<span class="muted">${t("admin.closed")}</span>`}
    ${copy && html`<button type="button" class="quiet copy" aria-label="${t("hours.copy")}: ${name}" title=${t("hours.copy")} onClick=${() => setCopying(true)}><${Icon} name="copy" /></button>`}
    ${copying && copy && html`<${CopyTo} name=${name} done=${(/** @type {number[]} */ to) => (setCopying(false), copy(to))} close=${() => setCopying(false)} />`}</div>`;
}

/** @param {{name: string, done: (days: number[]) => void, close: () => void}} props */
function CopyTo({ name, done, close }) {
  const [days, setDays] = useState(/** @type {number[]} */ ([]));
  return html`<${Dialog} title=${t("hours.copyOf", { day: name })} close=${close}>
    <div class="checks">${DAYS.map((_, day) => html`<${Check} key=${day} label=${dayName(day)} checked=${days.includes(day)} onPick=${(/** @type {boolean} */ on) => setDays(on ? [...days, day] : days.filter((it) => it !== day))} />`)}</div>
    <div class="row end"><button type="button" onClick=${() => setDays([0, 1, 2, 3, 4])}>${t("hours.workdays")}</button><button type="button" onClick=${() => setDays([0, 1, 2, 3, 4, 5, 6])}>${t("hours.everyDay")}</button>
      <button type="button" class="primary" disabled=${days.length === 0} onClick=${() => done(days)}>${t("hours.copyDo")}</button></div><//>`;
}

/** @param {{value: any[], others: any[], today: string, wrong: string | undefined, set: (exceptions: any[]) => void}} props */
function Exceptions({ value, others, today, wrong, set }) {
  const add = (/** @type {string} */ date) => {
    if (!value.some((it) => it.date === date)) set([...value, { date, hours: "closed" }].sort((a, b) => a.date.localeCompare(b.date)));
  };
  return html`<div class="card"><h2>${t("hours.exceptions")}</h2><p class="hint">${t("hours.exceptionsHint")}</p>
    ${value.map((it, nth) => {
      const spans = readSpans(it.hours);
      const change = (/** @type {string} */ hours) => set(value.map((one, n) => (n === nth ? { ...one, hours } : one)));
      const name = showDay(it.date, locale(), "long");
      return html`<div class="exception" key=${it.date}><strong>${name} <span class="muted">${it.date.slice(0, 4)}</span></strong>
        <button type="button" class="quiet" aria-label="${t("admin.takeAway")}: ${name}" onClick=${() => set(value.filter((_, n) => n !== nth))}><${Icon} name="x" /></button>
        ${spans === null
          ? html`<${Field} label=${t("admin.hoursText")} value=${it.hours} onInput=${typed(change)} />`
          : html`<select aria-label="${name}: ${t("hours.what")}" value=${spans.length > 0 ? "open" : "closed"} onChange=${typed((how) => change(how === "open" ? "10:00-14:00" : "closed"))}>${["closed", "open"].map((how) => html`<option value=${how} selected=${how === (spans.length > 0 ? "open" : "closed")}>${t(`hours.${how}`)}</option>`)}</select>
            ${spans.length > 0 && html`<${Spans} name=${name} spans=${spans} set=${(/** @type {Span[]} */ to) => change(to.length > 0 ? writeSpans(to) : "closed")} />`}`}</div>`;
    })}
    ${others.length > 0 && html`<ul class="others">${others.map((it) => html`<li><span>${showDay(it.date, locale())}</span><span>${it.hours}</span><span class="badge">${it.from}</span></li>`)}</ul>`}
    ${wrong && html`<p class="wrong" role="alert">${wrong}</p>`}
    <${DateField} label=${t("hours.day")} day="" today=${today} min=${today} empty=${t("hours.addDay")} onPick=${add} /></div>`;
}

/** A region by name: a country, or a part of it by the country and its code. @param {string} region */
function regionName(region) {
  const [country = "", part] = region.split("-");
  const name = new Intl.DisplayNames([locale()], { type: "region" }).of(country) ?? country;
  return part ? `${name}, ${part}` : name;
}

/** @param {{value: string[], others: string[], today: string, wrong: string | undefined, set: (holidays: string[]) => void, regions: string[], known: {date: string, name: string}[], of: string, inheritedOf: string, setOf: (of: string) => void}} props */
function Holidays({ regions, known, of, inheritedOf, setOf, value, others, today, wrong, set }) {
  const [text, setText] = useState("");
  const found = [...new Set(text.match(/\b\d{4}-\d{2}-\d{2}\b/g) ?? [])].filter((it) => !Number.isNaN(Date.parse(it)) && !value.includes(it));
  const add = () => {
    set([...value, ...found].sort());
    setText("");
  };
  const coming = value.filter((it) => it >= today);
  return html`<div class="card"><h2>${t("hours.holidays")}</h2><p class="hint">${t("hours.holidaysHint")}</p>
    ${regions.length > 0 && html`<${Choice} label=${t("hours.holidaysOf")} value=${of} onPick=${setOf} options=${[{ value: "", text: inheritedOf ? t("hours.asAbove", { what: regionName(inheritedOf) }) : t("hours.noCountry") }, ...regions.map((it) => ({ value: it, text: regionName(it) })).sort((a, b) => a.text.localeCompare(b.text))]} />`}
    ${known.length > 0 && html`<p class="hint">${t("hours.nextHolidays", { days: known.filter((it) => it.date >= today).slice(0, 4).map((it) => showDay(it.date, locale())).join("; ") })}</p>`}
    <ul class="tags">${coming.map((it) => html`<li key=${it}>${showDay(it, locale())} ${it.slice(0, 4)}<button type="button" class="quiet" aria-label="${t("admin.takeAway")}: ${it}" onClick=${() => set(value.filter((one) => one !== it))}><${Icon} name="x" /></button></li>`)}
      ${others.filter((it) => it >= today).map((it) => html`<li class="other">${showDay(it, locale())} ${it.slice(0, 4)}</li>`)}</ul>
    ${value.length > coming.length && html`<p class="hint">${t("hours.pastHolidays", { n: value.length - coming.length })}</p>`}
    ${wrong && html`<p class="wrong" role="alert">${wrong}</p>`}
    <${TextArea} label=${t("hours.addHolidays")} rows="2" placeholder="2026-12-25 2026-12-26" hint=${t("hours.addHolidaysHint")} value=${text} onInput=${setText} />
    ${found.length > 0 && html`<div class="row end"><button type="button" onClick=${add}><${Icon} name="plus" />${t("hours.addSome", { n: found.length })}</button></div>`}</div>`;
}
