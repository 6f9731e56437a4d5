// What the worker says to the market, as their outbox keeps it, and what the market has made of it.

import { isSaid } from "./times.js";

// All that is said of one's times replaces what was said of them before.
export const TIMES = "times";

const WAYS = { accept: "acceptance", refuse: "refusal", cancel: "refusal" };

export function answerTo(match, kind) {
  const offer = (match.offer || match.booking).offer_id;
  return { kind, subject: offer, title: match.job.title, path: `/api/worker/offers/${encodeURIComponent(offer)}/${WAYS[kind]}`, body: {} };
}

export function timesAre(kind, body) {
  const path = kind === "pause" ? "/api/worker/unavailability" : "/api/worker/availability";
  return { kind, subject: TIMES, title: "", path, body };
}

// As far as the snapshot has it. What it shows of a yes may be gone again: then no offer is left there;
// of one that was refused the live stream tells first.
export function isDecided(entry, view) {
  if (entry.subject === TIMES) return isSaid(entry, view);
  const isIn = (list) => list.some(({ offer_id: id }) => id === entry.subject);
  if (entry.kind === "refuse") return !isIn(view.offers);
  if (entry.kind === "cancel") return !isIn(view.bookings);
  return !isIn(view.offers) && !view.bookings.some(({ offer_id: id, status }) => id === entry.subject && status === "pending");
}
