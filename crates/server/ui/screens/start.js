// The first steps of whoever runs the place: what it is called, and something to book, from a template.

import { api } from "../api.js";
import { Choice, Field } from "../components/inputs.js";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { loadPlaces, toast, wordsOf } from "../state.js";
import { here } from "../time.js";
import { useState } from "../vendor/hooks.js";
import { slugOf } from "./admin/sites.js";

/** What a template adds: how many of what for how many, and when it is open. @type {Record<string, {hours: string | null, things: {name: string, kind: string, count: number, capacity: number | null}[]}>} */
const templates = {
  restaurant: { hours: "Mo-Su 12:00-23:00", things: [{ name: "start.table", kind: "table", count: 4, capacity: 2 }, { name: "start.table", kind: "table", count: 6, capacity: 4 }, { name: "start.table", kind: "table", count: 2, capacity: 8 }] },
  office: { hours: "Mo-Fr 08:00-20:00", things: [{ name: "start.room", kind: "room", count: 2, capacity: 4 }, { name: "start.room", kind: "room", count: 2, capacity: 10 }, { name: "start.desk", kind: "desk", count: 12, capacity: 1 }] },
  sports: { hours: "Mo-Su 07:00-22:00", things: [{ name: "start.court", kind: "court", count: 4, capacity: 4 }] },
  blank: { hours: null, things: [] },
};

export function Start() {
  const [name, setName] = useState("");
  const [template, setTemplate] = useState("restaurant");
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const make = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    try {
      const site = await api.post("/sites/", { name, slug: slugOf(name), time_zone: here() });
      const chosen = templates[template];
      if (chosen?.hours) await api.put(`/sites/${site.id}/rules`, { hours: chosen.hours });
      /** @type {Record<string, number>} */
      const made = {};
      let position = 0;
      for (const it of chosen?.things ?? []) {
        for (let n = 0; n < it.count; n += 1) {
          made[it.name] = (made[it.name] ?? 0) + 1;
          await api.post("/resources/", { name: t(it.name, { n: Number(made[it.name]) }), kind: it.kind, capacity: it.capacity, site_id: site.id, position: (position += 1) });
        }
      }
      toast(t("start.done", { what: name }));
      await loadPlaces();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return html`<section class="card narrow"><h1>${t("start.title")}</h1>
    <form onSubmit=${make}>
      <${Field} label=${t("start.name")} required maxlength="200" value=${name} hint=${t("admin.zoneHint", { zone: here() })} onInput=${(/** @type {any} */ event) => setName(event.target.value)} autofocus />
      <${Choice} label=${t("start.template")} value=${template} options=${Object.keys(templates).map((it) => ({ value: it, text: t(`start.${it}`) }))} onPick=${setTemplate} />
      <p class="hint">${t("start.hint")}</p>
      ${error && html`<p class="wrong" role="alert">${wordsOf(error)}</p>`}
      <button class="primary" type="submit" disabled=${busy}>${busy ? t("loading") : t("start.do")}</button>
    </form></section>`;
}
