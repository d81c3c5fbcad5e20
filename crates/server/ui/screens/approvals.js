// The approvals inbox: what waits for a decision, the oldest first, with what else stands at that time. j and k go through it, a approves, r rejects.

import { api } from "../api.js";
import { isWriting, useKeys } from "../components/keys.js";
import { html } from "../html.js";
import { locale, t } from "../i18n.js";
import { useLive } from "../live.js";
import { complain, homeZone, resourceOf, toast, wordsOf } from "../state.js";
import { dayOf, showDay, showSpan, text } from "../time.js";
import { useState } from "../vendor/hooks.js";

/** @typedef {import("../state.js").Booking} Booking */

export function Approvals() {
  const [waiting, setWaiting] = useState(/** @type {Booking[] | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [at, setAt] = useState(0);
  const load = () =>
    api.all("/bookings/", { status: "pending", from: text(Date.now()) }, 500).then(
      (found) => (setWaiting(found), setError(null)),
      (problem) => (setError(problem), setWaiting((before) => before ?? [])),
    );
  useLive(load, []);

  const decide = async (/** @type {Booking} */ booking, /** @type {"confirm" | "reject"} */ how) => {
    try {
      await api.act(`/bookings/${booking.id}/${how}`);
      toast(t(how === "confirm" ? "approvals.confirmed" : "approvals.rejected"));
    } catch (problem) {
      complain(problem);
    }
    await load();
    setAt((n) => Math.max(0, Math.min(n, (waiting?.length ?? 1) - 2)));
  };
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (isWriting(event)) return;
    const booking = waiting?.[at];
    const most = (waiting?.length ?? 0) - 1;
    if (event.key === "j") setAt(Math.min(most, at + 1));
    else if (event.key === "k") setAt(Math.max(0, at - 1));
    else if (event.key === "a" && booking) void decide(booking, "confirm");
    else if (event.key === "r" && booking) void decide(booking, "reject");
    else return;
    event.preventDefault();
  };
  useKeys(keys);
  const refused = error?.status === 403;
  return html`<section class="page">
    <div class="head"><h1>${t("approvals.title")}</h1>${waiting && waiting.length > 0 && html`<span class="count">${waiting.length}</span>`}</div>
    ${error && !refused && html`<p class="notice bad" role="alert">${wordsOf(error)}</p>`}
    ${waiting === null && html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`}
    ${waiting?.length === 0 && html`<p class="empty">${refused ? t("approvals.notYours") : t("approvals.none")}</p>`}
    <ul class="bookings">${waiting?.map((booking, n) => {
      const resource = resourceOf(booking.resource_id);
      const zone = resource?.time_zone ?? homeZone.value;
      const [from, to] = [Date.parse(booking.starts_at), Date.parse(booking.ends_at)];
      return html`<li class="item ${n === at ? "at" : ""}" aria-current=${n === at ? "true" : undefined} key=${booking.id}>
        <div class="what"><strong>${booking.title || t("booking")}</strong>
          <span>${resource?.name ?? t("gone")} · ${showDay(dayOf(from, zone), locale(), "long")}, ${showSpan(from, to, zone, locale())}</span>
          ${booking.party_size && html`<span class="muted">${t("people", { n: booking.party_size })}</span>`}
          ${booking.notes && html`<span class="muted">${booking.notes}</span>`}</div>
        <div class="acts"><button class="primary" onClick=${() => decide(booking, "confirm")}>${t("approvals.confirm")}</button>
          <button class="danger" onClick=${() => decide(booking, "reject")}>${t("approvals.reject")}</button></div>
      </li>`;
    })}</ul>
    ${waiting && waiting.length > 0 && html`<p class="hint">${t("approvals.help")}</p>`}
  </section>`;
}
