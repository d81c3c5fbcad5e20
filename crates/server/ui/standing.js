// How it stands behind a door at an instant, of what the server said a moment ago: a display goes on counting when the network is gone.

/** @typedef {{id: string, starts_at: string, ends_at: string, status: string, title: string | null, who: string | null, lapses_at: string | null, can_check_in: boolean, extendable_minutes: number}} DoorBooking */
/** @typedef {{settings: {name: string, may_book: boolean, may_check_in: boolean, may_extend: boolean, may_end: boolean, theme: string | null}, has_pin: boolean, resource_id: string, resource_name: string, capacity: number | null, site_name: string | null, language: string, time_zone: string, now: string, current: DoorBooking | null, next: DoorBooking[], closed: {reason: "booking" | "block" | "out_of_order" | "closed", until: string} | null, free_until: string | null, offers: {minutes: number, starts_at: string, ends_at: string}[]}} Door */
/** @typedef {"free" | "soon" | "check_in" | "running" | "ending" | "booking" | "block" | "out_of_order" | "closed"} State */
/** @typedef {{state: State, booking: DoorBooking | null, until: number | null, next: DoorBooking[], fresh: boolean}} Standing */

/** How long before its end something is ending, and before the next how soon is soon; in milliseconds. */
const ENDING = 5 * 60_000;
const SOON = 15 * 60_000;

/**
 * @param {Door} door
 * @param {number} now
 * @returns {Standing} `fresh` says whether that is what the server saw, and not only what follows from it
 */
export function standing(door, now) {
  const seen = Date.parse(door.now);
  const all = [...(door.current ? [door.current] : []), ...door.next].filter((it) => Date.parse(it.ends_at) > now && !(it.lapses_at && Date.parse(it.lapses_at) <= now));
  const current = all.find((it) => Date.parse(it.starts_at) <= now) ?? null;
  const next = all.filter((it) => it !== current);
  const first = next[0] ?? null;
  const fresh = (current?.id ?? null) === (door.current?.id ?? null) && now - seen < 60_000;
  if (current) {
    const until = Date.parse(current.ends_at);
    if (current.status === "confirmed" && current.lapses_at) return { state: "check_in", booking: current, until: Date.parse(current.lapses_at), next, fresh };
    return { state: until - now <= ENDING ? "ending" : "running", booking: current, until, next, fresh };
  }
  const closed = door.closed && Date.parse(door.closed.until) > now ? door.closed : null;
  if (closed) return { state: closed.reason, booking: null, until: Date.parse(closed.until), next, fresh };
  const until = first ? Math.min(Date.parse(first.starts_at), door.free_until ? Date.parse(door.free_until) : Infinity) : door.free_until ? Date.parse(door.free_until) : null;
  if (first?.can_check_in && Date.parse(first.starts_at) - now <= SOON) return { state: "check_in", booking: first, until: Date.parse(first.starts_at), next: next.slice(1), fresh };
  const soon = first !== null && Date.parse(first.starts_at) - now <= SOON;
  return { state: soon ? "soon" : "free", booking: null, until, next, fresh };
}

/** How long to wait before asking again, after so many failures in a row; in milliseconds. @param {number} failures */
export const pause = (failures) => (failures === 0 ? 5_000 : Math.min(30_000, 5_000 * 2 ** (failures - 1)));
