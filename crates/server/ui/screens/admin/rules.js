// The rules of a place, an area or a resource: each explained, with what is in force and where it comes from, and tried on the bookings there are
// before it is saved.

import { api } from "../../api.js";
import { Trouble, Unsaved, useForm } from "../../components/forms.js";
import { Choice, Field } from "../../components/inputs.js";
import { Icon, html } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { resourceOf, toast, wordsOf } from "../../state.js";
import { dayOf, showDay, showSpan } from "../../time.js";
import { useEffect, useState } from "../../vendor/hooks.js";
import { BUILT_IN, inherited } from "./levels.js";
import { LevelPicker, useLevel } from "./level.js";
import { Head, Minutes, typed } from "./parts.js";
import { Approval, Groups, Pieces, Quotas, Services, Turns } from "./pieces.js";
import { isTime, words } from "./words.js";

/** @typedef {import("./level.js").Level} Level */

/** A service to begin with; its name is in the language of whoever adds it. */
const DINNER = { name: "", days: [], starts: "18:00", last_seating: "21:00" };

/** Which rules stand together, and what a rule is set to at first where nothing above says anything. */
const TOPICS = /** @type {{topic: string, rules: [string, any][]}[]} */ ([
  { topic: "pieces", rules: [["mode", { by: "free" }], ["duration_minutes_min", 30], ["duration_minutes_max", 240], ["start_step_minutes", 15], ["turn_times", [{ party_max: 2, stay_minutes: 90 }]]] },
  { topic: "notice", rules: [["book_notice_minutes_min", 60], ["book_ahead_minutes_max", 129_600], ["move_notice_minutes_min", 60], ["cancel_notice_minutes_min", 120]] },
  { topic: "buffers", rules: [["buffer_before_minutes", 15], ["buffer_after_minutes", 15], ["buffers_overlap", true]] },
  { topic: "people", rules: [["groups", []], ["quotas", [{ measure: "at_a_time", max: 3, scope: "everything" }]], ["party_required", true], ["party_min", 2], ["party_max", 8]] },
  { topic: "approval", rules: [["approval", "always"], ["pending_minutes_max", 1_440]] },
  { topic: "checkIn", rules: [["check_in_opens_minutes", 15], ["check_in_closes_minutes", 15]] },
  { topic: "guests", rules: [["services", [DINNER]], ["pacing_max", 20], ["reseating", true], ["hold_minutes_max", 10]] },
]);
const KEYS = TOPICS.flatMap((it) => it.rules.map(([key]) => key));

