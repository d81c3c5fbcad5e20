// A card or dialog stands beside what it is about, where there is room: not on a phone, where it is a sheet.

import { besideOf } from "../beside.js";
import { useLayoutEffect } from "../vendor/hooks.js";

/**
 * @param {{current: HTMLElement | null}} ref the card; what stands in it is its first child
 * @param {(() => Element | null | undefined) | undefined} about what is to be seen beside it
 * @param {any[]} [when] what moves it
 */
export function useBeside(ref, about, when = []) {
  useLayoutEffect(() => {
    const it = ref.current;
    if (!it || !about || !matchMedia("(min-width: 721px)").matches) return;
    const place = () => {
      const bar = about()?.getBoundingClientRect();
      if (!bar) return;
      it.style.maxHeight = "";
      const at = besideOf(bar, it.getBoundingClientRect(), { width: innerWidth, height: innerHeight });
      if (at) Object.assign(it.style, { inset: `${at.top}px auto auto ${at.left}px`, margin: "0", maxHeight: `${at.height}px` });
    };
    place();
    // What is in it may become more.
    const watch = new ResizeObserver(place);
    if (it.firstElementChild) watch.observe(it.firstElementChild);
    addEventListener("resize", place);
    return () => {
      watch.disconnect();
      removeEventListener("resize", place);
    };
  }, when);
}
