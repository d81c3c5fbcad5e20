// What the timeline is narrowed to: a place, an area, a kind, words. Beside each other where there is room, in one sheet on a phone.

import { areaName, areas, learnAreas } from "../../areas.js";
import { Dialog } from "../../components/dialog.js";
import { Choice } from "../../components/inputs.js";
import { Icon, html } from "../../html.js";
import { t } from "../../i18n.js";
import { asked, put } from "../../router.js";
import { grouped, narrowed } from "../../rows.js";
import { homeZone, kindName, learnKinds, nameOf, resources, sites } from "../../state.js";
import { useEffect, useMemo, useState } from "../../vendor/hooks.js";
import { signal } from "../../vendor/signals.js";

/** What is typed; it lives as long as the page. */
const query = signal("");

/** The rows that are asked for, in groups, and whose clock the axis shows. */
export function useRows() {
  const [site, area, kind] = [asked("site") ?? "", asked("area") ?? "", asked("kind") ?? ""];
  useEffect(() => {
    learnAreas().catch(() => {});
    learnKinds().catch(() => {});
  }, [resources.value]);
  return useMemo(() => {
    const rows = narrowed(resources.value ?? [], { query: query.value, site, area, kind }, areaName);
    const groups = grouped(rows, { site: nameOf, area: areaName });
    const zones = new Set(rows.map((it) => it.time_zone));
    const [only] = zones.size === 1 ? zones : [homeZone.value];
    return { rows, groups, zone: only ?? homeZone.value };
  }, [resources.value, areas.value, sites.value, query.value, site, area, kind]);
}

/** @param {{wide?: boolean}} props */
function Selects({ wide = false }) {
  const [site, area, kind] = [asked("site") ?? "", asked("area") ?? "", asked("kind") ?? ""];
  const kinds = [...new Set((resources.value ?? []).map((it) => it.kind).filter((it) => it !== null))].sort();
  const there = areas.value.filter((it) => !site || it.site_id === site);
  const choice = (/** @type {string} */ name, /** @type {string} */ value, /** @type {{value: string, text: string}[]} */ options) =>
    options.length > 1 && html`<${Choice} label=${t(`timeline.${name}`)} value=${value} options=${[{ value: "", text: t(`timeline.${name}All`) }, ...options]} onPick=${(/** @type {string} */ it) => {
      if (name === "site") put("area", "");
      put(name, it);
    }} />`;
  return html`<div class=${wide ? "filters sheet" : "filters"}>
    ${choice("site", site, sites.value.map((it) => ({ value: it.id, text: it.name })))}
    ${choice("area", area, there.map((it) => ({ value: it.id, text: it.name })))}
    ${choice("kind", kind, kinds.map((it) => ({ value: it, text: kindName(it) })))}
  </div>`;
}

function Search() {
  return html`<label class="search"><${Icon} name="search" /><input id="timeline-search" type="search" aria-label=${t("timeline.search")} placeholder=${t("timeline.search")} value=${query.value}
    onInput=${(/** @type {any} */ event) => (query.value = event.target.value)} /></label>`;
}

export function Filters() {
  const [open, setOpen] = useState(false);
  const on = ["site", "area", "kind"].filter((it) => asked(it)).length + (query.value ? 1 : 0);
  return html`<div class="narrow-by">
    <div class="at-once"><${Search} /><${Selects} /></div>
    <button class="in-sheet" type="button" aria-haspopup="dialog" onClick=${() => setOpen(true)}><${Icon} name="filter" />${t("timeline.filter")}${on > 0 && html` <span class="count">${on}</span>`}</button>
    ${open && html`<${Dialog} title=${t("timeline.filter")} close=${() => setOpen(false)}><${Search} /><${Selects} wide />
      <div class="row end"><button type="button" onClick=${() => ((query.value = ""), ["site", "area", "kind"].forEach((it) => put(it, "")))}>${t("timeline.filterNone")}</button>
      <button class="primary" type="button" onClick=${() => setOpen(false)}>${t("timeline.filterShow")}</button></div><//>`}
  </div>`;
}
