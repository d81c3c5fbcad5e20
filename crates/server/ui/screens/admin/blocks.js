// Blocked time of one resource: what is blocked already, and blocking more, once or again and again.

import { api, queryOf } from "../../api.js";
import { Dialog } from "../../components/dialog.js";
import { Choice, Clock, Day, Field, Length } from "../../components/inputs.js";
import { Scopes } from "../../components/scopes.js";
import { clock } from "../../hours.js";
import { html } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { complain, toast, wordsOf } from "../../state.js";
import { addDays, dayOf, instantOf, showDay, showSpan, text } from "../../time.js";
import { useEffect, useState } from "../../vendor/hooks.js";

/** @typedef {{id: string, starts_at: string, ends_at: string, reason: string | null, series_id: string | null}} Blocked */

const YEAR = 365 * 86_400_000;
const SHOWN_MAX = 50;
const DAYS_SHOWN_MAX = 5;

/** A local time, as rules of recurrence want it. @param {string} day @param {number} minutes */
const local = (day, minutes) => `${addDays(day, Math.floor(minutes / 1_440))}T${clock(minutes % 1_440)}`;

/** @param {{resource: import("../../state.js").Resource, done: () => void, close: () => void}} props */
export function Block({ resource, done, close }) {
  const zone = resource.time_zone;
  const today = dayOf(Date.now(), zone);
  const [day, setDay] = useState(today);
  const [minutes, setMinutes] = useState(9 * 60);
  const [length, setLength] = useState(120);
  const [repeat, setRepeat] = useState("");
  const [times, setTimes] = useState("12");
  const [reason, setReason] = useState("");
  const [error, setError] = useState(/** @type {any} */ (null));
  const save = async (/** @type {Event | null} */ event, force = false) => {
    event?.preventDefault();
    const what = { resource_id: resource.id, reason: reason || null, ...(force ? { on_conflict: "cancel" } : {}) };
    const start = instantOf(day, minutes, zone);
    try {
      const made = repeat
        ? await api.post("/schedule/series", { ...what, rule: `FREQ=${repeat};COUNT=${times}`, starts_at_local: local(day, minutes), ends_at_local: local(day, minutes + length) })
        : await api.post("/schedule/", { ...what, starts_at: text(start), ends_at: text(start + length * 60_000) });
      const undo = () => void api.delete(`/schedule/${repeat ? "series/" : ""}${made.id}`).catch(complain);
      toast(t("admin.blocked", { what: resource.name }), { undo });
      done();
    } catch (problem) {
      setError(problem);
    }
  };
  /** @type {{starts_at: string, problem: {type: string}}[]} */
  const refused = error?.kind === "series-refused" ? error.body.refused : [];
  const inTheWay = error?.kind === "block-conflict" || (refused.length > 0 && refused.every((it) => it.problem.type === "/problems/block-conflict"));
  return html`<${Dialog} title=${t("admin.blockOf", { what: resource.name })} close=${close}>
    <form onSubmit=${save}>
      <div class="row"><${Day} day=${day} today=${today} onPick=${setDay} /><${Clock} minutes=${minutes} onPick=${setMinutes} /><${Length} minutes=${length} onPick=${setLength} /></div>
      <div class="row"><${Choice} label=${t("admin.repeat")} value=${repeat} onPick=${setRepeat} options=${["", "DAILY", "WEEKLY"].map((value) => ({ value, text: t(`admin.repeat${value || "NEVER"}`) }))} />
        ${repeat && html`<${Choice} label=${t("admin.howOften")} value=${times} onPick=${setTimes} options=${[2, 4, 8, 12, 26, 52].map((n) => ({ value: String(n), text: t("admin.times", { n }) }))} />`}</div>
      <${Field} label=${t("admin.reason")} maxlength="500" hint=${t("admin.reasonHint")} value=${reason} onInput=${(/** @type {any} */ event) => setReason(event.target.value)} />
      <p class="hint">${t("zone", { zone })}</p>
      ${error && html`<div class="notice bad" role="alert"><p>${wordsOf(error)}</p>
        ${refused.length > 0 && html`<ul>${refused.slice(0, DAYS_SHOWN_MAX).map((it) => html`<li key=${it.starts_at}>${showDay(dayOf(Date.parse(it.starts_at), zone), locale(), "long")}</li>`)}</ul>`}
        ${refused.length > DAYS_SHOWN_MAX && html`<p>${t("admin.andMore", { n: refused.length - DAYS_SHOWN_MAX })}</p>`}
        ${inTheWay && html`<button type="button" class="danger" onClick=${() => save(null, true)}>${t("admin.blockAnyway")}</button>`}</div>`}
      <div class="row end"><button type="button" onClick=${close}>${t("close")}</button><button class="primary" type="submit">${t("admin.block")}</button></div>
    </form>
    <${Standing} resource=${resource} />
  <//>`;
}

/** What is blocked already, and how to give it back. @param {{resource: import("../../state.js").Resource}} props */
function Standing({ resource }) {
  const zone = resource.time_zone;
  const [found, setFound] = useState(/** @type {Blocked[]} */ ([]));
  const [scopes, setScopes] = useState(/** @type {string | null} */ (null));
  const load = () => {
    const now = Date.now();
    return api.all("/schedule/", { resource_id: resource.id, from: text(now), to: text(now + YEAR) }, SHOWN_MAX).then(setFound, complain);
  };
  useEffect(() => void load(), []);
  const giveBack = async (/** @type {string} */ path) => {
    setScopes(null);
    await api.delete(path).then(() => toast(t("admin.givenBack")), complain);
    await load();
  };
  if (found.length === 0) return null;
  return html`<h2>${t("admin.standing")}</h2>
    <ul class="bookings">${found.map((it) => {
      const [from, to] = [Date.parse(it.starts_at), Date.parse(it.ends_at)];
      const series = `/schedule/series/${it.series_id}`;
      return html`<li class="item" key=${it.id}>
        <div class="what"><span>${showDay(dayOf(from, zone), locale(), "long")}, ${showSpan(from, to, zone, locale())}</span>
          <span class="muted">${[it.reason, it.series_id && t("my.series")].filter(Boolean).join(" · ")}</span></div>
        <div class="acts"><button aria-expanded=${it.series_id ? scopes === it.id : undefined} onClick=${() => (it.series_id ? setScopes(scopes === it.id ? null : it.id) : giveBack(`/schedule/${it.id}`))}>${t("admin.giveBack")}</button></div>
        ${scopes === it.id && html`<${Scopes} one=${() => giveBack(`/schedule/${it.id}`)} following=${() => giveBack(series + queryOf({ from: it.starts_at }))} all=${() => giveBack(series)} />`}
      </li>`;
    })}</ul>`;
}
