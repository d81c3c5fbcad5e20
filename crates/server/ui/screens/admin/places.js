// Places: the sites with their names, addresses and zones, the areas in them as a tree, and who manages them.

import { api } from "../../api.js";
import { Dialog } from "../../components/dialog.js";
import { Sure, Trouble, Unsaved, useForm } from "../../components/forms.js";
import { Choice, Field } from "../../components/inputs.js";
import { useStill } from "../../components/still.js";
import { Icon, html } from "../../html.js";
import { languages, t } from "../../i18n.js";
import { go } from "../../router.js";
import { complain, isAdmin, loadPlaces, resources, sites, toast, wordsOf } from "../../state.js";
import { slugOf } from "../../slug.js";
import { here } from "../../time.js";
import { useEffect, useState } from "../../vendor/hooks.js";
import { areaTree } from "./levels.js";
import { loadMine, managedSites } from "../../mine.js";
import { Head, Managers, TextArea, typed } from "./parts.js";

/** @param {{rest: string[]}} props */
export function Places({ rest }) {
  const [id] = rest;
  if (id === "new") return html`<${Head} title=${t("admin.addSite")} /><${SiteForm} site=${null} />`;
  if (id) return html`<${Place} key=${id} id=${id} />`;
  const all = managedSites();
  return html`<${Head} title=${t("section.places")} about=${t("section.places.about")}>
      ${isAdmin.value && html`<a class="button primary" href="/admin/places/new"><${Icon} name="plus" />${t("admin.addSite")}</a>`}<//>
    ${all.length === 0 && html`<p class="empty">${t("admin.noSites")}</p>`}
    <ul class="sections">${all.map((it) => {
      const count = (resources.value ?? []).filter((one) => one.site_id === it.id).length;
      return html`<li key=${it.id}><a href="/admin/places/${it.id}"><${Icon} name="building" />
        <span><strong>${it.name}</strong><span class="muted">${it.time_zone} · ${t("admin.resourcesHere", { n: count })}</span></span><${Icon} name="right" /></a></li>`;
    })}</ul>`;
}

