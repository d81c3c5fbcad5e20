// Tables as text (RFC 4180), to show what is about to be imported; the server reads them by itself. It needs no page.

/**
 * The rows of a table, each a list of cells.
 * @param {string} text
 * @returns {string[][]}
 */
export function readCsv(text) {
  const rows = [];
  /** @type {string[]} */
  let row = [];
  let cell = "";
  let quoted = false;
  const source = text.replace(/^\uFEFF/, "");
  for (let at = 0; at < source.length; at += 1) {
    const it = source[at];
    if (quoted) {
      if (it !== '"') cell += it;
      else if (source[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (it === '"' && cell === "") quoted = true;
    else if (it === ",") {
      row.push(cell);
      cell = "";
    } else if (it === "\n" || it === "\r") {
      if (it === "\r" && source[at + 1] === "\n") at += 1;
      rows.push([...row, cell]);
      row = [];
      cell = "";
    } else cell += it;
  }
  if (cell !== "" || row.length > 0) rows.push([...row, cell]);
  return rows.filter((cells) => cells.length > 1 || cells[0] !== "");
}

/** A value of a row as a cell shows it. @param {unknown} value */
const cellOf = (value) => (value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value));

/**
 * What a file holds: the names of its columns and its rows. A file is JSON where it says so by its name or begins like it.
 * @param {string} name
 * @param {string} text
 * @returns {{json: boolean, columns: string[], rows: string[][]}} throws where JSON is none
 */
export function readTable(name, text) {
  const json = name.toLowerCase().endsWith(".json") || /^\s*[[{]/.test(text);
  if (!json) {
    const [columns = [], ...rows] = readCsv(text);
    return { json, columns, rows };
  }
  const found = JSON.parse(text);
  const items = Array.isArray(found) ? found : found?.items;
  if (!Array.isArray(items)) throw new SyntaxError("items");
  const columns = [...new Set(items.flatMap((it) => Object.keys(it ?? {})))];
  return { json, columns, rows: items.map((it) => columns.map((column) => cellOf(it?.[column]))) };
}

/** The same as what the server takes as JSON. @param {string} text */
export function bodyOf(text) {
  const found = JSON.parse(text);
  return Array.isArray(found) ? { items: found } : { items: found.items };
}
