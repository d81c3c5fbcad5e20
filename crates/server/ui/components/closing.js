// Why something is rejected or cancelled, or nobody came: one line, which may be left out, for whoever may see the booking.

import { html } from "../html.js";
import { t } from "../i18n.js";
import { useLayoutEffect, useRef, useState } from "../vendor/hooks.js";
import { Field } from "./inputs.js";

/** The line itself. @param {{reason: string, say: (reason: string) => void, autofocus?: boolean}} props */
export const Reason = ({ reason, say, autofocus }) => html`<${Field} label=${t("closing.reason")} hint=${t("closing.hint")} autofocus=${autofocus} maxlength="500" autocomplete="off" value=${reason} onInput=${(/** @type {any} */ event) => say(event.target.value)} />`;

/** @param {{does: string, send: (reason: string) => void, other?: {does: string, send: (reason: string) => void} | undefined, close?: () => void}} props `does`: what the button says; `other`: what can be done instead, for the same reason */
export function Closing({ does, send, other, close }) {
  const [reason, setReason] = useState("");
  const form = useRef(/** @type {HTMLElement | null} */ (null));
  // In a dialog that is open already nothing gets the focus by itself.
  useLayoutEffect(() => form.current?.querySelector("input")?.focus(), []);
  return html`<form class="closing" ref=${form} onSubmit=${(/** @type {Event} */ event) => (event.preventDefault(), send(reason.trim()))}>
    <${Reason} reason=${reason} say=${setReason} autofocus />
    <div class="row end">${close && html`<button type="button" onClick=${close}>${t("close")}</button>`}${other && html`<button type="button" class="danger" onClick=${() => other.send(reason.trim())}>${other.does}</button>`}<button type="submit" class="danger">${does}</button></div>
  </form>`;
}

/** What was said. @param {{why: string | null | undefined}} props */
export const Said = ({ why }) => (why ? html`<span class="why-closed">${t("closing.said", { why })}</span>` : null);
