// The page of a site on which the public books: whether there is one, what it asks, who may show it in a frame, and how to put it there.

import { api } from "../../api.js";
import { Choice, Field } from "../../components/inputs.js";
import { html } from "../../html.js";
import { t } from "../../i18n.js";
import { sites, toast, wordsOf } from "../../state.js";
import { useId, useLayoutEffect, useState } from "../../vendor/hooks.js";

/** @typedef {{is_open: boolean, kinds: string[], party_max: number, duration_minutes: number, hold_minutes: number, policy_text: string | null, email: string, phone: string, origins: string[], accent: string | null}} PageOf */

export function PublicPages() {
  return html`<div class="head"><h1>${t("section.public")}</h1></div><p class="hint">${t("page.how")}</p>
    <div class="cards one">${sites.value.map((it) => html`<${PublicPageCard} key=${it.id} site=${it} />`)}</div>`;
}

/** @param {{site: {id: string, name: string, slug: string}}} props */
function PublicPageCard({ site }) {
  const [page, setPage] = useState(/** @type {PageOf | null} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const path = `/sites/${site.id}/public-page`;
  const id = useId();
  const load = () => api.get(path).then(setPage, setProblem);
  useLayoutEffect(() => void load(), [site.id]);
  // Who does not manage the site has nothing to set here.
  if (problem?.status === 403) return null;
  if (!page) return html`<p class="skeleton" aria-busy="true">${problem ? wordsOf(problem) : t("loading")}</p>`;
  const set = (/** @type {Partial<PageOf>} */ more) => setPage({ ...page, ...more });
  const wrong = (/** @type {string} */ name) => problem?.errors?.filter((/** @type {any} */ it) => it.pointer === `/${name}`).map((/** @type {any} */ it) => it.detail).join("; ") || undefined;
  const number = (/** @type {"party_max" | "duration_minutes" | "hold_minutes"} */ name, /** @type {number} */ max) =>
    html`<${Field} label=${t(`page.${name}`)} type="number" min="1" max=${max} required value=${page[name]} wrong=${wrong(name)} onInput=${(/** @type {any} */ event) => set({ [name]: Number(event.target.value) })} />`;
  const asked = (/** @type {"email" | "phone"} */ name) =>
    html`<${Choice} label=${t(`page.${name}`)} value=${page[name]} onPick=${(/** @type {string} */ it) => set({ [name]: it })} options=${["required", "optional", "no"].map((value) => ({ value, text: t(`page.asked.${value}`) }))} />`;
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      setPage(await api.put(path, page));
      toast(t("saved"));
    } catch (refused) {
      setProblem(refused);
    } finally {
      setBusy(false);
    }
  };
  const address = `${location.origin}/book/${site.slug}`;
  const snippet = `<script src="${location.origin}/embed.js" data-site="${site.slug}" async></script>`;
  return html`<section class="card"><div class="head"><h2>${site.name}</h2><span class="count">${t(page.is_open ? "page.open" : "page.shut")}</span></div>
    <form onSubmit=${save}>
      <label class="check"><input type="checkbox" checked=${page.is_open} onChange=${(/** @type {any} */ event) => set({ is_open: event.target.checked })} /> ${t("page.switch")}</label>
      <div class="row numbers">${number("party_max", 100_000)}${number("duration_minutes", 527_040)}${number("hold_minutes", 30)}</div>
      <div class="row">${asked("email")}${asked("phone")}</div>
      <${Field} label=${t("page.kinds")} hint=${t("page.kindsHint")} value=${page.kinds.join(", ")} wrong=${wrong("kinds")} onChange=${(/** @type {any} */ event) => set({ kinds: event.target.value.split(",").map((/** @type {string} */ it) => it.trim()).filter(Boolean) })} />
      <div class="field"><label for="${id}-policy">${t("page.policy")}</label>
        <textarea id="${id}-policy" rows="5" maxlength="4000" value=${page.policy_text ?? ""} onInput=${(/** @type {any} */ event) => set({ policy_text: event.target.value || null })}></textarea></div>
      <${Field} label=${t("page.accent")} hint=${t("page.accentHint")} placeholder="3056d3" maxlength="6" value=${page.accent ?? ""} wrong=${wrong("accent")} onInput=${(/** @type {any} */ event) => set({ accent: event.target.value.toLowerCase() || null })} />
      <div class="field"><label for="${id}-origins">${t("page.origins")}</label>
        <textarea id="${id}-origins" rows="2" aria-describedby="${id}-origins-hint" placeholder="https://www.example.org" value=${page.origins.join("\n")} onChange=${(/** @type {any} */ event) => set({ origins: event.target.value.split(/\s+/).filter(Boolean) })}></textarea>
        ${wrong("origins") ? html`<p class="wrong" id="${id}-origins-hint">${wrong("origins")}</p>` : html`<p class="hint" id="${id}-origins-hint">${t("page.originsHint")}</p>`}</div>
      ${problem && !problem.errors?.length && html`<p class="wrong" role="alert">${wordsOf(problem)}</p>`}
      <div class="row end"><button type="submit" class="primary" disabled=${busy}>${t("save")}</button></div>
      <p><a href=${address} target="_blank" rel="noopener">${address}</a></p>
      <${Field} label=${t("page.snippet")} readonly value=${snippet} onFocus=${(/** @type {any} */ event) => event.target.select()} />
    </form></section>`;
}
