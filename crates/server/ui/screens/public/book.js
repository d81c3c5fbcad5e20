// The page of a site on which anybody books: how many, which day, which time; then a form, while the time is held; then the booking. Three
// clicks and the form at most. Nothing is kept in the browser.

import { Month } from "../../components/month.js";
import { useStill } from "../../components/still.js";
import { html, Icon } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { dayOf, here, nextStep, showDay, showSpan, showTime, text } from "../../time.js";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "../../vendor/hooks.js";
import { wordsOf } from "../../words.js";
import { ContactFields, Countdown, EMPTY, Party, Times, useMarks, useSecondsLeft } from "./parts.js";
import { daysOf, giveBack, hold, insteadOf, linkOf, renew, saveCalendar, siteOf, slotsOf, take, wait } from "./visit.js";

/** @typedef {import("./visit.js").PublicSite} PublicSite */
/** @typedef {import("./visit.js").Slot} Slot */
/** @typedef {import("./visit.js").Hold} Hold */
/** @typedef {{at: "times"} | {at: "form", held: Hold} | {at: "waiting", slot: Slot} | {at: "done", made: any, token: string} | {at: "waits", entry: any}} Stage */

/** The chosen day and how many people come, as the address may ask for them. @param {PublicSite} site */
function asked(site) {
  const query = new URLSearchParams(location.search);
  const day = query.get("date") ?? "";
  const party = Number(query.get("party"));
  const within = /^\d{4}-\d{2}-\d{2}$/.test(day) && day >= site.today && (!site.last_date || day <= site.last_date);
  return { day: within ? day : site.today, party: Number.isInteger(party) && party >= 1 ? Math.min(party, site.party_max) : Math.min(2, site.party_max) };
}

