// What longer forms share: what is written against what was saved, what the server says of which field, what somebody else saved meanwhile, and
// that nothing which was not saved is lost in silence.

import { Icon, html } from "../html.js";
import { t } from "../i18n.js";
import { kept } from "../kept.js";
import { go, hold } from "../router.js";
import { said } from "../said.js";
import { wordsOf } from "../state.js";
import { useEffect, useLayoutEffect, useRef, useState } from "../vendor/hooks.js";
import { Dialog } from "./dialog.js";

/**
 * @template {object} T
 * @typedef {{value: T, dirty: boolean, busy: boolean, error: any, set: (part: Partial<T>) => void, settle: (now: T) => void, back: () => void,
 *   wrong: (member: string) => string | undefined, fail: (problem: any) => void, send: (how: (value: T) => Promise<any>) => Promise<void>}} Form
 */

/**
 * What is written in a form that began with `first`. Whoever types on while it is sent loses nothing: once it is saved (`settle`), what was typed since stands
 * there, and is not saved.
 * @template {object} T
 * @param {T} first
 * @returns {Form<T>}
 */
export function useForm(first) {
  const [saved, setSaved] = useState(first);
  const [value, setValue] = useState(first);
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  /** What is under way. @type {{current: T | null}} */
  const sent = useRef(null);
  const settle = (/** @type {T} */ now) => {
    const was = sent.current;
    setSaved(now);
    setValue((/** @type {T} */ typed) => (was ? kept(now, was, typed) : now));
    setError(null);
  };
  return {
    value,
    dirty: JSON.stringify(value) !== JSON.stringify(saved),
    busy,
    error,
    set: (part) => setValue((/** @type {T} */ before) => ({ ...before, ...part })),
    settle,
    back: () => (setValue(saved), setError(null)),
    fail: setError,
    wrong: (member) => {
      const of = error?.errors?.filter((/** @type {any} */ it) => it.pointer === `/${member}` || it.pointer.startsWith(`/${member}/`)) ?? [];
      return of.map((/** @type {any} */ it) => said(it.detail)).join("; ") || undefined;
    },
    send: async (how) => {
      setBusy(true);
      setError(null);
      sent.current = value;
      try {
        await how(value);
      } catch (problem) {
        setError(problem);
      }
      sent.current = null;
      setBusy(false);
    },
  };
}

/**
 * What is wrong with what was sent. Where somebody else has saved meanwhile, one chooses: theirs, or one's own.
 * @param {{error: any, theirs?: () => void, mine?: () => void}} props
 */
export function Trouble({ error, theirs, mine }) {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  /** What is wrong and does not stand at a field. */
  const [rest, setRest] = useState(/** @type {string[]} */ ([]));
  useEffect(() => {
    const form = error && ref.current?.closest("form");
    if (!form) return;
    const told = [...form.querySelectorAll(".wrong:not([role])")].map((it) => it.textContent ?? "");
    setRest((error.errors ?? []).map((/** @type {any} */ it) => [it.pointer.slice(1), said(it.detail)]).filter((/** @type {string[]} */ [, text]) => !told.some((one) => one.includes(String(text)))).map((/** @type {string[]} */ [member, text]) => `${member}: ${text}`));
    // Whoever sent it is led to the first field that the server did not like.
    const field = form.querySelector("[aria-invalid]");
    if (field instanceof HTMLElement) field.focus();
  }, [error]);
  if (!error) return null;
  if (error.kind === "stale" && theirs && mine) {
    return html`<div class="notice bad" role="alert" ref=${ref}><p><${Icon} name="alert" />${t("form.stale")}</p>
      <div class="row end"><button type="button" onClick=${theirs}>${t("form.theirs")}</button><button type="button" onClick=${mine}>${t("form.mine")}</button></div></div>`;
  }
  const text = (error.errors ?? []).length > 0 && error.kind === "validation" ? [t("form.look"), ...rest].join(" ") : wordsOf(error);
  return html`<p class="wrong" role="alert" ref=${ref}>${text}</p>`;
}

/**
 * Holds whoever leaves the screen back as long as something is not saved, and asks.
 * @param {{when: boolean}} props
 */
export function Unsaved({ when }) {
  const [wanted, setWanted] = useState(/** @type {string | null} */ (null));
  useLayoutEffect(() => {
    if (!when) return;
    hold(setWanted);
    const unload = (/** @type {BeforeUnloadEvent} */ event) => event.preventDefault();
    addEventListener("beforeunload", unload);
    return () => {
      hold(null);
      removeEventListener("beforeunload", unload);
    };
  }, [when]);
  if (wanted === null) return null;
  const leave = () => {
    hold(null);
    setWanted(null);
    go(wanted);
  };
  return html`<${Dialog} title=${t("form.unsaved")} close=${() => setWanted(null)}>
    <p>${t("form.unsavedText")}</p>
    <div class="row end"><button class="danger" onClick=${leave}>${t("form.leave")}</button><button class="primary" autofocus onClick=${() => setWanted(null)}>${t("form.stay")}</button></div>
  <//>`;
}

/**
 * Asks before something is taken away for good, and says what will be lost.
 * @param {{title: string, yes: string, act: () => Promise<any>, close: () => void, children?: any}} props
 */
export function Sure({ title, yes, act, close, children }) {
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const go = async () => {
    setBusy(true);
    try {
      await act();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return html`<${Dialog} title=${title} close=${close}>
    ${children}
    ${error && html`<p class="wrong" role="alert">${wordsOf(error)}</p>`}
    <div class="row end"><button type="button" onClick=${close}>${t("form.cancel")}</button><button type="button" class="danger solid" disabled=${busy} onClick=${go}>${yes}</button></div>
  <//>`;
}
