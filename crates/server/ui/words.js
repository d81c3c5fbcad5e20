// The words for what the server refuses, and for lengths of time. They ask nothing of who is signed in.

import { locale, t } from "./i18n.js";
import { dayOf, showDay, showTime } from "./time.js";

/**
 * What a rule of the place is against, in our own words; nothing where there are none.
 * @param {{rule: string, value: any, allowed: any}} broken
 * @param {string} zone
 */
function wordsOfRule({ rule, value, allowed }, zone) {
  const key = `broken.${rule}`;
  if (t(key) === key) return "";
  const at = (/** @type {string | undefined} */ instant) => (instant ? `${showDay(dayOf(Date.parse(instant), zone), locale())}, ${showTime(Date.parse(instant), zone, locale())}` : "");
  const near = (allowed?.starts_at?.map ? allowed.starts_at : allowed?.quarters ?? []).map((/** @type {string} */ it) => showTime(Date.parse(it), zone, locale()));
  const hours = String(allowed?.hours ?? "");
  if (rule === "hours") return /\d/.test(hours) ? t(key, { hours: hours.replaceAll("-", "–\u2060"), day: showDay(allowed.date, locale()) }) : t("broken.closed", { day: showDay(allowed.date, locale()) });
  if (rule === "mode") return t(allowed?.starts_at ? "broken.mode" : "broken.modeNone", { from: at(allowed?.starts_at), to: at(allowed?.ends_at) });
  const n = typeof value === "number" ? value : 0;
  return t(key, { n, times: near.join(", "), when: at(allowed?.earliest ?? allowed?.latest ?? allowed?.until), length: lengthText(n), why: value?.reason ?? "" });
}

/** @param {number} minutes */
export function lengthText(minutes) {
  if (minutes >= 2 * 1_440 && minutes % 1_440 === 0) return t("days", { n: minutes / 1_440 });
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  // Both together are too long for the fields of a phone.
  if (hours && rest) return `${t("hoursBrief", { n: hours })} ${t("minutesBrief", { n: rest })}`;
  return hours ? t("hours", { n: hours }) : rest ? t("minutes", { n: rest }) : "";
}

/**
 * The words for a problem: our own where there are any, or else the server's, first of all what it says of fields.
 * @param {any} error
 * @param {string} zone of the place that it is about
 */
export function wordsOf(error, zone) {
  if (error?.kind === undefined) return t("error.offline");
  const rules = (error.body?.broken_rules ?? []).map((/** @type {any} */ it) => wordsOfRule(it, zone)).filter(Boolean);
  if (rules.length > 0) return rules.join(" ");
  const key = `problem.${error.kind}`;
  if (t(key) !== key) return t(key);
  return error.errors.map((/** @type {any} */ it) => it.detail).join("; ") || error.detail || error.title || t("error.offline");
}
