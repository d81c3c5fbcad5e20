// Names in addresses.

/** Letters of Cyrillic as they are written in Latin. */
const LATIN = /** @type {Record<string, string>} */ ({
  а: "a", б: "b", в: "v", г: "g", д: "d", е: "e", ё: "e", ж: "zh", з: "z", и: "i", й: "y", к: "k", л: "l", м: "m", н: "n", о: "o", п: "p", р: "r", с: "s", т: "t", у: "u",
  ф: "f", х: "kh", ц: "ts", ч: "ch", ш: "sh", щ: "shch", ъ: "", ы: "y", ь: "", э: "e", ю: "yu", я: "ya", ß: "ss", æ: "ae", ø: "o", ł: "l",
});

/** A slug for an address, of a name in any script. @param {string} name */
export function slugOf(name) {
  const latin = [...name.normalize("NFC").toLowerCase()].map((it) => LATIN[it] ?? it).join("");
  const slug = latin.normalize("NFKD").replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40).replace(/-+$/, "");
  return slug.length >= 2 ? slug : `site-${crypto.randomUUID().slice(0, 8)}`;
}
