// Resources: find, add, one after another or many at once, and the way to each.

import { api } from "../../api.js";
import { Icon, html } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { asked, put } from "../../router.js";
import { kindName, learnKinds, resources, sites } from "../../state.js";
import { dayOf, showDay } from "../../time.js";
import { useEffect, useState } from "../../vendor/hooks.js";
import { Bulk } from "./bulk.js";
import { areaTree, around } from "./levels.js";
import { managed } from "../../mine.js";
import { Head, PickOne, Search } from "./parts.js";
import { Edit } from "./resource-form.js";

const SHOWN = 100;

/** Whether it is out of order, or will be. @param {any} it */
const isOut = (it) => it.out_of_order && (!it.out_of_order.ends_at || Date.now() < Date.parse(it.out_of_order.ends_at));
/** Since or from when, in words. @param {any} it */
function outText(it) {
  const { starts_at, ends_at } = it.out_of_order;
  const day = (/** @type {string} */ at) => showDay(dayOf(Date.parse(at), it.time_zone), locale());
  if (starts_at && Date.now() < Date.parse(starts_at)) return t("state.outFrom", { day: day(starts_at) });
  return ends_at ? t("state.outUntil", { day: day(ends_at) }) : t("state.out");
}

/** @param {{rest: string[]}} props */
export function Resources({ rest }) {
  const [id] = rest;
  if (id === "many") return html`<${Bulk} />`;
  if (id) return html`<${Edit} key=${id + (asked("copy") ?? "")} id=${id === "new" ? null : id} copy=${asked("copy")} />`;
  return html`<${List} />`;
}

