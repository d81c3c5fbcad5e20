// What the sections share: heads, searches, longer texts, lengths of time, rows that come and go, people.

import { api } from "../../api.js";
import { Choice, Field } from "../../components/inputs.js";
import { nameOf, names } from "../../components/people.js";
import { Icon, html } from "../../html.js";
import { t } from "../../i18n.js";
import { complain, isAdmin, toast } from "../../state.js";
import { useEffect, useId, useState } from "../../vendor/hooks.js";

/** What an input says. @param {(text: string) => void} set */
export const typed = (set) => (/** @type {any} */ event) => set(event.target.value);

/** Whether there is a time zone of that name. @param {string} name */
export function isZone(name) {
  try {
    return name !== "" && Boolean(new Intl.DateTimeFormat("en", { timeZone: name }));
  } catch {
    return false;
  }
}

/** @param {{title: string, about?: string, children?: any}} props */
export const Head = ({ title, about, children }) => html`<div class="head"><div><h1>${title}</h1>${about && html`<p class="hint">${about}</p>`}</div>${children && html`<div class="acts">${children}</div>`}</div>`;

/** @param {{label: string, value: string, onInput: (text: string) => void, autofocus?: boolean}} props */
export const Search = ({ label, value, onInput }) => html`<label class="search"><${Icon} name="search" /><input type="search" aria-label=${label} placeholder=${label} value=${value} onInput=${typed(onInput)} /></label>`;

/** @param {{label: string, checked: boolean, hint?: string, onPick: (checked: boolean) => void, disabled?: boolean}} props */
export const Check = ({ label, checked, hint, onPick, disabled }) => html`<label class="check"><input type="checkbox" checked=${checked} disabled=${disabled} onChange=${(/** @type {any} */ event) => onPick(event.target.checked)} /><span>${label}${hint && html`<span class="hint">${hint}</span>`}</span></label>`;

/** @param {{label: string, value: string, hint?: string, wrong?: string, rows?: number, onInput: (text: string) => void, [more: string]: any}} props */
export function TextArea({ label, value, hint, wrong, rows = 3, onInput, ...more }) {
  const id = useId();
  const described = wrong ? `${id}-wrong` : hint ? `${id}-hint` : undefined;
  return html`<div class="field"><label for=${id}>${label}</label>
    <textarea id=${id} rows=${rows} aria-describedby=${described} aria-invalid=${wrong ? "true" : undefined} value=${value} onInput=${typed(onInput)} ...${more}></textarea>
    ${hint && !wrong && html`<p class="hint" id="${id}-hint">${hint}</p>`}${wrong && html`<p class="wrong" id="${id}-wrong">${wrong}</p>`}</div>`;
}

const UNITS = [1, 60, 1_440];
/** The largest unit that a length is a whole number of. @param {number} minutes */
const unitOf = (minutes) => UNITS.findLast((it) => minutes > 0 && minutes % it === 0) ?? 1;

/**
 * A length of time: a number, and of what.
 * @param {{label: string, minutes: number | null, min?: number, wrong?: string, set: (minutes: number | null) => void}} props
 */
export function Minutes({ label, minutes, min = 0, wrong, set }) {
  const [unit, setUnit] = useState(unitOf(minutes ?? 0));
  const id = useId();
  const shown = minutes === null || Number.isNaN(minutes) ? "" : String(minutes / unit);
  return html`<div class="field"><div class="length" role="group" aria-label=${label}>
    <input type="number" min=${min} step="1" required aria-label=${label} aria-invalid=${wrong ? "true" : undefined} aria-describedby=${wrong ? id : undefined} value=${shown} onInput=${typed((text) => set(text === "" ? null : Number(text) * unit))} />
    <select aria-label=${t("admin.unit")} value=${String(unit)} onChange=${typed((text) => {
      const next = Number(text);
      setUnit(next);
      if (minutes !== null) set(Math.max(min, (minutes / unit) * next));
    })}>${UNITS.map((it) => html`<option value=${String(it)} selected=${it === unit}>${t(`unit.${it}`)}</option>`)}</select></div>
    ${wrong && html`<p class="wrong" id=${id}>${wrong}</p>`}</div>`;
}

/**
 * Rows that can be added and taken away.
 * @param {{legend: string, rows: any[], blank: () => any, set: (rows: any[]) => void, row: (row: any, change: (part: object) => void, nth: number) => any, add?: string, most?: number}} props
 */
export function Rows({ legend, rows, blank, set, row, add = t("admin.addRow"), most = 100 }) {
  const change = (/** @type {number} */ nth) => (/** @type {object} */ part) => set(rows.map((it, n) => (n === nth ? { ...it, ...part } : it)));
  return html`<fieldset class="rows"><legend>${legend}</legend>
    ${rows.map((it, nth) => html`<div class="row end" key=${nth}>${row(it, change(nth), nth)}
      <button type="button" class="quiet" aria-label=${t("admin.takeAway")} title=${t("admin.takeAway")} onClick=${() => set(rows.filter((_, n) => n !== nth))}><${Icon} name="x" /></button></div>`)}
    ${rows.length < most && html`<button type="button" class="quiet" onClick=${() => set([...rows, blank()])}><${Icon} name="plus" />${add}</button>`}
  </fieldset>`;
}

