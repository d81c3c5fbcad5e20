// What a display is made of: a question before something is done.

import { Dialog } from "../../components/dialog.js";
import { html } from "../../html.js";
import { t } from "../../i18n.js";
import { useState } from "../../vendor/hooks.js";

/**
 * Asks for the PIN, or whether somebody is sure; then does it.
 * @param {{title: string, sure: string | null, asks: boolean, wrong: string, busy: boolean, onDo: (pin: string | undefined) => void, close: () => void}} props
 */
export function Question({ title, sure, asks, wrong, busy, onDo, close }) {
  const [pin, setPin] = useState("");
  const type = (/** @type {string} */ digit) => setPin((it) => (it.length < 8 ? it + digit : it));
  const send = (/** @type {Event} */ event) => {
    event.preventDefault();
    onDo(asks ? pin : undefined);
    setPin("");
  };
  return html`<${Dialog} title=${title} close=${close}><form class="question" onSubmit=${send}>
    ${sure && html`<p>${sure}</p>`}
    ${asks && html`<label class="pin-label" for="pin">${t("door.pin")}</label>
      <input id="pin" class="pin" type="password" inputmode="numeric" autocomplete="off" pattern="[0-9]{4,8}" maxlength="8" required value=${pin} onInput=${(/** @type {any} */ event) => setPin(event.target.value.replace(/\D/g, ""))} />
      <div class="keypad">${["1", "2", "3", "4", "5", "6", "7", "8", "9"].map((digit) => html`<button type="button" key=${digit} onClick=${() => type(digit)}>${digit}</button>`)}
        <button type="button" aria-label=${t("door.erase")} onClick=${() => setPin((it) => it.slice(0, -1))}>⌫</button><button type="button" onClick=${() => type("0")}>0</button><span></span></div>`}
    ${wrong && html`<p class="wrong" role="alert">${wrong}</p>`}
    <div class="row end"><button type="button" onClick=${close}>${t("door.no")}</button><button type="submit" class="primary" disabled=${busy}>${t("door.yes")}</button></div>
  </form><//>`;
}
