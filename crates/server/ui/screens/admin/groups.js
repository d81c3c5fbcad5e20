// Groups of people, which rules can name: who is in them.

import { api } from "../../api.js";
import { Sure, Trouble, Unsaved, useForm } from "../../components/forms.js";
import { Field } from "../../components/inputs.js";
import { useStill } from "../../components/still.js";
import { Icon, html } from "../../html.js";
import { t } from "../../i18n.js";
import { go } from "../../router.js";
import { complain, toast, wordsOf } from "../../state.js";
import { useEffect, useState } from "../../vendor/hooks.js";
import { Head, PersonPicker, TextArea, personName, typed } from "./parts.js";

/** @param {{rest: string[]}} props */
export function Groups({ rest }) {
  const [all, setAll] = useState(/** @type {any[] | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [round, setRound] = useState(0);
  const load = () => api.all("/groups/").then(setAll, setError);
  const anew = () => load().then(() => setRound((n) => n + 1));
  useEffect(() => void load(), [rest.join()]);
  const [id] = rest;
  if (error) return html`<p class="notice bad" role="alert">${wordsOf(error)}</p>`;
  if (!all) return html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`;
  if (id === "new") return html`<${GroupForm} group=${null} reload=${load} anew=${anew} />`;
  const group = id && all.find((it) => it.id === id);
  if (id) return group ? html`<${GroupForm} key=${`${group.id} ${round}`} group=${group} reload=${load} anew=${anew} /><${Members} key=${group.id} group=${group} />` : html`<p class="empty">${t("group.notThere")}</p>`;
  return html`<${Head} title=${t("section.groups")} about=${t("section.groups.about")}><a class="button primary" href="/admin/groups/new"><${Icon} name="plus" />${t("group.add")}</a><//>
    ${all.length === 0 && html`<p class="empty">${t("admin.noGroups")}</p>`}
    <ul class="sections">${all.map((it) => html`<li key=${it.id}><a href="/admin/groups/${it.id}"><${Icon} name="people" /><span><strong>${it.name}</strong>${it.description && html`<span class="muted">${it.description}</span>`}</span><${Icon} name="right" /></a></li>`)}</ul>`;
}

/** @param {any} group */
const formOf = (group) => ({ name: group?.name ?? "", description: group?.description ?? "" });

/** @param {{group: any, reload: () => Promise<any>, anew: () => Promise<any>}} props */
function GroupForm({ group, reload, anew }) {
  const form = useForm(formOf(group));
  const [deleting, setDeleting] = useState(false);
  const { value, set, wrong } = form;
  const still = useStill(form.busy && !group);
  const save = (/** @type {boolean} */ anyway) => form.send(async (it) => {
    const body = { name: it.name, description: it.description || null };
    const made = group ? await api.patch(`/groups/${group.id}`, body, anyway ? undefined : group.version) : await api.post("/groups/", body);
    if (group) await reload();
    form.settle(formOf(made));
    toast(t("saved"));
    if (!group) go(`/admin/groups/${made.id}`, { replace: true });
  });
  const remove = async () => {
    await api.delete(`/groups/${group.id}`);
    toast(t("admin.deleted", { what: group.name }));
    go("/admin/groups", { replace: true });
  };
  return html`<${Head} title=${group ? group.name : t("group.add")}>${group && html`<button class="danger" onClick=${() => setDeleting(true)}><${Icon} name="trash" />${t("admin.delete")}</button>`}<//>
    <form class="card" ref=${still} onSubmit=${(/** @type {Event} */ event) => (event.preventDefault(), save(false))}>
      <${Unsaved} when=${form.dirty} />
      <${Field} label=${t("admin.name")} required maxlength="200" value=${value.name} wrong=${wrong("name") ?? (form.error?.kind === "name-taken" ? t("problem.name-taken") : undefined)} onInput=${typed((name) => set({ name }))} autofocus=${!group} />
      <${TextArea} label=${t("admin.description")} rows="2" maxlength="4000" value=${value.description} wrong=${wrong("description")} onInput=${(/** @type {string} */ description) => set({ description })} />
      <${Trouble} error=${form.error} theirs=${group && anew} mine=${group && (() => save(true))} />
      <div class="row end">${group && form.dirty && html`<button type="button" onClick=${form.back}>${t("form.discard")}</button>`}<button class="primary" type="submit" disabled=${form.busy || (group && !form.dirty)}>${t("save")}</button></div>
    </form>
    ${deleting && html`<${Sure} title=${t("admin.deleteOf", { what: group.name })} yes=${t("admin.delete")} act=${remove} close=${() => setDeleting(false)}><p>${t("group.gone")}</p><//>`}`;
}

/** @param {{group: any}} props */
function Members({ group }) {
  const [found, setFound] = useState(/** @type {any[] | null} */ (null));
  const path = `/groups/${group.id}/members`;
  const load = () => api.all(path, {}, 1_000).then(setFound, complain);
  useEffect(() => void load(), []);
  const ids = (found ?? []).map((it) => it.user_id);
  const put = async (/** @type {string} */ id) => {
    await api.put(`${path}/${id}`).catch(complain);
    await load();
  };
  const drop = async (/** @type {string} */ id) => {
    await api.delete(`${path}/${id}`).then(() => toast(t("group.left", { who: personName(id) }), { undo: () => void put(id) }), complain);
    await load();
  };
  return html`<div class="card"><h2>${t("group.members")} ${found && html`<span class="count">${found.length}</span>`}</h2>
    <${PersonPicker} label=${t("group.addMember")} not=${ids} onPick=${(/** @type {any} */ one) => put(one.id)} />
    <ul class="plain">${found?.map((it) => html`<li key=${it.user_id}><div><strong>${personName(it.user_id)}</strong></div><button class="quiet" onClick=${() => drop(it.user_id)}>${t("admin.takeAway")}</button></li>`)}</ul>
    ${found?.length === 0 && html`<p class="muted">${t("group.empty")}</p>`}</div>`;
}
