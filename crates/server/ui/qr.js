// QR codes (ISO/IEC 18004) of short texts: bytes, error correction M, up to version 10, which is 213 bytes. Rows of modules come out, dark
// ones as `true`; how they are drawn is not its business.

/** For each version: the codewords of a block that correct errors, and the data codewords of each block. @type {[number, number[]][]} */
const VERSIONS = [
  [10, [16]], [16, [28]], [26, [44]], [18, [32, 32]], [24, [43, 43]], [16, [27, 27, 27, 27]], [18, [31, 31, 31, 31]], [22, [38, 38, 39, 39]],
  [22, [36, 36, 36, 37, 37]], [26, [43, 43, 43, 43, 44]],
];
/** Where the centres of alignment patterns are. */
const ALIGNED = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]];

/** The field of 256 elements in which errors are corrected: powers of two, and their logarithms. */
const POWER = new Uint8Array(512);
const LOG = new Uint8Array(256);
for (let n = 0, value = 1; n < 255; n++) {
  POWER[n] = POWER[n + 255] = value;
  LOG[value] = n;
  value = value & 128 ? (value << 1) ^ 0x11d : value << 1;
}
/** @param {number} a @param {number} b */
const times = (a, b) => (a && b ? (POWER[/** @type {number} */ (LOG[a]) + /** @type {number} */ (LOG[b])] ?? 0) : 0);

/** The codewords that correct errors in these. @param {number[]} data @param {number} count */
export function correction(data, count) {
  let generator = [1];
  for (let n = 0; n < count; n++) {
    const root = POWER[n] ?? 0;
    generator = [...generator, 0].map((it, at) => it ^ times(generator[at - 1] ?? 0, root));
  }
  const rest = [...data, ...Array(count).fill(0)];
  for (let at = 0; at < data.length; at++) {
    const factor = rest[at] ?? 0;
    for (const [n, it] of generator.entries()) rest[at + n] = (rest[at + n] ?? 0) ^ times(it, factor);
  }
  return rest.slice(data.length);
}

/** A code that finds errors, behind the bits that it is of. @param {number} value @param {number} polynomial @param {number} length of the code in bits */
export function checked(value, polynomial, length) {
  let rest = value << length;
  for (let bit = 31 - Math.clz32(rest); bit >= length; bit = 31 - Math.clz32(rest)) rest ^= polynomial << (bit - length);
  return (value << length) | rest;
}

/** @type {((row: number, column: number) => boolean)[]} */
const MASKS = [
  (r, c) => (r + c) % 2 === 0, (r) => r % 2 === 0, (_, c) => c % 3 === 0, (r, c) => (r + c) % 3 === 0,
  (r, c) => (Math.floor(r / 2) + Math.floor(c / 3)) % 2 === 0, (r, c) => ((r * c) % 2) + ((r * c) % 3) === 0,
  (r, c) => (((r * c) % 2) + ((r * c) % 3)) % 2 === 0, (r, c) => (((r + c) % 2) + ((r * c) % 3)) % 2 === 0,
];

/** The codewords of a text, blocks and corrections interleaved. @param {Uint8Array} bytes @param {number} version */
function codewords(bytes, version) {
  const [count, blocks] = /** @type {[number, number[]]} */ (VERSIONS[version - 1]);
  const room = blocks.reduce((sum, it) => sum + it, 0);
  /** @type {number[]} */ const bits = [];
  const put = (/** @type {number} */ value, /** @type {number} */ length) => {
    for (let bit = length - 1; bit >= 0; bit--) bits.push((value >> bit) & 1);
  };
  put(4, 4);
  put(bytes.length, version < 10 ? 8 : 16);
  for (const byte of bytes) put(byte, 8);
  put(0, Math.min(4, room * 8 - bits.length));
  put(0, (8 - (bits.length % 8)) % 8);
  for (let pad = 0xec; bits.length < room * 8; pad ^= 0xec ^ 0x11) put(pad, 8);
  const data = Array.from({ length: room }, (_, n) => parseInt(bits.slice(n * 8, n * 8 + 8).join(""), 2));
  let from = 0;
  const parts = blocks.map((length) => data.slice(from, (from += length)));
  const corrections = parts.map((part) => correction(part, count));
  const longest = Math.max(...blocks);
  const woven = (/** @type {number[][]} */ lists, /** @type {number} */ length) =>
    Array.from({ length }, (_, n) => lists.flatMap((it) => (n < it.length ? [it[n] ?? 0] : []))).flat();
  return [...woven(parts, longest), ...woven(corrections, count)];
}

