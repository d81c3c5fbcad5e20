// The floor plan: how everything of a site stands, now or at a later time. What is free is booked with a click, what is not says what may be known.

import { Dialog } from "../components/dialog.js";
import { useNow } from "../components/now.js";
import { Days } from "../components/views.js";
import { Choice, Clock } from "../components/inputs.js";
import { Icon, html } from "../html.js";
import { locale, t } from "../i18n.js";
import { TICK, nameOf, useFloor, useStandings } from "../floor/data.js";
import { PlaceDialog } from "../floor/dialogs.js";
import { Mark, PlanView } from "../floor/plan.js";
import { KINDS, isFree, seats } from "../floor/states.js";
import { badgeText, standingText } from "../floor/words.js";
import { useMine } from "../mine.js";
import { asked, put } from "../router.js";
import { homeZone, sites, wordsOf } from "../state.js";
import { dayOf, instantOf, minutesOf, showClock, showDay, showTime, titled } from "../time.js";
import { useLayoutEffect, useMemo, useState } from "../vendor/hooks.js";
import { Editor } from "./floor/editor.js";

/** @typedef {import("../floor/data.js").Area} Area */
/** @typedef {import("../floor/data.js").Resource} Resource */
/** @typedef {import("../floor/states.js").Standing} Standing */
/** @typedef {import("../floor/plan.js").Look} Look */

/** The step of the time that is looked at, in minutes. */
const STEP = 15;
const DAY = 24 * 60;
/** Parties that tables can be looked for. */
const PARTIES = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 20];

const narrow = matchMedia("(max-width: 720px)");

/** Whether the window is a phone's. */
export function usePhone() {
  const [phone, setPhone] = useState(narrow.matches);
  useLayoutEffect(() => {
    const change = () => setPhone(narrow.matches);
    narrow.addEventListener("change", change);
    return () => narrow.removeEventListener("change", change);
  }, []);
  return phone;
}

export function Floor() {
  const site = sites.value.find((it) => it.id === (asked("site") ?? localStorage.getItem("site"))) ?? sites.value[0];
  if (!site) return html`<section class="page"><h1>${t("nav.floor")}</h1><p class="empty">${t("floor.noSites")}</p></section>`;
  return html`<${OfSite} key=${site.id} site=${site} />`;
}

