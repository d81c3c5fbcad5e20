// Tables in and out: a file is tried first, and each row that can't be taken is shown with the column and the reason, before anything is written.

import { api, queryOf } from "../../api.js";
import { DateField } from "../../components/date.js";
import { Choice } from "../../components/inputs.js";
import { Icon, html } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { said } from "../../said.js";
import { isAdmin, loadPlaces, sites, toast, wordsOf } from "../../state.js";
import { addDays, dayOf, here, instantOf, showDay, text, titled } from "../../time.js";
import { useState } from "../../vendor/hooks.js";
import { bodyOf, readTable } from "./csv.js";
import { loadMine, managed } from "../../mine.js";
import { Check, Head } from "./parts.js";

/** What comes in, who may, and which columns it has: those that have to be there first. */
const TABLES = /** @type {Record<string, {admins: boolean, needed: string[], more: string[]}>} */ ({
  bookings: { admins: false, needed: ["resource_id", "starts_at", "ends_at"], more: ["user_id", "title", "party_size", "quantity", "notes", "fields", "override_reason", "along", "guest", "participants"] },
  blocks: { admins: false, needed: ["resource_id", "starts_at", "ends_at"], more: ["reason", "on_conflict"] },
  resources: { admins: true, needed: ["name"], more: ["kind", "description", "capacity", "quantity", "time_zone", "requires_approval", "site_id", "area_id", "part_ids", "tags", "position", "visibility", "attributes", "out_of_order"] },
  users: { admins: true, needed: ["username"], more: ["email", "display_name", "role"] },
});
const BYTES_MAX = 5 * 1_024 * 1_024;
const SHOWN = 200;

/** @typedef {{row: number, accepted: boolean, id: string | null, errors: {column: string | null, detail: string, type: string}[]}} Row */

export function Transfer() {
  return html`<${Head} title=${t("section.import")} about=${t("section.import.about")} /><${Import} /><${Export} />`;
}

