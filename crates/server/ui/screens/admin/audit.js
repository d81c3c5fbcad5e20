// The audit log: who did what when, the latest first, in sentences, and found by who, what and when.

import { api } from "../../api.js";
import { DateField } from "../../components/date.js";
import { Told } from "../../components/told.js";
import { Icon, html } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { asked } from "../../router.js";
import { homeZone, resourceOf, resources, sites, wordsOf } from "../../state.js";
import { addDays, dayOf, instantOf, showDay, showTime, text, titled } from "../../time.js";
import { useEffect, useRef, useState } from "../../vendor/hooks.js";
import { Head, PersonPicker, PickOne, personName } from "./parts.js";
import { FAMILIES, THINGS, questionOf, sentenceOf } from "./sentences.js";

/** Lines that are shown at once, and how often the server is asked to look further for them before one is asked whether it should: each time it
 * goes through many thousands. */
const BATCH = 50;
const SEARCHES_MAX = 3;
/** A range is no longer than a year. */
const DAYS_MAX = 364;

export function Audit() {
  const zone = homeZone.value;
  const today = dayOf(Date.now(), zone);
  const [family, setFamily] = useState("");
  const [actor, setActor] = useState(/** @type {any} */ (null));
  /** What is looked for may be named by the address. */
  const [about, setAbout] = useState(() => {
    const what = THINGS.find((it) => asked(it)) ?? "";
    return { what, id: (what && asked(what)) || "" };
  });
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const [lines, setLines] = useState(/** @type {any[]} */ ([]));
  const [busy, setBusy] = useState(true);
  const [error, setError] = useState(/** @type {any} */ (null));
  /** Whether there may be more. */
  const [back, setBack] = useState(false);
  const [lists, setLists] = useState(/** @type {Record<string, {id: string, name: string}[]>} */ ({}));
  /** Where reading has come to: `undefined` at the start, `null` at the end. */
  const place = useRef(/** @type {string | null | undefined} */ (undefined));
  const turn = useRef(0);
  /** Whether the last search has found something: then the next one begins by itself when one gets there. */
  const fruitful = useRef(false);
  const end = useRef(/** @type {HTMLElement | null} */ (null));
  const question = questionOf({ family, person: actor?.id ?? "", about, from: from ? text(instantOf(from, 0, zone)) : "", to: to ? text(instantOf(addDays(to, 1), 0, zone)) : "" });

  /** Reads on until there is enough to show, the log ends, or it has been searched for long. */
  const more = async (/** @type {boolean} */ anew) => {
    const mine = ++turn.current;
    if (anew) place.current = undefined;
    setBusy(true);
    setError(null);
    /** @type {any[]} */
    const found = [];
    try {
      for (let n = 0; place.current !== null && found.length < BATCH && n < SEARCHES_MAX; n += 1) {
        const page = await api.get("/audit/", { ...question, limit: BATCH, cursor: place.current });
        if (mine !== turn.current) return;
        place.current = page.next_cursor;
        found.push(...page.items);
      }
    } catch (problem) {
      if (mine === turn.current) setError(problem);
    }
    if (mine !== turn.current) return;
    setLines((/** @type {any[]} */ before) => (anew ? found : [...before, ...found]));
    fruitful.current = found.length > 0;
    setBack(typeof place.current === "string");
    setBusy(false);
  };
  useEffect(() => void more(true), [family, actor?.id, about.what, about.id, from, to]);
  useEffect(() => {
    void Promise.all([api.all("/kinds/"), api.all("/groups/"), api.all("/areas/")]).then(([kind, group, area]) => setLists({ kind, group, area }), () => {});
  }, []);
  // What is below comes when one gets there.
  useEffect(() => {
    const seen = new IntersectionObserver((entries) => entries.some((it) => it.isIntersecting) && place.current && fruitful.current && void more(false), { rootMargin: "300px" });
    if (!busy && end.current) seen.observe(end.current);
    return () => seen.disconnect();
  }, [busy, lines.length]);
  const name = (/** @type {string} */ what, /** @type {string} */ id) =>
    what === "user_id" ? personName(id) : what === "resource_id" ? (resourceOf(id)?.name ?? t("audit.gone")) : what === "site_id" ? (sites.value.find((it) => it.id === id)?.name ?? t("audit.gone")) : (Object.values(lists).flat().find((it) => it.id === id)?.name ?? t("audit.gone"));
  const all = /** @type {Record<string, {id: string, name: string}[]>} */ ({ resource: resources.value ?? [], site: sites.value, ...lists });
  const one = about.what in all ? all[about.what] : null;
  const knows = (/** @type {string} */ key) => t(key) !== key;
  let day = "";
  return html`<${Head} title=${t("section.audit")} about=${t("section.audit.about")} />
    <div class="filters many"><${PickOne} label=${t("audit.what")} value=${family} options=${{ "": t("filter.all"), ...Object.fromEntries(FAMILIES.map((it) => [it, t(`family.${it}`)])) }} onPick=${setFamily} />
      ${["booking", "block"].includes(about.what) ? html`<div class="field"><span class="label">${t("audit.about")}</span><button type="button" onClick=${() => setAbout({ what: "", id: "" })}>${t(`audit.${about.what}`)}<${Icon} name="x" /></button></div>`
        : html`<${PickOne} label=${t("audit.about")} value=${about.what} options=${{ "": t("filter.all"), ...Object.fromEntries(THINGS.slice(0, -2).map((it) => [it, t(`audit.${it}`)])) }} onPick=${(/** @type {string} */ what) => setAbout({ what, id: "" })} />`}
      ${one && html`<${PickOne} label=${t(`audit.${about.what}`)} value=${about.id} options=${{ "": t("audit.choose"), ...Object.fromEntries(one.map((it) => [it.id, it.name])) }} onPick=${(/** @type {string} */ id) => setAbout({ ...about, id })} />`}
      ${about.what === "user" && (about.id ? html`<div class="field"><span class="label">${t("audit.user")}</span><button type="button" onClick=${() => setAbout({ ...about, id: "" })}>${personName(about.id)}<${Icon} name="x" /></button></div>`
        : html`<${PersonPicker} label=${t("audit.user")} not=${[]} onPick=${(/** @type {any} */ user) => setAbout({ what: "user", id: user.id })} />`)}
      <${DateField} label=${t("audit.fromDay")} day=${from} today=${today} min=${to ? addDays(to, -DAYS_MAX) : ""} max=${to || today} clear onPick=${setFrom} />
      <${DateField} label=${t("audit.toDay")} day=${to} today=${today} min=${from} max=${from && addDays(from, DAYS_MAX) < today ? addDays(from, DAYS_MAX) : today} clear onPick=${setTo} />
      ${actor ? html`<div class="field"><span class="label">${t("audit.who")}</span><button type="button" onClick=${() => setActor(null)}>${actor.display_name || actor.username}<${Icon} name="x" /></button></div>` : html`<${PersonPicker} label=${t("audit.who")} not=${[]} onPick=${setActor} />`}</div>
    ${error && html`<p class="notice bad" role="alert">${wordsOf(error)}</p>`}
    <ol class="log">${lines.map((it) => {
      const at = Date.parse(it.at);
      // Whoever books without an account is known by the booking alone.
      const nameHere = (/** @type {string} */ what, /** @type {string} */ id) => (it.booking_id && id === it.booking_id ? t("audit.guest") : name(what, id));
      const { key, values } = sentenceOf(it, { knows, name: nameHere });
      const here = dayOf(at, zone);
      const first = here !== day;
      day = here;
      return html`${first && html`<li class="day" key=${here}><h2>${titled(showDay(here, locale(), "long"))} ${here.slice(0, 4)}</h2></li>`}
        <li key=${it.id}><time datetime=${it.at}>${showTime(at, zone, locale())}</time><span class="said">${t(key, values)} <${Told} line=${it} zone=${zone} /></span><span class="muted code">${it.action}${it.address ? ` · ${it.address}` : ""}</span></li>`;
    })}</ol>
    ${!busy && !error && lines.length === 0 && html`<p class="empty">${t(back ? "audit.noneYet" : "audit.none")}</p>`}
    <div ref=${end}>${busy ? html`<p class="skeleton" aria-busy="true">${t("loading")}</p>` : back && html`<button onClick=${() => more(false)}>${t("audit.further")}</button>`}</div>
    <p class="hint">${t("zone", { zone })}</p>`;
}
