// A form that is gone once it is sent, or begins anew: while that is under way nothing can be typed into it that would be lost. Where it is refused, one goes on
// where one was.

import { useLayoutEffect, useRef } from "../vendor/hooks.js";

/** What the form takes as its `ref`. @param {boolean} busy */
export function useStill(busy) {
  const form = useRef(/** @type {HTMLElement | null} */ (null));
  /** Where one was. @type {{current: Element | null}} */
  const at = useRef(null);
  // Once it is gone it takes no focus any more: that is elsewhere by then.
  useLayoutEffect(() => {
    const it = form.current;
    if (!it || it.inert === busy) return;
    if (busy) at.current = document.activeElement;
    it.inert = busy;
    if (!busy && at.current instanceof HTMLElement && it.contains(at.current)) at.current.focus();
  }, [busy]);
  return form;
}
