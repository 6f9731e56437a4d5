// A job as its station sees it: what is missing, who fits and why, who was asked, who comes.

import { element } from "../dom.js";
import { rankingSheet } from "../ranking.js";
import { age, time, words } from "../words.js";
import { act, now, stationName } from "./desk.js";

// `done(view, who)` is called when the market has confirmed what was said of a worker's work.
export function jobSheet(view, done = () => null) {
  const { job, ranking } = view;
  const sheet = ranking ? rankingSheet({ job, ranking }, now(), stationName) : [element("h3", { text: job.title })];
  const asked = view.offers.filter((one) => one.status === "open").length;
  return [
    ...sheet,
    element("p", { className: "note", text: [words("station.employer"), view.posting.employer_id, view.posting.employer_name].filter(Boolean).join(" ") }),
    element("p", { className: "note", text: words("station.asked", { asked, booked: view.booked, missing: view.missing }) }),
    ...(view.bookings.length ? [element("h3", { text: words("station.bookings") }), element("ol", { className: "lines" }, ...view.bookings.map((one) => booking(view, one, done)))] : []),
    ...(view.offers.length ? [element("h3", { text: words("station.offers") }), element("ol", { className: "lines" }, ...view.offers.map(offer))] : []),
  ];
}

// Whether the work has ended, by the market's clock.
export const isOver = ({ posting }) => Math.max(...posting.shifts.map((shift) => shift.end)) <= now();

function offer({ worker_id: who, status, at, closed_at: closed }) {
  const when = closed ? time(closed) : age(now() - at);
  return element("li", {}, element("b", { text: who }), element("span", { text: words(`station.offer.${status}`) }), element("small", { text: when }));
}

function booking(view, { worker_id: who, offer_id: from, status, stars: given }, done) {
  const said = element("span", { className: "said", role: "status" });
  // A place that came of no offer any more is that of somebody who has been erased.
  const name = from ? who : words("station.erased_worker");
  const line = element("li", { "data-booking": who }, element("b", { text: name }), element("span", { text: words(`station.booking.${status}`) }));
  const path = `/api/station/jobs/${encodeURIComponent(view.job.job_id)}/workers/${encodeURIComponent(who)}`;
  const see = `/api/station/jobs/${encodeURIComponent(view.job.job_id)}`;
  const holds = (is) => ({ bookings }) => bookings.some((one) => one.worker_id === who && is(one));
  const is = (wanted) => holds((one) => one.status === wanted);
  const hasStars = (stars) => holds((one) => one.stars === stars);
  const button = (key, command) => {
    const made = element("button", { type: "button", className: "quiet", text: words(key) });
    made.addEventListener("click", () => act(said, Object.assign({ label: `${words(key)} ${who}`, see }, command)).then((seen) => seen && done(seen, who)).catch(() => null));
    return made;
  };
  if (status === "confirmed" && isOver(view)) {
    line.append(
      button("station.completed", { path: `${path}/completion`, until: is("completed") }),
      button("station.no_show", { path: `${path}/no-show`, until: is("no_show") }),
      button("station.excused", { path: `${path}/no-show`, body: { excused: true }, until: is("no_show") }),
    );
  } else if (status === "confirmed") line.append(element("small", { text: words("station.before_end") }));
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