function Import() {
  const open = Object.keys(TABLES).filter((it) => isAdmin.value || !TABLES[it]?.admins);
  const [what, setWhat] = useState(open[0] ?? "bookings");
  const [file, setFile] = useState(/** @type {{name: string, text: string, table: ReturnType<typeof readTable>} | null} */ (null));
  const [result, setResult] = useState(/** @type {{dry_run: boolean, accepted: number, refused: number, rows: Row[]} | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const [over, setOver] = useState(false);
  const [onlyBad, setOnlyBad] = useState(true);
  const [key, setKey] = useState("");
  const table = TABLES[what];
  const forget = () => (setFile(null), setResult(null), setError(null));
  const send = async (/** @type {string} */ source, /** @type {boolean} */ json, /** @type {boolean} */ dry) => {
    setBusy(true);
    setError(null);
    try {
      const body = json ? bodyOf(source) : new Blob([source], { type: "text/csv" });
      const found = await api.post(`/import/${what}${queryOf({ dry_run: dry })}`, body, dry ? undefined : key);
      setResult(found);
      setOnlyBad(found.refused > 0);
      if (!dry) {
        toast(t("import.done", { n: found.accepted }));
        await loadPlaces();
        await loadMine();
      }
    } catch (problem) {
      setError(problem);
      setResult(null);
    }
    setBusy(false);
  };
  const read = async (/** @type {File | undefined} */ chosen) => {
    setOver(false);
    if (!chosen) return;
    forget();
    if (chosen.size > BYTES_MAX) return setError({ kind: "", errors: [], detail: t("import.tooLarge") });
    const source = await chosen.text();
    try {
      const found = readTable(chosen.name, source);
      setFile({ name: chosen.name, text: source, table: found });
      setKey(crypto.randomUUID());
      await send(source, found.json, true);
    } catch {
      setError({ kind: "", errors: [], detail: t("import.notATable") });
    }
  };
  const drop = (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    void read(event.dataTransfer?.files[0]);
  };
  const bad = result?.rows.filter((it) => !it.accepted) ?? [];
  const shown = (result?.rows ?? []).filter((it) => !onlyBad || !it.accepted).slice(0, SHOWN);
  const columns = file?.table.columns ?? [];
  return html`<div class="card"><h2>${t("import.title")}</h2>
    <${Choice} label=${t("import.what")} value=${what} options=${open.map((it) => ({ value: it, text: t(`table.${it}`) }))} onPick=${(/** @type {string} */ it) => (setWhat(it), forget())} />
    <p class="hint">${t("import.columns")} <code><strong>${table?.needed.join(", ")}</strong>, ${table?.more.join(", ")}</code>.${what === "users" ? ` ${t("import.usersHint")}` : ""}</p>
    <label class="drop ${over ? "over" : ""}" onDragOver=${(/** @type {DragEvent} */ event) => (event.preventDefault(), setOver(true))} onDragLeave=${() => setOver(false)} onDrop=${drop}>
      <${Icon} name="upload" /><span><strong>${t("import.drop")}</strong><span class="muted">${t("import.dropHint")}</span></span>
      <input class="unseen" type="file" accept=".csv,.json,text/csv,application/json" aria-label=${t("import.drop")} onChange=${(/** @type {any} */ event) => (void read(event.target.files[0]), (event.target.value = ""))} /></label>
    ${busy && html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`}
    ${error && html`<p class="notice bad" role="alert"><${Icon} name="alert" />${wordsOf(error)}</p>`}
    ${file && result && html`<div class="tried" role="status">
      <div class="head"><p class="verdict ${bad.length > 0 ? "some" : "none"}"><${Icon} name=${bad.length > 0 ? "alert" : "check"} /><strong translate=${false}>${file.name}</strong>
        <span>${t(result.dry_run ? "import.would" : "import.did", { n: result.accepted })}${bad.length > 0 ? `, ${t(result.dry_run ? "import.wouldNot" : "import.didNot", { n: bad.length })}` : ""}</span></p>
        <div class="acts"><button type="button" onClick=${forget}>${result.dry_run ? t("form.cancel") : t("close")}</button>
          ${result.dry_run && html`<button type="button" class="primary" disabled=${busy || result.accepted === 0} onClick=${() => send(file.text, file.table.json, false)}>${bad.length > 0 ? t("import.doSome", { n: result.accepted }) : t("import.do", { n: result.accepted })}</button>`}</div></div>
      ${bad.length > 0 && html`<${Check} label=${t("import.onlyBad")} checked=${onlyBad} onPick=${setOnlyBad} />`}
      <div class="scroll" tabindex="0" role="region" aria-label=${file.name}><table class="rows-table" translate=${false}><thead><tr><th class="number">${t("import.row")}</th>${columns.map((it) => html`<th>${it}</th>`)}<th>${t("import.result")}</th></tr></thead>
        <tbody>${shown.map((it) => {
          const cells = file.table.rows[it.row - 1] ?? [];
          const of = (/** @type {string} */ column) => it.errors.find((one) => one.column === column);
          const others = it.errors.filter((one) => !columns.includes(one.column ?? ""));
          return html`<tr key=${it.row} class=${it.accepted ? undefined : "bad"}><td class="number" data-label=${t("import.row")}>${it.row}</td>
            ${columns.map((column, n) => html`<td class=${of(column) ? "bad" : undefined} data-label=${column}><span>${cells[n] ?? ""}</span>${of(column) && html`<span class="wrong">${said(of(column)?.detail ?? "")}</span>`}</td>`)}
            <td data-label=${t("import.result")}>${it.accepted ? html`<span class="good">${t(result.dry_run ? "import.ok" : "import.in")}</span>` : others.length > 0 ? html`<span class="wrong">${others.map((one) => (one.column ? `${one.column}: ${said(one.detail)}` : said(one.detail))).join("; ")}</span>` : html`<span class="wrong">${t("import.bad")}</span>`}</td></tr>`;
        })}</tbody></table></div>
      ${shown.length === SHOWN && html`<p class="hint">${t("import.first", { n: SHOWN })}</p>`}</div>`}</div>`;
}

function Export() {
  const zone = here();
  const today = dayOf(Date.now(), zone);
  const [what, setWhat] = useState("bookings");
  const [format, setFormat] = useState("csv");
  const [from, setFrom] = useState(addDays(today, -30));
  const [to, setTo] = useState(addDays(today, 30));
  const [resource, setResource] = useState("");
  const open = Object.keys(TABLES).filter((it) => isAdmin.value || it !== "users");
  const timed = what === "bookings" || what === "blocks";
  const query = queryOf({ format, ...(timed ? { from: text(instantOf(from, 0, zone)), to: text(instantOf(addDays(to, 1), 0, zone)), resource_id: resource } : {}) });
  return html`<div class="card"><h2>${t("export.title")}</h2>
    <div class="row"><${Choice} label=${t("import.what")} value=${what} options=${open.map((it) => ({ value: it, text: t(`table.${it}`) }))} onPick=${setWhat} />
      <${Choice} label=${t("export.format")} value=${format} options=${["csv", "json"].map((it) => ({ value: it, text: it.toUpperCase() }))} onPick=${setFormat} /></div>
    ${timed && html`<div class="row"><${DateField} label=${t("export.from")} day=${from} today=${today} max=${to} onPick=${setFrom} />
      <${DateField} label=${t("export.to")} day=${to} today=${today} min=${from} onPick=${setTo} />
      <${Choice} label=${t("admin.resource")} value=${resource} options=${[{ value: "", text: t("filter.all") }, ...managed().map((it) => ({ value: it.id, text: it.name }))]} onPick=${setResource} /></div>
      <p class="hint">${titled(showDay(from, locale(), "long"))} – ${showDay(to, locale(), "long")}. ${t("zone", { zone })}</p>`}
    <div class="row end"><a class="button primary" href="/export/${what}${query}" download="${what}.${format}"><${Icon} name="download" />${t("export.do")}</a></div>
    <p class="hint">${t("export.hint")}${sites.value.length > 0 ? ` ${t("export.ids")}` : ""}</p></div>`;
}
