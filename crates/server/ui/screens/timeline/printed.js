// A day on paper: a list of what stands when, place by place. A grid would be cut where the page ends, and nobody can scroll it.

import { html } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { showDay, showSpan, titled } from "../../time.js";
import { useEffect, useRef } from "../../vendor/hooks.js";
import { render } from "../../vendor/preact.js";
import { wordsOfBar } from "./row.js";

/** @typedef {{day: string, zone: string, start: number, length: number, groups: import("../../rows.js").Group[], bars: (resource: any) => import("../../bars.js").Bar[]}} Printed */

/** What stands when, place by place. @param {Omit<Printed, "day" | "zone" | "length">} props */
export function DayList({ start, groups, bars }) {
  const lines = (/** @type {import("../../rows.js").Resource} */ resource) => bars(resource).filter((it) => it.kind !== "closed" && it.kind !== "past" && it.kind !== "buffer");
  return html`${groups.map((group) => html`${group.name && html`<h2>${group.name}</h2>`}
      <table><thead><tr><th>${t("print.what")}</th><th>${t("print.when")}</th><th>${t("print.title")}</th><th>${t("print.who")}</th><th>${t("print.state")}</th></tr></thead>
      <tbody>${group.rows.map((resource) => {
        const all = lines(resource);
        if (all.length === 0) return html`<tr><th scope="row">${resource.name}</th><td colspan="4" class="nothing">${t("print.nothing")}</td></tr>`;
        return all.map((bar, n) => {
          const words = wordsOfBar(bar, resource.time_zone, start);
          const people = bar.booking?.party_size ? t("people", { n: bar.booking.party_size }) : "";
          return html`<tr>${n === 0 && html`<th scope="rowgroup" rowspan=${all.length}>${resource.name}</th>`}
            <td>${showSpan(start + bar.from * 60_000, start + bar.to * 60_000, resource.time_zone, locale())}</td><td>${bar.label}</td><td>${words.who && html`<bdi>${words.who}</bdi>`}${words.who && people ? ", " : ""}${people}</td><td>${t(`bar.${bar.kind}`)}</td></tr>`;
        });
      })}</tbody></table>`)}`;
}

/** @param {Printed} props */
const Page = ({ day, zone, ...list }) => html`<h1>${titled(showDay(day, locale(), "long"))}</h1><p>${t("zone", { zone })}</p><${DayList} ...${list} />`;

/**
 * Puts the list on the page while it is printed: who has a day of thousands on the screen does not carry it twice.
 * @param {() => Printed} content
 * @param {boolean} ready
 */
export function usePrinting(content, ready) {
  const latest = useRef(content);
  latest.current = content;
  useEffect(() => {
    if (!ready) return;
    const paper = document.createElement("div");
    paper.className = "paper";
    document.body.append(paper);
    document.body.classList.add("has-paper");
    const before = () => render(html`<${Page} ...${latest.current()} />`, paper);
    const after = () => render(null, paper);
    addEventListener("beforeprint", before);
    addEventListener("afterprint", after);
    return () => {
      after();
      paper.remove();
      document.body.classList.remove("has-paper");
      removeEventListener("beforeprint", before);
      removeEventListener("afterprint", after);
    };
  }, [ready]);
}
