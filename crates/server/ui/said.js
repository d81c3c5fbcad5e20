// What the server says of a value, in the words of the language. What is not among these is left as the server has it.

import { t } from "./i18n.js";

/** How the server puts it, and our text; `a` and `b` stand for what is in the brackets. @type {[RegExp, string][]} */
export const SAID = [
  [/^is required(?: here)?$/, "said.required"],
  [/^is given twice$/, "said.twice"],
  [/^is there already$/, "said.there"],
  [/^is too long$/, "said.tooLong"],
  [/^is not known here$/, "said.unknown"],
  [/^is not managed by you$/, "said.notYours"],
  [/^must be a (?:whole )?number(?:, not negative)?$/, "said.number"],
  [/^must be (?:a whole number )?from (-?\d+) to (-?\d+)$/, "said.range"],
  [/^must be at least (-?\d+)$/, "said.least"],
  [/^must be at most (-?\d+)(?:: .*)?$/, "said.most"],
  [/^must be `true` or `false`$/, "said.truth"],
  [/^must be an? (?:id \(a UUID\)|id)$/, "said.id"],
  [/^must be the id of a (resource|user|group)$/, "said.id"],
  [/^must be the name of an IANA time zone/, "said.zone"],
  [/^must be a time such as/, "said.time"],
  [/^must be a time of day such as/, "said.timeOfDay"],
  [/^must be a day such as/, "said.day"],
  [/^must be after (\w+)$/, "said.after"],
  [/^must be an area of the same site$/, "said.area"],
  [/^must not be in the past$/, "said.past"],
  [/^must have at most (\d+) characters/, "said.charsMost"],
  [/^must have at least (\w+) characters?$/, "said.charsLeast"],
  [/^must have one @/, "said.mail"],
  [/^must start with a letter or a digit$/, "said.start"],
  [/^must not contain spaces or control characters$/, "said.spaces"],
  [/^must be a picture/, "said.picture"],
  [/^at the end: expected|^at its end: |^at character (\d+), `([^`]*)`: /, "said.hours"],
  [/^unknown field `([^`]*)`/, "said.field"],
];

/** @param {string} detail */
export function said(detail) {
  for (const [form, key] of SAID) {
    const found = form.exec(detail);
    if (found) return t(key, { a: found[1] ?? "", b: found[2] ?? "", said: detail });
  }
  return detail;
}
