// What others change, as soon as it is told: one stream for all that is shown. Where it can't be had, what is shown is read again every ten seconds.

import { lost } from "./state.js";
import { useEffect } from "./vendor/hooks.js";

const REFRESH_MS = 10_000;
/** What is shown is read again no more often than this. */
const REST_MS = 500;
/** After how long without a stream it is said that there is none. */
const LOST_MS = 5_000;
/** How soon a stream is asked for again that was refused. */
const AGAIN_MS = 3_000;
/** How long a stream is kept that nobody listens to: a view may follow. */
const KEPT_MS = 2_000;

/** What listens, and is told of which resources something has changed; `null`: of any. @type {Set<(ids: string[] | null) => void>} */
const listeners = new Set();
/** @type {EventSource | null} */
let source = null;
let timer = 0;

let losing = 0;

const tell = (/** @type {string[] | null} */ ids) => listeners.forEach((listener) => listener(ids));
const told = (/** @type {MessageEvent} */ event) => tell(JSON.parse(event.data).resource_ids);

function found() {
  clearTimeout(losing);
  losing = 0;
  lost.value = false;
}

function open() {
  clearTimeout(timer);
  if (source || listeners.size === 0 || document.visibilityState !== "visible") return;
  const opened = new EventSource("/events/stream");
  source = opened;
  // Whatever changed before is not told: what is shown is read again.
  opened.addEventListener("hello", () => (found(), tell(null)));
  opened.addEventListener("changed", told);
  opened.addEventListener("error", () => {
    if (losing === 0) losing = window.setTimeout(() => (lost.value = true), LOST_MS);
    // A stream that broke is asked for again by the browser, one that was refused is not.
    if (opened.readyState !== EventSource.CLOSED || source !== opened) return;
    source = null;
    timer = window.setTimeout(open, AGAIN_MS);
  });
}

function close() {
  clearTimeout(timer);
  found();
  source?.close();
  source = null;
}

document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? open() : close()));

/**
 * Loads now, and again when something has changed, as long as somebody looks. What takes long to load is loaded less often.
 * @param {(ids: string[] | null) => Promise<any>} load is told of which resources something has changed; `null`: of any
 * @param {any[]} inputs when one of them changes, it begins anew
 */
export function useLive(load, inputs) {
  useEffect(() => {
    let waiting = 0;
    let rested = Date.now();
    /** What has changed since it was loaded; `null`: anything. @type {Set<string> | null} */
    let changed = new Set();
    const now = async () => {
      waiting = 0;
      const ids = changed && [...changed];
      changed = new Set();
      const began = Date.now();
      await load(ids).catch(() => {});
      rested = Date.now() + 2 * (Date.now() - began);
    };
    const soon = (/** @type {string[] | null} */ ids) => {
      changed = ids && changed && new Set([...changed, ...ids]);
      if (waiting === 0) waiting = window.setTimeout(now, Math.max(0, rested + REST_MS - Date.now()));
    };
    void load(null);
    listeners.add(soon);
    open();
    const poll = setInterval(() => document.visibilityState === "visible" && source?.readyState !== EventSource.OPEN && soon(null), REFRESH_MS);
    return () => {
      listeners.delete(soon);
      clearTimeout(waiting);
      clearInterval(poll);
      if (listeners.size === 0) timer = window.setTimeout(() => listeners.size === 0 && close(), KEPT_MS);
    };
  }, inputs);
}
