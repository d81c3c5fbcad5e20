// The time, for what shows how it goes by.

import { useEffect, useState } from "../vendor/hooks.js";

/** @param {number} period how often it is looked at, in milliseconds @param {number} [ahead] by how much the clock that counts is ahead of this one, in milliseconds */
export function useNow(period, ahead = 0) {
  const [now, setNow] = useState(() => Date.now() + ahead);
  useEffect(() => {
    const tick = () => setNow(Date.now() + ahead);
    tick();
    const ticks = setInterval(tick, period);
    return () => clearInterval(ticks);
  }, [period, ahead]);
  return now;
}
