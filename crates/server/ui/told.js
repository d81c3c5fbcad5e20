// The rules in force for something, told in words.

import { DAYS, readHours } from "./hours.js";
import { t } from "./i18n.js";
import { lengthText } from "./state.js";
import { showClock, showEnd, upTo } from "./time.js";

/** @typedef {{rule: string, value: any}} Rule */

/**
 * Sentences about what one may book, the most important first; what is not restricted is not told.
 * @param {Rule[]} rules
 * @returns {string[]}
 */
export function rulesTold(rules) {
  const value = (/** @type {string} */ name) => rules.find((it) => it.rule === name)?.value;
  const [least, most] = [value("duration_minutes_min") ?? 1, value("duration_minutes_max") ?? Infinity];
  const mode = value("mode")?.by ?? "free";
  const told = [];
  if (mode === "periods") told.push(t("told.periods", { names: value("mode").periods.map((/** @type {any} */ it) => `${it.name} ${it.starts}–\u2060${it.ends}`).join(", ") }));
  if (mode === "days") told.push(t("told.days"));
  if (mode === "nights") told.push(t("told.nights", { in: value("mode").check_in, out: value("mode").check_out }));
  const [short, long] = [1 < least, most < 366 * 1_440];
  if (short && long) told.push(least === most ? t("told.exactly", { length: lengthText(least) }) : t("told.between", { least: lengthText(least), most: lengthText(most) }));
  else if (short) told.push(t("told.atLeast", { length: lengthText(least) }));
  else if (long) told.push(t("told.atMost", { length: lengthText(most) }));
  const step = value("start_step_minutes");
  if (mode === "free" && step > 15) told.push(t("told.step", { length: lengthText(step) }));
  for (const it of value("turn_times") ?? []) told.push(t("told.stay", { n: it.party_max, length: lengthText(it.stay_minutes) }));
  const [before, after] = [value("book_ahead_minutes_max"), value("book_notice_minutes_min")];
  if (before) told.push(t("told.ahead", { length: lengthText(before) }));
  if (after) told.push(t("told.notice", { length: lengthText(after) }));
  const approval = value("approval");
  if (approval && approval !== "never") told.push(approval === "always" ? t("told.approval") : approval.longer_than_minutes ? t("told.approvalLonger", { length: lengthText(approval.longer_than_minutes) }) : t("told.approvalSome"));
  const [fewest, largest] = [value("party_min"), value("party_max")];
  if (fewest > 1) told.push(t("told.partyMin", { n: fewest }));
  if (largest) told.push(t("told.partyMax", { n: largest }));
  const buffers = [value("buffer_before_minutes"), value("buffer_after_minutes")].filter((it) => it > 0);
  if (buffers.length > 0) told.push(t("told.buffer", { length: lengthText(Math.max(...buffers)) }));
  const [move, cancel] = [value("move_notice_minutes_min"), value("cancel_notice_minutes_min")];
  if (cancel) told.push(t("told.cancel", { length: lengthText(cancel) }));
  if (move && move !== cancel) told.push(t("told.move", { length: lengthText(move) }));
  if (value("check_in_closes_minutes")) told.push(t("told.checkIn", { length: lengthText(value("check_in_closes_minutes")) }));
  for (const it of value("services") ?? []) told.push(t(it.last_seating < it.starts ? "told.serviceNight" : "told.service", { name: it.name, from: it.starts, to: it.last_seating }));
  if ((value("quotas") ?? []).length > 0) told.push(t("told.quotas"));
  if ((value("groups") ?? []).length > 0) told.push(t("told.groups"));
  return told;
}

/**
 * Opening hours as lines of days and times, where they are as simple as that; `null` otherwise.
 * @param {string | null | undefined} text
 * @param {(weekday: number) => string} dayName 1 is Monday
 * @param {string} locale
 * @returns {{days: string, hours: string}[] | null}
 */
export function hoursTold(text, dayName, locale) {
  const { week, holidays, rest } = readHours(text);
  if (!text || !week || holidays || rest) return null;
  const span = (/** @type {import("./hours.js").Span} */ { from, to }) => (from === 0 && to === 1_440 ? t("told.allDay") : upTo(showClock(from, locale), showEnd(to, locale)));
  const said = week.map((spans) => (spans.length === 0 ? t("told.closed") : spans.map(span).join(", ")));
  const lines = [];
  for (let first = 0; first < DAYS.length; first += 1) {
    let last = first;
    while (last + 1 < DAYS.length && said[last + 1] === said[first]) last += 1;
    lines.push({ days: first === last ? dayName(first + 1) : upTo(dayName(first + 1), dayName(last + 1)), hours: String(said[first]) });
    first = last;
  }
  return lines;
}
