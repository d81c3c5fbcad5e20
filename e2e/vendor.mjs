// Fetches the modules that the web UI is built on and writes them into `crates/server/ui/vendor`: `node e2e/vendor.mjs`.
// The UI has no bundler and its policy allows no import map, so the one edit is that bare imports become relative ones.
// `SOURCES.json` says what came from where; a package whose hash is another than there is refused, unless `--update` is given.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = join(dirname(fileURLToPath(import.meta.url)), "../crates/server/ui/vendor");
const sourcesFile = join(folder, "SOURCES.json");

/** Package, version, and which of its files becomes which of ours. */
const packages = [
  { name: "preact", version: "11.2.0", files: { "dist/preact.mjs": "preact.js", "hooks/dist/hooks.mjs": "hooks.js" }, licence: "LICENSE" },
  { name: "htm", version: "3.1.1", files: { "dist/htm.mjs": "htm.js" }, licence: "LICENSE" },
  { name: "@preact/signals-core", version: "1.14.5", files: { "dist/signals-core.mjs": "signals-core.js" }, licence: "LICENSE" },
  { name: "@preact/signals", version: "2.11.4", files: { "dist/signals.mjs": "signals.js" }, licence: "LICENSE" },
];
const ours = { preact: "./preact.js", "preact/hooks": "./hooks.js", "@preact/signals-core": "./signals-core.js" };

const known = existsSync(sourcesFile) ? JSON.parse(readFileSync(sourcesFile, "utf8")) : {};
const update = process.argv.includes("--update");
const sources = {};
for (const { name, version, files, licence } of packages) {
  const work = mkdtempSync(join(tmpdir(), "vendor-"));
  execFileSync("npm", ["pack", "--silent", "--pack-destination", work, `${name}@${version}`]);
  const archive = join(work, readdirSync(work)[0]);
  const sha256 = createHash("sha256").update(readFileSync(archive)).digest("hex");
  if (!update && known[name] && known[name].sha256 !== sha256) {
    throw new Error(`${name}@${version} is not what it was: ${sha256}`);
  }
  execFileSync("tar", ["-xzf", archive, "-C", work]);
  for (const [from, to] of Object.entries(files)) {
    const text = readFileSync(join(work, "package", from), "utf8").replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n");
    const rewritten = text.replace(/(from|import)"([^".]+)"/g, (whole, word, target) => {
      if (!(target in ours)) throw new Error(`${from} imports ${target}`);
      return `${word}"${ours[target]}"`;
    });
    writeFileSync(join(folder, to), rewritten);
  }
  const licenceFile = `${name.replace("@", "").replace("/", "-")}.LICENSE`;
  writeFileSync(join(folder, licenceFile), readFileSync(join(work, "package", licence)));
  sources[name] = { version, sha256, files: Object.values(files), licence: licenceFile };
}
writeFileSync(sourcesFile, `${JSON.stringify(sources, null, 2)}\n`);
