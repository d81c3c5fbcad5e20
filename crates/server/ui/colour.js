// A colour that a place chooses, made readable: the contrast of WCAG 2 between it and what stands on it, or what it stands on.

/** @typedef {[number, number, number]} Rgb */

/** @param {string} hex six digits @returns {Rgb | null} */
export function parse(hex) {
  if (!/^[0-9a-f]{6}$/i.test(hex)) return null;
  const part = (/** @type {number} */ at) => parseInt(hex.slice(at, at + 2), 16);
  return [part(0), part(2), part(4)];
}

/** @param {Rgb} rgb */
export const css = ([r, g, b]) => `rgb(${r} ${g} ${b})`;

/** @param {Rgb} rgb */
function luminance([r, g, b]) {
  const linear = (/** @type {number} */ part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

/** @param {Rgb} one @param {Rgb} other */
export function contrast(one, other) {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** What text needs. */
const ENOUGH = 4.5;
/** @type {Rgb} */ const WHITE = [255, 255, 255];
/** @type {Rgb} */ const INK = [13, 18, 32];

/**
 * The colour, moved towards black or white until it can be read on each of the backgrounds; and what can be read on it.
 * @param {Rgb} wanted @param {Rgb[]} backgrounds
 * @returns {{colour: Rgb, on: Rgb}}
 */
export function readable(wanted, backgrounds) {
  const towards = backgrounds.every((it) => luminance(it) > 0.4) ? INK : WHITE;
  for (let step = 0; step <= 20; step++) {
    const mix = (/** @type {0 | 1 | 2} */ at) => Math.round(wanted[at] + ((towards[at] - wanted[at]) * step) / 20);
    /** @type {Rgb} */ const colour = [mix(0), mix(1), mix(2)];
    if (!backgrounds.every((it) => contrast(colour, it) >= ENOUGH)) continue;
    return { colour, on: contrast(colour, WHITE) >= ENOUGH ? WHITE : INK };
  }
  return { colour: towards, on: towards === WHITE ? INK : WHITE };
}

/** What is light and dark behind buttons and links: the card, the page, and the soft brand colour. @type {{light: Rgb[], dark: Rgb[]}} */
const BEHIND = { light: [[255, 255, 255], [244, 246, 250]], dark: [[27, 31, 41], [18, 21, 28]] };

/**
 * Gives the page the colour of the place.
 * @param {string | null} hex
 * @param {HTMLElement} root
 */
export function accentuate(hex, root) {
  const wanted = hex && parse(hex);
  if (!wanted) return;
  const [light, dark] = [readable(wanted, BEHIND.light), readable(wanted, BEHIND.dark)];
  root.style.setProperty("--brand", `light-dark(${css(light.colour)}, ${css(dark.colour)})`);
  root.style.setProperty("--on-brand", `light-dark(${css(light.on)}, ${css(dark.on)})`);
  // Text in the colour is read on it too.
  root.style.setProperty("--soft", `light-dark(${css(soft(light.colour, [255, 255, 255]))}, ${css(soft(dark.colour, [27, 31, 41]))})`);
}

/** A tint of the background in which the colour can still be read. @param {Rgb} colour @param {Rgb} background @returns {Rgb} */
export function soft(colour, background) {
  for (let parts = 16; parts > 0; parts--) {
    const mix = (/** @type {0 | 1 | 2} */ at) => Math.round(background[at] + ((colour[at] - background[at]) * parts) / 100);
    /** @type {Rgb} */ const tint = [mix(0), mix(1), mix(2)];
    if (contrast(colour, tint) >= ENOUGH) return tint;
  }
  return background;
}
