// Where a display at a door starts (`/door`). Until somebody has paired it, it shows a code; from then on it shows how it stands behind the
// door. Its own secret is all that it keeps.

import { html } from "./html.js";
import { languages, learn, speak } from "./i18n.js";
import { DoorScreen } from "./screens/door/door.js";
import { PairingScreen } from "./screens/door/pairing.js";
import { useEffect, useState } from "./vendor/hooks.js";
import { render } from "./vendor/preact.js";

const KEY = "door";

/** @param {string} tag */
const known = (tag) => (tag.slice(0, 2) in languages ? tag.slice(0, 2) : "en");

/** The screen stays on as long as the page is seen, where the browser can do that. */
function stayAwake() {
  const ask = () => {
    if (document.visibilityState === "visible") navigator.wakeLock?.request("screen").catch(() => {});
  };
  document.addEventListener("visibilitychange", ask);
  ask();
}

function App() {
  const [token, setToken] = useState(localStorage.getItem(KEY));
  const [revoked, setRevoked] = useState(false);
  useEffect(stayAwake, []);
  const paired = (/** @type {string} */ secret) => {
    localStorage.setItem(KEY, secret);
    setRevoked(false);
    setToken(secret);
  };
  const lost = () => {
    localStorage.removeItem(KEY);
    setRevoked(true);
    setToken(null);
  };
  if (!token) return html`<${PairingScreen} revoked=${revoked} onPaired=${paired} />`;
  return html`<${DoorScreen} token=${token} onRevoked=${lost} onLanguage=${(/** @type {string} */ tag) => speak(known(tag))} />`;
}

await speak(navigator.languages.map((it) => it.slice(0, 2)).find((it) => it in languages) ?? "en");
await learn("door");
const root = document.getElementById("app");
if (root) render(html`<${App} />`, root);