export function RulesSection() {
  const { of, level, error, round, reload, anew } = useLevel();
  if (!of) return html`<${Head} title=${t("section.rules")} /><p class="empty">${t("admin.nothingManaged")}</p>`;
  return html`<${Head} title=${t("section.rules")} about=${t("admin.rulesHint")} />
    <${LevelPicker} of=${of} site=${level?.site ?? null} to="/admin/rules" />
    ${error && html`<p class="notice bad" role="alert">${wordsOf(error)}</p>`}
    ${!level && !error && html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`}
    ${level && html`<${RulesForm} key=${`${level.path} ${round}`} level=${level} reload=${reload} anew=${anew} />`}`;
}

/** @param {{level: Level, reload: () => Promise<Level | null>, anew: () => Promise<any>}} props */
function RulesForm({ level, reload, anew }) {
  const form = useForm(level.rules);
  const [groups, setGroups] = useState(/** @type {any[]} */ ([]));
  const [trial, setTrial] = useState(/** @type {any} */ (null));
  const [trying, setTrying] = useState(false);
  useEffect(() => {
    api.all("/groups/").then(setGroups, () => {});
  }, []);
  const groupName = (/** @type {string} */ id) => groups.find((it) => it.id === id)?.name ?? t("admin.goneGroup");
  const set = (/** @type {string} */ key, /** @type {any} */ value) => (form.set({ [key]: value }), setTrial(null));
  const save = (/** @type {boolean} */ anyway) => form.send(async (value) => {
    await api.put(level.path, value, anyway ? undefined : level.version);
    const now = await reload();
    form.settle(now ? now.rules : value);
    setTrial(null);
    toast(t("saved"));
  });
  const tryIt = async () => {
    setTrying(true);
    await form.send(async (value) => setTrial(await api.post(`${level.path}/trial`, value)));
    setTrying(false);
  };
  const said = KEYS.filter((key) => form.value[key] !== null && form.value[key] !== undefined).length;
  return html`<form class="rules" onSubmit=${(/** @type {Event} */ event) => (event.preventDefault(), save(false))}>
    <${Unsaved} when=${form.dirty} />
    <p class="hint">${t("rules.said", { n: said })}</p>
    ${TOPICS.map(({ topic, rules }) => html`<section class="card" key=${topic}><h2>${t(`topic.${topic}`)}</h2>
      ${rules.map(([key, first]) => html`<${Rule} key=${key} rule=${key} first=${first} value=${form.value[key] ?? null} level=${level} groups=${groups} groupName=${groupName} wrong=${form.wrong(key)} set=${(/** @type {any} */ value) => set(key, value)} />`)}</section>`)}
    <${Trouble} error=${form.error} theirs=${anew} mine=${() => save(true)} />
    ${trial && html`<${Trial} trial=${trial} zone=${level.zone} close=${() => setTrial(null)} />`}
    <div class="save-bar ${form.dirty ? "dirty" : ""}">
      <span class="muted">${form.dirty ? t("form.dirty") : ""}</span>
      <button type="button" disabled=${trying} onClick=${tryIt}>${trying ? t("loading") : t("rules.try")}</button>
      ${form.dirty && html`<button type="button" onClick=${form.back}>${t("form.discard")}</button>`}
      <button class="primary" type="submit" disabled=${form.busy || !form.dirty}>${t("save")}</button></div>
  </form>`;
}

/**
 * One rule: what it is for, what holds and who says so; and how to say otherwise here.
 * @param {{rule: string, first: any, value: any, level: Level, groups: any[], groupName: (id: string) => string, wrong: string | undefined, set: (value: any) => void}} props
 */
function Rule({ rule, first, value, level, groups, groupName, wrong, set }) {
  const above = inherited(level.above, rule);
  const here = value !== null;
  const origin = above.name ?? t(`level.${above.level}`);
  return html`<div class="rule ${here ? "here" : ""}"><div class="about"><h3>${t(`rule.${rule}`)}</h3><p class="hint">${t(`rule.${rule}.about`)}</p></div>
    <div class="value">${here
      ? html`<${Control} rule=${rule} value=${value} groups=${groups} wrong=${wrong} set=${set} />
        <div class="origin"><span class="badge on">${t("rules.here")}</span><span class="hint">${t("rules.otherwise", { what: small(words(rule, above.value, groupName)), from: above.name ?? small(origin) })}</span>
          <button type="button" class="quiet" onClick=${() => set(null)}>${above.level === "built_in" ? t("rules.unset") : t("rules.inherit", { what: origin })}</button></div>`
      : html`<div class="inherited"><strong>${words(rule, above.value, groupName)}</strong><span class="badge">${origin}</span></div>
        <button type="button" aria-label="${t("rules.set")}: ${t(`rule.${rule}`)}" onClick=${() => set(beginning(isEmpty(above.value, rule) ? first : above.value))}>${t("rules.set")}</button>`}
      ${wrong && !isTime(rule) && typeof value !== "number" && html`<p class="wrong" aria-invalid="true" tabindex="-1">${wrong}</p>`}</div></div>`;
}

/** As it stands within a sentence. @param {string} text */
const small = (text) => text.charAt(0).toLocaleLowerCase() + text.slice(1);

/** @param {any} value */
const beginning = (value) => (Array.isArray(value) && value[0] === DINNER ? [{ ...DINNER, name: t("service.dinner") }] : structuredClone(value));

/** Whether what holds is no more than what is built in, and no place to begin from. @param {any} value @param {string} rule */
const isEmpty = (value, rule) => value === null || JSON.stringify(value) === JSON.stringify(BUILT_IN[rule] ?? null);

/** @param {{rule: string, value: any, groups: any[], wrong: string | undefined, set: (value: any) => void}} props */
function Control({ rule, value, groups, wrong, set }) {
  if (rule === "mode") return html`<${Pieces} value=${value} set=${set} />`;
  if (rule === "approval") return html`<${Approval} value=${value} groups=${groups} set=${set} />`;
  if (rule === "services") return html`<${Services} value=${value} set=${set} />`;
  if (rule === "turn_times") return html`<${Turns} value=${value} set=${set} />`;
  if (rule === "quotas") return html`<${Quotas} value=${value} set=${set} />`;
  if (rule === "groups") return html`<${Groups} legend=${t("rule.groups")} value=${value} groups=${groups} set=${set} />`;
  if (typeof value === "boolean") return html`<${Choice} label=${t(`rule.${rule}`)} value=${String(value)} options=${["true", "false"].map((it) => ({ value: it, text: t(it === "true" ? "yes" : "no") }))} onPick=${(/** @type {string} */ it) => set(it === "true")} />`;
  if (isTime(rule)) return html`<${Minutes} label=${t(`rule.${rule}`)} min=${BUILT_IN[rule] === 1 || rule.endsWith("_max") || rule === "start_step_minutes" || rule === "check_in_closes_minutes" ? 1 : 0} minutes=${Number.isNaN(value) ? null : value} wrong=${wrong} set=${(/** @type {number | null} */ it) => set(it ?? Number.NaN)} />`;
  return html`<${Field} label=${t(`rule.${rule}`)} type="number" min="1" required value=${Number.isNaN(value) ? "" : value} wrong=${wrong} onInput=${typed((text) => set(text === "" ? Number.NaN : Number(text)))} />`;
}

/** What the rules would have done. @param {{trial: any, zone: string, close: () => void}} props */
function Trial({ trial, zone, close }) {
  const when = (/** @type {any} */ it) => `${showDay(dayOf(Date.parse(it.starts_at), zone), locale())}, ${showSpan(Date.parse(it.starts_at), Date.parse(it.ends_at), zone, locale())}`;
  return html`<section class="card trial" role="status"><div class="head"><h2>${t("trial.title")}</h2><button type="button" class="quiet" aria-label=${t("close")} onClick=${close}><${Icon} name="x" /></button></div>
    <p class="verdict ${trial.refused > 0 ? "some" : "none"}"><${Icon} name=${trial.refused > 0 ? "alert" : "check"} />
      <strong>${trial.refused > 0 ? t("trial.refused", { n: trial.refused, all: trial.looked_at }) : t("trial.none", { n: trial.looked_at })}</strong></p>
    ${trial.refused > 0 && html`<p>${t("trial.split", { days: trial.days, past: trial.past.refused, of: trial.past.looked_at, ahead: trial.to_come.refused, all: trial.to_come.looked_at })}</p>`}
    <p class="hint">${t("trial.about", { days: trial.days })}${trial.complete ? "" : ` ${t("trial.more", { n: trial.looked_at_max })}`}</p>
    ${trial.by_rule.length > 0 && html`<ul class="counts">${trial.by_rule.map((/** @type {any} */ it) => html`<li><span>${t(`rule.${it.rule}`)}</span><strong>${it.bookings}</strong></li>`)}</ul>`}
    ${trial.examples.length > 0 && html`<details open><summary>${t("trial.examples")}</summary><ul class="plain">${trial.examples.slice(0, 8).map((/** @type {any} */ it) => html`<li key=${it.booking_id}><div><strong>${resourceOf(it.resource_id)?.name ?? t("gone")}</strong>
      <span class="muted">${when(it)} · ${it.broken_rules.map((/** @type {any} */ one) => t(`rule.${one.rule}`)).join(", ")}</span></div></li>`)}</ul></details>`}</section>`;
}
