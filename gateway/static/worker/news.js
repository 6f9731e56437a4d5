// What has happened to the worker, each thing once, kept over a reload.

import { element } from "../dom.js";
import { redraw } from "../redraw.js";
import { dayAndTime, words } from "../words.js";

const MOST = 40;
// Being named in a ranking is the least of the news: it crowds out nothing else.
const RANKED = "match.ranked";
const MOST_RANKED = 10;
const GOOD = ["booking.confirmed", "away.booked"];
const BAD = ["booking.refused", "booking.cancelled", "offer.expired"];
const OWN = "worker_declined";
const LOUD = [...GOOD, "booking.refused", "booking.cancelled"];

export function newsOf(owner) {
  const name = `gigmatch-news:${owner}`;
  let { cursor, happened } = JSON.parse(localStorage.getItem(name) || '{"cursor": null, "happened": []}');
  const home = owner.split("/")[0];
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
      // Rankings of other zones are not among the work that is shown, and not named.
      const title = job && (type !== RANKED || outcome.zone === home) ? job.title : "";
      const told = { id, type, at: outcome.at, offer: outcome.offer_id, job: job ? job.job_id : "", title, reason: outcome.reason || outcome.result || "" };
      if (isNew) happened = newest([told, ...happened.filter((one) => !isSameRanking(one, told))]);
      keep();
      return isNew ? told : null;
    },
    // Why an offer is gone, as far as was heard.
    whyGone: (offer) => (happened.find((one) => one.offer === offer && one.reason) || { reason: "unknown_offer" }).reason,
    show(list) {
      const rows = happened.map((told) => element("li", { className: kindOf(told), "data-id": told.id, "data-type": told.type },
        element("span", { text: textOf(told) }), element("time", { text: told.at ? dayAndTime(told.at) : "" })));
      redraw(list, ...(rows.length ? rows : [element("li", {}, element("span", { className: "empty", text: words("worker.no_news") }))]));
    },
    clear: () => localStorage.removeItem(name),
  };
}

const isSameRanking = (one, other) => one.type === RANKED && other.type === RANKED && one.job === other.job;

function newest(list) {
  const counts = { ranked: 0, others: 0 };
  return list.filter(({ type }) => {
    const [kind, most] = type === RANKED ? ["ranked", MOST_RANKED] : ["others", MOST];
    counts[kind] += 1;
    return counts[kind] <= most;
  });
}

export const isLoud = ({ type }) => LOUD.includes(type);
// What one has cancelled oneself is no bad news.
export function kindOf({ type, reason }) {
  if (GOOD.includes(type)) return "good";
  return BAD.includes(type) && reason !== OWN ? "bad" : "";
}

// A ranking is the worker's own, of many jobs, or that of one job which has named them.
export function textOf({ type, title, reason }) {
  if (type === RANKED && title) return words("worker.told.job.ranked", { title });
  return words(`worker.told.${type}`, { title, why: reason ? words(`worker.reason.${reason}`) : "" });
}
