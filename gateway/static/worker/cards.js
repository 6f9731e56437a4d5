// The cards: what asks for an answer, what is booked, what would fit.

import { element } from "../dom.js";
import { hasVoice, reads } from "../voice.js";
import { dayAndTime, words } from "../words.js";
import { icon } from "./icons.js";
import { aloud, facts, payOf, why } from "./terms.js";

const button = (className, key, act) => {
  const made = element("button", { className, type: "button", text: words(key) });
  made.addEventListener("click", act);
  return made;
};

function readButton(sentences) {
  if (!hasVoice()) return [];
  const label = element("span");
  const made = element("button", { className: "aloud wide", type: "button" }, icon("aloud"), label);
  reads(made, label, sentences);
  return [made];
}

// An offer: two buttons, or what has become of the answer so far.
export function offerCard(match, { sent, isNew, answer }) {
  const by = words("worker.answer_by", { at: dayAndTime(match.offer.expires_at) });
  const read = readButton(aloud(match, [by]));
  const actions = sent ? read : [
    button("yes", "worker.accept", () => answer("accept", match)),
    button("no", "worker.refuse", () => answer("refuse", match)),
    ...read,
  ];
  return card(match, { className: `card asks${isNew ? " new" : ""}`, "data-offer": match.offer.offer_id },
    [element("p", { className: "by", text: by })],
    [...stateOf(sent), element("div", { className: "actions" }, ...actions)],
  );
}

// Work that is over is not cancelled any more: it is for the station to say who came.
export function bookingCard(match, { sent, isAsked, isOver, ask, answer }) {
  const { booking } = match;
  const status = element("p", {}, element("span", { className: `status ${booking.status}`, text: words(`worker.status.${booking.status}`) }));
  const read = readButton(aloud(match, [words(`worker.status.${booking.status}`)]));
  return card(match, { className: "card", "data-booking": booking.offer_id }, [status], [
    ...stateOf(sent),
    ...(booking.status === "confirmed" && !sent && !isOver ? cancelling(match, isAsked, ask, answer) : []),
    element("div", { className: "actions" }, ...read),
  ]);
}

export function matchCard(match) {
  return card(match, { className: "card", "data-job": match.job.job_id }, [], [element("div", { className: "actions" }, ...readButton(aloud(match, [])))]);
}

// Something that cannot be undone is asked twice; a key that is held down too long keeps it.
export function twice(sure, yes, act, keep) {
  const [doIt, keepIt] = [button("no", yes, act), button("", "worker.keep", keep)];
  keepIt.dataset.safe = "";
  for (const one of [doIt, keepIt]) one.setAttribute("aria-describedby", "sure");
  return [element("p", { className: "sure", id: "sure", text: words(sure) }), element("div", { className: "actions" }, doIt, keepIt)];
}

export function stateOf(sent) {
  if (!sent) return [];
  const isWaiting = sent.state === "waiting";
  const text = words(isWaiting ? "worker.state.waiting" : `worker.state.${sent.kind}`);
  return [element("p", { className: `state ${sent.state}`, role: "status", text })];
}

function cancelling(match, isAsked, ask, answer) {
  if (!isAsked) return [element("div", { className: "actions" }, button("no wide", "worker.cancel", () => ask(match.booking.offer_id)))];
  return twice("worker.cancel_sure", "worker.yes_cancel", () => answer("cancel", match), () => ask(null));
}

function card(match, attributes, head, foot) {
  return element("li", attributes,
    element("h3", { text: match.job.title }),
    element("b", { className: "pay", text: payOf(match) }),
    ...head, facts(match), ...why(match), ...foot,
  );
}
