// For whoever changes the UI: serves its sources as they are on the disk, and passes everything else on to a server, so that a change is one
// reload away and nothing has to be compiled. `BRONYA_BACKEND` says where the server is (http://127.0.0.1:8000), `PORT` where this listens (8001).
// It is a tool for one's own machine; what ships is what `build.rs` puts into the binary.

import { readFile, readdir } from "node:fs/promises";
import { createServer, request } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const ui = fileURLToPath(new URL("../crates/server/ui/", import.meta.url));
const backend = new URL(process.env["BRONYA_BACKEND"] ?? "http://127.0.0.1:8000");
const port = Number(process.env["PORT"] ?? 8001);
const TYPES = /** @type {Record<string, string>} */ ({
  ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml", ".png": "image/png",
  ".webmanifest": "application/manifest+json", ".html": "text/html",
});
/** Where the sources stand for the browser. */
const FOLDER = "/assets/dev";
/** The page of the one-time link, which stands beside the code that serves it. */
const setUp = fileURLToPath(new URL("../crates/server/src/http/set_up/", import.meta.url));
/** Pages that are the server's own. */
const SERVED = /^\/(docs|redoc|problems|openapi\.json|healthz|readyz|metrics|assets\/swagger)/;

/** Which page an address is answered with, as `server/http/ui.rs` has it. @param {string} path */
const pageOf = (path) => (/^\/(book|guest|embed)\/./.test(path) ? "public.html" : path === "/door" ? "door.html" : "index.html");

/** A page, with all modules of the first view left to be found by the browser itself. @param {string} name */
const page = async (name) => (await readFile(join(ui, name), "utf8")).replaceAll("{{assets}}", FOLDER).replace("{{modules}}", "");

/** The policy of the server's page holds for this one too; that of its first page for one that the server does not know yet. @param {string} path @returns {Promise<string>} */
async function policy(path) {
  const found = await fetch(new URL(path, backend), { headers: { Accept: "text/html" } });
  return (found.ok ? found : await fetch(backend)).headers.get("content-security-policy") ?? "";
}

const server = createServer(async (asked, answer) => {
  const path = decodeURI((asked.url ?? "/").split("?")[0] ?? "/");
  try {
    if (path.startsWith(`${FOLDER}/`)) {
      const file = join(ui, normalize(path.slice(FOLDER.length)));
      answer.writeHead(200, { "Content-Type": `${TYPES[extname(file)] ?? "text/plain"}; charset=utf-8`, "Cache-Control": "no-store", "Content-Encoding": "gzip" });
      answer.end(gzipSync(await readFile(file)));
    } else if (asked.method === "GET" && /^\/setup(\/page\.(css|js))?$/.test(path)) {
      const file = path === "/setup" ? "page.html" : path.slice("/setup/".length);
      const served = await fetch(new URL("/setup", backend));
      answer.writeHead(200, { "Content-Type": `${TYPES[extname(file)]}; charset=utf-8`, "Cache-Control": "no-store", "Content-Security-Policy": served.headers.get("content-security-policy") ?? "" });
      answer.end(await readFile(join(setUp, file)));
    } else if (asked.method === "GET" && (asked.headers.accept ?? "").includes("text/html") && !SERVED.test(path)) {
      answer.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "Content-Security-Policy": await policy(path) });
      answer.end(await page(pageOf(path)));
    } else {
      const passed = request({ host: backend.hostname, port: backend.port, method: asked.method, path: asked.url, headers: asked.headers }, (found) => {
        answer.writeHead(found.statusCode ?? 502, found.headers);
        found.pipe(answer);
      });
      passed.on("error", (error) => answer.writeHead(502).end(String(error)));
      answer.on("close", () => passed.destroy());
      asked.pipe(passed);
    }
  } catch (error) {
    answer.writeHead(404).end(String(error));
  }
});
server.listen(port, "127.0.0.1", async () => {
  console.log(`${(await readdir(ui)).length} entries of ${ui} at http://127.0.0.1:${port}, the rest from ${backend.origin}`);
});
