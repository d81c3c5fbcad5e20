// How a state is said: on a small table, in a list, to whoever listens.

import { locale, t } from "../i18n.js";
import { minutesOf, showUntil } from "../time.js";
import { lengthText } from "../words.js";
import { clockText } from "./states.js";

/** @typedef {import("./states.js").Standing} Standing */

/** From so many minutes on hours are said too. */
const LONG = 60;
/** How long somebody is late or stays too long. @param {string} key @param {number} n */
const byHowLong = (key, n) => (n < LONG ? t(key, { n }) : t(`${key}Long`, { length: lengthText(n) }));

/** @param {Standing} standing @param {number} at @param {string} zone */
export function standingText({ kind, until, late, units }, at, zone) {
  const time = until === null ? "" : showUntil(until, zone, locale());
  const some = units !== undefined && units > 1 ? ` · ${t("floor.units", { n: units })}` : "";
  if (kind === "overdue") return byHowLong("floor.state.overdueBy", Math.max(1, late ?? 0));
  if (kind === "soon" && until !== null) return t("floor.state.soonUntil", { time, n: Math.max(0, Math.round((until - at) / 60_000)) }) + some;
  if (kind === "confirmed" && late) return byHowLong("floor.state.lateBy", late);
  return until === null ? t(`floor.state.${kind}`) + some : t(`floor.state.${kind}Until`, { time }) + some;
}

/** What there is room for beside the icon on a small table. @param {Standing} standing @param {string} zone */
export function badgeText({ kind, until, late }, zone) {
  if (kind === "overdue" || (kind === "confirmed" && late)) return (late ?? 0) < LONG ? `+${late ?? 0}′` : `+${clockText(late ?? 0)}`;
  // Which half of the day it is, one knows who stands there; there is no room for it.
  // What is free for the rest of the day needs no time.
  const open = until === null || ((kind === "free" || kind === "soon") && minutesOf(until, zone) === 0);
  return open ? "" : showUntil(until, zone, locale()).replace(/\s*[ap]\.?m\.?$/i, "");
}
