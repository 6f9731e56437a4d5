// A worker's own: the code that lets them in, what asks for an answer, what is booked, what would fit.

import { element } from "../dom.js";
import { inOneBreath } from "../voice.js";
import { moment, number, pay, words } from "../words.js";
import { backKey, button } from "./buttons.js";
import { perks, place, when } from "./card.js";
import { shiftsLeft } from "./jobs.js";
import { keypad } from "./picking.js";

export const CODE_DIGITS = 8;
const MOST_MATCHES = 5;

export function codeRoom({ at, go, press }) {
  return [
    element("h2", { tabindex: "-1", text: words("station.kiosk_code_how") }),
    keypad({ digits: at.digits, most: CODE_DIGITS, name: words("station.kiosk_code"), press, clear: () => (at.isSending ? undefined : go({ digits: "", told: "" })) }, ...toldOf(at)),
    backKey(() => go({ room: "list" })),
  ];
}

const toldOf = ({ told, isGood }) => (told ? [element("p", { className: isGood ? "gone good" : "gone", role: "status", text: told })] : []);

const keyOf = ({ zone, job_id: id }) => `${zone}/${id}`;

// What is told of the rest of a job that somebody has, as the hall tells of jobs; nothing of what is over.
function lineOf(view, held) {
  const isIt = (one) => keyOf(one) === keyOf(held);
  const [job, terms] = [view.jobs.find(isIt), view.terms.find(isIt)];
  const left = terms ? shiftsLeft(terms.shifts, view.now) : [];
  if (!job || !left.length) return null;
  const given = [words(`word.${terms.pay.settlement}`), ...perks(terms)].join(" · ");
  return { held, given, employer: terms.employer_name || "", title: job.title, pay: pay(job), when: when({ first_shift: left[0], shifts: left.length }, view.now).join(" "), place: place({ place: job.place, distance_km: terms.distance_km }), terms, status: job.status };
}

// A crew leader says yes for all of them.
const placesOf = ({ held: { places = 1 } }) => (places > 1 ? [words("station.kiosk_crew", { n: number(places) })] : []);

const lines = (view, held) => held.map((one) => lineOf(view, one)).filter(Boolean);

function parts(view) {
  const taken = new Set([...view.offers, ...view.bookings].map(keyOf));
  const ranked = view.available && view.matches ? view.matches.ranking.map(({ job_id: id }) => ({ job_id: id, zone: view.zone })) : [];
  const fits = lines(view, ranked.filter((one) => !taken.has(keyOf(one)))).filter(({ status, terms }) => status === "open" && !terms.said_no);
  const booked = view.bookings.filter(({ status }) => status === "confirmed" || status === "pending");
  return { offers: lines(view, view.offers), bookings: lines(view, booked), matches: fits.slice(0, MOST_MATCHES) };
}

// All of it, sentence by sentence.
export function ownAloud(view) {
  const { offers, bookings, matches } = parts(view);
  const told = (key, all) => (all.length ? [words(key), ...all.map((one) => inOneBreath([one.title, one.pay, one.when, one.place, one.given, one.employer, ...placesOf(one)].filter(Boolean)))] : []);
  return [...told("station.kiosk_asked", offers), ...told("station.kiosk_booked", bookings), ...told("station.kiosk_fits", matches)];
}

// `answer(kind, line)` says yes or no; no is asked twice, as the market does not ask again. `keys` stand at the foot.
export function mineRoom({ view, at, go, answer, leave }, ...keys) {
  const { offers, bookings, matches } = parts(view);
  const group = (key, all, row) => (all.length ? [element("h3", { text: words(key) }), element("ol", { className: "own" }, ...all.map(row))] : []);
  const isNothing = !offers.length && !bookings.length && !matches.length;
  return [
    element("h2", { tabindex: "-1", text: words("station.kiosk_mine_of", { call: view.call_number || "–" }) }),
    ...toldOf(at),
    ...group("station.kiosk_asked", offers, (line) => row(line, [...crew(line), element("p", { className: "by", text: words("station.answer_by", { at: moment(line.held.expires_at, view.now) }) })], answers(line, { at, go, answer }))),
    ...group("station.kiosk_booked", bookings, (line) => row(line, [...crew(line), ...waiting(line)])),
    ...group("station.kiosk_fits", matches, (line) => row(line, [])),
    ...(isNothing ? [element("p", { className: "empty", text: words("station.kiosk_nothing_own") })] : []),
    element("div", { className: "foot turning leaving" }, ...keys, button("key main leave", "back", words("station.kiosk_leave"), leave)),
  ];
}

const crew = (line) => placesOf(line).map((text) => element("p", { className: "crew", text }));

// Under "booked" only what is not quite is told again.
const waiting = ({ held: { status } }) => (status === "pending" ? [element("p", { className: "by", text: words("station.booking.pending") })] : []);

function row({ title, pay, when: hours, place: where, given, employer, held, terms }, told, keys = []) {
  const warned = terms.blocked || terms.open_claims ? [element("p", { className: "warn", text: words("station.kiosk_unpaid") })] : [];
  return element("li", { className: "sheet", "data-own": held.offer_id || held.job_id },
    element("b", { text: title }), element("p", { className: "pay" }, element("strong", { text: pay })),
    element("p", { text: hours }), element("p", { text: where }), element("p", { className: "given", text: given }), ...(employer ? [element("p", { text: employer })] : []), ...warned, ...told,
    ...(keys.length ? [element("div", { className: "answers" }, ...keys)] : []));
}

function answers({ held, title }, { at, go, answer }) {
  const { offer_id: id } = held;
  const wait = at.isSending ? { disabled: "" } : {};
  const key = (className, text, act) => button(`key ${className}`, "", words(text), act, wait);
  if (at.sure === id) return [key("", "station.kiosk_no_sure", () => answer("refuse", id, title)), key("main", "station.kiosk_keep", () => go({ sure: "" }))];
  return [key("main", "station.kiosk_yes", () => answer("accept", id, title)), key("", "station.kiosk_no", () => go({ sure: id, told: "" }))];
}
