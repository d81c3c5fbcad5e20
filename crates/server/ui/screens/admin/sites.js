// Sites: the name, the zone, and the rules that hold for all that stands in them.

import { api } from "../../api.js";
import { Field } from "../../components/inputs.js";
import { html } from "../../html.js";
import { t } from "../../i18n.js";
import { isAdmin, loadPlaces, sites, wordsOf } from "../../state.js";
import { here } from "../../time.js";
import { useState } from "../../vendor/hooks.js";
import { RulesForm } from "./rules.js";

export function Sites() {
  const [name, setName] = useState("");
  const [error, setError] = useState(/** @type {any} */ (null));
  const add = async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      await api.post("/sites/", { name, slug: slugOf(name), time_zone: here() });
      setName("");
      setError(null);
      await loadPlaces();
    } catch (problem) {
      setError(problem);
    }
  };
  return html`<div class="cards one">${sites.value.map((it) => html`<div class="card" key=${it.id}><h2>${it.name} <span class="muted">${it.time_zone}</span></h2><${RulesForm} path="/sites/${it.id}/rules" /></div>`)}</div>
    ${sites.value.length === 0 && html`<p class="empty">${t("admin.noSites")}</p>`}
    ${isAdmin.value && html`<form class="card" onSubmit=${add}><h2>${t("admin.addSite")}</h2>
      <${Field} label=${t("admin.name")} required maxlength="200" hint=${t("admin.zoneHint", { zone: here() })} value=${name} onInput=${(/** @type {any} */ event) => setName(event.target.value)} />
      ${error && html`<p class="wrong" role="alert">${wordsOf(error)}</p>`}
      <button type="submit">${t("admin.addSite")}</button></form>`}`;
}

/** A slug for an address, of a name in any script. @param {string} name */
export function slugOf(name) {
  const slug = name.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40);
  return slug.length >= 2 ? slug : `site-${crypto.randomUUID().slice(0, 8)}`;
}
