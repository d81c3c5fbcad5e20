// What is in force for a resource, and on which level it is said.

import { api } from "../../api.js";
import { lengthText } from "../../components/inputs.js";
import { html } from "../../html.js";
import { t } from "../../i18n.js";
import { wordsOf } from "../../state.js";
import { useEffect, useState } from "../../vendor/hooks.js";

/** A value in words. @param {string} rule @param {any} value */
function words(rule, value) {
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (typeof value === "number") return rule.includes("minutes") ? lengthText(value) || t("minutes", { n: 0 }) : String(value);
  if (rule === "mode") return t(`mode.${value.by}`);
  if (rule === "approval") return t(`approval.${typeof value === "string" ? value : "some"}`);
  if (rule === "turn_times") return value.map((/** @type {any} */ it) => `${t("people", { n: it.party_max })}: ${lengthText(it.stay_minutes)}`).join(", ");
  if (rule === "services") return value.map((/** @type {any} */ it) => `${it.name} ${it.starts}–${it.last_seating}`).join(", ");
  return Array.isArray(value) ? String(value.length) : String(value);
}

/** @param {{resource: import("../../state.js").Resource}} props */
export function InForce({ resource }) {
  const [found, setFound] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  useEffect(() => {
    api.get(`/resources/${resource.id}/rules/in-force`).then(setFound, setError);
  }, [resource.id]);
  if (error) return html`<p class="wrong" role="alert">${wordsOf(error)}</p>`;
  if (!found) return html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`;
  /** @type {{rule: string, value: any, from: {level: string}}[]} */
  const rules = found.rules.filter((/** @type {any} */ it) => it.value !== null && !(Array.isArray(it.value) && it.value.length === 0));
  return html`<details><summary>${t("admin.inForce")}</summary>
    <table class="rules-table"><thead><tr><th>${t("admin.rule")}</th><th>${t("admin.value")}</th><th>${t("admin.whence")}</th></tr></thead>
      <tbody>${rules.map(({ rule, value, from }) => html`<tr key=${rule}><td>${t(`rule.${rule}`)}</td><td>${words(rule, value)}</td><td class="muted">${t(`level.${from.level}`)}</td></tr>`)}</tbody></table>
  </details>`;
}
