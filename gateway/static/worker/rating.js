// What a worker says of the employer once the work is done: one of five words, once.

import { element } from "../dom.js";
import { inOneBreath } from "../voice.js";
import { words } from "../words.js";

// The kind of such a word in the outbox.
export const RATE = "rate";
const MOST = 5;
const STARS = [5, 4, 3, 2, 1];

const wordOf = (stars) => words(`page.stars.${stars}`);
const drawn = (stars) => element("span", { className: "drawn", "aria-hidden": "true", text: "★".repeat(stars) + "☆".repeat(MOST - stars) });

// What they have said, as far as it has gone by now; 0 for nothing yet.
const given = ({ rated }, sent) => rated || (sent && sent.kind === RATE ? sent.body.stars : 0);

// Of work that is done: five buttons, or what they have said.
export function rating(match, sent, answer) {
  if (match.booking.status !== "completed") return [];
  const stars = given(match.booking, sent);
  if (stars) return [element("p", { className: "rated" }, drawn(stars), element("span", { text: words("worker.you_rated", { word: wordOf(stars) }) }))];
  const name = `rate-${match.booking.offer_id}`;
  const button = (one) => {
    const made = element("button", { className: "wide", type: "button" }, drawn(one), element("span", { text: wordOf(one) }));
    made.addEventListener("click", () => answer(RATE, match, { stars: one }));
    return made;
  };
  return [element("p", { className: "sure", id: name, text: words("worker.rate") }), element("div", { className: "actions rate", role: "group", "aria-labelledby": name }, ...STARS.map(button))];
}

// The same for the ear.
export function ratingAloud({ booking }, sent) {
  if (booking.status !== "completed") return [];
  const stars = given(booking, sent);
  return stars ? [words("worker.you_rated", { word: wordOf(stars) })] : [words("worker.rate"), inOneBreath(STARS.map(wordOf))];
}
