// What most bookings do without: notes, what the kind asks for, who takes part, what is booked along, whose it is, how it repeats. And
// the list of everything, for whoever begins with what they want.

import { api } from "../../api.js";
import { Choice, Day, Field } from "../../components/inputs.js";
import { When } from "../../components/refused.js";
import { Icon, html, kindShape } from "../../html.js";
import { learn, locale, t } from "../../i18n.js";
import { mayGive, useMine } from "../../mine.js";
import { COUNT_MAX, localTime, repeatFrom, ruleOf } from "../../repeat.js";
import { narrowed } from "../../rows.js";
import { homeZone, isAdmin, kinds, learnKinds, nameOf, resourceOf, resources, wordsOf } from "../../state.js";
import { addDays, dayOf, minutesOf, showWeekday, weekOf, weekday } from "../../time.js";
import { useEffect, useId, useState } from "../../vendor/hooks.js";

await learn("book");

/** @typedef {import("../../components/refused.js").Offer} Offer */
/** @typedef {import("../../repeat.js").Repeat} Repeat */
/** @typedef {Repeat & {conflict?: string}} Wish a repetition, and what is to be done where not all of it can be had */
/** So much of what is found is shown. */
const MOST = 40;

/** @param {Offer} offer */
const zoneOf = (offer) => resourceOf(offer.resource_id)?.time_zone ?? homeZone.value;

/** @param {Offer} offer @param {any} about @param {Repeat} repeat */
function seriesOf(offer, about, repeat) {
  const zone = zoneOf(offer);
  const [from, to] = [Date.parse(offer.starts_at), Date.parse(offer.ends_at)];
  const day = dayOf(from, zone);
  const minutes = minutesOf(from, zone);
  const { guest: _, ...rest } = about;
  return { ...rest, resource_id: offer.resource_id, starts_at_local: localTime(day, minutes), ends_at_local: localTime(day, minutes + Math.round((to - from) / 60_000)), rule: ruleOf(repeat, day) };
}

/** @param {Offer} offer @param {any} about @param {Wish} repeat */
const bookSeries = (offer, about, repeat) => api.post("/series/", { ...seriesOf(offer, about, repeat), on_conflict: repeat.conflict ?? "refuse" });

/** Which dates of a series can't be had. @param {{error: any, zone: string}} props */
function RefusedSeries({ error, zone }) {
  return html`<div class="notice bad" role="alert"><p><${Icon} name="alert" />${t("repeat.refused", { n: error.body.refused.length })}</p><${Dates} of=${error.body.refused} zone=${zone} /></div>`;
}

/** @param {{of: any[], zone: string}} props */
const Dates = ({ of, zone }) => html`<ul class="conflicts">${of.slice(0, 8).map((it) => html`<li><${When} from=${Date.parse(it.starts_at)} to=${Date.parse(it.ends_at)} zone=${zone} />
  ${it.moved_to_starts_at ? html` → <${When} from=${Date.parse(it.moved_to_starts_at)} to=${Date.parse(it.moved_to_ends_at)} zone=${zone} />` : html` <span class="muted">${it.problem ? wordsOf({ kind: String(it.problem.type).replace("/problems/", ""), body: it.problem, errors: it.problem.errors ?? [], ...it.problem }, zone) : ""}</span>`}</li>`)}
  ${of.length > 8 && html`<li>${t("repeat.andMore", { n: of.length - 8 })}</li>`}</ul>`;

