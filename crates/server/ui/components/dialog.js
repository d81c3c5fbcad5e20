// A dialog in front of the page: the browser keeps the focus in it, and Escape closes it.

import { html } from "../html.js";
import { useEffect, useRef } from "../vendor/hooks.js";

/** @param {{title: string, close: () => void, children?: any}} props */
export function Dialog({ title, close, children }) {
  const ref = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    // The focus goes back to where it was.
    return () => dialog?.close();
  }, []);
  return html`<dialog ref=${ref} aria-label=${title} onClose=${close} onClick=${(/** @type {any} */ event) => event.target === ref.current && ref.current?.close()}>
    <div class="inside"><h2>${title}</h2>${children}</div>
  </dialog>`;
}
