// A link with which somebody chooses a password: made when this is opened, told once, and handed over by whoever made it.

import { api } from "../../api.js";
import { Dialog } from "../../components/dialog.js";
import { Qr } from "../../components/qr.js";
import { Icon, html } from "../../html.js";
import { locale, t } from "../../i18n.js";
import { wordsOf } from "../../state.js";
import { here, showTime } from "../../time.js";
import { useEffect, useId, useRef, useState } from "../../vendor/hooks.js";

/** @param {{who: {id: string, username: string}, close: () => void}} props */
export function PasswordLink({ who, close }) {
  const [link, setLink] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [copied, setCopied] = useState(false);
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const id = useId();
  const begun = useRef(false);
  useEffect(() => {
    // Each one that is made voids the one before, so it is made once.
    if (begun.current) return;
    begun.current = true;
    api.act(`/users/${who.id}/password-link`).then(setLink, setError);
  }, []);
  const address = link ? (link.url ?? `${location.origin}/new-password#${link.token}`) : "";
  const select = () => field.current?.select();
  // Over plain http browsers have no clipboard: then the keys of the system copy what is chosen.
  const copy = () => (navigator.clipboard ? navigator.clipboard.writeText(address).then(() => setCopied(true), select) : (field.current?.focus(), select()));
  return html`<${Dialog} title=${t("user.linkFor", { who: who.username })} close=${close}>
    ${error && html`<p class="wrong" role="alert">${wordsOf(error)}</p>`}
    ${!link && !error && html`<p class="skeleton" aria-busy="true">${t("loading")}</p>`}
    ${link && html`<p>${t("user.linkText", { who: who.username })}</p>
      <div class="field"><label for=${id}>${t("user.linkField")}</label><div class="copied"><input id=${id} ref=${field} readonly autofocus value=${address} onFocus=${select} />
        <button type="button" onClick=${copy}><${Icon} name=${copied ? "check" : "link"} />${t(copied ? "user.linkCopied" : "user.linkCopy")}</button></div><span class="unseen" role="status">${copied ? t("user.linkCopied") : ""}</span></div>
      <div class="handed"><${Qr} text=${address} label=${t("user.linkScan")} /><p class="hint"><${Icon} name="clock" />${t("user.linkUntil", { time: showTime(Date.parse(link.expires_at), here(), locale()), zone: here() })}</p></div>`}
    <div class="row end"><button type="button" onClick=${close}>${t("close")}</button></div>
  <//>`;
}
