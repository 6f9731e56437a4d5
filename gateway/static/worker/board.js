// The lists of cards: offers, bookings, and the other jobs that would fit.

import { byId, element } from "../dom.js";
import { redraw } from "../redraw.js";
import { words } from "../words.js";
import { bookingCard, matchCard, offerCard } from "./cards.js";
import { isOver } from "./said.js";

let known = new Set();

// `asked` is the offer whose booking is to be cancelled, if they are sure.
export function showBoard(view, { outbox, asked, ask, answer, undo }) {
  const offers = view.offers.map((offer) => matchOf(view, offer, { offer })).filter(Boolean);
  const bookings = view.bookings.map((booking) => matchOf(view, booking, { booking })).filter(Boolean);
  byId("offers-count").textContent = offers.length || "";
  put("offers", offers.map((match) => offerCard(match, { sent: outbox.of(match.offer.offer_id), isNew: !known.has(match.offer.offer_id), answer, undo })), "worker.no_offers");
  put("bookings", bookings.map((match) => bookingCard(match, { sent: outbox.of(match.booking.offer_id), isAsked: asked === match.booking.offer_id, isOver: isOver(match.booking, view.now), ask, answer, undo })), "worker.no_bookings");
  put("matches", view.available ? others(view).map(matchCard) : [], "worker.no_matches");
  known = new Set(view.offers.map(({ offer_id: id }) => id));
}

export function clearBoard() {
  known = new Set();
  byId("offers-count").textContent = "";
  for (const id of ["offers", "bookings", "matches"]) redraw(byId(id));
}

// What is ranked, still open, and neither offered nor booked; last what they have said no to.
function others(view) {
  const taken = new Set([...view.offers, ...view.bookings].map(keyOf));
  const ranked = view.matches ? view.matches.ranking.map(({ job_id: id }) => ({ job_id: id, zone: view.zone })) : [];
  const open = ranked.filter((one) => !taken.has(keyOf(one))).map((one) => matchOf(view, one, {})).filter((match) => match && match.job.status === "open");
  const refused = open.filter(({ terms }) => terms.said_no);
  return [...open.filter((match) => !refused.includes(match)), ...refused];
}

const keyOf = ({ zone, job_id: id }) => `${zone}/${id}`;

function matchOf(view, held, more) {
  const isIt = (one) => keyOf(one) === keyOf(held);
  const [job, terms] = [view.jobs.find(isIt), view.terms.find(isIt)];
  return job && terms ? { job, terms, places: held.places || 1, now: view.now, ...more } : null;
}

function put(id, cards, empty) {
  redraw(byId(id), ...(cards.length ? cards : [element("li", { className: "empty", text: words(empty) })]));
}
