// What others change, as soon as it is told: one stream for all that is shown. Where it can't be had, what is shown is read again every ten seconds.

import { useEffect } from "./vendor/hooks.js";

const REFRESH_MS = 10_000;
/** What is shown is read again no more often than this. */
const REST_MS = 500;
/** How soon a stream is asked for again that was refused. */
const AGAIN_MS = 3_000;
/** How long a stream is kept that nobody listens to: a view may follow. */
const KEPT_MS = 2_000;

/** @type {Set<() => void>} */
const listeners = new Set();
/** @type {EventSource | null} */
let source = null;
let timer = 0;

const tell = () => listeners.forEach((listener) => listener());

function open() {
  clearTimeout(timer);
  if (source || listeners.size === 0 || document.visibilityState !== "visible") return;
  const opened = new EventSource("/events/stream");
  source = opened;
  // Whatever changed before is not told: what is shown is read again.
  opened.addEventListener("hello", tell);
  opened.addEventListener("changed", tell);
  opened.addEventListener("error", () => {
    // A stream that broke is asked for again by the browser, one that was refused is not.
    if (opened.readyState !== EventSource.CLOSED || source !== opened) return;
    source = null;
    timer = window.setTimeout(open, AGAIN_MS);
  });
}

function close() {
  clearTimeout(timer);
  source?.close();
  source = null;
}

document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? open() : close()));

/**
 * Loads now, and again when something has changed, as long as somebody looks.
 * @param {() => Promise<any>} load
 * @param {any[]} inputs when one of them changes, it begins anew
 */
export function useLive(load, inputs) {
  useEffect(() => {
    let waiting = 0;
    let loaded = Date.now();
    const now = () => {
      waiting = 0;
      loaded = Date.now();
      void load();
    };
    const soon = () => {
      if (waiting === 0) waiting = window.setTimeout(now, Math.max(0, loaded + REST_MS - Date.now()));
    };
    void load();
    listeners.add(soon);
    open();
    const poll = setInterval(() => document.visibilityState === "visible" && source?.readyState !== EventSource.OPEN && now(), REFRESH_MS);
    return () => {
      listeners.delete(soon);
      clearTimeout(waiting);
      clearInterval(poll);
      if (listeners.size === 0) timer = window.setTimeout(() => listeners.size === 0 && close(), KEPT_MS);
    };
  }, inputs);
}
