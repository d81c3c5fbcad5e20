// Many resources at once that differ by their number: tables 1 to 20.

import { api } from "../../api.js";
import { Unsaved } from "../../components/forms.js";
import { Choice, Field } from "../../components/inputs.js";
import { useStill } from "../../components/still.js";
import { html } from "../../html.js";
import { t } from "../../i18n.js";
import { asked, go, hold } from "../../router.js";
import { complain, homeZone, loadPlaces, resources, toast, wordsOf } from "../../state.js";
import { useEffect, useState } from "../../vendor/hooks.js";
import { areaTree } from "./levels.js";
import { loadMine, managedSites } from "../../mine.js";
import { countedNames } from "./naming.js";
import { Check, Head, NumberField, typed } from "./parts.js";

const MOST = 200;

export function Bulk() {
  const [pattern, setPattern] = useState("");
  const [from, setFrom] = useState(/** @type {number | null} */ (1));
  const [to, setTo] = useState(/** @type {number | null} */ (20));
  const [kind, setKind] = useState("");
  const [capacity, setCapacity] = useState(/** @type {number | null} */ (4));
  const [site, setSite] = useState(asked("site") ?? managedSites()[0]?.id ?? "");
  const [area, setArea] = useState("");
  const [areas, setAreas] = useState(/** @type {any[]} */ ([]));
  const [approval, setApproval] = useState(false);
  const [done, setDone] = useState(-1);
  const [error, setError] = useState(/** @type {any} */ (null));
  const still = useStill(done >= 0);
  useEffect(() => {
    if (site) api.all(`/sites/${site}/areas`).then(setAreas, () => setAreas([]));
    else setAreas([]);
  }, [site]);
  const taken = new Set((resources.value ?? []).filter((it) => (it.site_id ?? "") === site).map((it) => it.name));
  const all = pattern.trim() && from !== null && to !== null ? countedNames(pattern, from, Math.min(to, from + MOST - 1)) : [];
  const names = all.filter((it) => !taken.has(it));
  const make = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setError(null);
    /** @type {string[]} */
    const made = [];
    try {
      for (const [n, name] of names.entries()) {
        setDone(n);
        const one = await api.post("/resources/", {
          name, kind: kind || null, capacity, site_id: site || null, area_id: area || null, position: (from ?? 0) + n, requires_approval: approval, ...(site ? {} : { time_zone: homeZone.value }),
        });
        made.push(one.id);
      }
      const undo = async () => {
        for (const id of made) await api.delete(`/resources/${id}`).catch(complain);
        await loadPlaces();
      };
      toast(t("bulk.done", { n: made.length }), { undo });
      await loadPlaces();
      await loadMine();
      hold(null);
      go(`/admin/resources${site ? `?site=${site}` : ""}`);
    } catch (problem) {
      setError(problem);
      await loadPlaces();
    }
    setDone(-1);
  };
  return html`<${Head} title=${t("admin.addMany")} about=${t("bulk.about")} />
    <form class="card" ref=${still} onSubmit=${make}>
      <${Unsaved} when=${pattern !== "" && done < 0} />
      <div class="row two"><${Field} label=${t("bulk.pattern")} required maxlength="190" placeholder=${t("bulk.example")} hint=${t("bulk.patternHint")} value=${pattern} onInput=${typed(setPattern)} autofocus />
        <div class="row"><${NumberField} label=${t("bulk.from")} min="0" max="99999" required value=${from} set=${setFrom} /><${NumberField} label=${t("bulk.to")} min=${from ?? 0} max=${(from ?? 0) + MOST - 1} required value=${to} set=${setTo} /></div></div>
      <div class="row two"><${Field} label=${t("admin.kind")} maxlength="64" list="kinds" value=${kind} onInput=${typed(setKind)} /><${NumberField} label=${t("admin.capacity")} min="1" max="100000" value=${capacity} set=${setCapacity} /></div>
      <datalist id="kinds">${[...new Set((resources.value ?? []).map((it) => it.kind).filter(Boolean))].map((it) => html`<option value=${it} />`)}</datalist>
      <div class="row two"><${Choice} label=${t("admin.site")} value=${site} options=${[...managedSites().map((it) => ({ value: it.id, text: it.name })), { value: "", text: t("admin.noSite") }]} onPick=${(/** @type {string} */ it) => (setSite(it), setArea(""))} />
        ${areas.length > 0 && html`<${Choice} label=${t("admin.area")} value=${area} options=${[{ value: "", text: t("admin.noArea") }, ...areaTree(areas).map((it) => ({ value: it.id, text: "\u2003".repeat(it.depth) + it.name }))]} onPick=${setArea} />`}</div>
      <${Check} label=${t("admin.approval")} checked=${approval} onPick=${setApproval} />
      ${all.length > 0 && html`<div class="notice" role="status"><p>${names.length > 0 ? t("bulk.will", { n: names.length }) : t("bulk.nothing")}</p>
        ${names.length > 0 && html`<p class="muted">${names.length > 4 ? `${names.slice(0, 3).join(", ")} … ${names.at(-1)}` : names.join(", ")}</p>`}
        ${names.length < all.length && html`<p class="muted">${t("bulk.there", { n: all.length - names.length })}</p>`}</div>`}
      ${error && html`<p class="wrong" role="alert">${wordsOf(error)}</p>`}
      <div class="row end"><button class="primary" type="submit" disabled=${done >= 0 || names.length === 0}>${done >= 0 ? t("bulk.doing", { n: done + 1, all: names.length }) : t("bulk.do", { n: names.length })}</button></div>
    </form>`;
}
