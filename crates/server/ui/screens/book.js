// Quick book: when, how long and for how many are there already; so are the three best options, of which the first is chosen. One
// tap books it. Whoever knows what they want begins with that instead; what a place gives out in pieces is offered in pieces.

import { api } from "../api.js";
import { Clock, Day, Length, People, Stepper } from "../components/inputs.js";
import { OfferText, Refused } from "../components/refused.js";
import { Icon, html, kindShape } from "../html.js";
import { t } from "../i18n.js";
import { asked } from "../router.js";
import { allResources, book, homeZone, kindName, learnResources, overview, resourceOf, sites, toast } from "../state.js";
import { addDays, dayOf, here, instantOf, minutesOf, nextStep, text } from "../time.js";
import { useEffect, useMemo, useRef, useState } from "../vendor/hooks.js";

/** @typedef {import("../components/refused.js").Offer} Offer */
/** @typedef {{mode: string, step: number, least: number, most: number, party: number | null}} Rules what of the rules of something is asked here */

const OPTIONS = 3;
/** Of what is given out in pieces so many are shown, of so many days. */
const PIECES = 12;
const PIECE_DAYS = 21;
const DAY_MINUTES = 1_440;

/** What comes when it is wanted for the first time. @type {{More?: any, Rooms?: any, mayGive?: typeof import("../mine.js").mayGive}} */
const parts = {};
const fetchMore = async () => Object.assign(parts, await import("./book/more.js"));
async function fetchMine() {
  const { knowMine, mayGive } = await import("../mine.js");
  await knowMine();
  parts.mayGive = mayGive;
}

/**
 * The first offers that are no two of the same; each of something else, as far as there is something else.
 * @param {Offer[]} found
 */
function theBest(found) {
  const all = [...new Map(found.map((it) => [it.resource_id + it.starts_at, it])).values()];
  const firsts = all.filter((it, n) => all.findIndex((other) => other.resource_id === it.resource_id) === n);
  return [...new Set([...firsts.slice(0, OPTIONS), ...all])].slice(0, OPTIONS);
}

/** @param {string} id @returns {Promise<Rules>} */
async function rulesOf(id) {
  const { rules } = await api.get(`/resources/${id}/rules/in-force`);
  const value = (/** @type {string} */ rule) => rules.find((/** @type {any} */ it) => it.rule === rule)?.value;
  return { mode: value("mode")?.by ?? "free", step: value("start_step_minutes") ?? 15, least: value("duration_minutes_min") ?? 1, most: value("duration_minutes_max") ?? 527_040, party: value("party_max") };
}

/** The options, of which one is chosen. @param {{offers: Offer[] | null, picked: number, pick: (n: number) => void, day: string, legend: any, empty: any}} props */
function Options({ offers, picked, pick, day, legend, empty }) {
  return html`<fieldset class="offers">
    <legend>${legend}</legend>
    ${offers === null && html`<div class="option skeleton-option" aria-busy="true"><span class="unseen">${t("loading")}</span></div><div class="option skeleton-option"></div><div class="option skeleton-option"></div>`}
    ${offers?.length === 0 && empty}
    ${offers?.map((offer, n) => html`<label class="option" key=${offer.resource_id + offer.starts_at}>
      <input type="radio" name="offer" checked=${n === picked} onChange=${() => pick(n)} />
      <${OfferText} offer=${offer} day=${day} /></label>`)}
  </fieldset>`;
}

