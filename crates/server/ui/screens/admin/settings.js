// What this server is, as far as it tells, and where to read on. Its settings are those that whoever runs it starts it with.

import { api } from "../../api.js";
import { Icon, html } from "../../html.js";
import { t } from "../../i18n.js";
import { resources, sites } from "../../state.js";
import { useEffect, useState } from "../../vendor/hooks.js";
import { Head } from "./parts.js";

export function Settings() {
  const [ready, setReady] = useState(/** @type {boolean | null} */ (null));
  const [about, setAbout] = useState(/** @type {any} */ (null));
  const [users, setUsers] = useState(/** @type {string} */ (""));
  useEffect(() => {
    api.get("/readyz").then(() => setReady(true), () => setReady(false));
    api.get("/openapi.json").then(setAbout, () => {});
    api.get("/users/", { limit: 1_000 }).then((page) => setUsers(page.next_cursor ? "> 1000" : String(page.items.length)), () => {});
  }, []);
  const facts = [
    [t("settings.state"), ready === null ? "…" : t(ready ? "settings.ready" : "settings.notReady")],
    [t("settings.version"), about?.info?.version ?? "…"],
    [t("section.places"), String(sites.value.length)],
    [t("section.resources"), String(resources.value?.length ?? 0)],
    [t("section.users"), users || "…"],
  ];
  const links = [["/docs", "settings.docs"], ["/redoc", "settings.redoc"], ["/problems", "settings.problems"], ["/openapi.json", "settings.openapi"], ["/metrics", "settings.metrics"]];
  return html`<${Head} title=${t("section.settings")} about=${t("section.settings.about")} />
    <div class="card"><h2>${t("settings.server")}</h2><dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl></div>
    <div class="card"><h2>${t("settings.howTo")}</h2><p>${t("settings.howToText")}</p><code class="text">bronya serve --help</code>
      <ul class="plain"><li><div><strong>${t("settings.registration")}</strong><code class="muted">registration · resource_creation · password_chars_min · password_score_min</code></div></li>
        <li><div><strong>${t("settings.network")}</strong><code class="muted">listen · public_url · trusted_proxies · cors_origins · plain_http_sign_in</code></div></li>
        <li><div><strong>${t("settings.keys")}</strong><code class="muted">database · signing_key_file · refresh_days_max</code></div></li></ul></div>
    <div class="card"><h2>${t("settings.read")}</h2><ul class="links">${links.map(([to, key]) => html`<li><a href=${to} data-outside target="_blank" rel="noreferrer"><${Icon} name="right" />${t(String(key))}</a></li>`)}</ul></div>`;
}
