// What one waits for: what was asked for, what is offered and for how long yet, and how to take it.

import { api } from "../../api.js";
import { OfferText, When } from "../../components/refused.js";
import { Icon, html } from "../../html.js";
import { t } from "../../i18n.js";
import { complain, homeZone, lengthText, resourceOf, toast, wordsOf } from "../../state.js";
import { useEffect, useState } from "../../vendor/hooks.js";

/** @typedef {{id: string, from: string, to: string, status: string, resource_ids: string[], duration_minutes: number | null, party_size: number | null, title: string | null, offer: {resource_id: string, starts_at: string, ends_at: string, lapses_at: string | null, status: string} | null}} Entry */

/** What may yet come to something, the most urgent first. */
const ORDER = ["offered", "waiting", "booked", "missed", "left", "over"];

/** So many minutes and seconds until an instant, as long as it has not come. @param {{until: string, over: () => void}} props */
function Countdown({ until, over }) {
  const [now, setNow] = useState(Date.now());
  const left = Math.max(0, Math.round((Date.parse(until) - now) / 1_000));
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (left === 0) over();
  }, [left === 0]);
  const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  return html`<span class="countdown" role="timer"><${Icon} name="clock" />${t("waiting.left", { time: clock })}</span>`;
}

/** @param {{again: number}} props read again when it changes */
export function Waiting({ again }) {
  const [found, setFound] = useState(/** @type {Entry[] | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const load = () => api.all("/waiting-list/").then((all) => {
    setFound(all.sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status) || Date.parse(a.from) - Date.parse(b.from)));
    setError(null);
  }, setError);
  useEffect(() => void load(), [again]);
  const act = async (/** @type {Promise<any>} */ done, /** @type {string} */ said) => {
    await done.then(() => toast(t(said)), complain);
    await load();
  };
  if (error) return html`<p class="notice bad" role="alert">${wordsOf(error)}</p>`;
  if (!found) return html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`;
  if (found.length === 0) return html`<div class="empty"><${Icon} name="clock" /><p>${t("waiting.none")}</p><a class="button" href="/">${t("book.title")}</a></div>`;
  return html`<ul class="bookings">${found.map((it) => {
    const resource = resourceOf(it.resource_ids[0] ?? "");
    const zone = resource?.time_zone ?? homeZone.value;
    const names = it.resource_ids.map((id) => resourceOf(id)?.name).filter(Boolean);
    const offered = it.status === "offered" && it.offer;
    return html`<li class="item ${it.status}" key=${it.id}><div class="what">
      <strong>${it.title || (names.length > 3 ? t("waiting.any", { n: names.length }) : names.join(", "))}</strong>
      ${offered ? html`<${OfferText} offer=${it.offer} />` : html`<span>${t("waiting.between")} <${When} from=${Date.parse(it.from)} to=${Date.parse(it.to)} zone=${zone} /></span>`}
      <span class="muted">${[it.duration_minutes && lengthText(it.duration_minutes), it.party_size && t("people", { n: it.party_size }), it.title && names.slice(0, 3).join(", ")].filter(Boolean).join(" · ")}</span>
      ${offered && it.offer?.lapses_at && html`<${Countdown} until=${it.offer.lapses_at} over=${load} />`}</div>
      <span class="status ${{ offered: "pending", waiting: "confirmed", booked: "checked_in" }[it.status] ?? "completed"}">${t(`waiting.status.${it.status}`)}</span>
      <div class="acts">
        ${offered && html`<button class="primary" onClick=${() => act(api.post(`/holds/${it.id}/book`, {}), "waiting.taken")}>${t("waiting.take")}</button><button onClick=${() => act(api.delete(`/bookings/${it.id}`), "waiting.declined")}>${t("waiting.decline")}</button>`}
        ${it.status === "waiting" && html`<button class="danger" onClick=${() => act(api.delete(`/waiting-list/${it.id}`), "waiting.gone")}>${t("waiting.leave")}</button>`}
        ${it.status === "booked" && html`<a class="button" href="/my?booking=${it.id}">${t("my.details")}</a>`}
      </div></li>`;
  })}</ul>`;
}
