// What a line of a booking's history says beyond what happened: from where to where it went, and which rules were set aside for it and why.

import { html } from "../html.js";
import { learn, locale, t } from "../i18n.js";
import { resourceOf } from "../state.js";
import { dayOf, showDay, showSpan } from "../time.js";

await learn("told");

/** @typedef {{resource_id: string, starts_at: string, ends_at: string}} Stood */
/** @typedef {{moved: {from: Stood, to: Stood} | null, set_aside?: {rules: string[], reason: string} | null, rules_set_aside?: string[]}} Line */

/** Where a booking stood, as far as the other place is another. @param {Stood} it @param {Stood} other @param {string} zone */
function stood(it, other, zone) {
  const [from, to] = [Date.parse(it.starts_at), Date.parse(it.ends_at)];
  const day = dayOf(from, zone);
  return [
    day === dayOf(Date.parse(other.starts_at), zone) ? "" : showDay(day, locale()),
    it.starts_at === other.starts_at && it.ends_at === other.ends_at ? "" : showSpan(from, to, zone, locale()),
    it.resource_id === other.resource_id ? "" : (resourceOf(it.resource_id)?.name ?? t("gone")),
  ].filter(Boolean).join(", ");
}

/** @param {{line: Line, zone: string}} props */
export function Told({ line: { moved, set_aside, rules_set_aside = set_aside?.rules ?? [] }, zone }) {
  const rules = rules_set_aside.map((it) => t(`aside.${it}`)).join(", ");
  return html`${moved && html`<span class="why-closed">${t("told.moved", { from: stood(moved.from, moved.to, zone), to: stood(moved.to, moved.from, zone) })}</span>`}${rules && html`<span class="why-closed">${t("told.aside", { rules })}</span>`}${set_aside && html`<span class="why-closed">${t("closing.said", { why: set_aside.reason })}</span>`}`;
}