/** How it repeats, and what would come of it. @param {{offer: Offer | undefined, about: any, value: Wish | undefined, change: (value: any) => void}} props */
function Repeats({ offer, about, value, change }) {
  const zone = offer ? zoneOf(offer) : homeZone.value;
  const day = offer ? dayOf(Date.parse(offer.starts_at), zone) : dayOf(Date.now(), zone);
  const it = /** @type {Wish} */ (value ?? repeatFrom(day));
  const [checked, setChecked] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const set = (/** @type {Partial<Wish>} */ some) => change({ ...it, ...some });
  const inputs = JSON.stringify([it, offer, about]);
  useEffect(() => {
    setChecked(null);
    setError(null);
    if (!it.every || !offer) return;
    let gone = false;
    const timer = setTimeout(() => {
      api.post("/series/check", { ...seriesOf(offer, about, it), on_conflict: it.conflict ?? "refuse" }).then((found) => !gone && setChecked(found), (problem) => !gone && setError(problem));
    }, 250);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [inputs]);
  const every = ["", "day", "workday", "week", "month", "monthday"];
  const first = weekOf(day, 1);
  const toggle = (/** @type {number} */ n) => set({ days: it.days.includes(n) ? it.days.filter((one) => one !== n) : [...it.days, n] });
  const refused = checked && !checked.allowed ? checked.refused : [];
  const report = checked?.report;
  return html`<fieldset class="repeat"><legend>${t("repeat.title")}</legend>
    <div class="row numbers">
      <${Choice} label=${t("repeat.how")} value=${it.every} options=${every.map((one) => ({ value: one, text: t(`repeat.${one || "never"}`) }))} onPick=${(/** @type {any} */ one) => set({ every: one })} />
      ${it.every && it.every !== "workday" && html`<${Field} label=${t(`repeat.interval.${it.every === "monthday" ? "month" : it.every}`)} type="number" min="1" max="30" value=${it.interval} onInput=${(/** @type {any} */ event) => set({ interval: Number(event.target.value) })} />`}
      ${it.every && html`<${Choice} label=${t("repeat.ends")} value=${it.end} options=${["count", "until"].map((one) => ({ value: one, text: t(`repeat.end.${one}`) }))} onPick=${(/** @type {any} */ one) => set({ end: one })} />`}
      ${it.every && (it.end === "count"
        ? html`<${Field} label=${t("repeat.count")} type="number" min="1" max=${COUNT_MAX} value=${it.count} onInput=${(/** @type {any} */ event) => set({ count: Number(event.target.value) })} />`
        : html`<${Day} label=${t("repeat.until")} day=${it.until} today=${day} onPick=${(/** @type {string} */ until) => set({ until })} />`)}
    </div>
    ${it.every === "week" && html`<div class="chips" role="group" aria-label=${t("repeat.days")}>${Array.from({ length: 7 }, (_, n) => n + 1).map((n) => html`<button type="button" class="chip" aria-pressed=${it.days.includes(n) || n === weekday(day)} disabled=${n === weekday(day)} onClick=${() => toggle(n)}>${showWeekday(addDays(first, n - 1), locale(), "short")}</button>`)}</div>`}
    ${it.every && html`<${Choice} label=${t("repeat.conflict")} value=${it.conflict ?? "refuse"} options=${["refuse", "skip", "nearest"].map((one) => ({ value: one, text: t(`repeat.on.${one}`) }))} onPick=${(/** @type {string} */ one) => set({ conflict: one })} />
      <div aria-live="polite">
        ${!checked && !error && html`<p class="hint">${t("repeat.checking")}</p>`}
        ${error && html`<p class="wrong">${wordsOf(error, zone)}</p>`}
        ${report && html`<p class="good"><${Icon} name="check" /> ${t("repeat.would", { n: report.series.bookings.length })}</p>`}
        ${report?.skipped.length > 0 && html`<p>${t("repeat.skipped", { n: report.skipped.length })}</p><${Dates} of=${report.skipped} zone=${zone} />`}
        ${report?.moved.length > 0 && html`<p>${t("repeat.moved", { n: report.moved.length })}</p><${Dates} of=${report.moved} zone=${zone} />`}
        ${refused.length > 0 && html`<p class="wrong">${t("repeat.refused", { n: refused.length })}</p><${Dates} of=${refused} zone=${zone} />`}
      </div>`}
  </fieldset>`;
}

/** What a kind asks of its bookings. @param {{kind: string | null | undefined, value: Record<string, any>, change: (value: any) => void}} props */
function Declared({ kind, value, change }) {
  const fields = kinds.value?.find((it) => it.name === kind)?.booking_fields ?? [];
  const set = (/** @type {string} */ key, /** @type {any} */ one) => {
    const { [key]: _, ...rest } = value;
    change(one === "" || one === null || Number.isNaN(one) ? rest : { ...rest, [key]: one });
  };
  return fields.map((it) => {
    const label = `${it.label}${it.unit ? `, ${it.unit}` : ""}${it.required ? " *" : ""}`;
    if (it.type === "flag") return html`<label class="check" key=${it.key}><input type="checkbox" checked=${value[it.key] === true} onChange=${(/** @type {any} */ event) => set(it.key, event.target.checked || (it.required ? false : null))} />${label}</label>`;
    if (it.type === "choice") return html`<${Choice} key=${it.key} label=${label} value=${value[it.key] ?? ""} options=${["", ...(it.options ?? [])].map((one) => ({ value: one, text: one || "–" }))} onPick=${(/** @type {string} */ one) => set(it.key, one)} />`;
    if (it.type === "number") return html`<${Field} key=${it.key} label=${label} type="number" required=${it.required} min=${it.min} max=${it.max} value=${value[it.key] ?? ""} onInput=${(/** @type {any} */ event) => set(it.key, event.target.value === "" ? null : Number(event.target.value))} />`;
    return html`<${Field} key=${it.key} label=${label} required=${it.required} maxlength=${it.max_length ?? 500} value=${value[it.key] ?? ""} onInput=${(/** @type {any} */ event) => set(it.key, event.target.value)} />`;
  });
}

/** Users whose name begins to be typed, for whoever may look them up. @param {string} query */
function useUsers(query) {
  const [found, setFound] = useState(/** @type {{id: string, username: string, display_name: string | null}[]} */ ([]));
  useEffect(() => {
    if (!isAdmin.value || query.length < 2) return setFound([]);
    let current = true;
    const timer = setTimeout(() => api.get("/users/", { q: query, limit: 6 }).then((it) => current && setFound(it.items), () => {}), 200);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [query]);
  return found;
}

/** What the users who were found are called. @type {Map<string, string>} */
const called = new Map();

/** Who takes part: by name or mail address; users by their name, where the viewer may look them up. @param {{value: any[], change: (value: any[]) => void}} props */
function People({ value, change }) {
  const [query, setQuery] = useState("");
  const id = useId();
  const users = useUsers(query);
  const add = (/** @type {any} */ one) => (change([...value, one]), setQuery(""));
  const typed = () => {
    const text = query.trim();
    if (text) add(text.includes("@") && !text.includes(" ") ? { email: text } : { name: text });
  };
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter" && event.key !== ",") return;
    event.preventDefault();
    typed();
  };
  return html`<div class="field"><label for=${id}>${t("more.participants")}</label>
    ${value.length > 0 && html`<div class="chips">${value.map((it, n) => html`<button type="button" class="chip on" aria-label="${t("more.without")}: ${it.name ?? it.email ?? called.get(it.user_id)}" onClick=${() => change(value.filter((_, at) => at !== n))}>${it.name ?? it.email ?? called.get(it.user_id)}<${Icon} name="x" /></button>`)}</div>`}
    <div class="with-button"><input id=${id} value=${query} maxlength="100" autocomplete="off" placeholder=${t("more.participantsHint")} onInput=${(/** @type {any} */ event) => setQuery(event.target.value)} onKeyDown=${keys} />
    <button type="button" disabled=${!query.trim()} onClick=${typed}>${t("more.add")}</button></div>
    ${users.length > 0 && html`<div class="chips">${users.map((it) => html`<button type="button" class="chip" onClick=${() => (called.set(it.id, it.display_name || it.username), add({ user_id: it.id }))}><${Icon} name="user" />${it.display_name || it.username}</button>`)}</div>`}
  </div>`;
}

/** Whose it is, where that is not one's own. @param {{value: any, change: (some: any) => void}} props */
function Whose({ value, change }) {
  const [whose, setWhose] = useState(value.guest ? "guest" : value.on_behalf_of ? "user" : "me");
  const [query, setQuery] = useState("");
  const users = useUsers(query);
  const choices = ["me", ...(isAdmin.value ? ["user"] : []), "guest"];
  const guest = value.guest ?? { name: "" };
  const set = (/** @type {string} */ key) => (/** @type {any} */ event) => {
    const { [key]: _, ...rest } = guest;
    change({ guest: { ...rest, ...(event.target.value || key === "name" ? { [key]: event.target.value } : {}) } });
  };
  return html`<div class="whose">
    <${Choice} label=${t("more.whose")} value=${whose} options=${choices.map((it) => ({ value: it, text: t(`more.${it}`) }))} onPick=${(/** @type {string} */ it) => (setWhose(it), change({ guest: it === "guest" ? { name: "" } : undefined, on_behalf_of: undefined }))} />
    ${whose === "guest" && html`<div class="row numbers"><${Field} label=${t("more.guestName")} required maxlength="100" value=${guest.name} onInput=${set("name")} />
      <${Field} label=${t("more.phone")} type="tel" maxlength="40" value=${guest.phone ?? ""} onInput=${set("phone")} /><${Field} label=${t("more.email")} type="email" maxlength="200" value=${guest.email ?? ""} onInput=${set("email")} /></div>`}
    ${whose === "user" && html`<${Field} label=${t("more.findUser")} value=${query} autocomplete="off" onInput=${(/** @type {any} */ event) => setQuery(event.target.value)} />
      <div class="chips">${users.map((it) => html`<button type="button" class="chip" aria-pressed=${value.on_behalf_of === it.id} onClick=${() => change({ on_behalf_of: it.id, guest: undefined })}>${it.display_name || it.username}</button>`)}</div>`}
  </div>`;
}

/**
 * @param {{offer: Offer | undefined, value: any, change: (value: any) => void, about: any}} props `value` goes into the request as it is
 */
export function More({ offer, value, change, about }) {
  const resource = offer && resourceOf(offer.resource_id);
  const id = useId();
  useEffect(() => void learnKinds().catch(() => {}), []);
  useMine();
  const forOthers = value.guest || value.on_behalf_of;
  const gives = offer !== undefined && mayGive({ ...value, ...offer });
  const set = (/** @type {any} */ some) => {
    const next = { ...value, ...some };
    for (const key of Object.keys(next)) if (next[key] === undefined || next[key] === "" || (Array.isArray(next[key]) && next[key].length === 0)) delete next[key];
    change(next);
  };
  const along = /** @type {{resource_id: string}[]} */ (value.along ?? []);
  const others = (resources.value ?? []).filter((it) => it.id !== offer?.resource_id && it.site_id === resource?.site_id && !along.some((one) => one.resource_id === it.id));
  const { repeat, ...said } = value;
  return html`<div class="book-more">
    <div class="field"><label for=${id}>${t("more.notes")}</label><textarea id=${id} rows="2" maxlength="2000" value=${value.notes ?? ""} onInput=${(/** @type {any} */ event) => set({ notes: event.target.value })}></textarea></div>
    <${Declared} kind=${resource?.kind} value=${value.fields ?? {}} change=${(/** @type {any} */ fields) => set({ fields: Object.keys(fields).length > 0 ? fields : undefined })} />
    <${People} value=${value.participants ?? []} change=${(/** @type {any[]} */ participants) => set({ participants })} />
    ${(others.length > 0 || along.length > 0) && html`<div class="field">
      ${along.length > 0 && html`<div class="chips">${along.map((it) => html`<button type="button" class="chip on" aria-label="${t("more.without")}: ${resourceOf(it.resource_id)?.name}" onClick=${() => set({ along: along.filter((one) => one !== it) })}>${resourceOf(it.resource_id)?.name}<${Icon} name="x" /></button>`)}</div>`}
      <${Choice} label=${t("more.along")} value="" options=${[{ value: "", text: t("more.alongNone") }, ...others.slice(0, 200).map((it) => ({ value: it.id, text: it.name }))]} onPick=${(/** @type {string} */ it) => it && set({ along: [...along, { resource_id: it }] })} /></div>`}
    ${(gives || forOthers) && html`<${Whose} value=${value} change=${set} />`}${forOthers && !gives && html`<p class="wrong" role="alert">${t("more.notYours")}</p>`}
    <${Repeats} offer=${offer} about=${{ ...about, ...said }} value=${repeat} change=${(/** @type {any} */ it) => set({ repeat: it })} />
  </div>`;
}
// What the screen needs of it besides.
More.bookSeries = bookSeries;
More.RefusedSeries = RefusedSeries;

/** Everything that can be booked, by words. @param {{room: string, pick: (id: string) => void}} props */
export function Rooms({ room, pick }) {
  const [query, setQuery] = useState("");
  const found = narrowed(resources.value ?? [], { query });
  return html`<div class="rooms"><label class="search"><${Icon} name="search" /><input type="search" autofocus aria-label=${t("rooms.search")} placeholder=${t("rooms.search")} value=${query} onInput=${(/** @type {any} */ event) => setQuery(event.target.value)} /></label>
    <ul>${found.slice(0, MOST).map((it) => html`<li key=${it.id}><button type="button" class="quiet" aria-pressed=${it.id === room} onClick=${() => pick(it.id)}><${Icon} name=${kindShape(it.kind)} />${it.name}
      <span class="muted">${[it.capacity && t("seats", { n: it.capacity }), nameOf(it.site_id)].filter(Boolean).join(" · ")}</span></button></li>`)}</ul>
    ${found.length > MOST && html`<p class="hint">${t("rooms.more", { n: found.length - MOST })}</p>`}</div>`;
}
