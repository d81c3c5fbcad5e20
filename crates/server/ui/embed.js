// Puts the page on which the public books into a page of somebody else: one script, no markup of its own, nothing inline, so that it works
// under a strict policy (`script-src` and `frame-src` of this origin are all it needs).
//
//   <script src="https://bookings.example.org/embed.js" data-site="neva" async></script>
//
// data-site     the site's name in addresses
// data-mode     inline (default): a frame where the script stands; button: a button there that opens a window; floating: a button that
//               stays in the corner
// data-target   a selector of the element that the frame or the button goes into, instead of the place of the script
// data-label    what the button says
// data-theme    light or dark; data-accent: six hexadecimal digits; data-lang: en or ru
//
// The frame tells how high it is, and this page hears that from it alone.

(() => {
  const script = document.currentScript;
  if (!(script instanceof HTMLScriptElement) || !script.dataset["site"]) return;
  const own = new URL(script.src).origin;
  const { site, mode = "inline", target, label, theme, accent, lang } = script.dataset;
  const words = (lang ?? document.documentElement.lang ?? "").startsWith("ru") ? { book: "Забронировать", close: "Закрыть", title: "Бронирование" } : { book: "Book a table", close: "Close", title: "Booking" };

  const address = new URL(`/embed/${encodeURIComponent(site ?? "")}`, own);
  for (const [name, value] of Object.entries({ theme, accent, lang, origin: location.origin })) if (value) address.searchParams.set(name, value);

  /** @param {HTMLElement} element @param {Record<string, string>} style */
  const dress = (element, style) => Object.assign(element.style, style);

  function frame() {
    const made = document.createElement("iframe");
    made.src = address.href;
    made.title = words.title;
    made.loading = "lazy";
    made.referrerPolicy = "no-referrer";
    made.sandbox.add("allow-scripts", "allow-same-origin", "allow-forms", "allow-popups", "allow-popups-to-escape-sandbox", "allow-downloads");
    made.setAttribute("allow", "clipboard-write");
    dress(made, { width: "100%", border: "0", display: "block", minHeight: "420px", colorScheme: "normal" });
    return made;
  }

  /** Listens to one frame. @param {HTMLIFrameElement} made @param {() => void} [close] */
  function listen(made, close) {
    addEventListener("message", (event) => {
      if (event.origin !== own || event.source !== made.contentWindow) return;
      const { bronya, height } = event.data ?? {};
      if (bronya === "size" && Number.isFinite(height)) dress(made, { height: `${Math.min(Math.max(height, 200), 4_000)}px` });
      if (bronya === "close") close?.();
    });
  }

  /** Does something as soon as the page is there. @param {() => void} then */
  const ready = (then) => (document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", then, { once: true }) : then());
  const place = (/** @type {HTMLElement} */ element) => {
    const beside = script.closest("body");
    if (!target && beside) return script.after(element);
    ready(() => ((target && document.querySelector(target)) || document.body).append(element));
  };

  if (mode === "inline") {
    const made = frame();
    listen(made);
    place(made);
    return;
  }

  /** How bright the parts of a colour are to the eye. */
  const WEIGHT = [0.3, 0.59, 0.11];
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label ?? words.book;
  const colour = /^[0-9a-f]{6}$/i.test(accent ?? "") ? `#${accent}` : "#2f55d4";
  const bright = [0, 2, 4].reduce((sum, at, nth) => sum + parseInt(colour.slice(at + 1, at + 3), 16) * (WEIGHT[nth] ?? 0), 0) > 140;
  dress(button, { background: colour, color: bright ? "#0d1220" : "#fff", border: "0", borderRadius: "999px", padding: "14px 22px", minHeight: "48px", font: "600 16px/1 system-ui, sans-serif", cursor: "pointer" });

  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", words.title);
  dress(dialog, { width: "min(940px, calc(100vw - 16px))", maxHeight: "calc(100vh - 16px)", padding: "0", border: "0", borderRadius: "18px", overflow: "auto" });
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "×";
  close.setAttribute("aria-label", words.close);
  dress(close, { position: "sticky", top: "0", float: "right", zIndex: "1", width: "44px", height: "44px", border: "0", background: "transparent", font: "400 28px/1 system-ui, sans-serif", cursor: "pointer", color: "inherit" });
  close.addEventListener("click", () => dialog.close());
  dialog.append(close);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => button.focus());
  /** @type {HTMLIFrameElement | null} */
  let made = null;
  button.addEventListener("click", () => {
    // It is fetched when it is asked for.
    if (!made) {
      made = frame();
      made.loading = "eager";
      listen(made, () => dialog.close());
      dialog.append(made);
    }
    dialog.showModal();
  });
  if (mode === "floating") {
    dress(button, { position: "fixed", right: "20px", bottom: "20px", zIndex: "2147483000", boxShadow: "0 6px 24px rgb(0 0 0 / 0.25)" });
    ready(() => document.body.append(button));
  } else {
    place(button);
  }
  ready(() => document.body.append(dialog));
})();