/** Where it begins with something, that has to be known first. */
export function Book() {
  const wanted = asked("resource") ?? "";
  const [known, setKnown] = useState(wanted === "" || resourceOf(wanted) !== undefined);
  useEffect(() => {
    if (!known) void learnResources([wanted]).catch(() => {}).then(() => setKnown(true));
  }, [known]);
  return known ? html`<${QuickBook} />` : html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`;
}

function QuickBook() {
  const now = Date.now();
  const [room, setRoom] = useState(asked("resource") ?? "");
  const resource = resourceOf(room);
  const zone = resource?.time_zone ?? homeZone.value;
  const start = asked("at") ? Date.parse(/** @type {string} */ (asked("at"))) : nextStep(now, 15, zone);
  const [day, setDay] = useState(dayOf(start, zone));
  const [minutes, setMinutes] = useState(minutesOf(start, zone));
  const [length, setLength] = useState(Number(asked("minutes")) || 60);
  const [people, setPeople] = useState(Number(asked("people")) || Math.min(2, resource?.capacity ?? 2));
  const [quantity, setQuantity] = useState(/** @type {number | null} */ (1));
  const [title, setTitle] = useState(asked("title") ?? "");
  const there = overview.value?.kinds ?? [];
  const kinds = there.map((it) => it.kind).filter((it) => it !== null).sort();
  const [kind, setKind] = useState(asked("kind") ?? "");
  const [rules, setRules] = useState(/** @type {Rules | null} */ (null));
  const [offers, setOffers] = useState(/** @type {Offer[] | null} */ (null));
  const [nearest, setNearest] = useState(false);
  const [picked, setPicked] = useState(0);
  const [error, setError] = useState(/** @type {any} */ (null));
  /** What was refused: by the rules of now it is no offer any more. */
  const [refused, setRefused] = useState(/** @type {Offer | null} */ (null));
  const [busy, setBusy] = useState(false);
  const [again, setAgain] = useState(0);
  const [made, setMade] = useState(/** @type {Offer & {id: string} | null} */ (null));
  const [open, setOpen] = useState(/** @type {"" | "More" | "Rooms"} */ (""));
  const [, arrived] = useState(0);
  /** What is said beyond that: notes, who takes part, what is booked along, how it repeats. @type {[any, any]} */
  const [more, setMore] = useState({});
  const round = useRef(0);
  const wanted = useMemo(() => instantOf(day, minutes, zone), [day, minutes, zone]);
  const pieces = rules !== null && rules.mode !== "free";
  const biggest = Math.max(1, ...(room ? [(resource?.capacity ?? 1_000) * (quantity ?? 1)] : there.filter((it) => !kind || it.kind === kind).map((it) => it.capacity_max ?? 1)));
  const party = resource && resource.capacity === null ? null : Math.min(people, biggest, rules?.party ?? biggest);

  useEffect(() => {
    setRules(null);
    if (room) rulesOf(room).then((found) => {
      setRules(found);
      setLength((before) => (found.mode === "free" ? Math.min(Math.max(before, found.least), found.most) : found.mode === "periods" ? before : DAY_MINUTES));
    }, () => {});
  }, [room]);

  useEffect(() => {
    const mine = ++round.current;
    setOffers((before) => (pieces ? null : before));
    const search = async () => {
      const from = Math.max(wanted, Date.now());
      const units = (quantity ?? 1) > 1 ? { quantity } : {};
      if (pieces) {
        const whole = Math.max(instantOf(day, 0, zone), Date.now());
        const query = { resource_ids: room, from: text(whole), to: text(instantOf(addDays(day, rules?.mode === "periods" ? 3 : PIECE_DAYS), 0, zone)), party_size: party, ...(rules?.mode === "periods" ? {} : { duration_minutes: length }), ...units };
        const found = await api.get("/availability/slots", query);
        return { found: found.items.flatMap((/** @type {any} */ it) => it.slots.map((/** @type {any} */ slot) => ({ ...slot, resource_id: it.resource_id }))).slice(0, PIECES), near: false };
      }
      // First what starts then; where there is too little, what starts later that day and the day after.
      const about = { duration_minutes: length, limit: OPTIONS * 4, ...(party ? { party_size: party } : {}), ...units, ...(room ? { resource_ids: [room] } : {}), ...(kind && !room ? { kind } : {}) };
      const exact = await api.post("/availability/search", { ...about, from: text(from), to: text(from + length * 60_000) });
      const later = exact.candidates.length < OPTIONS ? await api.post("/availability/search", { ...about, from: text(from), to: text(instantOf(addDays(day, 2), 0, zone)) }) : { candidates: [], alternatives: [] };
      const found = [...exact.candidates, ...later.candidates];
      await learnResources([...found, ...later.alternatives].map((it) => it.resource_id));
      // Who wants nothing in particular for some people wants what seats them, as far as there is any.
      const seats = found.filter((it) => room || kind || resourceOf(it.resource_id)?.capacity);
      const best = theBest(seats.length > 0 ? seats : found);
      return { found: best.length > 0 ? best : theBest(later.alternatives), near: best.length === 0 && later.alternatives.length > 0 };
    };
    search().then(({ found, near }) => {
      if (mine !== round.current) return;
      setOffers(found);
      setNearest(near);
      setPicked(0);
    }, (problem) => mine === round.current && (setError(problem), setOffers([])));
  }, [wanted, length, party, quantity, room, kind, zone, again, rules]);

  const clear = () => (setError(null), setMade(null));
  const take = async (/** @type {Offer} */ offer, /** @type {any} */ beside = {}) => {
    setBusy(true);
    clear();
    const { repeat, ...said } = more;
    const about = { title: title || null, ...(resourceOf(offer.resource_id)?.capacity === null || !party ? {} : { party_size: party }), ...((quantity ?? 1) > 1 ? { quantity } : {}), ...said, ...beside };
    try {
      if (repeat?.every) {
        const done = await parts.More.bookSeries(offer, about, repeat);
        toast(t("series.done", { n: done.series.bookings.length }));
        setMade({ ...offer, id: done.series.bookings[0]?.id ?? "" });
      } else setMade({ ...offer, ...(await book(offer, about, () => (setMade(null), toast(t("book.undone")), setAgain((n) => n + 1)))) });
      // What is typed by now is of the next one.
      setTitle((/** @type {string} */ now) => (now === title ? "" : now));
      setMore({});
      setOpen("");
      setAgain((n) => n + 1);
    } catch (problem) {
      const why = /** @type {any} */ (problem);
      await learnResources((why.body?.alternatives ?? []).map((/** @type {Offer} */ it) => it.resource_id)).catch(() => {});
      if (why.body?.broken_rules) await fetchMine().catch(() => {});
      setError(problem);
      setRefused(offer);
      // What is refused now is not to be offered again.
      setAgain((n) => n + 1);
      // What the kind asks for is among the rest.
      if (why.errors?.some((/** @type {any} */ it) => it.pointer.startsWith("/fields")) && open !== "More") void show("More");
    } finally {
      setBusy(false);
    }
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const offer = offers?.[picked];
    if (offer) void take(offer);
  };
  const show = async (/** @type {"More" | "Rooms"} */ which) => {
    if (open === which) return setOpen("");
    await Promise.all([fetchMore(), allResources()]).catch(setError);
    arrived((n) => n + 1);
    setOpen(which);
  };
  /** Waits for what is not to be had: on the rest of the day, or on some more. @param {number} days */
  const wait = async (days) => {
    setBusy(true);
    clear();
    try {
      const site = sites.value[0]?.id;
      const among = room ? { resource_id: room } : { among: kind ? { kind } : { site_id: site } };
      const from = Math.max(wanted, Date.now() + 60_000);
      await api.post("/waiting-list/", { ...among, from: text(from), to: text(Math.max(instantOf(addDays(day, days), 0, zone), from + length * 60_000)), duration_minutes: length, ...(party ? { party_size: party } : {}), title: title || null });
      toast(t("waiting.joined"));
    } catch (problem) {
      setError(problem);
    }
    setBusy(false);
  };
  const said = useRef(/** @type {HTMLElement | null} */ (null));
  // What came of it may stand below what is in view, on a phone.
  useEffect(() => {
    if (error || made) said.current?.scrollIntoView({ block: "center" });
  }, [error, made]);
  const canWait = room || kind || sites.value.length > 0;
  const offer = offers?.[picked];
  const against = error?.body?.broken_rules?.length > 0 && refused && parts.mayGive?.({ ...more, ...refused }) ? refused : null;
  // What begins later than it was asked for is not free then.
  const later = !pieces && offer !== undefined && Math.max(wanted, Date.now()) + 60_000 < Date.parse(offers?.[0]?.starts_at ?? "");
  const legend = html`${nearest || later ? t("book.nearest") : !room ? t("book.options") : offers?.length === 0 ? resource?.name : t("book.optionsOf", { what: resource?.name ?? "" })}
    ${room && html` <button type="button" class="quiet" onClick=${() => (clear(), setRoom(""))}>${t("book.anywhere")}</button>`}`;
  const pick = (/** @type {(value: any) => void} */ set) => (/** @type {any} */ value) => (clear(), set(value));
  return html`<section class="card book">
    <div class="head"><h1>${t("book.title")}</h1></div>
    <form onSubmit=${submit}>
      ${kinds.length > 1 && !room && html`<div class="chips kinds" role="group" aria-label=${t("book.kind")}>${["", ...kinds].map((it) => html`<button type="button" class="chip" aria-pressed=${it === kind} onClick=${() => pick(setKind)(it)}>${it && html`<${Icon} name=${kindShape(it)} />`}${it ? kindName(it) : t("book.anyKind")}</button>`)}</div>`}
      <div class="row">
        <${Day} day=${day} today=${dayOf(now, zone)} onPick=${pick(setDay)} />
        ${!pieces && html`<${Clock} minutes=${minutes} step=${rules && 5 <= rules.step ? rules.step : 15} onPick=${pick(setMinutes)} />`}
        ${pieces ? rules?.mode !== "periods" && html`<${Stepper} label=${t(rules?.mode === "nights" ? "book.nights" : "book.days")} value=${length / DAY_MINUTES} onPick=${(/** @type {number | null} */ n) => pick(setLength)((n ?? 1) * DAY_MINUTES)} />`
          : html`<${Length} minutes=${length} least=${rules?.least} most=${rules?.most} onPick=${pick(setLength)} />`}
        ${(!room || resource?.capacity) && html`<${People} people=${party ?? people} most=${biggest} onPick=${pick(setPeople)} />`}
        ${room && Number(resource?.quantity) > 1 && html`<${Stepper} label=${t("book.units")} value=${quantity} most=${resource?.quantity} onPick=${pick(setQuantity)} />`}
      </div>
      <p class="hint">${t("zone", { zone })}${zone === here() ? "" : ` ${t("zoneYours", { zone: here() })}`}</p>
      <${Options} offers=${offers} picked=${picked} pick=${setPicked} day=${day} legend=${legend} empty=${html`<p class="empty">${t("book.none")}</p>`} />
      ${offers && (offers.length === 0 || nearest) && canWait && html`<div class="waits"><p>${t("waiting.offer")}</p><div class="acts"><button type="button" disabled=${busy} onClick=${() => wait(1)}><${Icon} name="clock" />${t("waiting.join")}</button>
        <button type="button" class="quiet" disabled=${busy} onClick=${() => wait(7)}>${t("waiting.joinWeek")}</button></div></div>`}
      <div class="row end confirm ${more.repeat?.every ? "stacked" : ""}">
        <div class="field grow"><label for="book-title">${t("book.what")}</label>
          <input id="book-title" value=${title} maxlength="200" placeholder=${t("book.whatHint")} autocomplete="off" onInput=${(/** @type {any} */ event) => setTitle(event.target.value)} /></div>
        <button class="primary" type="submit" disabled=${busy || !offers?.length}>${more.repeat?.every ? t("series.do") : t("book.do")}</button>
      </div>
      ${open === "More" && parts.More && html`<${parts.More} offer=${offer} value=${more} change=${setMore} about=${{ title: title || null, ...(party ? { party_size: party } : {}) }} />`}
    </form>
    ${(error || made) && html`<div class="came-of-it" ref=${said}>
    ${error && html`<${error.body?.refused && parts.More ? parts.More.RefusedSeries : Refused} error=${error} zone=${zone} day=${day} busy=${busy} take=${take} />`}
    ${against && html`<form class="override" onSubmit=${(/** @type {any} */ event) => (event.preventDefault(), void take(against, { override_reason: new FormData(event.target).get("why") }))}>
      <div class="field grow"><label for="book-why">${t("book.why")}</label><input id="book-why" name="why" required maxlength="200" /></div><button type="submit" disabled=${busy}>${t("book.anyway")}</button></form>`}
    ${made && html`<div class="notice good-news" role="status"><p><${Icon} name="check" /><${OfferText} offer=${made} /></p><p><a href="/my${made.id ? `?booking=${made.id}` : ""}">${t("book.see")}</a></p></div>`}</div>`}
    <div class="ways-on">
      <button type="button" class="quiet" aria-expanded=${open === "More"} onClick=${() => show("More")}><${Icon} name="settings" />${t("book.more")}</button>
      <button type="button" class="quiet" aria-expanded=${open === "Rooms"} onClick=${() => show("Rooms")}><${Icon} name="search" />${t("book.pick")}</button>
      <a class="button quiet" href="/timeline"><${Icon} name="calendar" />${t("nav.timeline")}</a>
    </div>
    ${open === "Rooms" && parts.Rooms && html`<${parts.Rooms} room=${room} pick=${(/** @type {string} */ id) => (clear(), setRoom(id), setOpen(""))} />`}
  </section>`;
}
