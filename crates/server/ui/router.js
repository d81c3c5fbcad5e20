// Which screen an address shows. Links are links: a click on one that leads to another screen does not load the page anew.

import { signal } from "./vendor/signals.js";

/** The address without the host. */
export const address = signal(location.pathname + location.search);

/** Who is asked before a screen is left on which something is not saved, with where one wants to go. @type {((to: string) => void) | null} */
let holding = null;
/** @param {((to: string) => void) | null} asks */
export const hold = (asks) => {
  holding = asks;
};

/** @param {string} to @param {{replace?: boolean}} [how] */
export function go(to, { replace = false } = {}) {
  if (holding && !replace) return holding(to);
  if (replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  address.value = to;
  scrollTo(0, 0);
}

addEventListener("popstate", () => {
  if (holding) {
    const wanted = location.pathname + location.search;
    history.pushState(null, "", address.peek());
    return holding(wanted);
  }
  address.value = location.pathname + location.search;
});

addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || link.target || link.origin !== location.origin || link.hasAttribute("download") || link.dataset["outside"] !== undefined) return;
  event.preventDefault();
  go(link.pathname + link.search);
});

/** Says something in the address, or with no value no more of it. @param {string} name @param {string} value */
export function put(name, value) {
  const url = new URL(address.value, location.origin);
  if (value) url.searchParams.set(name, value);
  else url.searchParams.delete(name);
  go(url.pathname + url.search, { replace: true });
}

/** @param {string} name */
export const asked = (name) => new URL(address.value, location.origin).searchParams.get(name);

/** An address to come back to: only one of our own. @param {string | null} to */
export const ownAddress = (to) => (to && /^\/(?![/\\])/.test(to) ? to : "/");
