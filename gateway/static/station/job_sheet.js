// A job as its station sees it: what is missing, who fits and why, who was asked, who comes.

import { element } from "../dom.js";
import { places, rankingSheet } from "../ranking.js";
import { askTwice } from "../twice.js";
import { age, moment, opinion, pay, words } from "../words.js";
import { act, now, stationName } from "./desk.js";
import { continuation, hasBegun, remainingOf } from "./remaining.js";
import { tellShifts } from "./shifts.js";

// `done(view, who)` is called when the market has confirmed what was said of a worker's work.
export function jobSheet(view, done = () => null) {
  const { job, ranking } = view;
  const { perks, place, shifts, pay: { settlement } } = view.posting;
  const when = tellShifts(shifts);
  const [name, terms, ...rest] = ranking ? rankingSheet({ job, ranking }, now(), stationName, when, named(view)) : unranked(job, when);
  const where = place.name && place.name !== stationName(job.station_id) ? [place.name] : [];
  const asked = view.offers.filter((one) => one.status === "open").length;
  return [
    name, terms,
    element("p", { className: "where", text: [...where, words(`word.${settlement}`)].join(" · ") }),
    ...(perks.length ? [element("p", { className: "terms perks", text: perks.map((perk) => words(`word.${perk}`)).join(" · ") })] : []),
    ...rest,
    element("p", { className: "note", text: [words("station.employer"), view.posting.employer_id, view.posting.employer_name].filter(Boolean).join(" ") }),
    ...(view.employer_rating ? [element("p", { className: "note", text: opinion(view.employer_rating) })] : []),
    element("p", { className: "note", text: words("station.posted", { id: job.job_id, age: age(now() - job.at) }) }),
    element("p", { className: "note", text: words("station.asked", { asked, booked: view.expected, missing: view.posting.headcount - view.expected }) }),
    ...remaining(view),
    ...(view.bookings.length ? [element("h3", { text: words("station.bookings") }), element("ol", { className: "lines" }, ...view.bookings.map((one) => booking(view, one, done)))] : []),
    ...(view.offers.length ? [element("h3", { text: words("station.offers") }), element("ol", { className: "lines" }, ...view.offers.map(offer))] : []),
  ];
}

const linkTo = (id, text) => element("a", { href: `#jobs/${encodeURIComponent(id)}`, text });

// Where the days that remain were posted, and the way to post them; of such a posting the way back.
function remaining(view) {
  if (view.posting.continues) return [element("p", { className: "note" }, linkTo(view.posting.continues, words("station.continues")))];
  const links = view.continued_by.map(({ job }) => {
    const state = job.status === "open" ? places(job) : words(`station.job.${job.status}`);
    return element("p", { className: "note" }, linkTo(job.job_id, words("station.continued", { n: job.headcount })), element("span", { text: ` ${state}` }));
  });
  // Time goes on while somebody looks at it: what is asked and what is posted is what remains then.
  const left = () => remainingOf(view, now());
  const told = (key, rest) => words(key, { n: rest.lacking, when: tellShifts(rest.shifts) });
  const first = left();
  if (!first) return links;
  const said = element("p", { className: "said", role: "status" });
  const post = async () => {
    const body = continuation(view, left());
    const see = `/api/station/jobs/${encodeURIComponent(body.job_id)}`;
    const seen = await act(said, { path: "/api/station/jobs", body, label: view.job.title, see, until: (one) => one.ranking !== null }).catch(() => null);
    if (seen && said.isConnected) location.hash = `#jobs/${encodeURIComponent(body.job_id)}`;
  };
  const ask = element("button", { type: "button", className: "main", text: told("station.fill_remaining", first) });
  const question = () => (left() ? told("station.fill_remaining_sure", left()) : words("station.nothing_remains"));
  askTwice(ask, question, () => (left() ? post() : null));
  return [...links, element("div", { className: "remaining" }, ask, said)];
}

