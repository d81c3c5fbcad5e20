// The page behind the private link of a guest without an account. The secret stands behind the `#` of the address, which browsers send to
// nobody; it goes into a header and nowhere else.

import { asGuest } from "../api.js";
import { html } from "../html.js";
import { locale, t } from "../i18n.js";
import { wordsOf } from "../state.js";
import { dayOf, here, showDay, showSpan } from "../time.js";
import { useEffect, useState } from "../vendor/hooks.js";

/** @param {{id: string}} props */
export function Guest({ id }) {
  const [booking, setBooking] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [forgotten, setForgotten] = useState(false);
  const [sure, setSure] = useState(/** @type {"" | "cancel" | "forget"} */ (""));
  const secret = location.hash.slice(1);
  const path = `/guest/bookings/${encodeURIComponent(id)}`;

  const load = () => asGuest("GET", path, secret).then(setBooking).catch(setProblem);
  useEffect(() => void load(), [id, secret]);

  const act = async () => {
    setProblem(null);
    try {
      if (sure === "forget") {
        await asGuest("DELETE", `${path}/me`, secret);
        setForgotten(true);
      } else {
        await asGuest("DELETE", path, secret);
        await load();
      }
    } catch (refused) {
      setProblem(refused);
    } finally {
      setSure("");
    }
  };

  if (forgotten) return html`<section class="card narrow"><h1>${t("guest.forgotten")}</h1></section>`;
  if (problem && !booking) {
    return html`<section class="card narrow"><h1>${t("guest.title")}</h1>
      <p role="alert" class="notice bad">${problem.status === 401 ? t("guest.badLink") : wordsOf(problem)}</p></section>`;
  }
  if (!booking) return html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`;
  const zone = booking.time_zone ?? "UTC";
  const stands = ["pending", "confirmed", "held"].includes(booking.status);
  const [from, to] = [Date.parse(booking.starts_at), Date.parse(booking.ends_at)];
  const when = (/** @type {string} */ onClockOf) => `${showDay(dayOf(from, onClockOf), locale(), "long")}, ${showSpan(from, to, onClockOf, locale())}`;
  return html`<section class="card narrow">
    <h1>${t("guest.title")}</h1>
    <p><strong>${booking.resource_name ?? ""}</strong>${booking.site_name && html`<br />${booking.site_name}`}${booking.site_address && html`<br />${booking.site_address}`}</p>
    <p>${when(zone)}<br /><span class="hint">${zone}</span></p>
    ${zone !== here() && html`<p class="hint">${t("guest.yourTime", { when: when(here()) })}</p>`}
    ${booking.guest && html`<p>${booking.guest.name}${booking.party_size ? ` · ${t("people", { n: booking.party_size })}` : ""}</p>`}
    <p role="status">${t(`status.${booking.status}`)}</p>
    ${problem && html`<p role="alert" class="notice bad">${wordsOf(problem)}</p>`}
    ${sure
      ? html`<p>${t(sure === "forget" ? "guest.sureForget" : "guest.sureCancel")}</p>
        <p class="acts"><button class="primary" type="button" onClick=${act}>${t("guest.yes")}</button>
        <button type="button" onClick=${() => setSure("")}>${t("guest.no")}</button></p>`
      : html`<p class="acts">${stands && html`<button type="button" onClick=${() => setSure("cancel")}>${t("my.cancel")}</button>`}
        <button type="button" class="quiet" onClick=${() => setSure("forget")}>${t("guest.forget")}</button></p>`}
  </section>`;
}
