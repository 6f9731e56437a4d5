// Until when an offer can be answered, and how long that still is.

import { element } from "../dom.js";
import { day, dayAndTime, time, words } from "../words.js";

const MINUTE_MS = 60000;
const HOUR_MS = 60 * MINUTE_MS;
const LONGEST_MS = 24 * HOUR_MS;

export function answerBy(until, now) {
  const at = day(until) === day(now) ? `${words("worker.today")} ${time(until)}` : dayAndTime(until);
  return words("worker.answer_by", { at });
}

// How long it still is stands apart, and empty: a card is not made anew with every minute.
export const deadline = (until, now) => element("p", { className: "by" }, element("span", { text: answerBy(until, now) }), element("span", { "data-until": until }));

export function countDown(now) {
  for (const node of document.querySelectorAll("[data-until]")) {
    const text = left(Number(node.dataset.until) - now);
    if (node.textContent !== text) node.textContent = text;
  }
}

function left(ms) {
  if (ms <= 0) return words("worker.time_is_up");
  if (ms > LONGEST_MS) return "";
  const minutes = Math.ceil(ms / MINUTE_MS);
  return minutes < 60 ? words("worker.minutes_left", { n: minutes }) : words("worker.hours_left", { n: Math.floor(minutes / 60), m: minutes % 60 });
}