/** @param {{site: import("../state.js").Site}} props */
function OfSite({ site }) {
  useMine();
  const zone = site.time_zone || homeZone.value;
  const now = useNow(TICK);
  const today = dayOf(now, zone);
  const day = asked("day") ?? today;
  // Without a time it is now, as long as one looks.
  const [minutes, setMinutes] = useState(/** @type {number | null} */ (null));
  const at = minutes === null && day === today ? now : instantOf(day, minutes ?? minutesOf(now, zone) - (minutesOf(now, zone) % STEP), zone);
  const [party, setParty] = useState(0);
  const [tab, setTab] = useState("list");
  const [open, setOpen] = useState(/** @type {string | null} */ (null));
  const [filters, setFilters] = useState(false);
  /** Whether the time is being chosen, where that has a sheet of its own. */
  const [timing, setTiming] = useState(false);
  const phone = usePhone();
  const { areas, times, error, reload, reloadAreas } = useFloor(site.id, day, zone);
  const all = useMemo(() => [...new Map((areas ?? []).flatMap((it) => it.resources).map((it) => [it.id, it])).values()], [areas]);
  const byId = useMemo(() => new Map(all.map((it) => [it.id, it])), [all]);
  const standings = useStandings(times, all, at, now);
  const only = asked("area");
  const shown = (areas ?? []).filter((it) => !only || (it.id ?? "site") === only);
  const editing = (areas ?? []).find((it) => (it.id ?? "site") === asked("edit"));
  const editable = shown.find((it) => it.plan.may_edit);
  if (editing?.plan.may_edit) return html`<${Editor} area=${editing} close=${() => (put("edit", ""), void reloadAreas())} />`;

  const look = (/** @type {string} */ id) => lookOf(byId.get(id), standings.get(id), { at, zone, party });
  const counts = countsOf(shown.flatMap((it) => it.resources), standings);
  const opened = open ? byId.get(open) : undefined;
  const standing = open ? standings.get(open) : undefined;
  const drawn = shown.filter((it) => it.plan.resources.length > 0);
  const map = html`<div class="plans ${drawn.length === 1 ? "one" : ""}">${drawn.map((area) => html`<section class="plan-card" key=${area.id ?? "site"} aria-label=${area.name}>
      <h2>${area.name}<span class="muted">${freeText(area, standings)}</span></h2>
      <${PlanView} plan=${area.plan} label=${t("floor.planOf", { area: area.name })} look=${look} open=${setOpen} finger=${phone} />
    </section>`)}
    ${times && drawn.length === 0 && html`<div class="empty"><p>${t("floor.notDrawn")}</p>${editable && html`<button class="primary" onClick=${() => put("edit", editable.id ?? "site")}>${t("floor.draw")}</button>`}</div>`}</div>`;
  const strays = shown.map((area) => ({ ...area, resources: area.resources.filter((it) => !area.plan.resources.some((placed) => placed.resource_id === it.id)) })).filter((it) => it.resources.length > 0);
  const cards = (/** @type {Area[]} */ list) => html`<${Cards} areas=${list} standings=${standings} at=${at} zone=${zone} party=${party} open=${setOpen} />`;

  const choices = html`${sites.value.length > 1 && html`<${Choice} label=${t("floor.site")} value=${site.id} onPick=${(/** @type {string} */ id) => (localStorage.setItem("site", id), put("site", id), put("area", ""))} options=${sites.value.map((it) => ({ value: it.id, text: it.name }))} />`}
    ${(areas?.length ?? 0) > 1 && html`<${Choice} label=${t("floor.area")} value=${only ?? ""} onPick=${(/** @type {string} */ id) => put("area", id)} options=${[{ value: "", text: t("floor.allAreas") }, ...(areas ?? []).map((it) => ({ value: it.id ?? "site", text: it.name }))]} />`}
    <${Choice} label=${t("floor.party")} value=${String(party)} onPick=${(/** @type {string} */ it) => setParty(Number(it))} options=${[{ value: "0", text: t("floor.anyParty") }, ...PARTIES.map((n) => ({ value: String(n), text: t("people", { n }) }))]} />`;

  const isNow = minutes === null && day === today;
  const when = html`<div class="when" role="group" aria-label=${t("floor.when")}>
      <${Days} title=${titled(showDay(day, locale(), phone ? "short" : "long"))} day=${day} today=${today} step="day" level="h2" />
      <${Clock} label=${t("when.time")} minutes=${minutesOf(at, zone) - (minutesOf(at, zone) % STEP)} step=${STEP} onPick=${setMinutes} />
      ${!phone && html`<input type="range" class="slide" aria-label=${t("floor.slide")} min=${day === today ? Math.floor(minutesOf(now, zone) / STEP) * STEP : 0} max=${DAY - STEP} step=${STEP} value=${minutesOf(at, zone)} aria-valuetext=${showTime(at, zone, locale())}
        onInput=${(/** @type {any} */ event) => setMinutes(Number(event.target.value))} />`}
      <button aria-pressed=${isNow} onClick=${() => (setMinutes(null), put("day", today))}>${t("floor.now")} <span class="muted">${showClock(minutesOf(now, zone), locale())}</span></button>
    </div>`;
  const legend = html`<ul class="legend" aria-label=${t("floor.legend")}>${KINDS.filter((kind) => (counts.get(kind) ?? 0) > 0 || kind === "free" || kind === "seated").map((kind) => html`<li class=${kind}><span class="state-chip"><${Mark} kind=${kind} /></span>${t(`floor.state.${kind}`)} <strong>${counts.get(kind) ?? 0}</strong></li>`)}
      <li class="muted">${t("zone", { zone })}</li></ul>`;

  return html`<section class="floor-page">
    <div class="head">
      <h1>${t("nav.floor")}</h1>
      ${phone ? html`<button aria-haspopup="dialog" onClick=${() => setFilters(true)}><${Icon} name="settings" />${t("floor.filters")}${only || party ? html` <span class="count">${(only ? 1 : 0) + (party ? 1 : 0)}</span>` : ""}</button>` : choices}
      ${editable && !phone && html`<button onClick=${() => put("edit", editable.id ?? "site")}><${Icon} name="settings" />${t("floor.edit")}</button>`}
    </div>
    ${filters && html`<${Dialog} title=${t("floor.filters")} close=${() => setFilters(false)}>${choices}<div class="row end"><button class="primary" onClick=${() => setFilters(false)}>${t("floor.show")}</button></div><//>`}
    ${timing && html`<${Dialog} title=${t("floor.when")} close=${() => setTiming(false)}>${when}<p class="hint">${t("zone", { zone })}</p><div class="row end"><button class="primary" onClick=${() => setTiming(false)}>${t("floor.show")}</button></div><//>`}
    ${phone
      ? html`<div class="phone-bar"><button class="at" aria-haspopup="dialog" onClick=${() => setTiming(true)}><${Icon} name="clock" /><span>${isNow ? t("floor.now") : titled(showDay(day, locale()))}, <span class="whole">${showClock(minutesOf(at, zone), locale())}</span></span></button>
        <div class="segments" role="group" aria-label=${t("floor.views")}>${["list", "map"].map((it) => html`<button aria-pressed=${tab === it} onClick=${() => setTab(it)}>${t(`floor.view.${it}`)}</button>`)}</div></div>`
      : html`${when}${legend}`}
    ${error && html`<p class="notice bad" role="alert">${wordsOf(error)}</p>`}
    ${(!areas || !times) && !error ? html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`
      : phone ? html`${tab === "list" ? cards(shown) : map}${legend}`
      : html`${map}${strays.length > 0 && drawn.length > 0 && html`<details class="strays"><summary>${t("floor.strays", { n: strays.reduce((sum, it) => sum + it.resources.length, 0) })}</summary>${cards(strays)}</details>`}
        ${drawn.length === 0 && cards(shown)}`}
    ${opened && standing && times && html`<${PlaceDialog} key=${open} resource=${opened} standing=${standing} times=${times} at=${at} now=${now} party=${party}
      others=${all} close=${() => setOpen(null)} changed=${() => void reload()} />`}
  </section>`;
}

/**
 * @param {Resource | undefined} resource
 * @param {Standing | undefined} standing
 * @param {{at: number, zone: string, party: number}} seen
 * @returns {Look | null}
 */
export function lookOf(resource, standing, { at, zone, party }) {
  if (!resource) return null;
  const kind = standing?.kind ?? "closed";
  const line = standing ? standingText(standing, at, zone) : "";
  const who = standing?.booking ? nameOf(standing.booking) : "";
  const next = isFree(standing) && standing?.next ? t("floor.next", { who: nameOf(standing.next) }) : "";
  const places = resource.capacity ? t("seats", { n: resource.capacity }) : "";
  const wanted = party > 0 && isFree(standing) && seats(resource, party);
  return {
    name: resource.name, seats: resource.capacity, kind, line, badge: standing ? badgeText(standing, zone) : "", more: who || next || places,
    label: [resource.name, places, line, who].filter(Boolean).join(", "), dim: party > 0 && !wanted, wanted,
  };
}

/** @param {Resource[]} resources @param {Map<string, Standing>} standings */
function countsOf(resources, standings) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const id of new Set(resources.map((it) => it.id))) {
    const kind = standings.get(id)?.kind;
    if (kind) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

/** @param {Area} area @param {Map<string, Standing>} standings */
const freeText = (area, standings) => t("floor.freeOf", { n: area.resources.filter((it) => isFree(standings.get(it.id))).length, all: area.resources.length });

/** What a phone shows, and what stands in no plan. @param {{areas: Area[], standings: Map<string, Standing>, at: number, zone: string, party: number, open: (id: string) => void}} props */
function Cards({ areas, standings, at, zone, party, open }) {
  const wanted = (/** @type {Resource} */ it) => party === 0 || seats(it, party);
  return html`${areas.map((area) => html`<section class="place-list" key=${area.id ?? "site"}><h2>${area.name} <span class="muted">${freeText(area, standings)}</span></h2>
    <ul>${area.resources.filter(wanted).map((resource) => {
      const standing = standings.get(resource.id);
      if (!standing) return null;
      const free = isFree(standing);
      return html`<li key=${resource.id} class="place-card ${standing.kind}">
        <button class="face" onClick=${() => open(resource.id)}><span class="state-chip"><${Mark} kind=${standing.kind} /></span><span class="what"><span class="title"><strong>${resource.name}</strong>${resource.capacity && html` <span class="muted">${t("seats", { n: resource.capacity })}</span>`}</span>
          <span>${standingText(standing, at, zone)}</span></span></button>
        ${free && html`<button class="primary" aria-label=${t("floor.bookIt", { what: resource.name })} onClick=${() => open(resource.id)}>${t("book.do")}</button>`}
      </li>`;
    })}</ul></section>`)}`;
}
