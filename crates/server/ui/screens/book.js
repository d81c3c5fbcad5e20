// Quick book: when, how long and for how many are there already; so are the three best options, of which the first is chosen. One
// tap books it.

import { api } from "../api.js";
import { Choice, Clock, Day, Length, People } from "../components/inputs.js";
import { Icon, html } from "../html.js";
import { locale, t } from "../i18n.js";
import { asked } from "../router.js";
import { book, homeZone, resourceOf, resources, toast, wordsOf } from "../state.js";
import { addDays, dayOf, here, instantOf, minutesOf, nextStep, showDay, showSpan, text } from "../time.js";
import { useEffect, useMemo, useRef, useState } from "../vendor/hooks.js";

/** @typedef {{resource_id: string, starts_at: string, ends_at: string}} Offer */

const OPTIONS = 3;

/**
 * The first offers that are no two of the same; each of something else, as far as there is something else.
 * @param {Offer[]} found
 */
function theBest(found) {
  const all = [...new Map(found.map((it) => [it.resource_id + it.starts_at, it])).values()];
  const firsts = all.filter((it, n) => all.findIndex((other) => other.resource_id === it.resource_id) === n);
  return [...new Set([...firsts.slice(0, OPTIONS), ...all])].slice(0, OPTIONS);
}

/** @param {{offer: Offer, day: string}} props */
export function OfferText({ offer, day }) {
  const resource = resourceOf(offer.resource_id);
  const zone = resource?.time_zone ?? homeZone.value;
  const from = Date.parse(offer.starts_at);
  const elsewhere = zone !== here() ? ` (${showSpan(from, Date.parse(offer.ends_at), here(), locale())} ${t("yourTime")})` : "";
  const otherDay = dayOf(from, zone) === day ? "" : `${showDay(dayOf(from, zone), locale())}, `;
  return html`<span class="offer">
    <strong>${resource?.name ?? "…"}</strong>
    <span>${otherDay}${showSpan(from, Date.parse(offer.ends_at), zone, locale())}${elsewhere}</span>
    ${resource?.capacity && html`<span class="muted"><${Icon} name="people" />${t("seats", { n: resource.capacity })}</span>`}
    ${resource?.requires_approval && html`<span class="muted">${t("needsApproval")}</span>`}
  </span>`;
}

