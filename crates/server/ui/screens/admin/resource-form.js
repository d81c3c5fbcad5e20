// One resource with everything that can be said of it, from a blank sheet, from another one, or as it stands.

import { api, queryOf } from "../../api.js";
import { DateField } from "../../components/date.js";
import { Sure, Trouble, Unsaved, useForm } from "../../components/forms.js";
import { Choice, Clock, Field } from "../../components/inputs.js";
import { useStill } from "../../components/still.js";
import { Icon, html } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { asked, go } from "../../router.js";
import { complain, homeZone, loadPlaces, resources, sites, toast, wordsOf } from "../../state.js";
import { dayOf, instantOf, minutesOf, showDay, showSpan, text } from "../../time.js";
import { useEffect, useState } from "../../vendor/hooks.js";
import { areaTree } from "./levels.js";
import { loadMine, managed, managedSites } from "../../mine.js";
import { nextName, tagsOf, valuesOf } from "./naming.js";
import { Check, Head, Managers, NumberField, TextArea, isZone, typed } from "./parts.js";

/** @param {any} it */
const formOf = (it) => ({
  name: it?.name ?? "", kind: it?.kind ?? "", description: it?.description ?? "", tags: (it?.tags ?? []).join(", "), site: it?.site_id ?? "", area: it?.area_id ?? "",
  position: it?.position ?? null, zone: it?.time_zone ?? "", capacity: it?.capacity ?? null, quantity: it?.quantity ?? 1, parts: /** @type {string[]} */ (it?.part_ids ?? []),
  visibility: it?.visibility ?? "internal", approval: it?.requires_approval ?? false, attributes: /** @type {Record<string, any>} */ (it?.attributes ?? {}),
  out: /** @type {any} */ (it?.out_of_order ?? null),
});

