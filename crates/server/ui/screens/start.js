// The first steps of whoever runs the place: what it is, what it is called, when it is open, what stands in it; and then where to go on.

import { api } from "../api.js";
import { Clock, Field } from "../components/inputs.js";
import { useStill } from "../components/still.js";
import { DAYS, writeHours } from "../hours.js";
import { Icon, html } from "../html.js";
import { language, locale, t } from "../i18n.js";
import { go } from "../router.js";
import { slugOf } from "../slug.js";
import { loadPlaces, sites, wordsOf } from "../state.js";
import { resourcesOf, templates } from "../templates.js";
import { here, showDay } from "../time.js";
import { useEffect, useRef, useState } from "../vendor/hooks.js";

/** @typedef {import("../templates.js").Template} Template */

const first = /** @type {Template} */ (templates["restaurant"]);
/** @param {number} day @param {"long" | "short"} style */
const dayName = (day, style) => String(showDay(`2027-02-0${day + 1}`, locale(), style).split(/[ ,]/)[0]);

export function Start() {
  const there = sites.value[0];
  const [template, setTemplate] = useState("restaurant");
  const [name, setName] = useState(there?.name ?? "");
  const [address, setAddress] = useState("");
  const [zone, setZone] = useState(there?.time_zone ?? here());
  const [days, setDays] = useState(first.days);
  const [from, setFrom] = useState(first.from);
  const [to, setTo] = useState(first.to);
  const [things, setThings] = useState(first.things);
  const [error, setError] = useState(/** @type {any} */ (null));
  const [done, setDone] = useState(/** @type {number | null} */ (null));
  const [finished, setFinished] = useState(false);
  const still = useStill(done !== null);
  /** What is made already, where something went wrong in between. */
  const made = useRef({ site: there?.id ?? "", ruled: false, count: 0 });
  const pick = (/** @type {string} */ id) => {
    const chosen = /** @type {Template} */ (templates[id]);
    setTemplate(id);
    setDays(chosen.days);
    setFrom(chosen.from);
    setTo(chosen.to);
    setThings(chosen.things);
  };
  const all = resourcesOf(things, (key, n) => t(key, { n }));
  const wrong = (/** @type {string} */ member) => error?.errors?.find((/** @type {any} */ it) => it.pointer === `/${member}`)?.detail;
  const make = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setError(null);
    setDone(0);
    try {
      const progress = made.current;
      if (!progress.site) progress.site = (await api.post("/sites/", { name, slug: slugOf(name), time_zone: zone, address: address || null, locale: language.value })).id;
      if (!progress.ruled) {
        const span = [{ from, to: to <= from ? to + 1_440 : to }];
        const hours = writeHours({ always: false, week: DAYS.map((_, day) => (days.includes(day) ? span : [])), holidays: null, rest: "" });
        await api.put(`/sites/${progress.site}/rules`, { ...templates[template]?.rules, hours });
        progress.ruled = true;
      }
      for (const one of all.slice(progress.count)) {
        await api.post("/resources/", { ...one, site_id: progress.site, visibility: templates[template]?.open ? "public" : "internal" });
        progress.count += 1;
        setDone(progress.count);
      }
      setFinished(true);
    } catch (problem) {
      setError(problem);
    }
    setDone(null);
  };
  if (finished) return html`<${Next} name=${name} site=${made.current.site} count=${all.length} />`;
  const amount = (/** @type {number} */ nth, /** @type {number} */ count) => setThings(things.map((it, n) => (n === nth ? { ...it, count: Math.max(0, Math.min(200, count)) } : it)));
  return html`<section class="page start"><div><h1>${t("start.title")}</h1><p class="hint">${t("start.hint")}</p></div>
    <form ref=${still} onSubmit=${make}>
      <fieldset class="card"><legend>${t("start.template")}</legend><div class="kinds">${Object.entries(templates).map(([id, it]) => html`<label class="option kind" key=${id}><input type="radio" name="template" class="unseen" checked=${id === template} onChange=${() => pick(id)} /><${Icon} name=${it.icon} /><strong>${t(`start.${id}`)}</strong><span class="muted">${t(`start.${id}.about`)}</span></label>`)}</div></fieldset>
      <fieldset class="card"><legend>${t("start.place")}</legend>
        <div class="row pair"><${Field} label=${t("start.name")} required maxlength="200" readonly=${Boolean(there)} value=${name} wrong=${wrong("name") ?? (error?.kind === "slug-taken" ? t("start.taken") : undefined)} onInput=${(/** @type {any} */ event) => setName(event.target.value)} autofocus />
          <${Field} label=${t("start.zone")} required list="zones" readonly=${Boolean(there)} value=${zone} wrong=${wrong("time_zone")} hint=${t("start.zoneHint")} onInput=${(/** @type {any} */ event) => setZone(event.target.value)} /></div>
        ${!there && html`<${Field} label=${t("start.address")} maxlength="4000" autocomplete="street-address" value=${address} wrong=${wrong("address")} onInput=${(/** @type {any} */ event) => setAddress(event.target.value)} />`}
        <datalist id="zones">${Intl.supportedValuesOf("timeZone").map((it) => html`<option value=${it} />`)}</datalist></fieldset>
      <fieldset class="card"><legend>${t("start.hours")}</legend>
        <div class="weekdays" role="group" aria-label=${t("start.days")}>${DAYS.map((_, day) => html`<button type="button" key=${day} aria-pressed=${days.includes(day)} onClick=${() => setDays(days.includes(day) ? days.filter((it) => it !== day) : [...days, day])}><span aria-hidden="true">${dayName(day, "short")}</span><span class="unseen">${dayName(day, "long")}</span></button>`)}</div>
        <div class="row pair"><${Clock} label=${t("start.from")} minutes=${from} step=${30} onPick=${setFrom} /><${Clock} label=${t("start.to")} minutes=${to % 1_440} step=${30} onPick=${setTo} /></div>
        <p class="hint">${t("start.hoursHint")}</p></fieldset>
      ${things.length > 0 && html`<fieldset class="card"><legend>${t("start.things")}</legend>
        ${things.map((it, nth) => {
          const label = t(`${it.name}s`, { n: it.capacity ?? 1 });
          return html`<div class="amount" key=${nth}><span>${label}</span><span class="stepper"><button type="button" aria-label="${t("start.less")}: ${label}" disabled=${it.count === 0} onClick=${() => amount(nth, it.count - 1)}>−</button>
            <input type="number" min="0" max="200" aria-label=${label} value=${it.count} onInput=${(/** @type {any} */ event) => amount(nth, Number(event.target.value) || 0)} />
            <button type="button" aria-label="${t("start.moreOf")}: ${label}" onClick=${() => amount(nth, it.count + 1)}><${Icon} name="plus" /></button></span></div>`;
        })}</fieldset>`}
      ${error && html`<p class="wrong" role="alert">${wordsOf(error)}</p>`}
      <div class="row end"><span class="muted" role="status">${done !== null ? t("start.doing", { n: done, all: all.length }) : all.length > 0 ? t("start.will", { n: all.length }) : ""}</span><button class="primary" type="submit" disabled=${done !== null}>${t("start.do")}</button></div>
    </form></section>`;
}

