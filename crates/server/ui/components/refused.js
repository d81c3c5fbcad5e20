// What could not be had: why, what is in the way, and what could be had instead, one tap away.

import { Icon, html, kindShape } from "../html.js";
import { locale, t } from "../i18n.js";
import { homeZone, nameOf, resourceOf, wordsOf } from "../state.js";
import { dayOf, here, showDay, showSpan } from "../time.js";

/** @typedef {{resource_id: string, starts_at: string, ends_at: string}} Offer */

/** How many alternatives are shown. */
const MOST = 3;

/** A time on the clock of the place, and beside it on the viewer's where that is another. @param {{from: number, to: number, zone: string, day?: string}} props `day`: the one that needs no saying */
export function When({ from, to, zone, day }) {
  const own = here();
  const shown = (/** @type {string} */ it, /** @type {string | undefined} */ known) => `${dayOf(from, it) === known ? "" : `${showDay(dayOf(from, it), locale())}, `}${showSpan(from, to, it, locale())}`;
  const elsewhere = own === zone || showSpan(from, to, own, locale()) === showSpan(from, to, zone, locale()) ? null : shown(own, dayOf(from, zone));
  return html`<span class="when">${shown(zone, day)}${elsewhere && html` <span class="muted">(${elsewhere} ${t("yourTime")})</span>`}</span>`;
}

/** @param {{offer: Offer, day?: string}} props */
export function OfferText({ offer, day }) {
  const resource = resourceOf(offer.resource_id);
  return html`<span class="offer">
    <span class="kind"><${Icon} name=${kindShape(resource?.kind ?? null)} /></span>
    <strong>${resource?.name ?? "…"}</strong>
    <${When} from=${Date.parse(offer.starts_at)} to=${Date.parse(offer.ends_at)} zone=${resource?.time_zone ?? homeZone.value} day=${day} />
    ${resource?.capacity && html`<span class="muted"><${Icon} name="people" />${t("seats", { n: resource.capacity })}</span>`}
    ${resource?.site_id && html`<span class="muted">${nameOf(resource.site_id)}</span>`}
    ${resource?.requires_approval && html`<span class="muted">${t("needsApproval")}</span>`}
  </span>`;
}

/**
 * @param {{error: any, zone: string, day?: string, busy?: boolean, take?: (offer: Offer) => void}} props
 */
export function Refused({ error, zone, day, busy = false, take }) {
  const conflicts = /** @type {{kind: string, starts_at: string, ends_at: string}[]} */ (error.body?.conflicts ?? []);
  const instead = /** @type {Offer[]} */ (error.body?.alternatives ?? []).slice(0, MOST);
  return html`<div class="notice bad" role="alert">
    <p><${Icon} name="alert" />${wordsOf(error, zone)}</p>
    ${conflicts.length > 0 && html`<ul class="conflicts">${conflicts.slice(0, MOST).map((it) => html`<li>${t(it.kind === "block" ? "bar.block" : "bar.booking")}: <${When} from=${Date.parse(it.starts_at)} to=${Date.parse(it.ends_at)} zone=${zone} day=${day} /></li>`)}</ul>`}
    ${take && instead.length > 0 && html`<p>${t("book.instead")}</p>
      <ul class="alternatives">${instead.map((offer) => html`<li><button type="button" disabled=${busy} onClick=${() => take(offer)}><${OfferText} offer=${offer} day=${day} /></button></li>`)}</ul>`}
  </div>`;
}