/** @param {{id: string | null, copy: string | null}} props */
export function Edit({ id, copy }) {
  const [resource, setResource] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [kinds, setKinds] = useState(/** @type {any[] | null} */ (null));
  /** How often it was begun anew, with what stands by then. */
  const [round, setRound] = useState(0);
  const load = () => {
    const which = id ?? copy;
    return which ? api.get(`/resources/${which}`).then(setResource, setError) : Promise.resolve();
  };
  useEffect(() => {
    void load();
    api.all("/kinds/").then(setKinds, () => setKinds([]));
  }, []);
  if (error) return html`<p class="notice bad" role="alert">${wordsOf(error)}</p>`;
  if (!kinds || ((id || copy) && !resource)) return html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`;
  const site = asked("site") ?? managedSites()[0]?.id ?? "";
  const names = (resources.value ?? []).map((it) => it.name);
  const first = id ? formOf(resource) : copy ? { ...formOf(resource), name: nextName(resource.name, names), position: (resource.position ?? 0) + 1, out: null, parts: [] } : { ...formOf(null), site };
  return html`<${Sheet} key=${`${resource?.id ?? ""} ${round}`} resource=${id ? resource : null} first=${first} kinds=${kinds} saved=${setResource} refresh=${load} anew=${() => load().then(() => setRound((n) => n + 1))} />`;
}

/** @param {{resource: any, first: ReturnType<typeof formOf>, kinds: any[], saved: (made: any) => void, refresh: () => Promise<any>, anew: () => Promise<any>}} props */
function Sheet({ resource, first, kinds, saved, refresh, anew }) {
  const form = useForm(first);
  const still = useStill(form.busy && !resource);
  const { value, set, wrong } = form;
  const [areas, setAreas] = useState(/** @type {any[]} */ ([]));
  const [deleting, setDeleting] = useState(false);
  useEffect(() => {
    if (value.site) api.all(`/sites/${value.site}/areas`).then(setAreas, () => setAreas([]));
    else setAreas([]);
  }, [value.site]);
  const declared = kinds.find((it) => it.name === value.kind);
  const fields = declared?.attributes ?? [];
  const body = (/** @type {typeof value} */ it) => ({
    name: it.name, kind: it.kind || null, description: it.description || null, tags: tagsOf(it.tags), site_id: it.site || null, area_id: (it.site && it.area) || null,
    ...(it.position === null ? {} : { position: it.position }), ...(it.zone ? { time_zone: it.zone } : it.site ? {} : { time_zone: homeZone.value }),
    capacity: it.capacity, quantity: it.quantity ?? 1, part_ids: it.parts, visibility: it.visibility, requires_approval: it.approval,
    attributes: declared ? valuesOf(fields, it.attributes) : it.attributes, out_of_order: it.out,
  });
  const save = (/** @type {boolean} */ anyway) => form.send(async (it) => {
    const sent = body(it);
    // Of what stands already only what has changed is sent: values from before the kind was declared may stay.
    const before = /** @type {Record<string, any>} */ (resource ? body(first) : {});
    const changed = Object.fromEntries(Object.entries(sent).filter(([key, one]) => JSON.stringify(one) !== JSON.stringify(before[key])));
    const made = resource ? await api.patch(`/resources/${resource.id}`, changed, anyway ? undefined : resource.version) : await api.post("/resources/", sent);
    form.settle(formOf(made));
    // Whoever types on at once loses nothing.
    if (resource) saved(made);
    toast(t("saved"));
    await loadPlaces();
    await loadMine();
    if (!resource) go(`/admin/resources/${made.id}`, { replace: true });
  });
  const known = [...new Set([...kinds.map((it) => it.name), ...(resources.value ?? []).map((it) => it.kind).filter(Boolean)])];
  // While one types, a zone may be none yet.
  const zone = (isZone(value.zone) && value.zone) || sites.value.find((it) => it.id === value.site)?.time_zone || homeZone.value;
  const title = resource ? resource.name : t("admin.add");
  return html`<${Head} title=${title}>${resource && html`<a class="button" href="/resource/${resource.id}">${t("admin.look")}</a>
      <a class="button" href="/admin/resources/new?copy=${resource.id}"><${Icon} name="copy" />${t("admin.duplicate")}</a>
      <button class="danger" onClick=${() => setDeleting(true)}><${Icon} name="trash" />${t("admin.delete")}</button>`}<//>
    ${resource && html`<nav class="badges" aria-label=${resource.name}>
      <a class="button" href="/admin/rules?of=resource:${resource.id}"><${Icon} name="settings" />${t("section.rules")}</a>
      <a class="button" href="/admin/hours?of=resource:${resource.id}"><${Icon} name="clock" />${t("section.hours")}</a>
      <a class="button" href="/admin/blocks?new=${resource.id}"><${Icon} name="ban" />${t("admin.block")}</a></nav>`}
    <form class="sheet" ref=${still} onSubmit=${(/** @type {Event} */ event) => (event.preventDefault(), save(false))}>
      <${Unsaved} when=${form.dirty} />
      <div class="card"><h2>${t("admin.details")}</h2>
        <div class="row two"><${Field} label=${t("admin.name")} required maxlength="200" value=${value.name} wrong=${wrong("name")} onInput=${typed((name) => set({ name }))} autofocus=${!resource} />
          <${Field} label=${t("admin.kind")} maxlength="64" list="kinds" hint=${t("admin.kindHint")} value=${value.kind} wrong=${wrong("kind")} onInput=${typed((kind) => set({ kind }))} /></div>
        <datalist id="kinds">${known.map((it) => html`<option value=${it} />`)}</datalist>
        <div class="row two"><${NumberField} label=${t("admin.capacity")} min="1" max="100000" hint=${t("admin.capacityHint")} value=${value.capacity} wrong=${wrong("capacity")} set=${(/** @type {number | null} */ capacity) => set({ capacity })} />
          <${NumberField} label=${t("admin.quantity")} min="1" max="1000" required hint=${t("admin.quantityHint")} value=${value.quantity} wrong=${wrong("quantity")} set=${(/** @type {any} */ quantity) => set({ quantity })} /></div>
        <${TextArea} label=${t("admin.description")} maxlength="4000" value=${value.description} wrong=${wrong("description")} onInput=${(/** @type {string} */ description) => set({ description })} />
        <${Field} label=${t("admin.tags")} hint=${t("admin.tagsHint")} value=${value.tags} wrong=${wrong("tags")} onInput=${typed((tags) => set({ tags }))} /></div>
      ${fields.length > 0 && html`<div class="card"><h2>${t("admin.attributesOf", { kind: value.kind })}</h2><div class="row two">${fields.map((/** @type {any} */ it) => html`<${Declared} key=${it.key} field=${it} value=${value.attributes[it.key]} wrong=${wrong(`attributes/${it.key}`)}
        set=${(/** @type {any} */ to) => set({ attributes: { ...value.attributes, [it.key]: to } })} />`)}</div></div>`}
      <div class="card"><h2>${t("admin.where")}</h2>
        <div class="row two"><${Choice} label=${t("admin.site")} value=${value.site} options=${[...managedSites().map((it) => ({ value: it.id, text: it.name })), { value: "", text: t("admin.noSite") }]} onPick=${(/** @type {string} */ site) => set({ site, area: "" })} />
          ${value.site && areas.length > 0 && html`<${Choice} label=${t("admin.area")} value=${value.area} options=${[{ value: "", text: t("admin.noArea") }, ...areaTree(areas).map((it) => ({ value: it.id, text: "\u2003".repeat(it.depth) + it.name }))]} onPick=${(/** @type {string} */ area) => set({ area })} />`}
          <${NumberField} label=${t("admin.position")} min="0" max="1000000" hint=${t("admin.positionHint")} value=${value.position} wrong=${wrong("position")} set=${(/** @type {number | null} */ position) => set({ position })} />
          <${Field} label=${t("admin.zone")} list="zones" placeholder=${zone} value=${value.zone} wrong=${wrong("time_zone")} onInput=${typed((it) => set({ zone: it }))} /></div>
        <datalist id="zones">${Intl.supportedValuesOf("timeZone").map((it) => html`<option value=${it} />`)}</datalist></div>
      <div class="card"><h2>${t("admin.access")}</h2>
        <${Choice} label=${t("admin.visibility")} value=${value.visibility} options=${["internal", "public", "hidden"].map((it) => ({ value: it, text: t(`visibility.${it}.about`) }))} hint=${value.visibility === "public" ? t("visibility.public.means") : undefined} onPick=${(/** @type {string} */ visibility) => set({ visibility })} />
        <${Check} label=${t("admin.approval")} hint=${t("admin.approvalHint")} checked=${value.approval} onPick=${(/** @type {boolean} */ approval) => set({ approval })} /></div>
      <${OutOfOrder} value=${value.out} zone=${zone} wrong=${wrong("out_of_order")} set=${(/** @type {any} */ out) => set({ out })} />
      <${Parts} value=${value.parts} self=${resource?.id} wrong=${wrong("part_ids")} set=${(/** @type {string[]} */ parts) => set({ parts })} />
      <${Trouble} error=${form.error} theirs=${anew} mine=${() => save(true)} />
      <div class="save-bar ${form.dirty ? "dirty" : ""}"><span class="muted">${form.dirty && resource ? t("form.dirty") : ""}</span>
        ${form.dirty && resource && html`<button type="button" onClick=${form.back}>${t("form.discard")}</button>`}
        <button class="primary" type="submit" disabled=${form.busy || (resource && !form.dirty)}>${t("save")}</button></div>
    </form>
    ${resource && html`<${Picture} resource=${resource} changed=${refresh} /><${Managers} path="/resources/${resource.id}/managers" about=${t("admin.resourceManagers")} />`}
    ${deleting && html`<${Remove} resource=${resource} close=${() => setDeleting(false)} />`}`;
}

/** A value that the kind declares. @param {{field: any, value: any, wrong?: string, set: (value: any) => void}} props */
export function Declared({ field, value, wrong, set }) {
  const label = `${field.label}${field.unit ? `, ${field.unit}` : ""}`;
  if (field.type === "flag") return html`<${Check} label=${label} checked=${value === true} onPick=${set} />`;
  if (field.type === "choice") return html`<${Choice} label=${label} value=${value ?? ""} options=${[{ value: "", text: "–" }, ...field.options.map((/** @type {string} */ it) => ({ value: it, text: it }))]} onPick=${set} />`;
  if (field.type === "number") return html`<${NumberField} label=${label} min=${field.min} max=${field.max} required=${field.required} value=${value ?? null} wrong=${wrong} set=${set} />`;
  return html`<${Field} label=${label} maxlength=${field.max_length ?? 500} required=${field.required} value=${value ?? ""} wrong=${wrong} onInput=${typed(set)} />`;
}

/** A moment, or none. @param {{label: string, none: string, value: string | null, zone: string, set: (value: string | null) => void}} props */
function Moment({ label, none, value, zone, set }) {
  const at = value ? Date.parse(value) : null;
  const [day, minutes] = at === null ? ["", 0] : [dayOf(at, zone), minutesOf(at, zone)];
  return html`<div class="moment"><${DateField} label=${label} day=${day} today=${dayOf(Date.now(), zone)} empty=${none} clear onPick=${(/** @type {string} */ it) => set(it ? text(instantOf(it, minutes, zone)) : null)} />
    ${at !== null && html`<${Clock} minutes=${minutes} onPick=${(/** @type {number} */ it) => set(text(instantOf(day, it, zone)))} />`}</div>`;
}

/** @param {{value: any, zone: string, wrong: string | undefined, set: (out: any) => void}} props */
function OutOfOrder({ value, zone, wrong, set }) {
  return html`<div class="card"><h2>${t("state.out")}</h2>
    <${Check} label=${t("admin.isOut")} hint=${t("admin.isOutHint")} checked=${value !== null} onPick=${(/** @type {boolean} */ on) => set(on ? { reason: "", starts_at: null, ends_at: null } : null)} />
    ${value && html`<${Field} label=${t("admin.reason")} required maxlength="500" hint=${t("admin.reasonHint")} value=${value.reason} wrong=${wrong} onInput=${typed((reason) => set({ ...value, reason }))} />
      <div class="row two"><${Moment} label=${t("admin.outFrom")} none=${t("admin.atOnce")} value=${value.starts_at} zone=${zone} set=${(/** @type {any} */ starts_at) => set({ ...value, starts_at })} />
        <${Moment} label=${t("admin.outUntil")} none=${t("admin.openEnd")} value=${value.ends_at} zone=${zone} set=${(/** @type {any} */ ends_at) => set({ ...value, ends_at })} /></div>
      <p class="hint">${t("zone", { zone })}</p>`}</div>`;
}

/** What it is made of. @param {{value: string[], self: string | undefined, wrong: string | undefined, set: (parts: string[]) => void}} props */
function Parts({ value, self, wrong, set }) {
  const [query, setQuery] = useState("");
  const could = managed().filter((it) => it.id !== self && it.quantity === 1 && /** @type {any} */ (it).part_ids.length === 0);
  const shown = could.filter((it) => value.includes(it.id) || (query && it.name.toLowerCase().includes(query.toLowerCase()))).slice(0, 40);
  return html`<div class="card"><h2>${t("admin.parts")}</h2><p class="hint">${t("admin.partsHint")}</p>
    <div class="checks">${shown.map((it) => html`<${Check} key=${it.id} label=${it.name} checked=${value.includes(it.id)} onPick=${(/** @type {boolean} */ on) => set(on ? [...value, it.id] : value.filter((one) => one !== it.id))} />`)}</div>
    <${Field} label=${t("admin.addPart")} type="search" placeholder=${t("admin.findResource")} value=${query} onInput=${typed(setQuery)} />
    ${wrong && html`<p class="wrong" role="alert">${wrong}</p>`}</div>`;
}

/** @param {{resource: any, changed: () => Promise<any>}} props */
function Picture({ resource, changed }) {
  const [file, setFile] = useState(/** @type {File | null} */ (null));
  const [preview, setPreview] = useState("");
  const [alt, setAlt] = useState(resource.picture?.alt ?? "");
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const path = `/resources/${resource.id}/picture`;
  const choose = (/** @type {File | undefined} */ chosen) => {
    if (!chosen) return;
    setError(null);
    setFile(chosen);
    const reader = new FileReader();
    reader.onload = () => setPreview(String(reader.result));
    reader.readAsDataURL(chosen);
  };
  const send = async () => {
    setBusy(true);
    try {
      // The words for it go with the picture: without a new one the old is sent again.
      const bytes = file ?? (await (await fetch(path)).blob());
      await api.put(path + queryOf({ alt }), bytes);
      toast(t("saved"));
      setFile(null);
      setPreview("");
      await changed();
    } catch (problem) {
      setError(problem);
    }
    setBusy(false);
  };
  const remove = async () => {
    try {
      // Kept for whoever wants it back.
      const bytes = await (await fetch(path)).blob();
      await api.delete(path);
      toast(t("picture.gone"), { undo: () => void api.put(path + queryOf({ alt: resource.picture?.alt }), bytes).then(changed, complain) });
    } catch (problem) {
      complain(problem);
    }
    await changed();
  };
  const drop = (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    choose(event.dataTransfer?.files[0]);
  };
  const shown = preview || (resource.picture && `${path}?${resource.picture.id}`);
  return html`<div class="card"><h2>${t("picture.title")}</h2>
    <div class="picture-row"><label class="drop small" onDragOver=${(/** @type {DragEvent} */ event) => event.preventDefault()} onDrop=${drop}>
        ${shown ? html`<img src=${shown} alt=${alt} />` : html`<span><${Icon} name="image" />${t("picture.choose")}</span>`}
        <input class="unseen" type="file" accept="image/jpeg,image/png,image/webp" aria-label=${t("picture.choose")} onChange=${(/** @type {any} */ event) => choose(event.target.files[0])} /></label>
      <div class="grow"><${Field} label=${t("picture.alt")} maxlength="500" hint=${t("picture.altHint")} value=${alt} onInput=${typed(setAlt)} />
        <p class="hint">${file ? file.name : t("picture.hint")}</p>
        ${error && html`<p class="wrong" role="alert">${wordsOf(error)}</p>`}
        <div class="row end">${resource.picture && html`<button type="button" class="danger" onClick=${remove}>${t("picture.remove")}</button>`}
          ${(file || resource.picture) && html`<button type="button" disabled=${busy || (!file && alt === (resource.picture?.alt ?? ""))} onClick=${send}>${file ? t("picture.upload") : t("picture.saveAlt")}</button>`}</div></div></div></div>`;
}

/** Says what stands in the way, and what would be lost. @param {{resource: any, close: () => void}} props */
function Remove({ resource, close }) {
  const [coming, setComing] = useState(/** @type {any[]} */ ([]));
  const [force, setForce] = useState(false);
  const wholes = (resources.value ?? []).filter((it) => /** @type {any} */ (it).part_ids.includes(resource.id));
  useEffect(() => {
    const now = Date.now();
    api.get("/bookings/", { resource_id: resource.id, from: text(now), to: text(now + 366 * 86_400_000 - 1_000), limit: 100 })
      .then((page) => setComing(page.items.filter((/** @type {any} */ it) => ["pending", "confirmed", "held", "checked_in"].includes(it.status))), () => {});
  }, []);
  const act = async () => {
    await api.delete(`/resources/${resource.id}${force ? "?cancel_bookings=true" : ""}`);
    toast(t("admin.deleted", { what: resource.name }));
    await loadPlaces();
    go("/admin/resources", { replace: true });
  };
  const zone = resource.time_zone;
  return html`<${Sure} title=${t("admin.deleteOf", { what: resource.name })} yes=${t("admin.delete")} act=${act} close=${close}>
    <p>${t("admin.historyStays")}</p>
    ${wholes.length > 0 && html`<p class="notice bad">${t("admin.isPartOf", { what: wholes.map((it) => it.name).join(", ") })}</p>`}
    ${coming.length > 0 && html`<div class="notice"><p>${t("admin.comingBookings", { n: coming.length })}</p><ul class="standing">${coming.slice(0, 4).map((it) => html`<li>${showDay(dayOf(Date.parse(it.starts_at), zone), locale())}, ${showSpan(Date.parse(it.starts_at), Date.parse(it.ends_at), zone, locale())}${it.title ? ` · ${it.title}` : ""}</li>`)}</ul>
      <${Check} label=${t("admin.cancelThem")} checked=${force} onPick=${setForce} /></div>`}<//>`;
}