/** How hard a code is to read; the least is the best. @param {boolean[][]} rows */
function penalty(rows) {
  const size = rows.length;
  let sum = 0;
  for (const turned of [false, true]) {
    const at = (/** @type {number} */ r, /** @type {number} */ c) => (turned ? rows[c]?.[r] : rows[r]?.[c]) ?? false;
    for (let r = 0; r < size; r++) {
      let run = 1;
      for (let c = 1; c <= size; c++) {
        if (c < size && at(r, c) === at(r, c - 1)) run++;
        else {
          if (run >= 5) sum += run - 2;
          run = 1;
        }
      }
      const line = Array.from({ length: size }, (_, c) => (at(r, c) ? "1" : "0")).join("");
      for (const pattern of ["10111010000", "00001011101"]) {
        for (let found = line.indexOf(pattern); found >= 0; found = line.indexOf(pattern, found + 1)) sum += 40;
      }
    }
  }
  let dark = 0;
  for (let r = 0; r < size; r++) {
    for (let c = 0; c < size; c++) {
      const it = rows[r]?.[c];
      dark += it ? 1 : 0;
      if (r + 1 < size && c + 1 < size && it === rows[r]?.[c + 1] && it === rows[r + 1]?.[c] && it === rows[r + 1]?.[c + 1]) sum += 3;
    }
  }
  return sum + Math.floor(Math.abs((dark * 20) / (size * size) - 10)) * 10;
}

/**
 * The modules of a code for a text; nothing for one that is too long.
 * @param {string} text
 * @param {number} [mask] one of eight; else the one that is read best
 * @returns {boolean[][] | null}
 */
export function qr(text, mask) {
  const bytes = new TextEncoder().encode(text);
  const version = 1 + VERSIONS.findIndex(([, blocks], n) => bytes.length * 8 + (n < 9 ? 12 : 20) <= blocks.reduce((sum, it) => sum + it, 0) * 8);
  if (version === 0) return null;
  const size = 17 + 4 * version;
  /** @type {(boolean | null)[][]} */
  const fixed = Array.from({ length: size }, () => Array(size).fill(null));
  const set = (/** @type {number} */ r, /** @type {number} */ c, /** @type {boolean} */ dark) => {
    const row = fixed[r];
    if (row && c >= 0 && c < size) row[c] = dark;
  };
  for (const [row, column] of /** @type {const} */ ([[0, 0], [0, size - 7], [size - 7, 0]])) {
    for (let r = -1; r <= 7; r++) {
      for (let c = -1; c <= 7; c++) {
        const ring = Math.max(Math.abs(r - 3), Math.abs(c - 3));
        set(row + r, column + c, ring !== 2 && ring !== 4);
      }
    }
  }
  for (let n = 8; n < size - 8; n++) {
    set(6, n, n % 2 === 0);
    set(n, 6, n % 2 === 0);
  }
  const centres = ALIGNED[version - 1] ?? [];
  const last = centres.length - 1;
  for (const [i, row] of centres.entries()) {
    for (const [j, column] of centres.entries()) {
      if ((i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0)) continue;
      for (let r = -2; r <= 2; r++) for (let c = -2; c <= 2; c++) set(row + r, column + c, Math.max(Math.abs(r), Math.abs(c)) !== 1);
    }
  }
  if (version >= 7) {
    const bits = checked(version, 0x1f25, 12);
    for (let n = 0; n < 18; n++) {
      const [a, b] = [size - 11 + (n % 3), Math.floor(n / 3)];
      set(a, b, ((bits >> n) & 1) === 1);
      set(b, a, ((bits >> n) & 1) === 1);
    }
  }
  const format = (/** @type {number} */ wanted) => {
    const bits = checked(wanted, 0x537, 10) ^ 0x5412;
    const bit = (/** @type {number} */ n) => ((bits >> n) & 1) === 1;
    for (let n = 0; n < 15; n++) {
      // Up beside the first corner and along below it, and once more at the two others.
      const [r, c] = n < 6 ? [n, 8] : n < 8 ? [n + 1, 8] : n === 8 ? [8, 7] : [8, 14 - n];
      set(r, c, bit(n));
      if (n < 8) set(8, size - 1 - n, bit(n));
      else set(size - 15 + n, 8, bit(n));
    }
    set(size - 8, 8, true);
  };
  format(0);
  const words = codewords(bytes, version);
  /** @type {boolean[]} */
  const bits = words.flatMap((word) => Array.from({ length: 8 }, (_, n) => ((word >> (7 - n)) & 1) === 1));
  /** @param {number} wanted @returns {boolean[][]} */
  const masked = (wanted) => {
    format(wanted);
    const covers = MASKS[wanted] ?? (() => false);
    const rows = fixed.map((row) => [...row]);
    let at = 0;
    let up = true;
    for (let right = size - 1; right > 0; right -= 2) {
      if (right === 6) right = 5;
      for (let n = 0; n < size; n++) {
        const r = up ? size - 1 - n : n;
        for (const c of [right, right - 1]) {
          const row = rows[r];
          if (!row || row[c] !== null) continue;
          row[c] = (bits[at++] ?? false) !== covers(r, c);
        }
      }
      up = !up;
    }
    return rows.map((row) => row.map((it) => it === true));
  };
  if (mask !== undefined) return masked(mask);
  const all = MASKS.map((_, n) => masked(n));
  return all.reduce((best, it) => (penalty(it) < penalty(best) ? it : best));
}

/** The dark modules as one path, with the four light ones around that readers need. @param {boolean[][]} rows */
export const pathOf = (rows) => rows.flatMap((row, r) => row.flatMap((dark, c) => (dark ? [`M${c + 4} ${r + 4}h1v1h-1z`] : []))).join("");