/** The name of somebody, or what there is instead. @param {string | null | undefined} id */
export const personName = (id) => (id ? nameOf(id) || t(isAdmin.value && names.value[id] === "" ? "admin.erased" : "admin.user", { id: id.slice(-6) }) : "");

/** Somebody to choose, by name: a list that narrows as one types. @param {{label: string, not: string[], onPick: (user: any) => void}} props */
export function PersonPicker({ label, not, onPick }) {
  const [query, setQuery] = useState("");
  const [found, setFound] = useState(/** @type {any[]} */ ([]));
  const [at, setAt] = useState(0);
  const id = useId();
  useEffect(() => {
    if (!query) return setFound([]);
    let current = true;
    const timer = setTimeout(() => api.get("/users/", { q: query, limit: 20 }).then((page) => current && (setFound(page.items), setAt(0)), complain), 150);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [query]);
  const shown = found.filter((it) => !it.erased_at && !not.includes(it.id)).slice(0, 6);
  const pick = (/** @type {any} */ one) => {
    if (!one) return;
    names.value = { ...names.value, [one.id]: one.display_name || one.username };
    setQuery("");
    onPick(one);
  };
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "ArrowDown") setAt(Math.min(shown.length - 1, at + 1));
    else if (event.key === "ArrowUp") setAt(Math.max(0, at - 1));
    else if (event.key === "Enter") pick(shown[at]);
    else if (event.key === "Escape" && query) {
      event.stopPropagation();
      setQuery("");
    } else return;
    event.preventDefault();
  };
  return html`<div class="field picker"><label for=${id}>${label}</label>
    <input id=${id} type="search" role="combobox" aria-expanded=${shown.length > 0} aria-controls="${id}-list" aria-activedescendant=${shown.length > 0 ? `${id}-${at}` : undefined} autocomplete="off"
      placeholder=${t("admin.findUser")} value=${query} onInput=${typed(setQuery)} onKeyDown=${keys} />
    <ul id="${id}-list" role="listbox" aria-label=${label} class="found" hidden=${shown.length === 0}>${shown.map((it, n) => html`<li id="${id}-${n}" role="option" key=${it.id} aria-selected=${n === at} onClick=${() => pick(it)}>
      <strong>${it.display_name || it.username}</strong><span class="muted">${it.username}</span></li>`)}</ul>
    ${query && found.length === 0 && html`<p class="hint" role="status">${t("admin.nobody")}</p>`}</div>`;
}

/**
 * Who manages a site or a resource. Administrators find people by name; others see who does.
 * @param {{path: string, about: string}} props
 */
export function Managers({ path, about }) {
  const [found, setFound] = useState(/** @type {any[] | null} */ (null));
  const load = () => api.all(path, {}, 500).then(setFound, complain);
  useEffect(() => void load(), [path]);
  const put = async (/** @type {string} */ id) => {
    await api.put(`${path}/${id}`).catch(complain);
    await load();
  };
  const drop = async (/** @type {string} */ id) => {
    await api.delete(`${path}/${id}`).then(() => toast(t("admin.noManager", { who: personName(id) }), { undo: () => void put(id) }), complain);
    await load();
  };
  return html`<div class="card"><h2>${t("admin.managers")}</h2><p class="hint">${about}</p>
    <ul class="plain">${found?.map((it) => html`<li key=${it.user_id}><div><strong>${personName(it.user_id)}</strong></div>
      <button class="quiet" onClick=${() => drop(it.user_id)}>${t("admin.takeAway")}</button></li>`)}</ul>
    ${found?.length === 0 && html`<p class="muted">${t("admin.noManagers")}</p>`}
    ${isAdmin.value ? html`<${PersonPicker} label=${t("admin.addManager")} not=${(found ?? []).map((it) => it.user_id)} onPick=${(/** @type {any} */ one) => put(one.id)} />` : html`<p class="hint">${t("admin.namesForAdmins")}</p>`}</div>`;
}

/** A number that may be left out. @param {{label: string, value: number | null, set: (value: number | null) => void, [more: string]: any}} props */
export const NumberField = ({ label, value, set, ...more }) => html`<${Field} type="number" label=${label} value=${value ?? ""} onInput=${typed((text) => set(text === "" ? null : Number(text)))} ...${more} />`;

/** Yes, no or what the level above says. @param {{label: string, options: Record<string, string>, value: string, onPick: (value: string) => void}} props */
export const PickOne = ({ label, options, value, onPick }) => html`<${Choice} label=${label} value=${value} options=${Object.entries(options).map(([it, text]) => ({ value: it, text }))} onPick=${onPick} />`;
