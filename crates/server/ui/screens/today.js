// Today, for whoever runs the place: who is here, who comes next, who is late, what is free, what waits, and how full the day is.

import { api } from "../api.js";
import { Figure, standingBars } from "../components/charts.js";
import { Closing } from "../components/closing.js";
import { useCurrent } from "../components/current.js";
import { Dialog } from "../components/dialog.js";
import { Choice } from "../components/inputs.js";
import { contactOf, whoOf } from "../components/people.js";
import { hoursOf, scaleTo, share } from "../figures.js";
import { sits } from "../floor/states.js";
import { Icon, html } from "../html.js";
import { locale, t } from "../i18n.js";
import { useLive } from "../live.js";
import { asked, put } from "../router.js";
import { complain, homeZone, resourceOf, resources, sites, toast, wordsOf } from "../state.js";
import { addDays, dayOf, instantOf, showClock, showDay, showSpan, showTime, text, titled } from "../time.js";
import { useEffect, useState } from "../vendor/hooks.js";
import { loadMine, managed, managedSites, mine } from "../mine.js";

/** @typedef {import("../state.js").Booking} Booking */

const HOUR = 3_600_000;
const SHOWN = 6;

/** @typedef {{bookings: any[], availability: any[], pending: number, start: number}} Day */

export function Today() {
  const site = asked("site") ?? "";
  const zone = sites.value.find((it) => it.id === site)?.time_zone ?? homeZone.value;
  const [found, setFound] = useState(/** @type {Day | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [now, setNow] = useState(Date.now());
  /** Of whom it is to be said why they did not come. */
  const [explaining, setExplaining] = useState(/** @type {Booking | null} */ (null));
  const today = dayOf(now, zone);
  const start = instantOf(today, 0, zone);
  const end = instantOf(addDays(today, 1), 0, zone);
  const isCurrent = useCurrent(`${site} ${today}`);
  const load = async () => {
    const day = { from: text(start), to: text(end) };
    try {
      const [bookings, availability, pending] = await Promise.all([
        api.all("/bookings/", day, 2_000), api.get("/availability/", { ...day, site_id: site }), api.all("/bookings/", { status: "pending", from: text(Date.now()) }, 500),
      ]);
      if (!isCurrent()) return;
      const here = (/** @type {any} */ it) => !site || resourceOf(it.resource_id)?.site_id === site;
      setFound({ bookings: bookings.filter(here), availability: availability.items, pending: pending.filter(here).length, start });
      setError(null);
    } catch (problem) {
      if (isCurrent()) setError(problem);
    }
    setNow(Date.now());
  };
  useLive(load, [site, today]);
  useEffect(() => void loadMine().catch(setError), [resources.value]);
  // The clock goes on though nothing is changed.
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  const act = async (/** @type {Booking} */ it, /** @type {"check-in" | "no-show" | "end"} */ how, reason = "") => {
    try {
      const now = await api.act(`/bookings/${it.id}/${how}`, reason ? { reason } : undefined);
      toast(t(`today.did.${how}`), now.undo_until ? { undo: () => void api.act(`/bookings/${it.id}/undo`).then(load, complain) } : {});
    } catch (problem) {
      complain(problem);
    }
    await load();
  };
  const head = html`<div class="head"><div><h1>${t("nav.today")}</h1><p class="hint">${titled(showDay(today, locale(), "long"))}, ${showTime(now, zone, locale())} · ${zone}</p></div>
    ${managedSites().length > 1 && html`<div class="site-choice"><${Choice} label=${t("today.place")} value=${site} options=${[{ value: "", text: t("today.everywhere") }, ...managedSites().map((it) => ({ value: it.id, text: it.name }))]} onPick=${(/** @type {string} */ it) => put("site", it)} /></div>`}</div>`;
  if (error) return html`<section class="page wider today">${head}<p class=${error.status === 403 ? "empty" : "notice bad"} role="alert">${error.status === 403 ? t("today.notYours") : wordsOf(error)}</p></section>`;
  if (!found || found.start !== start || mine.value === null) return html`<section class="page wider today">${head}<p class="skeleton" aria-busy="true">${t("loading")}</p></section>`;

  const from = (/** @type {any} */ it) => Date.parse(it.starts_at);
  const to = (/** @type {any} */ it) => Date.parse(it.ends_at);
  const list = found.bookings.sort((a, b) => from(a) - from(b));
  const placeOf = (/** @type {any} */ it) => resourceOf(it.resource_id)?.site_id;
  // Where people are checked in, somebody of whom nobody has said so is late; elsewhere everybody is taken to have come.
  const keeping = new Set(list.filter((it) => it.status === "checked_in").map(placeOf));
  const begun = list.filter((it) => it.status === "confirmed" && from(it) <= now && now < to(it));
  const late = begun.filter((it) => it.lapses_at || keeping.has(placeOf(it)));
  const present = list.filter((it) => sits(it, now) || (begun.includes(it) && !late.includes(it)));
  const next = list.filter((it) => ["confirmed", "pending"].includes(it.status) && now < from(it));
  const missed = list.filter((it) => it.status === "no_show");
  const own = managed().filter((it) => !site || it.site_id === site);
  const ids = new Set(own.map((it) => it.id));
  const availability = found.availability.filter((it) => ids.has(it.resource_id));
  const units = (/** @type {string} */ id) => resourceOf(id)?.quantity ?? 1;
  const free = availability.flatMap((it) => {
    const stretch = it.free.find((/** @type {any} */ one) => from(one) <= now && now < to(one));
    const resource = resourceOf(it.resource_id);
    return stretch && resource ? [{ resource, until: to(stretch) }] : [];
  }).sort((a, b) => b.until - a.until);
  const out = own.filter((it) => {
    const why = /** @type {any} */ (it.out_of_order);
    return why && (!why.starts_at || Date.parse(why.starts_at) < end) && (!why.ends_at || now < Date.parse(why.ends_at));
  });
  const covers = (/** @type {any[]} */ some) => some.reduce((sum, it) => sum + (it.party_size ?? 1), 0);
  const hours = hoursOf(availability.map((it) => ({ ...it, units: units(it.resource_id) })), start, Math.round((end - start) / HOUR));
  const open = hours.filter((it) => it.could > 0);
  const bars = open.map((it) => ({ name: showClock(it.hour * 60, locale()), value: share(it.taken, it.could) ?? 0, text: new Intl.NumberFormat(locale(), { style: "percent" }).format(share(it.taken, it.could) ?? 0), strong: start + it.hour * HOUR <= now && now < start + (it.hour + 1) * HOUR }));
  const all = share(open.reduce((sum, it) => sum + it.taken, 0), open.reduce((sum, it) => sum + it.could, 0)) ?? 0;
  const peak = bars.reduce((best, it) => (it.value > (best?.value ?? 0) ? it : best), /** @type {typeof bars[0] | undefined} */ (undefined));
  const tiles = /** @type {[string, string | number, string, string, string][]} */ ([
    ["here", present.length, t("people", { n: covers(present) }), "#present", ""],
    ["next", next.length, next[0] ? t("today.at", { time: showTime(from(next[0]), zone, locale()) }) : t("today.nobody"), "#next", ""],
    ["late", late.length, "", "#late", late.length > 0 ? "amber" : ""],
    ["free", free.length, t("today.of", { n: own.length }), "#free", ""],
    ["pending", found.pending, "", "/approvals", found.pending > 0 ? "amber" : ""],
    ["missed", missed.length, "", "#missed", missed.length > 0 ? "bad" : ""],
  ]);
  const jump = (/** @type {string} */ id) => (/** @type {Event} */ event) => {
    event.preventDefault();
    const target = document.getElementById(id.slice(1));
    target?.scrollIntoView({ block: "start" });
    target?.focus();
  };
  const row = (/** @type {any} */ it, /** @type {any} */ acts) => {
    const resource = resourceOf(it.resource_id);
    return html`<li key=${it.id}><div class="what"><strong><bdi>${whoOf(it) || it.title || t("booking")}</bdi></strong>
      <span class="muted">${[showSpan(from(it), to(it), resource?.time_zone ?? zone, locale()), resource?.name, it.party_size && t("people", { n: it.party_size }), whoOf(it) && it.title].filter(Boolean).join(" · ")}${contactOf(it) && html`<span class="contact"><a href="${contactOf(it).includes("@") ? "mailto" : "tel"}:${contactOf(it)}" data-outside><bdi>${contactOf(it)}</bdi></a></span>`}</span>
      ${it.notes && html`<span class="muted notes">${it.notes}</span>`}</div>
      ${it.status === "pending" && html`<span class="status pending">${t("status.pending")}</span>`}<div class="acts">${acts}</div></li>`;
  };
  const button = (/** @type {any} */ it, /** @type {"check-in" | "no-show" | "end"} */ how, primary = false) => html`<button class=${primary ? "primary" : undefined} onClick=${() => act(it, how)}>${t(`today.${how}`)}</button>`;
  const soon = (/** @type {any} */ it) => from(it) - now <= 2 * HOUR && it.status === "confirmed";
  const section = (/** @type {string} */ id, /** @type {any[]} */ some, /** @type {any} */ body, /** @type {string} */ none) => html`<section class="card" id=${id} tabindex="-1"><h2>${t(`today.${id}`)} <span class="count">${some.length}</span></h2>
    ${some.length > 0 ? body : html`<p class="muted">${none}</p>`}</section>`;
  return html`<section class="page wider today">${head}
    <ul class="tiles">${tiles.map(([key, value, more, href, tone]) => html`<li key=${key}><a class="tile ${tone}" href=${href} data-outside=${href.startsWith("#") ? true : undefined} onClick=${href.startsWith("#") ? jump(href) : undefined}><span class="big">${value}</span><span>${t(`today.tile.${key}`)}</span><span class="muted">${more}</span></a></li>`)}</ul>
    <div class="columns"><div>
      ${late.length > 0 && section("late", late, html`<ul class="rows-of">${late.map((it) => row(it, html`${button(it, "check-in", true)}${button(it, "no-show")}<button class="quiet" aria-haspopup="dialog" aria-label="${t("approvals.why")}: ${whoOf(it) || it.title || t("booking")}" onClick=${() => setExplaining(it)}>${t("approvals.why")}</button>`))}</ul>${late.some((it) => it.lapses_at) && html`<p class="hint">${t("today.lateHint")}</p>`}`, "")}
      ${section("next", next, html`<${Some} all=${next} row=${(/** @type {any} */ it) => row(it, soon(it) ? button(it, "check-in") : it.status === "pending" ? html`<a class="button" href="/approvals">${t("today.decide")}</a>` : null)} />`, t("today.nobodyNext"))}
      ${section("present", present, html`<${Some} all=${present} row=${(/** @type {any} */ it) => row(it, html`${sits(it, now) ? button(it, "end") : button(it, "no-show")}`)} />`, t("today.nobodyHere"))}
      ${missed.length > 0 && section("missed", missed, html`<ul class="rows-of">${missed.map((it) => row(it, null))}</ul>`, "")}
    </div><div>
      ${section("free", free, html`<ul class="frees">${free.slice(0, 12).map(({ resource, until }) => html`<li key=${resource.id}><a href="/?resource=${resource.id}"><strong>${resource.name}</strong><span class="muted">${resource.capacity ? `${t("seats", { n: resource.capacity })} · ` : ""}${until >= end ? t("today.restOfDay") : t("today.freeUntil", { time: showTime(until, resource.time_zone, locale()) })}</span></a></li>`)}</ul>
        ${free.length > 12 && html`<a href="/timeline?view=list">${t("today.allFree")}</a>`}`, t("today.noneFree"))}
      ${out.length > 0 && html`<section class="card"><h2>${t("today.out")} <span class="count">${out.length}</span></h2><ul class="frees">${out.map((it) => {
        const why = /** @type {any} */ (it.out_of_order);
        return html`<li key=${it.id}><a href="/admin/resources/${it.id}"><strong>${it.name}</strong><span class="muted">${why.reason}${why.ends_at ? ` · ${t("today.until", { day: showDay(dayOf(Date.parse(why.ends_at), it.time_zone), locale()) })}` : ""}</span></a></li>`;
      })}</ul></section>`}
    </div></div>
    ${bars.length > 0 && html`<${Figure} title=${t("today.hours")} name="today" say=${peak ? t("today.hoursSay", { share: Math.round(all * 100), time: peak.name, peak: peak.text }) : t("today.hoursNone")}
      head=${[t("chart.hour"), t("chart.booked")]} rows=${bars.map((it) => [it.name, it.text])} draw=${standingBars(bars, scaleTo(Math.max(0.05, ...bars.map((it) => it.value))).max, 120)} />`}
    <p class="hint"><a href="/reports">${t("today.more")}</a></p>
    ${explaining && html`<${Dialog} title=${t("today.missedWhy", { who: whoOf(explaining) || explaining.title || t("booking") })} close=${() => setExplaining(null)}>
      <${Closing} does=${t("today.no-show")} close=${() => setExplaining(null)} send=${(/** @type {string} */ why) => (setExplaining(null), act(explaining, "no-show", why))} /><//>`}
  </section>`;
}

/** The first of many, and the rest when it is asked for. @param {{all: any[], row: (it: any) => any}} props */
function Some({ all, row }) {
  const [whole, setWhole] = useState(false);
  return html`<ul class="rows-of">${(whole ? all : all.slice(0, SHOWN)).map(row)}</ul>
    ${all.length > SHOWN && html`<button class="quiet" aria-expanded=${whole} onClick=${() => setWhole(!whole)}><${Icon} name="more" />${whole ? t("today.fewer") : t("today.moreOf", { n: all.length - SHOWN })}</button>`}`;
}
