// A dialog in front of the page: the browser keeps the focus in it, and Escape closes it.

import { html } from "../html.js";
import { useLayoutEffect, useRef } from "../vendor/hooks.js";

/** @param {{title: string, close: () => void, children?: any}} props */
export function Dialog({ title, close, children }) {
  const ref = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const gone = useRef(false);
  useLayoutEffect(() => {
    const [dialog, before] = [ref.current, document.activeElement];
    dialog?.showModal();
    // A link in what is read first is nothing that one came for: its ring would only be in the way, and the next Tab leads to it.
    if (document.activeElement instanceof HTMLAnchorElement) dialog?.focus();
    // What has the focus may stand at the end; one reads from the beginning.
    if (dialog && !dialog.querySelector("[autofocus]")) dialog.scrollTop = 0;
    return () => {
      // The browser tells of this a moment later, when another dialog may be there already.
      gone.current = true;
      dialog?.close();
      // The browser does this too, but too late for whoever types on.
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  // Escape takes the dialog away as its own button does, so that it is either there or gone. (Files that were not chosen tell of that here too.)
  const escape = (/** @type {Event} */ event) => event.target === ref.current && (event.preventDefault(), close());
  return html`<dialog ref=${ref} tabindex="-1" aria-label=${title} onCancel=${escape} onClose=${() => gone.current || close()} onClick=${(/** @type {any} */ event) => event.target === ref.current && close()}>
    <div class="inside"><h2>${title}</h2>${children}</div>
  </dialog>`;
}
