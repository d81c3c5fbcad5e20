// The audit log: who did what when, the latest first, in sentences, and found by who, what and when.

import { api } from "../../api.js";
import { DateField } from "../../components/date.js";
import { Icon, html } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { homeZone, resourceOf, sites, wordsOf } from "../../state.js";
import { addDays, dayOf, instantOf, showDay, showTime, titled } from "../../time.js";
import { useEffect, useRef, useState } from "../../vendor/hooks.js";
import { Head, PersonPicker, PickOne, personName } from "./parts.js";
import { FAMILIES, isWanted, sentenceOf } from "./sentences.js";

/** Lines that are read at once, that are shown at once, and that one search goes through before it asks. */
const PAGE = 200;
const BATCH = 50;
const SEARCHED_MAX = 4_000;

export function Audit() {
  const zone = homeZone.value;
  const today = dayOf(Date.now(), zone);
  const [family, setFamily] = useState("");
  const [actor, setActor] = useState(/** @type {any} */ (null));
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const [lines, setLines] = useState(/** @type {any[]} */ ([]));
  const [busy, setBusy] = useState(true);
  const [error, setError] = useState(/** @type {any} */ (null));
  const [back, setBack] = useState(/** @type {string | null} */ (null));
  const [names, setNames] = useState(/** @type {Record<string, string>} */ ({}));
  /** Where reading has come to: `undefined` at the start, `null` at the end. */
  const place = useRef(/** @type {string | null | undefined} */ (undefined));
  const turn = useRef(0);
  const end = useRef(/** @type {HTMLElement | null} */ (null));
  const wanted = { family, actor: actor?.id ?? "", from: from ? instantOf(from, 0, zone) : 0, to: to ? instantOf(addDays(to, 1), 0, zone) : Infinity };

  /** Reads on until there is enough to show, the log or the time that is wanted ends, or it has searched for long. */
  const more = async (/** @type {boolean} */ anew) => {
    const mine = ++turn.current;
    if (anew) place.current = undefined;
    setBusy(true);
    setError(null);
    /** @type {any[]} */
    const found = [];
    let searched = 0;
    let last = "";
    try {
      while (place.current !== null && found.length < BATCH && searched < SEARCHED_MAX) {
        const page = await api.get("/audit/", { limit: PAGE, cursor: place.current });
        if (mine !== turn.current) return;
        place.current = page.next_cursor;
        searched += page.items.length;
        last = page.items.at(-1)?.at ?? last;
        found.push(...page.items.filter((/** @type {any} */ it) => isWanted(it, wanted)));
        if (last && Date.parse(last) < wanted.from) place.current = null;
      }
    } catch (problem) {
      if (mine === turn.current) setError(problem);
    }
    if (mine !== turn.current) return;
    setLines((/** @type {any[]} */ before) => (anew ? found : [...before, ...found]));
    setBack(place.current === null ? null : last);
    setBusy(false);
  };
  useEffect(() => void more(true), [family, actor?.id, from, to]);
  useEffect(() => {
    void Promise.all([api.all("/kinds/"), api.all("/groups/"), api.all("/areas/")]).then(
      (all) => setNames(Object.fromEntries(all.flat().map((it) => [it.id, it.name]))), () => {});
  }, []);
  // What is below comes when one gets there.
  useEffect(() => {
    const seen = new IntersectionObserver((entries) => entries.some((it) => it.isIntersecting) && place.current && void more(false), { rootMargin: "300px" });
    if (!busy && end.current) seen.observe(end.current);
    return () => seen.disconnect();
  }, [busy, lines.length]);
  const name = (/** @type {string} */ what, /** @type {string} */ id) =>
    what === "user_id" ? personName(id) : what === "resource_id" ? (resourceOf(id)?.name ?? t("audit.gone")) : what === "site_id" ? (sites.value.find((it) => it.id === id)?.name ?? t("audit.gone")) : (names[id] ?? t("audit.gone"));
  const knows = (/** @type {string} */ key) => t(key) !== key;
  let day = "";
  return html`<${Head} title=${t("section.audit")} about=${t("section.audit.about")} />
    <div class="filters"><${PickOne} label=${t("audit.what")} value=${family} options=${{ "": t("filter.all"), ...Object.fromEntries(FAMILIES.map((it) => [it, t(`family.${it}`)])) }} onPick=${setFamily} />
      <${DateField} label=${t("audit.fromDay")} day=${from} today=${today} max=${to || today} clear onPick=${setFrom} />
      <${DateField} label=${t("audit.toDay")} day=${to} today=${today} min=${from} max=${today} clear onPick=${setTo} />
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
        <li key=${it.id}><time datetime=${it.at}>${showTime(at, zone, locale())}</time><span class="said">${t(key, values)}</span><span class="muted code">${it.action}${it.address ? ` · ${it.address}` : ""}</span></li>`;
    })}</ol>
    ${!busy && lines.length === 0 && html`<p class="empty">${back ? t("audit.noneSince", { day: showDay(dayOf(Date.parse(back), zone), locale(), "long") }) : t("audit.none")}</p>`}
    <div ref=${end}>${busy ? html`<p class="skeleton" aria-busy="true">${t("loading")}</p>` : back && html`<button onClick=${() => more(false)}>${t("audit.further", { day: showDay(dayOf(Date.parse(back), zone), locale()) })}</button>`}</div>
    <p class="hint">${t("zone", { zone })}</p>`;
}