export function Book() {
  const zone = homeZone.value;
  const now = Date.now();
  const first = nextStep(now, 15, zone);
  const chosen = asked("resource");
  const start = asked("at") ? Date.parse(/** @type {string} */ (asked("at"))) : first;
  const [day, setDay] = useState(dayOf(start, zone));
  const [minutes, setMinutes] = useState(minutesOf(start, zone));
  const [length, setLength] = useState(Number(asked("minutes")) || 60);
  const [people, setPeople] = useState(2);
  const [title, setTitle] = useState("");
  const [room, setRoom] = useState(chosen ?? "");
  const [kind, setKind] = useState("");
  const kinds = [...new Set((resources.value ?? []).map((it) => it.kind).filter((it) => it !== null))].sort();
  const [offers, setOffers] = useState(/** @type {Offer[] | null} */ (null));
  const [picked, setPicked] = useState(0);
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const [again, setAgain] = useState(0);
  const round = useRef(0);
  const wanted = useMemo(() => instantOf(day, minutes, zone), [day, minutes, zone]);

  useEffect(() => {
    const mine = ++round.current;
    const search = async () => {
      const from = Math.max(wanted, Date.now());
      // First what starts then; where there is too little, what starts later that day and the day after.
      const about = { duration_minutes: length, party_size: people, limit: OPTIONS * 3, ...(room ? { resource_ids: [room] } : {}), ...(kind && !room ? { kind } : {}) };
      const at = { ...about, from: text(from), to: text(from + length * 60_000) };
      const later = { ...about, from: text(from), to: text(instantOf(addDays(day, 2), 0, zone)) };
      const exact = await api.post("/availability/search", at);
      const found = exact.candidates.length < OPTIONS ? [...exact.candidates, ...(await api.post("/availability/search", later)).candidates] : exact.candidates;
      if (mine !== round.current) return;
      setOffers(theBest(found));
      setPicked(0);
    };
    search().catch((problem) => mine === round.current && (setError(problem), setOffers([])));
  }, [wanted, length, people, room, kind, zone, again]);

  const take = async (/** @type {Offer} */ offer) => {
    setBusy(true);
    setError(null);
    try {
      await book(offer, { party_size: people, title: title || null }, () => (toast(t("book.undone")), setAgain((n) => n + 1)));
      setTitle("");
      setAgain((n) => n + 1);
    } catch (problem) {
      setError(problem);
      if (/** @type {any} */ (problem).kind !== "booking-conflict") setAgain((n) => n + 1);
    } finally {
      setBusy(false);
    }
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const offer = offers?.[picked];
    if (offer) void take(offer);
  };

  const conflict = error?.kind === "booking-conflict" ? error.body : null;
  return html`<section class="card book">
    <h1>${t("book.title")}</h1>
    <form onSubmit=${submit}>
      <div class="row">
        <${Day} day=${day} today=${dayOf(now, zone)} onPick=${setDay} />
        <${Clock} minutes=${minutes} onPick=${setMinutes} />
        <${Length} minutes=${length} onPick=${setLength} />
        <${People} people=${people} onPick=${setPeople} />
        ${kinds.length > 1 && !room && html`<${Choice} label=${t("book.kind")} value=${kind} onPick=${setKind} options=${["", ...kinds].map((it) => ({ value: it, text: it || t("book.anyKind") }))} />`}
      </div>
      <p class="hint">${t("zone", { zone })}</p>
      <fieldset class="offers">
        <legend>${room ? t("book.optionsOf", { what: resourceOf(room)?.name ?? "" }) : t("book.options")}
          ${room && html`<button type="button" class="quiet" onClick=${() => setRoom("")}>${t("book.anywhere")}</button>`}</legend>
        ${offers === null && html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`}
        ${offers?.length === 0 && html`<p class="empty">${t("book.none")}</p>`}
        ${offers?.map(
          (offer, n) => html`<label class="option" key=${offer.resource_id + offer.starts_at}>
            <input type="radio" name="offer" checked=${n === picked} onChange=${() => setPicked(n)} />
            <${OfferText} offer=${offer} day=${day} />
          </label>`,
        )}
      </fieldset>
      <div class="row end">
        <div class="field grow"><label for="book-title">${t("book.what")}</label>
          <input id="book-title" value=${title} maxlength="200" placeholder=${t("book.whatHint")} onInput=${(/** @type {any} */ event) => setTitle(event.target.value)} /></div>
        <button class="primary" type="submit" disabled=${busy || !offers?.length}>${t("book.do")}</button>
      </div>
    </form>
    ${error &&
    html`<div class="notice bad" role="alert">
      <p><${Icon} name="alert" />${wordsOf(error)}</p>
      ${conflict?.alternatives?.length > 0 && html`<p>${t("book.instead")}</p>
        <ul class="alternatives">${conflict.alternatives.slice(0, OPTIONS).map((/** @type {Offer} */ offer) => html`<li>
          <button type="button" disabled=${busy} onClick=${() => take(offer)}><${OfferText} offer=${offer} day=${day} /></button></li>`)}</ul>`}
    </div>`}
    <details class="rooms">
      <summary>${t("book.pick")}</summary>
      <ul>${resources.value?.map((it) => html`<li><button type="button" class="quiet" aria-pressed=${it.id === room} onClick=${() => setRoom(it.id)}>${it.name}
        ${it.capacity && html`<span class="muted">${t("seats", { n: it.capacity })}</span>`}</button></li>`)}</ul>
    </details>
  </section>`;
}
