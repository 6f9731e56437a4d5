// What has just happened: offers, answers, places filled.

import { element, fill } from "./dom.js";
import { time, words } from "./words.js";

const MOST = 9;
const KINDS = {
  "offer.made": "",
  "booking.confirmed": "good",
  "booking.pending": "",
  "booking.cancelled": "bad",
  "booking.refused": "",
  "offer.expired": "",
  "away.booked": "good",
  "job.filled": "news",
  "job.expired": "bad",
  "job.unfilled": "bad",
  "employer.blocked": "bad",
  "employer.cleared": "good",
  "event.rejected": "bad",
};

let happened = [];
const idOf = (job) => job && job.job_id;

export function remember({ type, outcome, job }) {
  if (!(type in KINDS)) return;
  // An offer to somebody is news once; a flood of them would drown the rest.
  const [last] = happened;
  if (type === "offer.made" && last && last.type === type && idOf(last.job) === idOf(job)) {
    happened[0] = { ...last, count: last.count + 1, at: outcome.at };
    return;
  }
  happened = [{ type, employer: outcome.employer_id, job, at: outcome.at, count: 1 }, ...happened].slice(0, MOST);
}

export function showFeed(list) {
  const rows = happened.map(({ type, employer, job, at, count }) => {
    const details = { employer, count, title: job ? job.title : "" };
    const told = words(`page.feed.${type}`, details);
    return element("li", { className: KINDS[type] }, element("span", { text: told, title: told }), element("time", { text: at ? time(at) : "" }));
  });
  fill(list, ...(rows.length ? rows : [element("li", {}, element("span", { text: words("page.feed_empty") }))]));
}
