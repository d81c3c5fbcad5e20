// A dialog in front of the page: the browser keeps the focus in it, and Escape closes it.

import { html } from "../html.js";
import { useLayoutEffect, useRef } from "../vendor/hooks.js";
import { useBeside } from "./beside.js";

/** @param {{title: string, close: () => void, beside?: (() => Element | null | undefined) | undefined, children?: any}} props `beside`: what it is about, which is to be seen */
export function Dialog({ title, close, beside, children }) {
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
  useBeside(ref, beside);
  // Escape takes the dialog away as its own button does, so that it is either there or gone. (Files that were not chosen tell of that here too.)
  const escape = (/** @type {Event} */ event) => event.target === ref.current && (event.preventDefault(), close());
  return html`<dialog ref=${ref} class=${beside ? "beside" : undefined} tabindex="-1" aria-label=${title} onCancel=${escape} onClose=${() => gone.current || close()} onClick=${(/** @type {any} */ event) => event.target === ref.current && close()}>
    <div class="inside"><h2>${title}</h2>${children}</div>
  </dialog>`;
}
