// Resources: add, edit, block, their own rules, delete.

import { api } from "../../api.js";
import { Dialog } from "../../components/dialog.js";
import { Choice, Field } from "../../components/inputs.js";
import { Icon, html } from "../../html.js";
import { t } from "../../i18n.js";
import { homeZone, loadPlaces, resources, sites, toast, wordsOf } from "../../state.js";
import { useState } from "../../vendor/hooks.js";
import { Block } from "./blocks.js";
import { InForce } from "./in-force.js";
import { RulesForm } from "./rules.js";

/** @typedef {import("../../state.js").Resource} Resource */

export function Resources() {
  const [query, setQuery] = useState("");
  const [open, setOpen] = useState(/** @type {{how: "edit" | "block" | "rules", resource: Resource | null} | null} */ (null));
  const rows = (resources.value ?? []).filter((it) => it.name.toLowerCase().includes(query.toLowerCase()));
  const done = async () => {
    setOpen(null);
    await loadPlaces();
  };
  return html`<div class="row end between">
      <label class="search"><${Icon} name="search" /><input type="search" aria-label=${t("timeline.search")} placeholder=${t("timeline.search")} value=${query} onInput=${(/** @type {any} */ event) => setQuery(event.target.value)} /></label>
      <button class="primary" onClick=${() => setOpen({ how: "edit", resource: null })}><${Icon} name="plus" />${t("admin.add")}</button>
    </div>
    <ul class="bookings">${rows.map((it) => html`<li class="item" key=${it.id}>
      <div class="what"><a href="/resource/${it.id}"><strong>${it.name}</strong></a>
        <span class="muted">${[it.kind, it.capacity && t("seats", { n: it.capacity }), it.quantity > 1 && t("admin.units", { n: it.quantity }), sites.value.find((site) => site.id === it.site_id)?.name, it.requires_approval && t("needsApproval")].filter(Boolean).join(" · ")}</span></div>
      <div class="acts"><button onClick=${() => setOpen({ how: "block", resource: it })}>${t("admin.block")}</button>
        <button onClick=${() => setOpen({ how: "rules", resource: it })}>${t("admin.rules")}</button>
        <button onClick=${() => setOpen({ how: "edit", resource: it })}>${t("admin.edit")}</button></div>
    </li>`)}</ul>
    ${rows.length === 0 && html`<p class="empty">${t("timeline.none")}</p>`}
    ${open?.how === "edit" && html`<${Edit} resource=${open.resource} done=${done} close=${() => setOpen(null)} />`}
    ${open?.how === "block" && open.resource && html`<${Block} resource=${open.resource} done=${done} close=${() => setOpen(null)} />`}
    ${open?.how === "rules" && open.resource && html`<${Dialog} title=${t("admin.rulesOf", { what: open.resource.name })} close=${() => setOpen(null)}>
      <p class="hint">${t("admin.rulesHint")}</p><${InForce} resource=${open.resource} /><${RulesForm} path="/resources/${open.resource.id}/rules" /><//>`}`;
}

/** @param {{resource: Resource | null, done: () => void, close: () => void}} props */
function Edit({ resource, done, close }) {
  const [name, setName] = useState(resource?.name ?? "");
  const [kind, setKind] = useState(resource?.kind ?? "");
  const [capacity, setCapacity] = useState(String(resource?.capacity ?? ""));
  const [quantity, setQuantity] = useState(String(resource?.quantity ?? 1));
  const [site, setSite] = useState(resource?.site_id ?? sites.value[0]?.id ?? "");
  const [approval, setApproval] = useState(resource?.requires_approval ?? false);
  const [description, setDescription] = useState(resource?.description ?? "");
  const [error, setError] = useState(/** @type {any} */ (null));
  const [sure, setSure] = useState(false);
  const wrong = (/** @type {string} */ member) => error?.errors?.find((/** @type {any} */ it) => it.pointer === `/${member}`)?.detail;
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const body = {
      name, kind: kind || null, capacity: capacity ? Number(capacity) : null, quantity: Number(quantity) || 1, site_id: site || null, requires_approval: approval, description: description || null,
    };
    try {
      if (resource) await api.patch(`/resources/${resource.id}`, body);
      else await api.post("/resources/", site ? body : { ...body, time_zone: homeZone.value });
      toast(t("saved"));
      done();
    } catch (problem) {
      setError(problem);
    }
  };
  const remove = async () => {
    if (!sure) return setSure(true);
    try {
      await api.delete(`/resources/${resource?.id}`);
      toast(t("admin.deleted", { what: name }));
      done();
    } catch (problem) {
      setError(problem);
    }
  };
  const value = (/** @type {(text: string) => void} */ set) => (/** @type {any} */ event) => set(event.target.value);
  return html`<${Dialog} title=${resource ? resource.name : t("admin.add")} close=${close}>
    <form onSubmit=${save}>
      <${Field} label=${t("admin.name")} required maxlength="200" value=${name} wrong=${wrong("name")} onInput=${value(setName)} autofocus />
      <div class="row">
        <${Field} label=${t("admin.kind")} maxlength="64" list="kinds" value=${kind} wrong=${wrong("kind")} onInput=${value(setKind)} />
        <${Field} label=${t("admin.capacity")} type="number" min="1" value=${capacity} wrong=${wrong("capacity")} onInput=${value(setCapacity)} />
        <${Field} label=${t("admin.quantity")} type="number" min="1" required value=${quantity} wrong=${wrong("quantity")} onInput=${value(setQuantity)} />
      </div>
      <datalist id="kinds">${[...new Set((resources.value ?? []).map((it) => it.kind).filter(Boolean))].map((it) => html`<option value=${it} />`)}</datalist>
      ${sites.value.length > 0 && html`<${Choice} label=${t("admin.site")} value=${site} options=${[...sites.value.map((it) => ({ value: it.id, text: it.name })), { value: "", text: t("admin.noSite") }]} onPick=${setSite} />`}
      <${Field} label=${t("admin.description")} maxlength="4000" value=${description} wrong=${wrong("description")} onInput=${value(setDescription)} />
      <label class="check"><input type="checkbox" checked=${approval} onChange=${(/** @type {any} */ event) => setApproval(event.target.checked)} />${t("admin.approval")}</label>
      ${error && html`<p class="wrong" role="alert">${wordsOf(error)}</p>`}
      <div class="row end">${resource && html`<button type="button" class="danger" onClick=${remove}>${sure ? t("admin.reallyDelete") : t("admin.delete")}</button>`}
        <button type="button" onClick=${close}>${t("close")}</button><button class="primary" type="submit">${t("save")}</button></div>
    </form>
  <//>`;
}
