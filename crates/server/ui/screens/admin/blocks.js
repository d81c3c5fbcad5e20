// Blocked time of all that one manages: what is blocked already, by place and time, and blocking more, once or again and again.

import { api, queryOf } from "../../api.js";
import { useCurrent } from "../../components/current.js";
import { DateField } from "../../components/date.js";
import { Dialog } from "../../components/dialog.js";
import { Choice, Clock, Field, Length } from "../../components/inputs.js";
import { useStill } from "../../components/still.js";
import { clock } from "../../hours.js";
import { Icon, html } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { useLive } from "../../live.js";
import { asked, put } from "../../router.js";
import { complain, resourceOf, sites, toast, wordsOf } from "../../state.js";
import { addDays, dayOf, instantOf, showDay, showSpan, text, titled } from "../../time.js";
import { useEffect, useState } from "../../vendor/hooks.js";
import { managed, mayManage } from "../../mine.js";
import { Head, PickOne, typed } from "./parts.js";

/** @typedef {{id: string, resource_id: string, starts_at: string, ends_at: string, reason: string | null, series_id: string | null}} Blocked */

const AHEAD = 180 * 86_400_000;
const SHOWN_MAX = 500;
const DAYS_SHOWN_MAX = 5;
const WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

export function Blocks() {
  const [found, setFound] = useState(/** @type {Blocked[] | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [giving, setGiving] = useState(/** @type {Blocked | null} */ (null));
  const [site, one] = [asked("site") ?? "", asked("resource") ?? ""];
  const making = asked("new");
  const isCurrent = useCurrent(one);
  const load = () => {
    const now = Date.now();
    return api.all("/schedule/", { resource_id: one, from: text(now), to: text(now + AHEAD) }, SHOWN_MAX).then((all) => isCurrent() && (setFound(all), setError(null)), (problem) => isCurrent() && setError(problem));
  };
  useLive(load, [one]);
  const shown = (found ?? []).filter((it) => {
    const resource = resourceOf(it.resource_id);
    return resource && mayManage(resource) && (!site || resource.site_id === site);
  });
  const close = () => put("new", "");
  const again = (/** @type {Blocked} */ it) => void api.post("/schedule/", { resource_id: it.resource_id, starts_at: it.starts_at, ends_at: it.ends_at, reason: it.reason }).then(load, complain);
  const giveBack = async (/** @type {Blocked} */ it, /** @type {string} */ path) => {
    setGiving(null);
    try {
      await api.delete(path);
      toast(t("admin.givenBack"), path === `/schedule/${it.id}` ? { undo: () => again(it) } : {});
    } catch (problem) {
      complain(problem);
    }
    await load();
  };
  const all = managed();
  /** @type {Map<string, Blocked[]>} */
  const days = new Map();
  for (const it of shown) {
    const day = dayOf(Math.max(Date.parse(it.starts_at), Date.now()), resourceOf(it.resource_id)?.time_zone ?? "UTC");
    days.set(day, [...(days.get(day) ?? []), it]);
  }
  return html`<${Head} title=${t("section.blocks")} about=${t("section.blocks.about")}><button class="primary" disabled=${all.length === 0} onClick=${() => put("new", one || "any")}><${Icon} name="plus" />${t("admin.block")}</button><//>
    <div class="filters">${sites.value.length > 1 && html`<${PickOne} label=${t("admin.site")} value=${site} options=${{ "": t("filter.all"), ...Object.fromEntries(sites.value.map((it) => [it.id, it.name])) }} onPick=${(/** @type {string} */ it) => put("site", it)} />`}
      <${PickOne} label=${t("admin.resource")} value=${one} options=${{ "": t("filter.all"), ...Object.fromEntries(all.map((it) => [it.id, it.name])) }} onPick=${(/** @type {string} */ it) => put("resource", it)} /></div>
    ${error && html`<p class="notice bad" role="alert">${wordsOf(error)}</p>`}
    ${found === null && html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`}
    ${found !== null && shown.length === 0 && html`<p class="empty">${t("block.none")}</p>`}
    ${[...days].map(([day, blocks]) => html`<section class="day-of" key=${day}><h2>${titled(showDay(day, locale(), "long"))}</h2>
      <ul class="bookings">${blocks.map((it) => {
        const resource = resourceOf(it.resource_id);
        const zone = resource?.time_zone ?? "UTC";
        return html`<li class="item" key=${it.id}><div class="what"><strong>${resource?.name}</strong><span class="muted">${[showSpan(Date.parse(it.starts_at), Date.parse(it.ends_at), zone, locale()), it.reason, it.series_id && t("block.recurs")].filter(Boolean).join(" · ")}</span></div>
          <div class="acts"><button onClick=${() => (it.series_id ? setGiving(it) : giveBack(it, `/schedule/${it.id}`))}>${t("admin.giveBack")}</button></div></li>`;
      })}</ul></section>`)}
    ${giving && html`<${Dialog} title=${t("admin.giveBack")} close=${() => setGiving(null)}><div class="choices">
      <button autofocus onClick=${() => giveBack(giving, `/schedule/${giving.id}`)}>${t("block.thisOne")}</button>
      <button onClick=${() => giveBack(giving, `/schedule/series/${giving.series_id}${queryOf({ from: giving.starts_at })}`)}>${t("block.following")}</button>
      <button onClick=${() => giveBack(giving, `/schedule/series/${giving.series_id}`)}>${t("block.allOfIt")}</button></div><//>`}
    ${making && html`<${Block} first=${making === "any" ? (all[0]?.id ?? "") : making} done=${() => (close(), void load())} close=${close} />`}`;
}

/** A local time, as rules of recurrence want it. @param {string} day @param {number} minutes */
const local = (day, minutes) => `${addDays(day, Math.floor(minutes / 1_440))}T${clock(minutes % 1_440)}`;

/** @param {{first: string, done: () => void, close: () => void}} props */
function Block({ first, done, close }) {
  const [id, setId] = useState(first);
  const resource = resourceOf(id);
  const zone = resource?.time_zone ?? "UTC";
  const today = dayOf(Date.now(), zone);
  const [day, setDay] = useState(today);
  const [minutes, setMinutes] = useState(9 * 60);
  const [length, setLength] = useState(120);
  const [lastDay, setLastDay] = useState(today);
  const [whole, setWhole] = useState(false);
  const [repeat, setRepeat] = useState("");
  const [times, setTimes] = useState("12");
  const [reason, setReason] = useState("");
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const still = useStill(busy);
  useEffect(() => {
    if (lastDay < day) setLastDay(day);
  }, [day]);
  const [from, until] = whole ? [0, ((Date.parse(lastDay) - Date.parse(day)) / 86_400_000 + 1) * 1_440] : [minutes, minutes + length];
  const rule = () => `FREQ=${repeat}${repeat === "WEEKLY" ? `;BYDAY=${WEEKDAYS[(new Date(`${day}T12:00:00Z`).getUTCDay() + 6) % 7]}` : ""};COUNT=${times}`;
  const save = async (/** @type {Event | null} */ event, force = false) => {
    event?.preventDefault();
    setBusy(true);
    const what = { resource_id: id, reason: reason || null, ...(force ? { on_conflict: "cancel" } : {}) };
    try {
      const made = repeat
        ? await api.post("/schedule/series", { ...what, rule: rule(), starts_at_local: local(day, from), ends_at_local: local(day, until) })
        : await api.post("/schedule/", { ...what, starts_at: text(instantOf(day, from, zone)), ends_at: text(instantOf(addDays(day, Math.floor(until / 1_440)), until % 1_440, zone)) });
      const undo = () => void api.delete(`/schedule/${repeat ? "series/" : ""}${made.id}`).then(done, complain);
      toast(t("admin.blocked", { what: resource?.name ?? "" }), force ? {} : { undo });
      done();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  /** @type {{starts_at: string, problem: {type: string}}[]} */
  const refused = error?.kind === "series-refused" ? error.body.refused : [];
  const inTheWay = error?.kind === "block-conflict" || (refused.length > 0 && refused.every((it) => it.problem.type === "/problems/block-conflict"));
  const conflicts = error?.kind === "block-conflict" ? error.body.conflicts ?? [] : [];
  return html`<${Dialog} title=${t("admin.block")} close=${close}>
    <form ref=${still} onSubmit=${save}>
      <${Choice} label=${t("admin.resource")} value=${id} options=${managed().map((it) => ({ value: it.id, text: it.name }))} onPick=${setId} />
      <div class="row two"><${DateField} label=${t("when.day")} day=${day} today=${today} min=${today} onPick=${setDay} />
        ${whole && html`<${DateField} label=${t("block.lastDay")} day=${lastDay} today=${today} min=${day} onPick=${setLastDay} />`}</div>
      ${!whole && html`<div class="row"><${Clock} minutes=${minutes} onPick=${setMinutes} /><${Length} minutes=${length} onPick=${setLength} /></div>`}
      <label class="check"><input type="checkbox" checked=${whole} onChange=${(/** @type {any} */ event) => setWhole(event.target.checked)} />${t("block.whole")}</label>
      <div class="row"><${Choice} label=${t("admin.repeat")} value=${repeat} onPick=${setRepeat} options=${["", "DAILY", "WEEKLY", "MONTHLY"].map((value) => ({ value, text: t(`admin.repeat${value || "NEVER"}`) }))} />
        ${repeat && html`<${Choice} label=${t("admin.howOften")} value=${times} onPick=${setTimes} options=${[2, 4, 8, 12, 26, 52].map((n) => ({ value: String(n), text: t("admin.times", { n }) }))} />`}</div>
      <${Field} label=${t("admin.reason")} maxlength="500" hint=${t("admin.reasonHint")} value=${reason} onInput=${typed(setReason)} />
      <p class="hint">${t("zone", { zone })}</p>
      ${error && html`<div class="notice bad" role="alert"><p>${wordsOf(error)}</p>
        ${refused.length > 0 && html`<ul>${refused.slice(0, DAYS_SHOWN_MAX).map((it) => html`<li key=${it.starts_at}>${showDay(dayOf(Date.parse(it.starts_at), zone), locale(), "long")}</li>`)}</ul>`}
        ${refused.length > DAYS_SHOWN_MAX && html`<p>${t("admin.andMore", { n: refused.length - DAYS_SHOWN_MAX })}</p>`}
        ${conflicts.length > 0 && html`<ul>${conflicts.slice(0, DAYS_SHOWN_MAX).map((/** @type {any} */ it) => html`<li key=${it.starts_at}>${showDay(dayOf(Date.parse(it.starts_at), zone), locale())}, ${showSpan(Date.parse(it.starts_at), Date.parse(it.ends_at), zone, locale())}</li>`)}</ul>`}
        ${inTheWay && html`<button type="button" class="danger" onClick=${() => save(null, true)}>${t("admin.blockAnyway")}</button>`}</div>`}
      <div class="row end"><button type="button" onClick=${close}>${t("form.cancel")}</button><button class="primary" type="submit" disabled=${busy}>${t("admin.block")}</button></div>
    </form><//>`;
}
