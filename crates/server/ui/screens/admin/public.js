// The page of a site on which the public books: whether there is one, what it asks, who may show it in a frame, and how to put it there.

import { api } from "../../api.js";
import { Unsaved, useForm } from "../../components/forms.js";
import { Choice, Field } from "../../components/inputs.js";
import { html } from "../../html.js";
import { t } from "../../i18n.js";
import { managedSites } from "../../mine.js";
import { toast, wordsOf } from "../../state.js";
import { useId, useLayoutEffect, useState } from "../../vendor/hooks.js";

/** @typedef {{is_open: boolean, kinds: string[], party_max: number, duration_minutes: number, hold_minutes: number, policy_text: string | null, email: string, phone: string, origins: string[], accent: string | null}} PageOf */

/** As it is written: lists are text, which is read when it is saved. @param {PageOf} page */
const formOf = (page) => ({ ...page, kinds: page.kinds.join(", "), origins: page.origins.join("\n") });
/** @param {ReturnType<typeof formOf>} it @returns {PageOf} */
const pageOf = (it) => ({ ...it, kinds: it.kinds.split(",").map((one) => one.trim()).filter(Boolean), origins: it.origins.split(/\s+/).filter(Boolean) });

export function PublicPages() {
  /** At which sites something is not saved. */
  const [unsaved, setUnsaved] = useState(/** @type {string[]} */ ([]));
  const tell = (/** @type {string} */ id, /** @type {boolean} */ dirty) => setUnsaved((/** @type {string[]} */ before) => [...before.filter((it) => it !== id), ...(dirty ? [id] : [])]);
  return html`<div class="head"><h1>${t("section.public")}</h1></div><p class="hint">${t("page.how")}</p>
    <${Unsaved} when=${unsaved.length > 0} />
    <div class="cards one">${managedSites().map((it) => html`<${PublicPageCard} key=${it.id} site=${it} tell=${tell} />`)}</div>`;
}

/** @param {{site: {id: string, name: string, slug: string}, tell: (id: string, dirty: boolean) => void}} props */
function PublicPageCard({ site, tell }) {
  const [page, setPage] = useState(/** @type {PageOf | null} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const load = () => api.get(`/sites/${site.id}/public-page`).then(setPage, setProblem);
  useLayoutEffect(() => void load(), [site.id]);
  if (problem) return html`<p class="notice bad" role="alert">${site.name}: ${wordsOf(problem)}</p>`;
  if (!page) return html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`;
  return html`<${PageForm} site=${site} first=${page} tell=${tell} />`;
}

/** @param {{site: {id: string, name: string, slug: string}, first: PageOf, tell: (id: string, dirty: boolean) => void}} props */
function PageForm({ site, first, tell }) {
  const form = useForm(formOf(first));
  useLayoutEffect(() => tell(site.id, form.dirty), [form.dirty]);
  const { value: page, set, wrong, error: problem } = form;
  const id = useId();
  const number = (/** @type {"party_max" | "duration_minutes" | "hold_minutes"} */ name, /** @type {number} */ max) =>
    html`<${Field} label=${t(`page.${name}`)} type="number" min="1" max=${max} required value=${page[name]} wrong=${wrong(name)} onInput=${(/** @type {any} */ event) => set({ [name]: Number(event.target.value) })} />`;
  const asked = (/** @type {"email" | "phone"} */ name) =>
    html`<${Choice} label=${t(`page.${name}`)} value=${page[name]} onPick=${(/** @type {string} */ it) => set({ [name]: it })} options=${["required", "optional", "no"].map((value) => ({ value, text: t(`page.asked.${value}`) }))} />`;
  const save = (/** @type {Event} */ event) => {
    event.preventDefault();
    void form.send(async (it) => {
      form.settle(formOf(await api.put(`/sites/${site.id}/public-page`, pageOf(it))));
      toast(t("saved"));
    });
  };
  const address = `${location.origin}/book/${site.slug}`;
  const snippet = `<script src="${location.origin}/embed.js" data-site="${site.slug}" async></script>`;
  return html`<section class="card"><div class="head"><h2>${site.name}</h2><span class="count">${t(page.is_open ? "page.open" : "page.shut")}</span></div>
    <form onSubmit=${save}>
      <label class="check"><input type="checkbox" checked=${page.is_open} onChange=${(/** @type {any} */ event) => set({ is_open: event.target.checked })} /> ${t("page.switch")}</label>
      <div class="row numbers">${number("party_max", 100_000)}${number("duration_minutes", 527_040)}${number("hold_minutes", 30)}</div>
      <div class="row">${asked("email")}${asked("phone")}</div>
      <${Field} label=${t("page.kinds")} hint=${t("page.kindsHint")} value=${page.kinds} wrong=${wrong("kinds")} onInput=${(/** @type {any} */ event) => set({ kinds: event.target.value })} />
      <div class="field"><label for="${id}-policy">${t("page.policy")}</label>
        <textarea id="${id}-policy" rows="5" maxlength="4000" value=${page.policy_text ?? ""} onInput=${(/** @type {any} */ event) => set({ policy_text: event.target.value || null })}></textarea></div>
      <${Field} label=${t("page.accent")} hint=${t("page.accentHint")} placeholder="3056d3" maxlength="6" value=${page.accent ?? ""} wrong=${wrong("accent")} onInput=${(/** @type {any} */ event) => set({ accent: event.target.value.toLowerCase() || null })} />
      <div class="field"><label for="${id}-origins">${t("page.origins")}</label>
        <textarea id="${id}-origins" rows="2" aria-describedby="${id}-origins-hint" placeholder="https://www.example.org" value=${page.origins} onInput=${(/** @type {any} */ event) => set({ origins: event.target.value })}></textarea>
        ${wrong("origins") ? html`<p class="wrong" id="${id}-origins-hint">${wrong("origins")}</p>` : html`<p class="hint" id="${id}-origins-hint">${t("page.originsHint")}</p>`}</div>
      ${problem && !problem.errors?.length && html`<p class="wrong" role="alert">${wordsOf(problem)}</p>`}
      <div class="row end"><button type="submit" class="primary" disabled=${form.busy}>${t("save")}</button></div>
      <p><a href=${address} target="_blank" rel="noopener">${address}</a></p>
      <${Field} label=${t("page.snippet")} readonly value=${snippet} onFocus=${(/** @type {any} */ event) => event.target.select()} />
    </form></section>`;
}
