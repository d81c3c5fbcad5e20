// A calendar file of bookings (RFC 5545), as calendars of all makers read it.

/** @typedef {{uid: string, from: number, to: number, title: string, where?: string, about?: string, url?: string, status?: "CONFIRMED" | "TENTATIVE" | "CANCELLED", changed?: number}} Entry */

/** How many bytes a line has at most, without its end (RFC 5545, section 3.1). */
const LINE = 75;

/** Text as it stands in a value. @param {string} text */
export const escaped = (text) => text.replace(/\\/g, "\\\\").replace(/;/g, "\\;").replace(/,/g, "\\,").replace(/\r\n|\r|\n/g, "\\n");

/** A line in pieces that are not too long; a character is never cut. @param {string} line */
export function folded(line) {
  const bytes = new TextEncoder();
  const pieces = [];
  let [piece, size] = ["", 0];
  for (const character of line) {
    const more = bytes.encode(character).length;
    // What goes on begins with a space, which counts.
    if (size + more > LINE) {
      pieces.push(piece);
      [piece, size] = [" ", 1];
    }
    piece += character;
    size += more;
  }
  return [...pieces, piece].join("\r\n");
}

/** @param {number} instant */
const stamp = (instant) => new Date(instant).toISOString().replace(/\.\d+/, "").replace(/[-:]/g, "");

/**
 * @param {Entry[]} entries
 * @param {number} now
 */
export function calendarOf(entries, now) {
  const lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Bronya//Bookings//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"];
  for (const it of entries) {
    lines.push("BEGIN:VEVENT", `UID:${it.uid}`, `DTSTAMP:${stamp(it.changed ?? now)}`, `DTSTART:${stamp(it.from)}`, `DTEND:${stamp(it.to)}`, `SUMMARY:${escaped(it.title)}`);
    if (it.where) lines.push(`LOCATION:${escaped(it.where)}`);
    if (it.about) lines.push(`DESCRIPTION:${escaped(it.about)}`);
    if (it.url) lines.push(`URL:${it.url}`);
    lines.push(`STATUS:${it.status ?? "CONFIRMED"}`, "END:VEVENT");
  }
  return `${[...lines, "END:VCALENDAR"].map(folded).join("\r\n")}\r\n`;
}
