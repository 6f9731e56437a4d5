// What a room shows may be gone by now, or another station's: that is said in the room, and the desk goes on.

import { Refused } from "../gateway.js";

const STATUSES = [403, 404];
// It is asked for again all the same, and seldom: each time is a refusal on the gateway's books.
const AGAIN_MS = 60000;

export const isGone = (error) => error instanceof Refused && STATUSES.includes(error.status);

// A refresh that `tell(error)` hears of instead of whoever calls it; `anew()` when it is of something else.
export function unlessGone(refresh, tell) {
  let until = 0;
  const look = async () => {
    if (Date.now() < until) return;
    try {
      await refresh();
    } catch (error) {
      if (!isGone(error)) throw error;
      until = Date.now() + AGAIN_MS;
      tell(error);
    }
  };
  return Object.assign(look, { anew: () => { until = 0; } });
}
