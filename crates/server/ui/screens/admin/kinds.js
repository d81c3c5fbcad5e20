// Kinds of resources: what those of a kind say of themselves, and what their bookings carry.

import { api } from "../../api.js";
import { Sure, Trouble, Unsaved, useForm } from "../../components/forms.js";
import { Choice, Field } from "../../components/inputs.js";
import { useStill } from "../../components/still.js";
import { Icon, html } from "../../html.js";
import { language, languages, t } from "../../i18n.js";
import { go } from "../../router.js";
import { kindName, kinds as declared, resources, toast, wordsOf } from "../../state.js";
import { titled } from "../../time.js";
import { useEffect, useState } from "../../vendor/hooks.js";
import { tagsOf } from "./naming.js";
import { Check, Head, NumberField, typed } from "./parts.js";

const TYPES = ["text", "number", "choice", "flag"];
/** @typedef {{key: string, label: string, type: string, required: boolean, options?: string[], min?: number | null, max?: number | null, max_length?: number | null, unit?: string | null}} Declared */

/** @param {{rest: string[]}} props */
export function Kinds({ rest }) {
  const [all, setAll] = useState(/** @type {any[] | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  // Everybody names kinds by what is declared here.
  const [round, setRound] = useState(0);
  const load = () => api.all("/kinds/").then((found) => (setAll(found), (declared.value = found)), setError);
  const anew = () => load().then(() => setRound((n) => n + 1));
  useEffect(() => void load(), [rest.join()]);
  const [name] = rest;
  if (error) return html`<p class="notice bad" role="alert">${wordsOf(error)}</p>`;
  if (!all) return html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`;
  if (name === "new") return html`<${KindForm} kind=${null} reload=${load} anew=${anew} />`;
  const kind = name && all.find((it) => it.name === name);
  if (name) return kind ? html`<${KindForm} key=${`${kind.name} ${round}`} kind=${kind} reload=${load} anew=${anew} />` : html`<p class="empty">${t("kinds.notThere")}</p>`;
  const used = [...new Set((resources.value ?? []).map((it) => it.kind).filter(Boolean))].filter((it) => !all.some((one) => one.name === it));
  const count = (/** @type {string} */ it) => (resources.value ?? []).filter((one) => one.kind === it).length;
  return html`<${Head} title=${t("section.kinds")} about=${t("section.kinds.about")}><a class="button primary" href="/admin/kinds/new"><${Icon} name="plus" />${t("kinds.add")}</a><//>
    ${all.length === 0 && html`<p class="empty">${t("kinds.none")}</p>`}
    <ul class="sections">${all.map((it) => html`<li key=${it.id}><a href="/admin/kinds/${it.name}"><${Icon} name="tag" /><span><strong>${it.labels[language.value] ?? it.labels.en ?? it.name}</strong>
      <span class="muted">${it.name} · ${t("admin.resourcesHere", { n: count(it.name) })} · ${t("kinds.fields", { n: it.attributes.length + it.booking_fields.length })}</span></span><${Icon} name="right" /></a></li>`)}</ul>
    ${used.length > 0 && html`<p class="hint">${t("kinds.undeclared", { what: used.map(kindName).join(", ") })}</p>`}`;
}

/** Only what a field of its type has. @param {Declared} field */
function tidy(field) {
  const { key, label, type, required } = field;
  const common = { key, label, type, required };
  if (type === "choice") return { ...common, options: field.options ?? [] };
  if (type === "number") return { ...common, min: field.min ?? null, max: field.max ?? null, unit: field.unit || null };
  return type === "text" ? { ...common, max_length: field.max_length ?? null } : common;
}

/** A language by its own name. @param {string} code */
function tongue(code) {
  try {
    return titled(new Intl.DisplayNames([code], { type: "language" }).of(code) ?? code);
  } catch {
    return code;
  }
}

/** @param {any} kind */
const formOf = (kind) => ({ name: kind?.name ?? "", labels: /** @type {Record<string, string>} */ (kind?.labels ?? {}), attributes: /** @type {Declared[]} */ (kind?.attributes ?? []), booking_fields: /** @type {Declared[]} */ (kind?.booking_fields ?? []) });

