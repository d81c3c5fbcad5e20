// What others change, as soon as it is told: one stream for all that is shown. Where it can't be had, what is shown is read again every ten seconds.

import { queryOf, serverTime } from "./api.js";
import { lost } from "./state.js";
import { text } from "./time.js";
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
/** How long a view that opens waits for the stream: of what is read before it stands, it has to be told what was missed. */
const FIRST_MS = 300;

/** What listens, and is told of which resources something has changed; `null`: of any. @type {Set<(ids: string[] | null) => void>} */
const listeners = new Set();
/** @type {EventSource | null} */
let source = null;
/** Whether the stream stands, and tells of all that changes from now on. */
let stands = false;
/** Whether something was read that was not told of since: when the stream stands, it is read again. */
let isBehind = false;
let timer = 0;

let losing = 0;

const tell = (/** @type {string[] | null} */ ids) => listeners.forEach((listener) => listener(ids));
const told = (/** @type {MessageEvent} */ event) => tell(JSON.parse(event.data).resource_ids);

/** Whether whoever reads now need not read again when the stream stands: it does, or there is none to wait for. */
const isTold = () => stands || source === null;

function found() {
  clearTimeout(losing);
  losing = 0;
  lost.value = false;
}

/** @param {boolean} [ahead] whether it is opened for a view that is about to come */
function open(ahead = false) {
  clearTimeout(timer);
  if (source || (listeners.size === 0 && !ahead) || document.visibilityState !== "visible") return;
  // What is read from here on is as of this time or later: the stream begins with what was missed of it.
  const since = serverTime();
  const opened = new EventSource(`/events/stream${queryOf({ since: since === 0 ? null : text(since) })}`);
  source = opened;
  opened.addEventListener("hello", (event) => {
    stands = true;
    found();
    if (isBehind) tell(null);
    else told(event);
    isBehind = false;
  });
  opened.addEventListener("changed", told);
  opened.addEventListener("error", () => {
    stands = false;
    isBehind = true;
    if (losing === 0) losing = window.setTimeout(() => (lost.value = true), LOST_MS);
    // A stream that broke is asked for again by the browser, one that was refused is not.
    if (opened.readyState !== EventSource.CLOSED || source !== opened) return;
    source = null;
    timer = window.setTimeout(() => open(), AGAIN_MS);
  });
}

function close() {
  clearTimeout(timer);
  found();
  source?.close();
  source = null;
  stands = false;
  isBehind = listeners.size > 0;
}

/** Closes the stream, unless somebody comes to listen. */
const leave = () => void (timer = window.setTimeout(() => listeners.size === 0 && close(), KEPT_MS));

// Whoever fetches this is about to show what may change: while the rest of the screen comes, the stream is made ready.
open(true);
leave();
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
    let isRead = false;
    /** Whether it is loading: what would be loaded beside it could come first, and then be taken back by what is older. */
    let isLoading = false;
    let isGone = false;
    let patience = 0;
    const now = async () => {
      waiting = 0;
      isRead = isLoading = true;
      if (source === null) isBehind = true;
      const ids = changed && [...changed];
      changed = new Set();
      const began = Date.now();
      await load(ids).catch(() => {});
      isLoading = false;
      rested = Date.now() + 2 * (Date.now() - began);
      if (changed === null || changed.size > 0) later();
    };
    const later = () => {
      if (waiting === 0 && !isLoading && !isGone) waiting = window.setTimeout(now, Math.max(0, rested + REST_MS - Date.now()));
    };
    const soon = (/** @type {string[] | null} */ ids) => {
      if (isRead && ids?.length === 0) return;
      changed = ids && changed && new Set([...changed, ...ids]);
      if (!isRead) first();
      else later();
    };
    const first = () => {
      clearTimeout(patience);
      changed = null;
      void now();
    };
    listeners.add(soon);
    open();
    if (isTold()) first();
    else patience = window.setTimeout(first, FIRST_MS);
    const poll = setInterval(() => document.visibilityState === "visible" && source?.readyState !== EventSource.OPEN && soon(null), REFRESH_MS);
    return () => {
      isGone = true;
      listeners.delete(soon);
      clearTimeout(patience);
      clearTimeout(waiting);
      clearInterval(poll);
      if (listeners.size === 0) leave();
    };
  }, inputs);
}