function List() {
  const [query, setQuery] = useState("");
  const [shown, setShown] = useState(SHOWN);
  useEffect(() => void learnKinds().catch(() => {}), []);
  const [areas, setAreas] = useState(/** @type {any[]} */ ([]));
  const [site, area, kind, state] = [asked("site") ?? "", asked("area") ?? "", asked("kind") ?? "", asked("state") ?? ""];
  useEffect(() => {
    if (site) api.all(`/sites/${site}/areas`).then(setAreas, () => setAreas([]));
    else setAreas([]);
  }, [site]);
  // What stands in an area that stands in it stands in it too.
  const within = (/** @type {string | null} */ id) => around(areas, id).some((it) => it.id === area);
  const all = /** @type {any[]} */ (managed());
  const kinds = [...new Set(all.map((it) => it.kind).filter(Boolean))].sort();
  const words = query.toLowerCase();
  const rows = all.filter((it) => (!site || it.site_id === site) && (!area || within(it.area_id)) && (!kind || it.kind === kind)
    && (!state || (state === "out" ? isOut(it) : state === "approval" ? it.requires_approval : it.visibility === state))
    && (!words || it.name.toLowerCase().includes(words) || it.tags.some((/** @type {string} */ tag) => tag.includes(words))));
  const siteName = (/** @type {any} */ it) => sites.value.find((one) => one.id === it.site_id)?.name ?? "";
  const from = site ? `?site=${site}` : "";
  return html`<${Head} title=${t("section.resources")} about=${t("section.resources.about")}>
      <a class="button" href="/admin/resources/many${from}"><${Icon} name="copy" />${t("admin.addMany")}</a>
      <a class="button primary" href="/admin/resources/new${from}"><${Icon} name="plus" />${t("admin.add")}</a><//>
    <div class="filters"><${Search} label=${t("admin.findResource")} value=${query} onInput=${setQuery} />
      ${sites.value.length > 1 && html`<${PickOne} label=${t("admin.site")} value=${site} options=${{ "": t("filter.all"), ...Object.fromEntries(sites.value.map((it) => [it.id, it.name])) }} onPick=${(/** @type {string} */ it) => (put("area", ""), put("site", it))} />`}
      ${areas.length > 0 && html`<${PickOne} label=${t("admin.area")} value=${area} options=${{ "": t("filter.all"), ...Object.fromEntries(areaTree(areas).map((it) => [it.id, "\u2003".repeat(it.depth) + it.name])) }} onPick=${(/** @type {string} */ it) => put("area", it)} />`}
      ${kinds.length > 1 && html`<${PickOne} label=${t("admin.kind")} value=${kind} options=${{ "": t("filter.all"), ...Object.fromEntries(kinds.map((it) => [it, kindName(it)])) }} onPick=${(/** @type {string} */ it) => put("kind", it)} />`}
      <${PickOne} label=${t("admin.state")} value=${state} options=${{ "": t("filter.all"), out: t("state.out"), approval: t("state.approval"), hidden: t("visibility.hidden"), public: t("visibility.public") }} onPick=${(/** @type {string} */ it) => put("state", it)} /></div>
    ${all.length === 0 ? html`<div class="empty"><p>${t("admin.noResources")}</p><a class="button primary" href="/admin/resources/many">${t("admin.addMany")}</a></div>` : rows.length === 0 && html`<p class="empty">${t("admin.noMatch")}</p>`}
    ${rows.length > 0 && html`<p class="hint" role="status">${t("admin.found", { n: rows.length })}</p>
    <div class="table"><table><thead><tr><th>${t("admin.name")}</th><th>${t("admin.kind")}</th><th>${t("admin.site")}</th><th class="number">${t("admin.capacity")}</th><th class="number">${t("admin.quantity")}</th><th>${t("admin.state")}</th><th><span class="unseen">${t("admin.actions")}</span></th></tr></thead>
      <tbody>${rows.slice(0, shown).map((it) => html`<tr key=${it.id}>
        <td class="main"><a href="/admin/resources/${it.id}"><strong>${it.name}</strong></a>${it.tags.length > 0 && html`<span class="muted">${it.tags.join(", ")}</span>`}</td>
        <td data-label=${t("admin.kind")}>${it.kind ? kindName(it.kind) : "–"}</td><td data-label=${t("admin.site")}>${siteName(it) || "–"}</td>
        <td class="number" data-label=${t("admin.capacity")}>${it.capacity ?? "–"}</td><td class="number" data-label=${t("admin.quantity")}>${it.quantity}</td>
        <td class="wide-cell" data-label=${t("admin.state")}><${State} it=${it} /></td>
        <td class="row-acts icons"><a class="button quiet" href="/admin/blocks?new=${it.id}" aria-label="${t("admin.block")}: ${it.name}" title=${t("admin.block")}><${Icon} name="ban" /></a>
          <a class="button quiet" href="/admin/rules?of=resource:${it.id}" aria-label="${t("admin.rules")}: ${it.name}" title=${t("admin.rules")}><${Icon} name="settings" /></a>
          <a class="button quiet" href="/admin/resources/new?copy=${it.id}" aria-label="${t("admin.duplicate")}: ${it.name}" title=${t("admin.duplicate")}><${Icon} name="copy" /></a></td></tr>`)}</tbody></table></div>`}
    ${rows.length > shown && html`<button onClick=${() => setShown(shown + SHOWN)}>${t("more")}</button>`}`;
}

/** @param {{it: any}} props */
function State({ it }) {
  const whole = (resources.value ?? []).filter((one) => /** @type {any} */ (one).part_ids?.includes(it.id));
  return html`<span class="badges">${isOut(it) ? html`<span class="badge bad" title=${it.out_of_order.reason}>${outText(it)}</span>` : html`<span class="badge good">${t("state.inUse")}</span>`}
    ${it.requires_approval && html`<span class="badge">${t("state.approval")}</span>`}
    ${it.visibility !== "internal" && html`<span class="badge">${t(`visibility.${it.visibility}`)}</span>`}
    ${it.part_ids.length > 0 && html`<span class="badge">${t("state.parts", { n: it.part_ids.length })}</span>`}
    ${whole.length > 0 && html`<span class="badge">${t("state.partOf", { what: whole.map((one) => one.name).join(", ") })}</span>`}</span>`;
}
