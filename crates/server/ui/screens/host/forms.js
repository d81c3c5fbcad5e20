// Who comes without a booking, and who waits until something becomes free.

import { api } from "../../api.js";
import { Dialog } from "../../components/dialog.js";
import { Choice, Field, Length, Stepper, lengthText } from "../../components/inputs.js";
import { useStill } from "../../components/still.js";
import { walkIn } from "../../floor/actions.js";
import { fitting } from "../../floor/states.js";
import { Icon, html } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { toast, wordsOf } from "../../state.js";
import { showUntil, text } from "../../time.js";
import { useState } from "../../vendor/hooks.js";

/** @typedef {import("../../state.js").Resource} Resource */
/** @typedef {import("../../floor/states.js").Standing} Standing */

/** Other tables that are offered beside the best. */
const OTHERS = 8;
/** How long somebody waits. */
const WAITS = [30, 45, 60, 90, 120, 180];

/** @param {{resources: Resource[], standings: Map<string, Standing>, zone: string, now: number, changed: () => void, close: () => void, wait: () => void}} props */
export function WalkInForm({ resources, standings, zone, now, changed, close, wait }) {
  const [party, setParty] = useState(2);
  const [minutes, setMinutes] = useState(90);
  const [name, setName] = useState("");
  const [phone, setPhone] = useState("");
  const [picked, setPicked] = useState("");
  const [busy, setBusy] = useState(false);
  const still = useStill(busy);
  const fits = fitting(resources, standings, party, now, minutes);
  const best = fits.find((it) => it.id === picked) ?? fits[0];
  const until = (/** @type {Resource} */ it) => {
    const at = standings.get(it.id)?.until;
    return at ? t("host.freeUntil", { time: showUntil(at, zone, locale()) }) : t("host.freeAll");
  };
  const left = (/** @type {Resource} */ it) => {
    const at = standings.get(it.id)?.until;
    return at ? Math.floor((at - Date.now()) / 60_000) : Infinity;
  };
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!best || busy) return;
    setBusy(true);
    if (await walkIn({ resource_id: best.id, minutes: Math.min(minutes, left(best)), party_size: party, name, phone }, changed)) close();
    setBusy(false);
  };
  return html`<${Dialog} title=${t("host.walkIn")} close=${close}><form ref=${still} onSubmit=${submit}>
    <div class="row"><${Stepper} label=${t("host.party")} value=${party} least=${1} most=${100} onPick=${(/** @type {number | null} */ n) => setParty(n ?? 1)} /><${Length} minutes=${minutes} onPick=${setMinutes} /></div>
    <div class="row"><${Field} label=${t("host.name")} placeholder=${t("host.nameHint")} value=${name} maxlength="200" autocomplete="off" onInput=${(/** @type {any} */ event) => setName(event.target.value)} />
      <${Field} label=${t("floor.phone")} type="tel" value=${phone} maxlength="40" autocomplete="off" onInput=${(/** @type {any} */ event) => setPhone(event.target.value)} /></div>
    ${best ? html`<p class="best"><strong>${best.name}</strong> <span>${best.capacity ? t("seats", { n: best.capacity }) : ""}</span> <span>${until(best)}${left(best) < minutes ? ` – ${t("host.shorter")}` : ""}</span></p>
      ${fits.length > 1 && html`<div class="move-to" role="group" aria-label=${t("host.others")}>${fits.slice(0, OTHERS).map((it) => html`<button type="button" key=${it.id} aria-pressed=${it.id === best.id} onClick=${() => setPicked(it.id)}>${it.name} <span class="muted">${it.capacity ? t("seats", { n: it.capacity }) : ""}</span></button>`)}</div>`}`
      : html`<div class="notice" role="status"><p><${Icon} name="alert" />${t("host.noTable")}</p><div class="acts"><button type="button" onClick=${wait}>${t("host.wait")}</button></div></div>`}
    <div class="row end"><button type="button" onClick=${close}>${t("close")}</button><button class="primary" type="submit" disabled=${busy || !best}>${best ? t("host.seatAt", { what: best.name }) : t("floor.seat")}</button></div>
  </form><//>`;
}

/** @param {{site: string, tables: boolean, changed: () => void, close: () => void}} props */
export function WaitingForm({ site, tables, changed, close }) {
  const [party, setParty] = useState(2);
  const [minutes, setMinutes] = useState(90);
  const [within, setWithin] = useState(60);
  const [name, setName] = useState("");
  const [phone, setPhone] = useState("");
  const [notes, setNotes] = useState("");
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const still = useStill(busy);
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    const now = Date.now();
    try {
      await api.post("/waiting-list/", {
        among: { site_id: site, ...(tables ? { kind: "table" } : {}) }, from: text(now), to: text(now + (within + minutes) * 60_000), duration_minutes: minutes, party_size: party,
        notes: notes.trim() || null, guest: { name: name.trim(), phone: phone.trim() || null },
      });
      toast(t("host.onList", { who: name.trim() }));
      changed();
      close();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  const typed = (/** @type {(text: string) => void} */ set) => (/** @type {any} */ event) => set(event.target.value);
  return html`<${Dialog} title=${t("host.waitTitle")} close=${close}><form ref=${still} onSubmit=${submit}>
    <div class="row"><${Stepper} label=${t("host.party")} value=${party} least=${1} most=${100} onPick=${(/** @type {number | null} */ n) => setParty(n ?? 1)} /><${Field} label=${t("host.name")} required value=${name} maxlength="200" autocomplete="off" onInput=${typed(setName)} /></div>
    <div class="row"><${Choice} label=${t("host.within")} value=${String(within)} onPick=${(/** @type {string} */ it) => setWithin(Number(it))} options=${WAITS.map((n) => ({ value: String(n), text: lengthText(n) }))} /><${Length} minutes=${minutes} onPick=${setMinutes} /></div>
    <div class="row"><${Field} label=${t("floor.phone")} type="tel" value=${phone} maxlength="40" autocomplete="off" onInput=${typed(setPhone)} /><${Field} label=${t("host.notes")} value=${notes} maxlength="500" onInput=${typed(setNotes)} /></div>
    ${error && html`<p class="notice bad" role="alert"><${Icon} name="alert" />${wordsOf(error)}</p>`}
    <div class="row end"><button type="button" onClick=${close}>${t("close")}</button><button class="primary" type="submit" disabled=${busy || !name.trim()}>${t("host.wait")}</button></div>
  </form><//>`;
}
