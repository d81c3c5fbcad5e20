// A code to scan.

import { html } from "../html.js";
import { pathOf, qr } from "../qr.js";

/** @param {{text: string, label: string}} props */
export function Qr({ text, label }) {
  const rows = qr(text);
  if (!rows) return null;
  const size = rows.length + 8;
  return html`<figure class="qr"><svg viewBox="0 0 ${size} ${size}" role="img" aria-label=${label} shape-rendering="crispEdges"><rect width=${size} height=${size} fill="#fff" /><path d=${pathOf(rows)} fill="#000" /></svg><figcaption>${label}</figcaption></figure>`;
}