/** @param {{id: string}} props */
function Place({ id }) {
  const [site, setSite] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [deleting, setDeleting] = useState(false);
  useEffect(() => {
    api.get(`/sites/${id}`).then(setSite, setError);
  }, [id]);
  if (error) return html`<p class="notice bad" role="alert">${wordsOf(error)}</p>`;
  if (!site) return html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`;
  const remove = async () => {
    await api.delete(`/sites/${id}`);
    toast(t("admin.deleted", { what: site.name }));
    await loadPlaces();
    go("/admin/places", { replace: true });
  };
  const standing = (resources.value ?? []).filter((it) => it.site_id === id);
  return html`<${Head} title=${site.name} about=${site.address ?? undefined}>
      ${isAdmin.value && html`<button class="danger" onClick=${() => setDeleting(true)}><${Icon} name="trash" />${t("admin.delete")}</button>`}<//>
    <nav class="badges" aria-label=${site.name}>
      <a class="button" href="/admin/hours?of=site:${id}"><${Icon} name="clock" />${t("section.hours")}</a>
      <a class="button" href="/admin/rules?of=site:${id}"><${Icon} name="settings" />${t("section.rules")}</a>
      <a class="button" href="/admin/resources?site=${id}"><${Icon} name="box" />${t("admin.resourcesHere", { n: standing.length })}</a></nav>
    <${SiteForm} site=${site} saved=${setSite} />
    <${Areas} site=${id} />
    <${Managers} path="/sites/${id}/managers" about=${t("admin.siteManagers")} />
    ${deleting && html`<${Sure} title=${t("admin.deleteOf", { what: site.name })} yes=${t("admin.delete")} act=${remove} close=${() => setDeleting(false)}>
      ${standing.length > 0
        ? html`<p>${t("admin.siteInUse")}</p><ul class="standing">${standing.slice(0, 5).map((it) => html`<li><a href="/admin/resources/${it.id}" onClick=${() => setDeleting(false)}>${it.name}</a></li>`)}</ul>${standing.length > 5 && html`<p class="muted">${t("admin.moreThings", { n: standing.length - 5 })}</p>`}`
        : html`<p>${t("admin.siteGone")}</p>`}<//>`}`;
}

/** @param {any} site */
const formOf = (site) => ({ name: site?.name ?? "", slug: site?.slug ?? "", address: site?.address ?? "", time_zone: site?.time_zone ?? here(), locale: site?.locale ?? "en" });

/** @param {{site: any, saved?: (site: any) => void}} props */
function SiteForm({ site, saved }) {
  const form = useForm(formOf(site));
  const still = useStill(form.busy && !site);
  const { value, set, wrong } = form;
  const save = (/** @type {boolean} */ anyway) => form.send(async (it) => {
    const body = { ...it, slug: it.slug || slugOf(it.name), address: it.address || null, locale: it.locale || null };
    const made = site ? await api.patch(`/sites/${site.id}`, body, anyway ? undefined : site.version) : await api.post("/sites/", body);
    form.settle(formOf(made));
    await loadPlaces();
    await loadMine();
    if (saved) saved(made);
    toast(t("saved"));
    if (!saved) go(`/admin/places/${made.id}`, { replace: true });
  });
  const theirs = async () => {
    const now = await api.get(`/sites/${site.id}`);
    saved?.(now);
    form.settle(formOf(now));
  };
  const zones = Intl.supportedValuesOf("timeZone");
  const locales = [...new Set([...Object.keys(languages), value.locale])];
  return html`<form class="card" ref=${still} onSubmit=${(/** @type {Event} */ event) => (event.preventDefault(), save(false))}>
    <h2>${t("admin.details")}</h2>
    <${Unsaved} when=${form.dirty && (site || value.name !== "")} />
    <div class="row two"><${Field} label=${t("admin.name")} required maxlength="200" value=${value.name} wrong=${wrong("name")} onInput=${typed((name) => set({ name }))} autofocus=${!site} />
      <${Field} label=${t("admin.slug")} maxlength="64" pattern="[a-z0-9\\-]+" placeholder=${value.name ? slugOf(value.name) : ""} hint=${t("admin.slugHint")} value=${value.slug} wrong=${wrong("slug") ?? (form.error?.kind === "slug-taken" ? t("problem.slug-taken") : undefined)} onInput=${typed((slug) => set({ slug }))} /></div>
    <${TextArea} label=${t("admin.address")} rows="2" maxlength="4000" value=${value.address} wrong=${wrong("address")} onInput=${(/** @type {string} */ address) => set({ address })} />
    <div class="row two"><${Field} label=${t("admin.zone")} required list="zones" hint=${t("admin.zoneAbout")} value=${value.time_zone} wrong=${wrong("time_zone")} onInput=${typed((time_zone) => set({ time_zone }))} />
      <${Choice} label=${t("admin.locale")} value=${value.locale} options=${locales.map((it) => ({ value: it, text: /** @type {Record<string, string>} */ (languages)[it] ?? it }))} onPick=${(/** @type {string} */ locale) => set({ locale })} /></div>
    <datalist id="zones">${zones.map((it) => html`<option value=${it} />`)}</datalist>
    <${Trouble} error=${form.error} theirs=${site && theirs} mine=${site && (() => save(true))} />
    <div class="row end">${site && form.dirty && html`<button type="button" onClick=${form.back}>${t("form.discard")}</button>`}<button class="primary" type="submit" disabled=${form.busy || (site && !form.dirty)}>${t("save")}</button></div>
  </form>`;
}

/** @param {{site: string}} props */
function Areas({ site }) {
  const [areas, setAreas] = useState(/** @type {any[] | null} */ (null));
  const [open, setOpen] = useState(/** @type {{area: any, parent: string | null} | null} */ (null));
  const [deleting, setDeleting] = useState(/** @type {any} */ (null));
  const load = () => api.all(`/sites/${site}/areas`).then(setAreas, complain);
  useEffect(() => void load(), [site]);
  const tree = areaTree(areas ?? []);
  /** Puts an area before or after its neighbour, and numbers its siblings anew. */
  const shift = async (/** @type {any} */ area, /** @type {number} */ by) => {
    const siblings = tree.filter((it) => it.parent_id === area.parent_id);
    const at = siblings.findIndex((it) => it.id === area.id);
    const [moved] = siblings.splice(at, 1);
    siblings.splice(at + by, 0, moved);
    try {
      for (const [position, one] of siblings.entries()) if (one.position !== position) await api.patch(`/areas/${one.id}`, { position });
    } catch (problem) {
      complain(problem);
    }
    await load();
  };
  const remove = async () => {
    await api.delete(`/areas/${deleting.id}`);
    toast(t("admin.deleted", { what: deleting.name }));
    setDeleting(null);
    await load();
  };
  const inArea = (/** @type {string} */ id) => (resources.value ?? []).filter((it) => it.area_id === id);
  return html`<div class="card"><div class="head"><h2>${t("admin.areas")}</h2><button onClick=${() => setOpen({ area: null, parent: null })}><${Icon} name="plus" />${t("admin.addArea")}</button></div>
    ${areas?.length === 0 && html`<p class="muted">${t("admin.noAreas")}</p>`}
    <ul class="tree">${tree.map((it) => {
      const siblings = tree.filter((one) => one.parent_id === it.parent_id);
      const at = siblings.indexOf(it);
      return html`<li key=${it.id} style=${{ paddingLeft: `${it.depth * 24}px` }}><span class="what"><strong>${it.name}</strong><span class="muted">${t("admin.resourcesHere", { n: inArea(it.id).length })}</span></span>
        <span class="acts tight">
          <button class="quiet" disabled=${at === 0} aria-label=${t("admin.up", { what: it.name })} title=${t("admin.up", { what: it.name })} onClick=${() => shift(it, -1)}><${Icon} name="up" /></button>
          <button class="quiet" disabled=${at === siblings.length - 1} aria-label=${t("admin.down", { what: it.name })} title=${t("admin.down", { what: it.name })} onClick=${() => shift(it, 1)}><${Icon} name="down" /></button>
          <button class="quiet" aria-label=${t("admin.addInto", { what: it.name })} title=${t("admin.addInto", { what: it.name })} onClick=${() => setOpen({ area: null, parent: it.id })}><${Icon} name="plus" /></button>
          <button class="quiet" aria-label="${t("admin.edit")}: ${it.name}" title=${t("admin.edit")} onClick=${() => setOpen({ area: it, parent: it.parent_id })}><${Icon} name="edit" /></button>
          <a class="button quiet" aria-label="${t("section.rules")}: ${it.name}" title=${t("section.rules")} href="/admin/rules?of=area:${it.id}"><${Icon} name="settings" /></a>
          <button class="quiet danger" aria-label="${t("admin.delete")}: ${it.name}" title=${t("admin.delete")} onClick=${() => setDeleting(it)}><${Icon} name="trash" /></button></span></li>`;
    })}</ul>
    ${open && html`<${AreaDialog} site=${site} area=${open.area} parent=${open.parent} tree=${tree} done=${async () => (setOpen(null), await load())} close=${() => setOpen(null)} />`}
    ${deleting && html`<${Sure} title=${t("admin.deleteOf", { what: deleting.name })} yes=${t("admin.delete")} act=${remove} close=${() => setDeleting(null)}>
      <p>${inArea(deleting.id).length > 0 || tree.some((it) => it.parent_id === deleting.id) ? t("admin.areaInUse") : t("admin.areaGone")}</p><//>`}</div>`;
}

/** @param {{site: string, area: any, parent: string | null, tree: any[], done: () => void, close: () => void}} props */
function AreaDialog({ site, area, parent, tree, done, close }) {
  const form = useForm({ name: area?.name ?? "", parent: parent ?? "" });
  const still = useStill(form.busy);
  const { value, set, wrong } = form;
  const save = (/** @type {boolean} */ anyway) => form.send(async (it) => {
    const body = { name: it.name, parent_id: it.parent || null };
    if (area) await api.patch(`/areas/${area.id}`, body, anyway ? undefined : area.version);
    else await api.post(`/sites/${site}/areas`, { ...body, position: tree.filter((one) => (one.parent_id ?? "") === it.parent).length });
    toast(t("saved"));
    done();
  });
  // An area can't stand in itself or in what stands in it.
  const within = new Set([area?.id]);
  for (const it of tree) if (within.has(it.parent_id)) within.add(it.id);
  const options = [{ value: "", text: t("admin.siteItself") }, ...tree.filter((it) => !area || !within.has(it.id)).map((it) => ({ value: it.id, text: "\u2003".repeat(it.depth) + it.name }))];
  return html`<${Dialog} title=${area ? area.name : t("admin.addArea")} close=${close}>
    <form ref=${still} onSubmit=${(/** @type {Event} */ event) => (event.preventDefault(), save(false))}>
      <${Field} label=${t("admin.name")} required maxlength="200" value=${value.name} wrong=${wrong("name")} onInput=${typed((name) => set({ name }))} autofocus />
      <${Choice} label=${t("admin.within")} value=${value.parent} options=${options} onPick=${(/** @type {string} */ it) => set({ parent: it })} />
      <${Trouble} error=${form.error} theirs=${done} mine=${() => save(true)} />
      <div class="row end"><button type="button" onClick=${close}>${t("close")}</button><button class="primary" type="submit" disabled=${form.busy}>${t("save")}</button></div>
    </form><//>`;
}
