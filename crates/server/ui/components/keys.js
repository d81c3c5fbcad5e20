// Keys that hold for a whole screen.

import { useLayoutEffect, useRef } from "../vendor/hooks.js";

/**
 * Listens to keys as long as the screen is there. What is shown is what they act on, from the moment in which it is shown: whoever types
 * ahead loses nothing. A dialog in front has the keys to itself.
 * @param {(event: KeyboardEvent) => void} pressed
 */
export function useKeys(pressed) {
  const latest = useRef(pressed);
  latest.current = pressed;
  useLayoutEffect(() => {
    const listen = (/** @type {KeyboardEvent} */ event) => document.querySelector("dialog[open]") === null && latest.current(event);
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
}

/** Whether a key is meant for what one writes in. @param {KeyboardEvent} event */
export const isWriting = ({ target }) => target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
