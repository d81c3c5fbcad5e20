// A dialog in front of the page: the browser keeps the focus in it, and Escape closes it.

import { html } from "../html.js";
import { useLayoutEffect, useRef } from "../vendor/hooks.js";

/** @param {{title: string, close: () => void, children?: any}} props */
export function Dialog({ title, close, children }) {
  const ref = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useLayoutEffect(() => {
    const [dialog, before] = [ref.current, document.activeElement];
    dialog?.showModal();
    return () => {
      dialog?.close();
      // The browser does this too, but too late for whoever types on.
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return html`<dialog ref=${ref} aria-label=${title} onClose=${close} onClick=${(/** @type {any} */ event) => event.target === ref.current && ref.current?.close()}>
    <div class="inside"><h2>${title}</h2>${children}</div>
  </dialog>`;
}