function unranked(job, when) {
  const title = element("div", { className: "title" }, element("h3", { text: job.title }), element("span", { className: "pay", text: pay(job) }));
  return [title, element("p", { className: "terms", text: [stationName(job.station_id), when].join(" · ") })];
}

export const workerLink = (who) => element("a", { href: `#worker/${encodeURIComponent(who)}`, text: who });

// A worker of the ranking: the way to their sheet, and how they stand with this job by now.
function named({ offers, bookings }) {
  const standing = new Map();
  for (const { worker_id: who, status } of offers.slice().sort((one, other) => one.at - other.at)) standing.set(who, words(`station.offer.${status}`));
  for (const { worker_id: who, status } of bookings) standing.set(who, words(`station.booking.${status}`));
  return (who) => [element("b", {}, workerLink(who)), ...(standing.has(who) ? [element("em", { className: "standing", text: standing.get(who) })] : [])];
}

// Why an offer or a booking is no more, and by whom.
const reasonOf = ({ reason }) => (reason ? [element("small", { text: words(`station.reason.${reason}`) })] : []);

// Whether the work has ended, by the market's clock.
export const isOver = ({ posting }) => Math.max(...posting.shifts.map((shift) => shift.end)) <= now();

function offer(made) {
  const { worker_id: who, status, at, closed_at: closed } = made;
  const when = closed ? moment(closed, now()) : age(now() - at);
  return element("li", {}, element("b", {}, workerLink(who)), element("span", { text: words(`station.offer.${status}`) }), ...reasonOf(made), element("small", { text: when }));
}

function booking(view, made, done) {
  const { worker_id: who, offer_id: from, status, stars: given } = made;
  const said = element("span", { className: "said", role: "status" });
  // A place that came of no offer any more is that of somebody who has been erased.
  const name = from ? workerLink(who) : words("station.erased_worker");
  const line = element("li", { "data-booking": who }, element("b", {}, name), element("span", { text: words(`station.booking.${status}`) }), ...(from ? reasonOf(made) : []));
  const path = `/api/station/jobs/${encodeURIComponent(view.job.job_id)}/workers/${encodeURIComponent(who)}`;
  const see = `/api/station/jobs/${encodeURIComponent(view.job.job_id)}`;
  const holds = (is) => ({ bookings }) => bookings.some((one) => one.worker_id === who && is(one));
  const is = (wanted) => holds((one) => one.status === wanted);
  const hasStars = (stars) => holds((one) => one.stars === stars);
  // One word at a time: the second half of a double click says nothing more.
  let isSaying = false;
  const button = (key, command, question = "") => {
    const enter = async () => {
      if (isSaying) return;
      isSaying = true;
      const seen = await act(said, Object.assign({ label: `${words(key)} ${who}`, see }, command)).catch(() => null);
      isSaying = false;
      if (seen) done(seen, who);
    };
    return askTwice(element("button", { type: "button", className: "quiet", text: words(key) }), () => question, enter);
  };
  if (status === "confirmed" && isOver(view)) line.append(button("station.completed", { path: `${path}/completion`, until: is("completed") }));
  if (status === "confirmed" && hasBegun(view, now())) {
    line.append(
      button("station.no_show", { path: `${path}/no-show`, until: is("no_show") }, words("station.no_show_sure", { who })),
      button("station.excused", { path: `${path}/no-show`, body: { excused: true }, until: is("no_show") }),
    );
  }
  if (status === "confirmed" && !isOver(view)) line.append(element("small", { text: words("station.before_end") }));
  if (status === "completed" && from) {
    for (const stars of [1, 2, 3, 4, 5]) {
      const rate = button("station.rate", { path: `${path}/rating`, body: { stars }, until: hasStars(stars) });
      rate.textContent = `${stars}★`;
      rate.setAttribute("aria-label", words("station.rate_as", { stars, who }));
      rate.setAttribute("aria-pressed", stars === given);
      line.append(rate);
    }
  }
  line.append(said);
  return line;
}
