// A labelled field, with what is wrong with it where it is read out.

import { html } from "../html.js";
import { useId } from "../vendor/hooks.js";

/**
 * @param {{label: string, hint?: string, wrong?: string, [more: string]: any}} props
 */
export function Field({ label, hint, wrong, ...input }) {
  const id = useId();
  const described = wrong ? `${id}-wrong` : hint ? `${id}-hint` : undefined;
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <input id=${id} aria-describedby=${described} aria-invalid=${wrong ? "true" : undefined} ...${input} />
    ${hint && !wrong && html`<p class="hint" id="${id}-hint">${hint}</p>`}
    ${wrong && html`<p class="wrong" id="${id}-wrong">${wrong}</p>`}
  </div>`;
}

/**
 * @param {{label: string, value: string, options: {value: string, text: string}[], onPick: (value: string) => void}} props
 */
export function Choice({ label, value, options, onPick }) {
  const id = useId();
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <select id=${id} value=${value} onChange=${(/** @type {any} */ event) => onPick(event.target.value)}>
      ${options.map((it) => html`<option value=${it.value} selected=${it.value === value}>${it.text}</option>`)}
    </select>
  </div>`;
}
