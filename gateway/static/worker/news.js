// What has happened to the worker, each thing once, kept over a reload.

import { element } from "../dom.js";
import { redraw } from "../redraw.js";
import { dayAndTime, words } from "../words.js";

const MOST = 40;
const GOOD = ["booking.confirmed", "away.booked"];
const BAD = ["booking.refused", "booking.cancelled", "offer.expired"];
const LOUD = [...GOOD, "booking.refused", "booking.cancelled"];

export function newsOf(owner) {
  const name = `gigmatch-news:${owner}`;
  let { cursor, happened } = JSON.parse(localStorage.getItem(name) || '{"cursor": null, "happened": []}');
  const keep = () => localStorage.setItem(name, JSON.stringify({ cursor, happened }));

  return {
    // Where the last visit ended.
    cursor: () => cursor,
    start(at) {
      cursor = at;
      keep();
    },
    // What is told, unless it has been told before.
    hear({ id, type, outcome, job }, at) {
      cursor = at;
      const isNew = !happened.some((one) => one.id === id);
      const told = { id, type, at: outcome.at, offer: outcome.offer_id, title: job ? job.title : "", reason: outcome.reason || outcome.result || "" };
      if (isNew) happened = [told, ...happened].slice(0, MOST);
      keep();
      return isNew ? told : null;
    },
    // Why an offer is gone, as far as was heard.
    whyGone: (offer) => (happened.find((one) => one.offer === offer && one.reason) || { reason: "unknown_offer" }).reason,
    show(list) {
      const rows = happened.map((told) => element("li", { className: kindOf(told.type), "data-id": told.id, "data-type": told.type },
        element("span", { text: textOf(told) }), element("time", { text: told.at ? dayAndTime(told.at) : "" })));
      redraw(list, ...(rows.length ? rows : [element("li", {}, element("span", { className: "empty", text: words("worker.no_news") }))]));
    },
    clear: () => localStorage.removeItem(name),
  };
}

export const isLoud = ({ type }) => LOUD.includes(type);
export const kindOf = (type) => (GOOD.includes(type) ? "good" : BAD.includes(type) ? "bad" : "");

// A ranking is the worker's own, of many jobs, or that of one job which has named them.
export function textOf({ type, title, reason }) {
  if (type === "match.ranked" && title) return words("worker.told.job.ranked", { title });
  return words(`worker.told.${type}`, { title, why: reason ? words(`worker.reason.${reason}`) : "" });
}
