// The words of the UI. A catalogue is a flat object: a text, or for what is counted one text for each plural category of the
// language (CLDR). `{name}` stands for a value. What only some screens say is a catalogue of its own, which comes with them.

import { signal } from "./vendor/signals.js";

export const languages = { en: "English", ru: "Русский" };

/** @typedef {Record<string, string | Record<string, string>>} Catalogue */

/** The language, and what numbers and times look like in it. */
export const language = signal("en");
/** @type {import("./vendor/signals.js").Signal<Catalogue>} */
const catalogue = signal({});
/** Which catalogues are here; that without a name is everybody's. */
const parts = new Set([""]);

const remembered = () => localStorage.getItem("language") || navigator.languages.map((it) => it.slice(0, 2)).find((it) => it in languages) || "en";

/** The locale for times and numbers: the browser's own where it speaks the language, so that 12 hours stay 12 hours. */
export const locale = () => navigator.languages.find((it) => it.startsWith(language.value)) ?? language.value;

/** @param {string} part @param {string} wanted @returns {Promise<Catalogue>} */
async function fetched(part, wanted) {
  const response = await fetch(new URL(`./lang/${part && `${part}.`}${wanted}.json`, import.meta.url));
  return response.json();
}

/** @param {string} [wanted] */
export async function speak(wanted = remembered()) {
  const found = await Promise.all([...parts].map((part) => fetched(part, wanted)));
  catalogue.value = Object.assign({}, ...found);
  language.value = wanted;
  document.documentElement.lang = wanted;
}

/** Fetches a catalogue of some screens, where it is not here yet. @param {string} part */
export async function learn(part) {
  if (parts.has(part)) return;
  const wanted = language.value;
  const found = await fetched(part, wanted);
  // Whoever has chosen another language meanwhile gets the words of that one.
  if (wanted !== language.value) return learn(part);
  parts.add(part);
  catalogue.value = { ...catalogue.value, ...found };
}

/** @param {string} wanted */
export function choose(wanted) {
  localStorage.setItem("language", wanted);
  return speak(wanted);
}

/** How a language counts; what takes long to make is made once. @type {Map<string, Intl.PluralRules>} */
const counting = new Map();
/** @param {string} inLanguage */
function countingIn(inLanguage) {
  let found = counting.get(inLanguage);
  if (!found) counting.set(inLanguage, (found = new Intl.PluralRules(inLanguage)));
  return found;
}

/**
 * A text of a catalogue. A number is never at the end of one line with what it counts at the beginning of the next.
 * @param {Catalogue} words
 * @param {string} inLanguage
 * @param {string} key
 * @param {Record<string, string | number>} values
 */
export function say(words, inLanguage, key, values) {
  let found = words[key] ?? key;
  if (typeof found === "object") {
    const category = countingIn(inLanguage).select(Number(values["n"]));
    found = (found[category] ?? found["other"] ?? key).replace("{n} ", "{n}\u00a0");
  }
  return found.replace(" %", "\u00a0%").replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** @param {string} key @param {Record<string, string | number>} [values] */
export const t = (key, values = {}) => say(catalogue.value, language.value, key, values);
