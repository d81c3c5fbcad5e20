// What is about to be booked in the timeline, beside it: one sees what else is free then and adds it with a click. What can't be had is
// said before anybody asks for it, with what could be had instead.

import { Problem, api } from "../../api.js";
import { useBeside } from "../../components/beside.js";
import { Clock, Length, Stepper } from "../../components/inputs.js";
import { Refused, When } from "../../components/refused.js";
import { useStill } from "../../components/still.js";
import { Icon, html } from "../../html.js";
import { t } from "../../i18n.js";
import { book, lengthText, resourceOf } from "../../state.js";
import { dayOf, instantOf, minutesOf, text } from "../../time.js";
import { useEffect, useLayoutEffect, useRef, useState } from "../../vendor/hooks.js";

/** @typedef {import("./day.js").Wanted} Wanted */
/** How much else that is free is named. */
const MOST = 8;

/** @param {{wanted: Wanted, length: number, adjust: (from: number, to: number) => void, free: import("../../rows.js").Resource[], start: number, add: (id: string) => void, close: () => void, done: (ids: string[] | null) => void}} props */
export function Composer({ wanted, length, adjust, free, start, add, close, done }) {
  const { resource, from, to, also } = wanted;
  const [title, setTitle] = useState("");
  const [people, setPeople] = useState(/** @type {number | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const still = useStill(busy);
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const offer = { resource_id: resource.id, starts_at: text(start + from * 60_000), ends_at: text(start + to * 60_000) };
  const along = also.map((id) => ({ resource_id: id }));
  const more = { title: title || null, party_size: people, ...(along.length > 0 ? { along } : {}) };
  // Where a keyboard would come up from below and cover what is chosen, one touches what one wants to write in.
  useLayoutEffect(() => {
    const first = matchMedia("(hover: hover)").matches ? box.current?.querySelector("input") : box.current;
    if (first instanceof HTMLElement) first.focus();
  }, []);
  useBeside(box, () => document.querySelector(`[data-wanted="${resource.id}"]`), [from, to]);
  useEffect(() => {
    let gone = false;
    api.post("/bookings/check", { ...offer, party_size: people, along }).then((found) => !gone && setError(found.allowed ? null : new Problem(found.problem, found.problem.status)), () => {});
    return () => {
      gone = true;
    };
  }, [also.join(), people, from, to]);
  /** From another time of the day of the place: the one that is on this line of time. */
  const begin = (/** @type {number} */ minutes) => {
    const day = dayOf(start + from * 60_000, resource.time_zone);
    const next = (instantOf(day, minutes, resource.time_zone) - start) / 60_000;
    const at = next < 0 ? next + 1_440 : length <= next ? next - 1_440 : next;
    adjust(at, Math.min(length, at + to - from));
  };
  const take = async (/** @type {any} */ wish) => {
    setBusy(true);
    try {
      const made = await book(wish, more, () => done(null));
      done([made.resource_id, ...also]);
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    close();
  };
  const rest = free.filter((it) => !also.includes(it.id));
  const full = `/?${new URLSearchParams({ resource: resource.id, at: offer.starts_at, minutes: String(to - from), title, ...(people ? { people: String(people) } : {}) })}`;
  return html`<div class="composer" role="dialog" tabindex="-1" aria-label=${t("timeline.book", { what: resource.name })} ref=${box} onKeyDown=${keys}>
    <form ref=${still} onSubmit=${(/** @type {Event} */ event) => (event.preventDefault(), void take(offer))}>
      <div class="head"><h2>${t("timeline.book", { what: resource.name })}</h2><button type="button" class="quiet" aria-label=${t("close")} onClick=${close}><${Icon} name="x" /></button></div>
      <p><${When} from=${start + from * 60_000} to=${start + to * 60_000} zone=${resource.time_zone} /> · ${lengthText(to - from)}${resource.requires_approval ? ` · ${t("needsApproval")}` : ""}</p>
      <div class="row numbers"><${Clock} minutes=${minutesOf(start + from * 60_000, resource.time_zone)} onPick=${(/** @type {number} */ it) => begin(it)} />
        <${Length} minutes=${to - from} most=${length - from} onPick=${(/** @type {number} */ it) => adjust(from, Math.min(length, from + it))} /></div>
      <div class="field"><label for="open-title">${t("book.what")}</label><input id="open-title" value=${title} maxlength="200" autocomplete="off" placeholder=${t("book.whatHint")} onInput=${(/** @type {any} */ event) => setTitle(event.target.value)} /></div>
      ${resource.capacity && html`<${Stepper} label=${t("when.people")} value=${people} most=${resource.capacity} onPick=${setPeople} />`}
      ${(also.length > 0 || rest.length > 0) && html`<div class="chips" role="group" aria-label=${t("timeline.alsoFree")}><span class="hint">${t("timeline.alsoFree")}</span>
        ${also.map((id) => html`<button type="button" class="chip on" aria-pressed="true" key=${id} onClick=${() => add(id)}><${Icon} name="check" />${resourceOf(id)?.name}</button>`)}
        ${rest.slice(0, Math.max(0, MOST - also.length)).map((it) => html`<button type="button" class="chip" aria-pressed="false" key=${it.id} onClick=${() => add(it.id)}><${Icon} name="plus" />${it.name}</button>`)}</div>`}
      ${error && html`<${Refused} error=${error} zone=${resource.time_zone} busy=${busy} take=${take} />`}
      <div class="row end"><a class="button" href=${full}>${t("timeline.moreOptions")}</a><button class="primary" type="submit" disabled=${busy}>${t("book.do")}</button></div>
    </form>
  </div>`;
}
