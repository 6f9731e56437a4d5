// The cards: what asks for an answer, what is booked, what would fit.

import { element } from "../dom.js";
import { hasVoice, reads } from "../voice.js";
import { words } from "../words.js";
import { answerBy, deadline } from "./deadline.js";
import { icon } from "./icons.js";
import { RATE, rating, ratingAloud } from "./rating.js";
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
export function offerCard(match, { sent, isNew, answer, undo }) {
  const read = readButton(aloud(match, [answerBy(match.offer.expires_at, match.now)]));
  const ask = [button("yes", "worker.accept", () => answer("accept", match)), button("no", "worker.refuse", () => answer("refuse", match))];
  const actions = [...(sent ? undoing(sent, undo) : ask), ...read];
  return card(match, { className: `card asks${isNew ? " new" : ""}`, "data-offer": match.offer.offer_id },
    [deadline(match.offer.expires_at, match.now)],
    [...stateOf(sent), element("div", { className: "actions" }, ...actions)],
  );
}

// Work that is over is not cancelled any more: it is for the station to say who came, and then for them what
// they think of the employer.
export function bookingCard(match, { sent, isAsked, isOver, ask, answer, undo }) {
  const { booking } = match;
  const status = element("p", {}, element("span", { className: `status ${booking.status}`, text: words(`worker.status.${booking.status}`) }));
  const read = readButton(aloud(match, [words(`worker.status.${booking.status}`), ...ratingAloud(match, sent)]));
  return card(match, { className: "card", "data-booking": booking.offer_id }, [status], [
    ...rating(match, sent, answer),
    ...stateOf(sent),
    ...(booking.status === "confirmed" && !sent && !isOver ? cancelling(match, isAsked, ask, answer) : []),
    element("div", { className: "actions" }, ...(sent ? undoing(sent, undo) : []), ...read),
  ]);
}

export function matchCard(match) {
  const no = match.terms.said_no;
  const told = no ? [element("p", { className: "by", text: words(no === "declined" ? "worker.said_no" : "worker.said_off") })] : [];
  return card(match, { className: "card", "data-job": match.job.job_id }, told, [element("div", { className: "actions" }, ...readButton(aloud(match, [])))]);
}

// What is still held back: the market never asks again on the same terms, and takes one rating, so a slip must not count.
function undoing(sent, undo) {
  if (sent.state !== "held") return [];
  const made = button("wide", "worker.undo", () => undo(sent.id));
  made.dataset.safe = "";
  return [made];
}

// Something that cannot be undone is asked twice; a key that is held down too long keeps it.
export function twice(sure, yes, act, keep, stay = "worker.keep") {
  const [doIt, keepIt] = [button("no", yes, act), button("", stay, keep)];
  keepIt.dataset.safe = "";
  for (const one of [doIt, keepIt]) one.setAttribute("aria-describedby", "sure");
  return [element("p", { className: "sure", id: "sure", text: words(sure) }), element("div", { className: "actions" }, doIt, keepIt)];
}

export function stateOf(sent) {
  if (!sent) return [];
  return [element("p", { className: `state ${sent.state}`, role: "status", text: words(stateKey(sent)) })];
}

// What has no signal is told apart from what the market's side cannot take just now.
function stateKey({ state, kind, trouble }) {
  if (state === "held") return kind === RATE ? "worker.state.held_rate" : "worker.state.held";
  if (state !== "waiting") return `worker.state.${kind}`;
  if (!navigator.onLine || trouble === "line") return "worker.state.waiting";
  if (trouble) return trouble === "silence" ? "worker.state.unheard" : "worker.state.busy";
  return "worker.state.sending";
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
