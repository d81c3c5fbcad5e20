// The timeline: a day, a week, a month, or what is free now.

import { html } from "../html.js";
import { asked } from "../router.js";
import { useEffect, useState } from "../vendor/hooks.js";
import { DayView } from "./timeline/day.js";
import { MonthView } from "./timeline/month.js";
import { NowView } from "./timeline/now.js";
import { WeekView } from "./timeline/week.js";

/** A phone shows a list: what is free now, and until when. */
const narrow = matchMedia("(max-width: 720px)");

export function Timeline() {
  const [phone, setPhone] = useState(narrow.matches);
  useEffect(() => {
    const change = () => setPhone(narrow.matches);
    narrow.addEventListener("change", change);
    return () => narrow.removeEventListener("change", change);
  }, []);
  const view = asked("view") ?? (phone ? "list" : "day");
  const [View] = { week: [WeekView], month: [MonthView], list: [NowView] }[view] ?? [DayView];
  return html`<${View} />`;
}
