// Rules in words.

import { lengthText } from "../../components/inputs.js";
import { t } from "../../i18n.js";

/** Rules that are a length of time in minutes. @param {string} rule */
export const isTime = (rule) => rule.includes("minutes");

/** A length, also that of nothing. @param {number} minutes */
const length = (minutes) => lengthText(minutes) || t("minutes", { n: 0 });

/** A value of a rule in words. @param {string} rule @param {any} value @param {(id: string) => string} [group] */
export function words(rule, value, group = (id) => id.slice(-6)) {
  if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) return t(rule === "hours" ? "admin.alwaysOpen" : "rule.unlimited");
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (typeof value === "number") return isTime(rule) ? length(value) : String(value);
  if (rule === "mode") {
    if (value.by === "nights") return `${t("mode.nights")}: ${value.check_in}–\u2060${value.check_out}`;
    return value.by === "periods" ? `${t("mode.periods")}: ${value.periods.map((/** @type {any} */ it) => it.name).join(", ")}` : t(`mode.${value.by}`);
  }
  if (rule === "approval") {
    if (typeof value === "string") return t(`approval.${value}`);
    const cases = [value.longer_than_minutes !== null && value.longer_than_minutes !== undefined && t("approval.longerThan", { length: length(value.longer_than_minutes) }), value.outside_hours && t("approval.outside"), value.groups?.length > 0 && t("approval.groupsOf", { groups: value.groups.map(group).join(", ") })];
    return cases.filter(Boolean).join("; ") || t("approval.never");
  }
  if (rule === "turn_times") return value.map((/** @type {any} */ it) => `${t("admin.upToPeople", { n: it.party_max })}: ${length(it.stay_minutes)}`).join(", ");
  if (rule === "services") return value.map((/** @type {any} */ it) => `${it.name} ${it.starts}–\u2060${it.last_seating}`).join(", ");
  if (rule === "quotas") return value.map((/** @type {any} */ it) => quota(it)).join("; ");
  if (rule === "groups") return value.map(group).join(", ");
  return Array.isArray(value) ? String(value.length) : String(value);
}

/** @param {{measure: string, max: number, scope: string}} quota */
export const quota = ({ measure, max, scope }) => `${t(`measure.${measure}`)}: ${measure.startsWith("minutes") ? length(max) : max} (${t(`scope.${scope}`)})`;