/** @param {{kind: any, reload: () => Promise<any>, anew: () => Promise<any>}} props */
function KindForm({ kind, reload, anew }) {
  const form = useForm(formOf(kind));
  const [deleting, setDeleting] = useState(false);
  const { value, set, wrong } = form;
  const still = useStill(form.busy && !kind);
  const save = (/** @type {boolean} */ anyway) => form.send(async (it) => {
    const body = { labels: Object.fromEntries(Object.entries(it.labels).filter(([, text]) => text)), attributes: it.attributes.map(tidy), booking_fields: it.booking_fields.map(tidy) };
    const made = kind ? await api.patch(`/kinds/${kind.name}`, body, anyway ? undefined : kind.version) : await api.post("/kinds/", { ...body, name: it.name });
    if (kind) await reload();
    form.settle(formOf(made));
    toast(t("saved"));
    if (!kind) go(`/admin/kinds/${made.name}`, { replace: true });
  });
  const remove = async () => {
    await api.delete(`/kinds/${kind.name}`);
    toast(t("admin.deleted", { what: kind.name }));
    go("/admin/kinds", { replace: true });
  };
  const tongues = [...new Set([...Object.keys(languages), ...Object.keys(value.labels)])];
  return html`<${Head} title=${kind ? (value.labels[language.value] ?? kind.name) : t("kinds.add")}>${kind && html`<button class="danger" onClick=${() => setDeleting(true)}><${Icon} name="trash" />${t("admin.delete")}</button>`}<//>
    <form class="sheet" ref=${still} onSubmit=${(/** @type {Event} */ event) => (event.preventDefault(), save(false))}>
      <${Unsaved} when=${form.dirty} />
      <div class="card"><h2>${t("admin.details")}</h2><div class="row two">
        ${!kind && html`<${Field} label=${t("kinds.word")} required maxlength="64" pattern="[a-z0-9\\-]+" hint=${t("kinds.wordHint")} value=${value.name} wrong=${wrong("name") ?? (form.error?.kind === "name-taken" ? t("problem.name-taken") : undefined)} onInput=${typed((name) => set({ name }))} autofocus />`}
        ${tongues.map((it) => html`<${Field} key=${it} label=${t("kinds.labelIn", { language: tongue(it) })} maxlength="200" value=${value.labels[it] ?? ""} wrong=${wrong(`labels/${it}`)} onInput=${typed((text) => set({ labels: { ...value.labels, [it]: text } }))} />`)}</div></div>
      <${Fields} title=${t("kinds.attributes")} about=${t("kinds.attributesHint")} value=${value.attributes} form=${form} member="attributes" />
      <${Fields} title=${t("kinds.bookingFields")} about=${t("kinds.bookingFieldsHint")} value=${value.booking_fields} form=${form} member="booking_fields" />
      <p class="hint">${t("kinds.staysHint")}</p>
      <${Trouble} error=${form.error} theirs=${kind && anew} mine=${kind && (() => save(true))} />
      <div class="save-bar ${form.dirty ? "dirty" : ""}"><span class="muted">${form.dirty && kind ? t("form.dirty") : ""}</span>
        ${form.dirty && kind && html`<button type="button" onClick=${form.back}>${t("form.discard")}</button>`}
        <button class="primary" type="submit" disabled=${form.busy || (kind && !form.dirty)}>${t("save")}</button></div>
    </form>
    ${deleting && html`<${Sure} title=${t("admin.deleteOf", { what: kind.name })} yes=${t("admin.delete")} act=${remove} close=${() => setDeleting(false)}><p>${t("kinds.gone")}</p><//>`}`;
}

/** @param {{title: string, about: string, value: Declared[], form: any, member: "attributes" | "booking_fields"}} props */
function Fields({ title, about, value, form, member }) {
  const set = (/** @type {Declared[]} */ to) => form.set({ [member]: to });
  const change = (/** @type {number} */ nth, /** @type {Partial<Declared>} */ part) => set(value.map((it, n) => (n === nth ? { ...it, ...part } : it)));
  const swap = (/** @type {number} */ nth) => set(value.map((it, n) => (n === nth ? value[nth - 1] ?? it : n === nth - 1 ? value[nth] ?? it : it)));
  const keyOf = (/** @type {string} */ label) => label.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "").slice(0, 64);
  const types = TYPES.map((it) => ({ value: it, text: t(`type.${it}`) }));
  return html`<div class="card"><h2>${title}</h2><p class="hint">${about}</p>
    ${value.map((it, nth) => {
      const wrong = (/** @type {string} */ part) => form.wrong(`${member}/${nth}/${part}`);
      return html`<fieldset class="declared" key=${nth}><legend>${it.label || t("kinds.newField")}</legend>
        <div class="row two"><${Field} label=${t("kinds.label")} required maxlength="200" value=${it.label} wrong=${wrong("label")} onInput=${typed((label) => change(nth, it.key === keyOf(it.label) ? { label, key: keyOf(label) } : { label }))} />
          <${Field} label=${t("kinds.key")} required maxlength="64" pattern="[a-z0-9_]+" value=${it.key} wrong=${wrong("key")} onInput=${typed((key) => change(nth, { key }))} /></div>
        <div class="row"><${Choice} label=${t("kinds.type")} value=${it.type} options=${types} onPick=${(/** @type {string} */ type) => change(nth, { type })} />
          ${it.type === "number" && html`<${NumberField} label=${t("kinds.min")} value=${it.min ?? null} wrong=${wrong("min")} set=${(/** @type {any} */ min) => change(nth, { min })} /><${NumberField} label=${t("kinds.max")} value=${it.max ?? null} wrong=${wrong("max")} set=${(/** @type {any} */ max) => change(nth, { max })} />
            <${Field} label=${t("kinds.unit")} maxlength="64" value=${it.unit ?? ""} onInput=${typed((unit) => change(nth, { unit }))} />`}
          ${it.type === "text" && html`<${NumberField} label=${t("kinds.maxLength")} min="1" max="500" value=${it.max_length ?? null} wrong=${wrong("max_length")} set=${(/** @type {any} */ max_length) => change(nth, { max_length })} />`}</div>
        ${it.type === "choice" && html`<${Field} label=${t("kinds.options")} required hint=${t("admin.tagsHint")} value=${(it.options ?? []).join(", ")} wrong=${wrong("options")} onChange=${typed((text) => change(nth, { options: tagsOf(text) }))} />`}
        <div class="row end between"><${Check} label=${t("kinds.required")} checked=${it.required} onPick=${(/** @type {boolean} */ required) => change(nth, { required })} />
          <span class="acts tight"><button type="button" class="quiet" disabled=${nth === 0} aria-label=${t("admin.up", { what: it.label })} onClick=${() => swap(nth)}><${Icon} name="up" /></button>
          <button type="button" class="quiet danger" onClick=${() => set(value.filter((_, n) => n !== nth))}><${Icon} name="trash" />${t("admin.takeAway")}</button></span></div></fieldset>`;
    })}
    ${value.length < 32 && html`<div><button type="button" onClick=${() => set([...value, { key: "", label: "", type: "text", required: false }])}><${Icon} name="plus" />${t("kinds.addField")}</button></div>`}</div>`;
}
