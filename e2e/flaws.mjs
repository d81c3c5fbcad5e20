// What can be seen to be wrong with a page by a machine: what is too wide, texts that are cut without a way to read them, things to press that lie
// over each other, words that are broken, and words that were left in another language. It looks at what is in view only, and costs some ten milliseconds.

/** Words of Latin letters that Russian has too, and names of formats, keys and programs. */
const SAME = new Set("bronya api csv json jpeg png webp mib pin ics xss qr html http https openapi prometheus redoc swagger sqlite postgresql lucide utc gmt mo tu we th fr sa su ph off name example org localhost enter shift alt esc escape ctrl home end del delete page tab iframe embed script src data lang theme accent chromium chrome headless linux windows mac english deutsch bearer".split(" "));

/**
 * @param {import("playwright-core").Page} it
 * @param {string} language
 * @param {Iterable<string>} said what the server said in data, which is in whatever language people write
 * @returns {Promise<string[]>}
 */
export async function flaws(it, language, said = []) {
  const found = await it.evaluate(() => {
    /** @type {string[]} */
    const wrong = [];
    const wide = document.documentElement.scrollWidth - innerWidth;
    if (wide > 0) wrong.push(`the page is ${wide} px too wide`);
    const dialogs = document.querySelectorAll("dialog[open]");
    const root = dialogs[dialogs.length - 1] ?? document.body;
    const inView = (/** @type {DOMRect} */ box) => box.width > 0 && box.height > 0 && box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
    const brief = (/** @type {Element} */ it) => `${it.tagName.toLowerCase()}${typeof it.className === "string" && it.className ? `.${it.className.trim().split(/\s+/).join(".")}` : ""} “${(it.textContent || it.getAttribute("aria-label") || "").trim().replace(/\s+/g, " ").slice(0, 50)}”`;
    const hidden = (/** @type {Element} */ it) => it.closest(".unseen, .skip, [hidden], [aria-hidden=true]") !== null || !it.checkVisibility({ visibilityProperty: true, opacityProperty: true });

    // Texts that are cut: what cuts them, and whether the rest can be read some other way.
    /** @type {Set<string>} */
    const words = new Set();
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      const text = node.textContent?.trim() ?? "";
      const parent = node.parentElement;
      if (!text || !parent || hidden(parent) || parent.closest("script, style, svg title, noscript")) continue;
      range.selectNodeContents(node);
      const box = range.getBoundingClientRect();
      if (!inView(box)) continue;
      if (/[a-z]{3}/i.test(text) && !parent.closest("code, kbd, .code, [translate=no]")) words.add(text);
      // A word that would have a line to itself is not broken, nor is a time of day.
      if (box.height > range.getClientRects()[0].height * 1.5 && !parent.closest("code, .code, [translate=no], a[href]")) {
        for (const { 0: word, index } of (node.textContent ?? "").matchAll(/[\p{L}\d:.,%]+/gu)) {
          if (word.length > 16) continue;
          range.setStart(node, index);
          range.setEnd(node, index + word.length);
          const lines = [...range.getClientRects()].filter((it) => it.width > 0);
          if (lines.length > 1 && lines[0].bottom <= lines[lines.length - 1].top + 2) wrong.push(`a word is broken: “${word}” in ${brief(parent)}`);
        }
        range.selectNodeContents(node);
      }
      for (let outer = /** @type {Element | null} */ (parent); outer && outer !== root; outer = outer.parentElement) {
        if (outer.hasAttribute("title") || outer.closest("[title]")) break;
        const style = getComputedStyle(outer);
        if (style.position === "fixed") break;
        const cut = style.overflowX !== "visible" || style.overflowY !== "visible";
        if (!cut) continue;
        // What can be scrolled to is not cut.
        if (/auto|scroll/.test(style.overflowX + style.overflowY)) break;
        const clip = outer.getBoundingClientRect();
        if (clip.width < 2 || clip.height < 2) break;
        if (box.right > clip.right + 1.5 || box.left < clip.left - 1.5) wrong.push(`cut at the side: ${brief(parent)}`);
        else if (box.bottom > clip.bottom + 4 || box.top < clip.top - 4) wrong.push(`cut at its height: ${brief(parent)}`);
        break;
      }
    }
    // A choice that is longer than its field is cut by the browser without a word; so wide is the arrow beside it.
    const ARROW = 17;
    const pen = document.createElement("canvas").getContext("2d");
    for (const select of /** @type {NodeListOf<HTMLSelectElement>} */ (root.querySelectorAll("select"))) {
      const box = select.getBoundingClientRect();
      if (!pen || hidden(select) || !inView(box)) continue;
      const style = getComputedStyle(select);
      pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
      const text = select.selectedOptions[0]?.textContent ?? "";
      const room = box.width - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - ARROW;
      if (pen.measureText(text).width > room + 3) wrong.push(`cut in its field by ${Math.ceil(pen.measureText(text).width - room)} px: select “${text}”`);
      for (const option of select.options) if (/[a-z]{3}/i.test(option.textContent ?? "")) words.add((option.textContent ?? "").trim());
    }
    for (const field of /** @type {NodeListOf<HTMLInputElement>} */ (root.querySelectorAll("input[placeholder]"))) {
      const box = field.getBoundingClientRect();
      if (!pen || hidden(field) || field.value || !inView(box)) continue;
      const style = getComputedStyle(field);
      pen.font = `${style.fontSize} ${style.fontFamily}`;
      const room = box.width - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      if (pen.measureText(field.placeholder).width > room + 1) wrong.push(`cut in its field: placeholder “${field.placeholder}”`);
    }

    // A text that is wider than what it stands on pokes out of it.
    for (const plate of root.querySelectorAll("button, .button, .chip, .status, .badge, .count, .tag, [data-place] text")) {
      const ground = plate instanceof SVGElement ? plate.closest("[data-place]")?.querySelector(".top") : plate;
      if (!ground || hidden(plate) || plate.closest("[title]")) continue;
      const box = ground.getBoundingClientRect();
      const inner = document.createTreeWalker(plate, NodeFilter.SHOW_TEXT);
      for (let node = inner.nextNode(); inView(box) && node; node = inner.nextNode()) {
        if (!node.parentElement || hidden(node.parentElement) || !node.textContent?.trim()) continue;
        range.selectNodeContents(node);
        const text = range.getBoundingClientRect();
        if (text.width > 0 && (text.left < box.left - 1.5 || box.right + 1.5 < text.right)) wrong.push(`pokes out by ${Math.ceil(Math.max(box.left - text.left, text.right - box.right))} px: ${brief(plate)}`);
      }
    }

    // What is pressed by a finger is as large as one. What stands in a line of text, or has a label to press, is let off.
    const least = innerWidth <= 720 ? 43.5 : 23.5;
    for (const pressed of root.querySelectorAll("button, .button, select, summary, input:not([type=checkbox], [type=radio], [type=file], [type=range]), [data-place] .hit")) {
      const box = pressed.getBoundingClientRect();
      // What is drawn in proportion to its time is as high as that is long.
      if (hidden(pressed) || !inView(box) || pressed.closest(".unseen, .bar, .over")) continue;
      if (box.height < least) wrong.push(`only ${Math.floor(box.height)} px high: ${brief(pressed)}`);
      else if (box.width < least) wrong.push(`only ${Math.floor(box.width)} px wide: ${brief(pressed)}`);
    }

    // What is to be pressed has to be hit in its middle, unless something lies over it for good reason: a bar that stays, a list that scrolls.
    const standing = (/** @type {Element | null} */ it) => {
      let found = "";
      for (let one = it; one && one !== root; one = one.parentElement) {
        const { position } = getComputedStyle(one);
        if (position === "fixed") return position;
        if (position === "sticky") found = position;
      }
      return found;
    };
    const scrolled = (/** @type {Element} */ it, /** @type {number} */ x, /** @type {number} */ y) => {
      for (let one = it.parentElement; one && one !== root.parentElement; one = one.parentElement) {
        if (!/auto|scroll|hidden|clip/.test(getComputedStyle(one).overflow)) continue;
        const box = one.getBoundingClientRect();
        if (x < box.left || box.right < x || y < box.top || box.bottom < y) return true;
      }
      return false;
    };
    for (const pressed of root.querySelectorAll("button, a[href], input, select, textarea, summary")) {
      const box = pressed.getBoundingClientRect();
      const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
      if (hidden(pressed) || box.width < 2 || x < 0 || y < 0 || x > innerWidth || y > innerHeight || scrolled(pressed, x, y) || getComputedStyle(pressed).pointerEvents === "none") continue;
      const top = document.elementFromPoint(x, y);
      if (!top || top === pressed || pressed.contains(top) || top.contains(pressed)) continue;
      if (pressed.id && top.closest("label")?.getAttribute("for") === pressed.id) continue;
      if (pressed.closest("label") && pressed.closest("label") === top.closest("label")) continue;
      if (standing(top) && standing(pressed) !== standing(top)) continue;
      if (top.closest("[draggable], .over, .grip")) continue;
      wrong.push(`${brief(pressed)} lies under ${brief(top)}`);
    }
    return { wrong: [...new Set(wrong)], words: [...words] };
  });
  if (language !== "ru") return found.wrong;
  const known = new Set([...said].flatMap((one) => one.toLowerCase().match(/[a-zà-ÿ]+/g) ?? []));
  const named = /^[A-Z][A-Za-z]+(\/[A-Za-z_+-]+)+$/;
  const left = found.words.filter((text) => !named.test(text) && (text.replace(/https?:\/\/\S+/g, "").toLowerCase().match(/[a-zà-ÿ]{3,}/g) ?? []).some((word) => !SAME.has(word) && !known.has(word)));
  return [...found.wrong, ...left.map((text) => `not in Russian: “${text.slice(0, 80)}”`)];
}

/** Gathers what the server says in data while a page is used. @param {import("playwright-core").Page} it @returns {Set<string>} it grows */
export function listening(it) {
  /** @type {Set<string>} */
  const said = new Set();
  const gather = (/** @type {unknown} */ value) => {
    if (typeof value === "string") said.add(value);
    else if (Array.isArray(value)) value.forEach(gather);
    else if (value && typeof value === "object") Object.values(value).forEach(gather);
  };
  it.on("response", (response) => {
    const type = response.headers()["content-type"] ?? "";
    // The catalogues are texts of the UI, and problems are what it has to say in its own words.
    if (type.startsWith("application/json") && !response.url().includes("/assets/")) response.json().then(gather, () => {});
  });
  return said;
}