/** @param {{slug: string, onSite: (site: PublicSite) => Promise<void>}} props */
export function PublicBooking({ slug, onSite }) {
  const [site, setSite] = useState(/** @type {PublicSite | null} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const load = () => {
    setProblem(null);
    siteOf(slug).then(async (found) => (await onSite(found), setSite(found)), setProblem);
  };
  useLayoutEffect(load, [slug]);
  if (problem) {
    return html`<main class="guest narrow"><section class="card done"><span class="mark"><${Icon} name="calendar" /></span><h1>${t("public.title")}</h1>
      <p role="alert">${problem.status === 404 ? t("public.closed") : wordsOf(problem, "UTC")}</p>
      ${problem.status !== 404 && html`<button type="button" onClick=${load}>${t("public.again")}</button>`}</section></main>`;
  }
  if (!site) return html`<main class="guest"><p class="skeleton" aria-busy="true">${t("loading")}</p></main>`;
  return html`<${Page} slug=${slug} site=${site} />`;
}

/** @param {{slug: string, site: PublicSite}} props */
function Page({ slug, site }) {
  const begin = asked(site);
  const [party, setParty] = useState(begin.party);
  const [day, setDay] = useState(begin.day);
  const [kind, setKind] = useState(/** @type {string | null} */ (site.kinds.length > 1 ? (site.kinds[0] ?? null) : null));
  const [slots, setSlots] = useState(/** @type {Slot[] | null} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [instead, setInstead] = useState(/** @type {string[] | null} */ (null));
  const [busy, setBusy] = useState(false);
  const [stage, setStage] = useState(/** @type {Stage} */ ({ at: "times" }));
  const [filled, setFilled] = useState(EMPTY);
  const zone = site.time_zone;

  const { mark, ...marked } = useMarks(useCallback((/** @type {string} */ from, /** @type {string} */ to) => daysOf(slug, { from, to, party, kind }), [slug, party, kind]), site.today, site.last_date);

  const asking = useRef(0);
  const load = useCallback(() => {
    const mine = ++asking.current;
    slotsOf(slug, { date: day, party, kind }).then(
      (found) => mine === asking.current && (setSlots(found), setProblem(null)),
      (refused) => mine === asking.current && (setSlots([]), setProblem(refused)),
    );
  }, [slug, day, party, kind]);
  useLayoutEffect(() => {
    setSlots(null);
    setInstead(null);
    load();
  }, [load]);
  // Whoever comes back to the page sees what is free by then.
  useEffect(() => {
    const back = () => document.visibilityState === "visible" && stage.at === "times" && load();
    document.addEventListener("visibilitychange", back);
    return () => document.removeEventListener("visibilitychange", back);
  }, [load, stage.at]);

  // What is held is given back when the page is left; what is booked is no hold any more.
  const held = useRef(/** @type {Hold | null} */ (null));
  held.current = stage.at === "form" ? stage.held : null;
  useEffect(() => {
    const left = () => held.current && void giveBack(held.current).catch(() => {});
    addEventListener("pagehide", left);
    return () => removeEventListener("pagehide", left);
  }, []);

  const choose = async (/** @type {string} */ starts_at) => {
    setBusy(true);
    setProblem(null);
    try {
      const found = await hold(slug, starts_at, party, kind);
      setInstead(null);
      setStage({ at: "form", held: found });
    } catch (refused) {
      const others = insteadOf(refused);
      setInstead(others);
      if (!others) setProblem(refused);
      load();
      mark();
    } finally {
      setBusy(false);
    }
  };
  const back = () => {
    if (held.current) giveBack(held.current).catch(() => {}).finally(load);
    setStage({ at: "times" });
  };

  const head = html`<header class="place"><span class="crest" aria-hidden="true">${[...site.name.trim()][0] ?? ""}</span><div><h1>${site.name}</h1><p class="muted">${site.address || t("public.title")}</p></div></header>`;
  if (stage.at === "done") return html`<main class="guest">${head}<${Done} site=${site} made=${stage.made} token=${stage.token} again=${() => (setStage({ at: "times" }), load(), mark())} /></main>`;
  if (stage.at === "waits") return html`<main class="guest">${head}<${Waits} entry=${stage.entry} zone=${zone} again=${() => setStage({ at: "times" })} /></main>`;
  const form = stage.at === "form"
    ? html`<${Form} key=${stage.held.id} slug=${slug} site=${site} held=${stage.held} filled=${filled} onFill=${setFilled} onBack=${back} onHeld=${(/** @type {Hold} */ it) => setStage({ at: "form", held: it })} onAgain=${() => choose(stage.held.starts_at)}
        onBooked=${(/** @type {any} */ made) => setStage({ at: "done", made, token: stage.held.token })} />`
    : stage.at === "waiting"
      ? html`<${WaitForm} slug=${slug} site=${site} slot=${stage.slot} party=${party} kind=${kind} filled=${filled} onFill=${setFilled} onBack=${() => setStage({ at: "times" })} onJoined=${(/** @type {any} */ entry) => setStage({ at: "waits", entry })} />`
      : null;
  return html`<main class="guest">${head}
    <div class=${form ? "steps formed" : "steps"}>
      <section class="card wish" aria-label=${t("public.wish")}>
        <${Party} people=${party} most=${site.party_max} onPick=${setParty} />
        ${site.kinds.length > 1 && html`<div class="segments kinds" role="group" aria-label=${t("public.kind")}>${site.kinds.map((it) => html`<button type="button" key=${it} aria-pressed=${kind === it ? "true" : "false"} onClick=${() => setKind(it)}>${it}</button>`)}</div>`}
        <${Month} day=${day} first=${site.today} last=${site.last_date} onPick=${setDay} ...${marked} />
      </section>
      ${form ?? html`<section class="card" aria-labelledby="times"><h2 id="times" class="upper">${showDay(day, locale(), "long")}</h2>
        ${instead && html`<${Instead} instead=${instead} zone=${zone} day=${day} busy=${busy} onPick=${choose} />`}
        ${problem && html`<p role="alert" class="notice bad">${wordsOf(problem, zone)}</p>`}
        ${slots === null
          ? html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`
          : slots.length === 0
            ? !problem && html`<p class="empty" role="status">${t("public.none")}</p>`
            : html`<${Times} slots=${slots} zone=${zone} busy=${busy} onPick=${(/** @type {Slot} */ it) => choose(it.starts_at)} onFull=${(/** @type {Slot} */ slot) => setStage({ at: "waiting", slot })} />
              ${slots.every((it) => it.status === "full") && html`<p class="hint" role="status">${t("public.allFull")}</p>`}`}
        <p class="hint">${t("zone", { zone })}${zone !== here() && slots?.[0] ? ` ${t("public.yours", { zone: here() })}` : ""}</p>
      </section>`}
    </div>
    ${site.policy_text && !form && html`<p class="policy prose muted">${site.policy_text}</p>`}
  </main>`;
}

/** Somebody was faster: the nearest times, one tap away. @param {{instead: string[], zone: string, day: string, busy: boolean, onPick: (starts_at: string) => void}} props */
function Instead({ instead, zone, day, busy, onPick }) {
  const label = (/** @type {string} */ it) => {
    const at = Date.parse(it);
    const other = dayOf(at, zone);
    return (other === day ? "" : `${showDay(other, locale())}, `) + showTime(at, zone, locale());
  };
  return html`<div class="notice" role="alert"><p>${t(instead.length ? "public.taken" : "public.takenAll")}</p>
    <div class="chips">${instead.map((it) => html`<button type="button" class="chip" key=${it} disabled=${busy} onClick=${() => onPick(it)}>${label(it)}</button>`)}</div></div>`;
}

/** @param {{starts_at: string, ends_at: string}} when @param {string} zone */
const whenOf = ({ starts_at, ends_at }, zone) => {
  const [from, to] = [Date.parse(starts_at), Date.parse(ends_at)];
  return { day: showDay(dayOf(from, zone), locale(), "long"), span: showSpan(from, to, zone, locale()) };
};

/**
 * The form, while the time is held.
 * @param {{slug: string, site: PublicSite, held: Hold, filled: any, onFill: (filled: any) => void, onBack: () => void, onHeld: (held: Hold) => void, onAgain: () => void, onBooked: (made: any) => void}} props
 */
function Form({ site, held, filled, onFill, onBack, onHeld, onAgain, onBooked }) {
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const still = useStill(busy);
  const [renewed, setRenewed] = useState(false);
  const seconds = useSecondsLeft(held.lapses_at);
  const title = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => title.current?.focus(), []);
  const lapsed = seconds === 0 || problem?.kind === "booking-state";
  const { day, span } = whenOf(held, site.time_zone);
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      onBooked(await take(held, filled));
    } catch (refused) {
      setProblem(refused);
    } finally {
      setBusy(false);
    }
  };
  const longer = async () => {
    setRenewed(true);
    try {
      onHeld({ ...held, lapses_at: (await renew(held)).lapses_at });
    } catch (refused) {
      setProblem(refused);
    }
  };
  return html`<form class="card" ref=${still} onSubmit=${send} aria-labelledby="form">
    <div class="chosen-time"><h2 id="form" tabindex="-1" ref=${title}><span class="upper">${day}</span><br />${span}</h2>
      <p class="muted">${t("people", { n: held.party_size })}</p>
      <button type="button" class="quiet" onClick=${onBack}>${t("public.change")}</button></div>
    ${lapsed
      ? html`<div class="notice" role="alert"><p>${t("public.lapsed")}</p><button type="button" onClick=${onAgain}>${t("public.holdAgain")}</button></div>`
      : html`<${Countdown} seconds=${seconds} />${seconds < 120 && !renewed && html`<button type="button" onClick=${longer}>${t("public.longer")}</button>`}`}
    <${ContactFields} email=${site.email} phone=${site.phone} filled=${filled} onFill=${onFill} problem=${problem} />
    ${problem && !problem.errors?.length && problem.kind !== "booking-state" && html`<p role="alert" class="notice bad">${wordsOf(problem, site.time_zone)}</p>`}
    ${site.policy_text && html`<p class="policy prose">${site.policy_text}</p>`}
    <button class="primary wide" type="submit" disabled=${busy || lapsed}>${t("public.reserve", { time: showTime(Date.parse(held.starts_at), site.time_zone, locale()) })}</button>
  </form>`;
}

/** How much earlier or later would do, in minutes. */
const ABOUT = [0, 30, 60, 120];

/** @param {{slug: string, site: PublicSite, slot: Slot, party: number, kind: string | null, filled: any, onFill: (filled: any) => void, onBack: () => void, onJoined: (entry: any) => void}} props */
function WaitForm({ slug, site, slot, party, kind, filled, onFill, onBack, onJoined }) {
  const [about, setAbout] = useState(60);
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const still = useStill(busy);
  const title = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => title.current?.focus(), []);
  const [from, to] = [Math.min(Math.max(Date.parse(slot.starts_at) - about * 60_000, nextStep(Date.now(), 15, site.time_zone)), Date.parse(slot.starts_at)), Date.parse(slot.ends_at) + about * 60_000];
  const { day } = whenOf(slot, site.time_zone);
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      onJoined(await wait(slug, { from: text(from), to: text(to), party_size: party, kind }, filled));
    } catch (refused) {
      setProblem(refused);
    } finally {
      setBusy(false);
    }
  };
  const label = (/** @type {number} */ it) => (it === 0 ? t("public.exactly") : t("public.about", { n: it }));
  return html`<form class="card" ref=${still} onSubmit=${send} aria-labelledby="form">
    <div class="chosen-time"><h2 id="form" tabindex="-1" ref=${title}><span class="upper">${day}</span><br />${showTime(Date.parse(slot.starts_at), site.time_zone, locale())} · ${t("public.full")}</h2>
      <p class="muted">${t("people", { n: party })}</p>
      <button type="button" class="quiet" onClick=${onBack}>${t("public.change")}</button></div>
    <p>${t("public.waitHow")}</p>
    <div class="segments about" role="group" aria-label=${t("public.aboutLabel")}>${ABOUT.map((it) => html`<button type="button" key=${it} aria-pressed=${about === it ? "true" : "false"} onClick=${() => setAbout(it)}>${label(it)}</button>`)}</div>
    <p class="hint" role="status">${t("public.waitWindow", { span: showSpan(from, to, site.time_zone, locale()) })}</p>
    <${ContactFields} email=${site.email} phone=${site.phone} filled=${filled} onFill=${onFill} problem=${problem} />
    ${problem && !problem.errors?.length && html`<p role="alert" class="notice bad">${wordsOf(problem, site.time_zone)}</p>`}
    <button class="primary wide" type="submit" disabled=${busy}>${t("public.wait")}</button>
  </form>`;
}

/** @param {{href: string}} props */
function Link({ href }) {
  const [copied, setCopied] = useState(false);
  const copy = () => navigator.clipboard.writeText(href).then(() => setCopied(true), () => {});
  return html`<div class="link-box"><p>${t("public.linkHow")}</p>
    <p class="acts"><a class="button" href=${href} target="_blank" rel="noopener">${t("public.link")}</a>
    <button type="button" onClick=${copy}><span role="status">${t(copied ? "public.copied" : "public.copy")}</span></button></p></div>`;
}

/** @param {{site: PublicSite, made: any, token: string, again: () => void}} props */
function Done({ site, made, token, again }) {
  const title = useRef(/** @type {HTMLElement | null} */ (null));
  const [failed, setFailed] = useState(/** @type {any} */ (null));
  useLayoutEffect(() => title.current?.focus(), []);
  const { day, span } = whenOf(made, site.time_zone);
  const mine = { id: made.id, token };
  return html`<section class="card done"><span class="mark"><${Icon} name=${made.status === "pending" ? "clock" : "check"} /></span>
    <h2 tabindex="-1" ref=${title}>${t(made.status === "pending" ? "public.asked" : "public.booked")}</h2>
    <p class="big"><span class="upper">${day}</span><br />${span}</p>
    <p>${t("people", { n: made.party_size })} · ${made.guest?.name ?? ""}</p>
    <p class="hint">${t("zone", { zone: site.time_zone })}</p>
    ${failed && html`<p role="alert" class="notice bad">${wordsOf(failed, site.time_zone)}</p>`}
    <button type="button" class="primary" onClick=${() => saveCalendar(mine).catch(setFailed)}><${Icon} name="calendar" />${t("public.calendar")}</button>
    <${Link} href=${linkOf(mine)} />
    <button type="button" class="quiet" onClick=${again}>${t("public.another")}</button></section>`;
}

/** @param {{entry: any, zone: string, again: () => void}} props */
function Waits({ entry, zone, again }) {
  const title = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => title.current?.focus(), []);
  return html`<section class="card done"><span class="mark"><${Icon} name="clock" /></span>
    <h2 tabindex="-1" ref=${title}>${t("public.waits")}</h2>
    <p class="big"><span class="upper">${showDay(dayOf(Date.parse(entry.from), zone), locale(), "long")}</span><br />${showSpan(Date.parse(entry.from), Date.parse(entry.to), zone, locale())}</p>
    <p>${t("public.waitsHow")}</p>
    <${Link} href=${linkOf({ id: entry.id, token: entry.token })} />
    <button type="button" class="quiet" onClick=${again}>${t("public.another")}</button></section>`;
}