/** Where to go on. @param {{name: string, site: string, count: number}} props */
function Next({ name, site, count }) {
  const head = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => head.current?.focus(), []);
  const to = (/** @type {string} */ address) => async (/** @type {Event} */ event) => {
    event.preventDefault();
    await loadPlaces().catch(() => {});
    go(address);
  };
  const steps = count > 0
    ? [["/", "plus", "book"], ["/timeline", "calendar", "timeline"], [`/admin/hours?of=site:${site}`, "clock", "hours"], [`/admin/rules?of=site:${site}`, "settings", "rules"], ["/admin/resources", "list", "resources"], ["/admin/users", "people", "people"]]
    : [["/admin/resources/many", "plus", "many"], [`/admin/hours?of=site:${site}`, "clock", "hours"], ["/admin/import", "list", "import"], ["/admin/users", "people", "people"]];
  return html`<section class="page start"><div class="ready"><${Icon} name="check" /><h1 tabindex="-1" ref=${head}>${t("start.done", { what: name })}</h1><p class="hint">${count > 0 ? t("start.doneText", { n: count }) : t("start.doneBlank")}</p></div>
    <ul class="nexts">${steps.map(([address, icon, key]) => html`<li key=${key}><a class="card" href=${address} onClick=${to(String(address))} data-outside><${Icon} name=${icon} /><span><strong>${t(`start.next.${key}`)}</strong><span class="muted">${t(`start.next.${key}.about`)}</span></span></a></li>`)}</ul></section>`;
}
