// What was asked for may not be what is shown any more when the answer comes.

import { useRef } from "../vendor/hooks.js";

/**
 * Tells later whether what was asked for is still what is shown: an answer that was meant for another day, place or name is no answer any more.
 * @param {string} key what it was asked for
 * @returns {() => boolean}
 */
export function useCurrent(key) {
  const latest = useRef(key);
  latest.current = key;
  return () => latest.current === key;
}
