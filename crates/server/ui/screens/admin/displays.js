// Displays at doors: pairing one by the code that it shows, what each may, when it was last seen, and taking its right away.

import { api } from "../../api.js";
import { Choice, Field } from "../../components/inputs.js";
import { useStill } from "../../components/still.js";
import { html } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { managed } from "../../mine.js";
import { complain, resourceOf, toast, wordsOf } from "../../state.js";
import { here, showTime, showDay, dayOf } from "../../time.js";
import { useLayoutEffect, useState } from "../../vendor/hooks.js";

/** @typedef {{name: string, may_book: boolean, may_check_in: boolean, may_extend: boolean, may_end: boolean, shows: string, language: string | null, theme: string | null}} DoorSettings */
/** @typedef {{id: string, resource_id: string, settings: DoorSettings, has_pin: boolean, seen_at: string | null, version: number}} Display */

/** @type {DoorSettings} */
const BEGIN = { name: "", may_book: true, may_check_in: true, may_extend: true, may_end: true, shows: "busy", language: null, theme: null };
const SWITCHES = /** @type {const} */ (["may_book", "may_check_in", "may_extend", "may_end"]);

/** @param {{settings: DoorSettings, set: (more: Partial<DoorSettings>) => void}} props */
function SettingsFields({ settings, set }) {
  return html`<${Field} label=${t("display.name")} hint=${t("display.nameHint")} required maxlength="200" value=${settings.name} onInput=${(/** @type {any} */ event) => set({ name: event.target.value })} />
    <fieldset class="rows"><legend>${t("display.may")}</legend>${SWITCHES.map((name) => html`<label class="check" key=${name}><input type="checkbox" checked=${settings[name]} onChange=${(/** @type {any} */ event) => set({ [name]: event.target.checked })} /> ${t(`display.${name}`)}</label>`)}</fieldset>
    <div class="row two">
      <${Choice} label=${t("display.shows")} value=${settings.shows} onPick=${(/** @type {string} */ shows) => set({ shows })} options=${["busy", "titles", "people"].map((value) => ({ value, text: t(`display.shows.${value}`) }))} />
      <${Choice} label=${t("display.theme")} value=${settings.theme ?? ""} onPick=${(/** @type {string} */ theme) => set({ theme: theme || null })} options=${["", "light", "dark"].map((value) => ({ value, text: t(`display.theme.${value || "own"}`) }))} />
      <${Choice} label=${t("display.language")} value=${settings.language ?? ""} onPick=${(/** @type {string} */ it) => set({ language: it || null })} options=${[{ value: "", text: t("display.languageOwn") }, { value: "en", text: "English" }, { value: "ru", text: "Русский" }]} />
    </div>`;
}

/** @param {{onPaired: () => void}} props */
function PairForm({ onPaired }) {
  const [code, setCode] = useState(new URLSearchParams(location.search).get("code") ?? "");
  const all = managed();
  const [resource, setResource] = useState(all[0]?.id ?? "");
  const [settings, setSettings] = useState(BEGIN);
  const [pin, setPin] = useState("");
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const still = useStill(busy);
  const pair = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await api.post("/displays/", { code, resource_id: resource, settings, ...(pin ? { pin } : {}) });
      toast(t("display.paired", { what: resourceOf(resource)?.name ?? "" }));
      setCode("");
      setPin("");
      onPaired();
    } catch (refused) {
      setProblem(refused);
    } finally {
      setBusy(false);
    }
  };
  const wrong = problem?.kind === "pairing-code-not-found" ? t("display.noCode") : undefined;
  return html`<form class="card" ref=${still} onSubmit=${pair}><h2>${t("display.pair")}</h2><p class="hint">${t("display.how", { address: `${location.origin}/door` })}</p>
    <div class="row two"><${Field} label=${t("display.code")} required autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="12" value=${code} wrong=${wrong} onInput=${(/** @type {any} */ event) => setCode(event.target.value)} />
      <${Choice} label=${t("display.resource")} value=${resource} onPick=${setResource} options=${all.map((it) => ({ value: it.id, text: it.name }))} /></div>
    <${SettingsFields} settings=${settings} set=${(/** @type {Partial<DoorSettings>} */ more) => setSettings({ ...settings, ...more })} />
    <${Field} label=${t("display.pin")} hint=${t("display.pinHint")} inputmode="numeric" autocomplete="off" pattern="[0-9]{4,8}" maxlength="8" value=${pin} onInput=${(/** @type {any} */ event) => setPin(event.target.value)} />
    ${problem && !wrong && html`<p class="wrong" role="alert">${wordsOf(problem)}</p>`}
    <div class="row end"><button type="submit" class="primary" disabled=${busy}>${t("display.do")}</button></div></form>`;
}

/** @param {{display: Display, onChange: () => void}} props */
function DisplayCard({ display, onChange }) {
  const [sure, setSure] = useState(false);
  const [settings, setSettings] = useState(/** @type {DoorSettings | null} */ (null));
  const seen = display.seen_at ? Date.parse(display.seen_at) : null;
  const revoke = () => api.delete(`/displays/${display.id}`).then(() => (toast(t("display.revoked")), onChange()), complain);
  const [busy, setBusy] = useState(false);
  const still = useStill(busy);
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await api.patch(`/displays/${display.id}`, { settings }, display.version);
      setSettings(null);
      toast(t("saved"));
      onChange();
    } catch (problem) {
      complain(problem);
    }
    setBusy(false);
  };
  return html`<section class="card"><div class="head"><h2>${display.settings.name}</h2><span class="count">${resourceOf(display.resource_id)?.name ?? t("gone")}</span></div>
    <p class="hint">${seen ? t("display.seen", { when: `${showDay(dayOf(seen, here()), locale())}, ${showTime(seen, here(), locale())}` }) : t("display.neverSeen")}${display.has_pin ? ` · ${t("display.hasPin")}` : ""}</p>
    ${settings
      ? html`<form ref=${still} onSubmit=${save}><${SettingsFields} settings=${settings} set=${(/** @type {Partial<DoorSettings>} */ more) => setSettings({ ...settings, ...more })} />
          <p class="acts"><button type="submit" class="primary" disabled=${busy}>${t("save")}</button><button type="button" onClick=${() => setSettings(null)}>${t("close")}</button></p></form>`
      : sure
        ? html`<p>${t("display.sure")}</p><p class="acts"><button type="button" class="danger" onClick=${revoke}>${t("display.revoke")}</button><button type="button" onClick=${() => setSure(false)}>${t("close")}</button></p>`
        : html`<p class="acts"><button type="button" onClick=${() => setSettings(display.settings)}>${t("display.edit")}</button><button type="button" class="danger" onClick=${() => setSure(true)}>${t("display.revoke")}</button></p>`}
  </section>`;
}

export function Displays() {
  const [displays, setDisplays] = useState(/** @type {Display[] | null} */ (null));
  const [problem, setProblem] = useState(/** @type {any} */ (null));
  const load = () => api.all("/displays/").then(setDisplays, setProblem);
  useLayoutEffect(() => void load(), []);
  return html`<div class="head"><h1>${t("section.displays")}</h1></div>
    ${problem && html`<p class="wrong" role="alert">${wordsOf(problem)}</p>`}
    <div class="cards one">${(displays ?? []).map((it) => html`<${DisplayCard} key=${it.id} display=${it} onChange=${load} />`)}<${PairForm} onPaired=${load} /></div>`;
}
