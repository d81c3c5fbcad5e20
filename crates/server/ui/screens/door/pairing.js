// A tablet that waits for somebody to pair it: a code to enter, and the same to scan.

import { asVisitor } from "../../api.js";
import { html, Icon } from "../../html.js";
import { t } from "../../i18n.js";
import { useEffect, useState } from "../../vendor/hooks.js";
import { Qr } from "../../components/qr.js";

/** How often it is asked whether the code has been entered. */
const ASK_EVERY = 2_000;

/** @param {{revoked: boolean, onPaired: (token: string) => void}} props */
export function PairingScreen({ revoked, onPaired }) {
  const [pairing, setPairing] = useState(/** @type {{code: string, token: string, expires_at: string} | null} */ (null));
  const [offline, setOffline] = useState(false);
  useEffect(() => {
    let stopped = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */ let timer;
    /** @type {{code: string, token: string, expires_at: string} | null} */ let shown = null;
    const look = async () => {
      try {
        if (!shown || Date.parse(shown.expires_at) <= Date.now()) {
          shown = await asVisitor("POST", "/display/pairing");
          if (!stopped) setPairing(shown);
        } else {
          const state = await asVisitor("GET", "/display/pairing", { token: shown.token });
          if (state.is_paired && !stopped) return onPaired(shown.token);
        }
        if (!stopped) setOffline(false);
      } catch (problem) {
        if (/** @type {any} */ (problem)?.status === 401) shown = null;
        else if (!stopped) setOffline(true);
      }
      if (!stopped) timer = setTimeout(look, ASK_EVERY);
    };
    void look();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, []);
  const address = pairing ? `${location.origin}/admin/displays?code=${pairing.code}` : "";
  return html`<main class="door pairing">
    <h1>${t("door.pairTitle")}</h1>
    ${revoked && html`<p role="alert" class="notice bad">${t("door.revoked")}</p>`}
    ${offline && html`<p role="status" class="offline"><${Icon} name="alert" />${t("door.offlinePairing")}</p>`}
    ${pairing
      ? html`<p class="code" aria-label=${[...pairing.code].join(" ")}>${pairing.code}</p>
        <p class="how">${t("door.pairHow")}</p>
        <${Qr} text=${address} label=${t("door.pairScan")} />
        <p class="hint">${t("door.pairChanges")}</p>`
      : !offline && html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`}
  </main>`;
}
