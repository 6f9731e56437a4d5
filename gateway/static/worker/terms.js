// What a job asks and gives, in words: for the eye with drawings, for the ear in one breath.

import { element } from "../dom.js";
import { inOneBreath } from "../voice.js";
import { day, distance, isCloseBy, number, opinion, payPerDay, reason, time, words } from "../words.js";
import { icon } from "./icons.js";

// Who says yes says it to every day: a few stand there, of many the rest can be opened.
const MOST_SHIFTS = 6;
const FIRST_SHIFTS = 4;

const opened = new Set();

export const payOf = ({ job }) => payPerDay(job.pay_fen_day);

export function facts(match) {
  return element("ul", { className: "facts" }, ...factsOf(match).map(({ name, lines, more = [], warn }) => element("li", { className: warn ? "warn" : "", "data-fact": name },
    icon(warn ? "warn" : name),
    element("div", {}, ...lines.map((text) => element("p", { text })), ...(more.length ? [folded(`${match.job.zone}/${match.job.job_id}`, more)] : [])),
  )));
}

// It stays open when its card is drawn anew.
function folded(name, more) {
  const summary = element("summary", { text: words("worker.more_shifts", { n: more.length }) });
  const made = element("details", opened.has(name) ? { open: "" } : {}, summary, ...more.map((text) => element("p", { text })));
  made.addEventListener("toggle", () => opened[made.open ? "add" : "delete"](name));
  return made;
}

export function why(match) {
  return reasonsOf(match).map(({ title, className, lines }) => element("div", { className: "why" }, element("b", { text: title }), ...lines.map((text) => element("span", { className, text }))));
}

// What speaks for it, and apart from that what does not: nobody is asked because the way is long.
function reasonsOf({ terms: { reasons, distance_km: km }, offer, booking }) {
  const told = (key, className, speaks) => ({ title: words(key), className, lines: reasons.filter(speaks).map((one) => reason(one, km)) });
  const groups = [told(offer || booking ? "worker.why" : "worker.fits", "", ({ contribution }) => contribution >= 0), told("worker.mind", "hurts", ({ contribution }) => contribution < 0)];
  return groups.filter(({ lines }) => lines.length);
}

// All of a card, sentence by sentence, as one reads it to somebody.
export function aloud(match, more) {
  const { job } = match;
  const lines = factsOf(match).map(({ lines: told, more = [] }) => inOneBreath([...told, ...more]));
  const reasons = reasonsOf(match).map((group) => inOneBreath([group.title, ...group.lines]));
  return [job.title, payOf(match), ...lines, ...reasons, ...more];
}

// What others have said of the employer is for who decides: it leads nobody who is asked the same.
function factsOf({ job, terms, places, booking }) {
  const people = [words("worker.places", { n: number(job.headcount) })];
  if (places > 1) people.push(words("worker.your_places", { n: number(places) }));
  return [
    { name: "place", lines: where(job, terms) },
    { name: "time", ...shifts(terms.shifts) },
    { name: "pay", lines: [pay(terms.pay)] },
    { name: "perks", lines: [perks(terms.perks)] },
    { name: "people", lines: people },
    { name: "employer", lines: employer(terms) },
    ...(terms.employer_rating && !booking ? [{ name: "stars", lines: [opinion(terms.employer_rating)] }] : []),
    safety(terms),
  ];
}

function employer({ employer_id: id, employer_name: name }) {
  return name ? [name, words("worker.employer_number", { id })] : [words("worker.employer", { id })];
}

function where(job, terms) {
  const place = job.place || words("worker.no_place");
  const km = terms.distance_km;
  if (km === null) return [place];
  return [isCloseBy(km) ? distance(km) : words("worker.distance", { km: number(km) }), place];
}

function shifts(all) {
  const told = all.map(({ start, end }) => words("worker.shift", { day: day(start), from: time(start), to: time(end) }));
  return told.length > MOST_SHIFTS ? { lines: told.slice(0, FIRST_SHIFTS), more: told.slice(FIRST_SHIFTS) } : { lines: told };
}

function pay({ amount_fen: fen, unit, settlement }) {
  return [words(`worker.pay_unit.${unit}`, { yuan: number(fen / 100) }), words(`worker.settlement.${settlement}`)].join(" · ");
}

function perks(given) {
  return given.length ? given.map((perk) => words(`worker.perk.${perk}`)).join(" · ") : words("worker.no_perks");
}

function safety({ blocked, open_claims: claims }) {
  if (blocked) return { name: "safe", warn: true, lines: [words("worker.blocked")] };
  if (claims) return { name: "safe", warn: true, lines: [words("worker.claims", { n: number(claims) })] };
  return { name: "safe", lines: [words("worker.safe")] };
}
