// What the worker says to the market, as their outbox keeps it, and what the market has made of it.

import { bodyOf, coming, isOvertaken, isSaid, wordsOf } from "./availability.js";
import { RATE } from "./rating.js";

// All that is said of oneself replaces what was said before.
export const TIMES = "times";

// The market answers within seconds.
const LONGEST_MS = 60000;
const WAYS = { accept: "acceptance", refuse: "refusal", cancel: "refusal", [RATE]: "rating" };

export function answerTo(match, kind, body) {
  const offer = (match.offer || match.booking).offer_id;
  return { kind, subject: offer, title: match.job.title, path: `/api/worker/offers/${encodeURIComponent(offer)}/${WAYS[kind]}`, body, keepalive: true };
}

// `view` is what the worker saw when they said it.
export function timesAre(kind, changes, view) {
  const said = { kind, subject: TIMES, title: "", was: wordsOf(view) };
  if (kind === "pause") return { ...said, path: "/api/worker/unavailability", body: {} };
  const windows = coming(view.availability.windows, view.now);
  return { ...said, path: "/api/worker/availability", body: bodyOf(view.availability, { windows, ...changes }) };
}

// Whether the work of a booking has ended.
export const isOver = ({ shifts }, now) => Math.max(...shifts.map(({ end }) => end)) <= now;

// As far as the snapshot has it. What it shows of a yes may be gone again: then no offer is left there;
// of one that was refused the live stream tells first.
export function isDecided(entry, view) {
  if (entry.subject === TIMES) return isSaid(entry, view) || isOvertaken(entry, view);
  const isIn = (list) => list.some(({ offer_id: id }) => id === entry.subject);
  if (entry.kind === RATE) return !view.bookings.some(({ offer_id: id, rated }) => id === entry.subject && rated === null);
  if (entry.kind === "refuse") return !isIn(view.offers);
  if (entry.kind === "cancel") return !view.bookings.some((one) => one.offer_id === entry.subject && !isOver(one, view.now));
  return !isIn(view.offers) && !view.bookings.some(({ offer_id: id, status }) => id === entry.subject && status === "pending");
}

// Whether nothing of what was said of oneself or of an employer can be seen, though the gateway has long had it: no
// outcome tells that the market did not take it. A clock that was put back says nothing of how long.
export function isUnconfirmed({ subject, kind, sentAt }) {
  const ago = Date.now() - sentAt;
  return (subject === TIMES || kind === RATE) && !(ago >= 0 && ago <= LONGEST_MS);
}
