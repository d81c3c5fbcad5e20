// A form that is gone once it is sent, or begins anew: while that is under way nothing can be typed into it that would be lost. Where it is refused, one goes on
// where one was.

import { useLayoutEffect, useRef } from "../vendor/hooks.js";

/** What the form takes as its `ref`. @param {boolean} busy */
export function useStill(busy) {
  const form = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    const it = form.current;
    if (!busy || !it) return;
    const at = document.activeElement;
    it.inert = true;
    return () => {
      it.inert = false;
      if (it.isConnected && at instanceof HTMLElement && it.contains(at)) at.focus();
    };
  }, [busy]);
  return form;
}
