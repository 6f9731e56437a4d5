// A job, large: all that matters of it, for the eye, for the ear, and what to do next.

import { element } from "../dom.js";
import { inOneBreath } from "../voice.js";
import { icon } from "../worker/icons.js";
import { day, distance, isCloseBy, number, payPerDay, time, words } from "../words.js";
import { drawing } from "./icons.js";
import { daysUntil } from "./jobs.js";

const SOON = 3;
const GROWN_UP = 16;
const CERTIFICATES = { health: "station.certificate.health", electrician: "station.certificate.electrician", safety: "station.certificate.safety" };

// The day as one calls it, and its hours.
export function when({ first_shift: { start, end }, shifts, ...job }, now) {
  const days = daysUntil({ first_shift: { start }, ...job }, now);
  const hours = `${time(start)}–${time(end)}`;
  return [days < SOON ? words(`station.in_days.${days}`) : day(start), shifts > 1 ? `${hours} · ${words("station.shifts", { n: number(shifts) })}` : hours];
}

export const place = ({ place: name, distance_km: km }) => (km === null ? [name] : [distance(km), name]).filter(Boolean).join(" · ");

function where({ place: name, distance_km: km }) {
  const way = km === null ? "" : isCloseBy(km) ? distance(km) : words("station.kiosk_distance", { km: number(km) });
  return [name, way].filter(Boolean);
}

export function perks({ perks: given }) {
  return given.length ? given.map((perk) => words(`word.${perk}`)) : [words("station.kiosk_no_perks")];
}

function needs({ certificates, minimum_age: age }) {
  const known = certificates.filter((code) => CERTIFICATES[code]).map((code) => words(CERTIFICATES[code]));
  return [
    ...(known.length ? [words("station.kiosk_needs", { what: known.reduce((a, b) => words("page.then", { a, b })) })] : []),
    ...(known.length < certificates.length ? [words("station.kiosk_needs_other")] : []),
    ...(age > GROWN_UP ? [words("station.kiosk_age", { age })] : []),
  ];
}

function factsOf(job, now) {
  const needed = needs(job);
  const [days, hours] = when(job, now);
  const isNamed = daysUntil(job, now) < SOON;
  return [
    { name: "time", lines: [isNamed ? `${days} · ${day(job.first_shift.start)}` : days, hours] },
    { name: "place", lines: where(job) },
    { name: "perks", lines: perks(job) },
    { name: "people", lines: [words("station.kiosk_places", { headcount: number(job.headcount), remaining: number(job.remaining) })] },
    ...(needed.length ? [{ name: "needs", lines: needed }] : []),
    { name: job.is_stopped ? "warn" : "safe", lines: [words(job.is_stopped ? "station.kiosk_stopped" : "station.kiosk_not_stopped")] },
  ].filter(({ lines }) => lines.length);
}

const pays = (job) => [payPerDay(job.pay_fen_day), words(`word.${job.settlement}`)];

// As one reads it to somebody; the number digit by digit, as one says it at the counter.
export function aloud(job, now) {
  const lines = factsOf(job, now).map((fact) => inOneBreath(fact.lines));
  return [job.title, inOneBreath(pays(job)), ...lines, `${words("station.kiosk_ask")} ${[...job.number].join(" ")}`];
}

const picture = ({ name }) => (name === "needs" ? drawing(name) : icon(name));

// `keys` stand below what to do next.
export function card(job, now, ...keys) {
  const [pay, settled] = pays(job);
  const rows = factsOf(job, now).map((fact) => element("li", { className: fact.name, "data-fact": fact.name }, picture(fact), element("div", {}, ...fact.lines.map((text) => element("p", { text })))));
  return element("section", { className: "job" },
    element("div", { className: "sheet" },
      element("h2", { tabindex: "-1", text: job.title }),
      element("p", { className: "pay" }, element("strong", { text: pay }), element("em", { text: settled })),
      element("ul", { className: "facts" }, ...rows)),
    element("div", { className: "then" },
      element("p", { className: "ask" }, element("span", { text: words("station.kiosk_ask") }), element("b", { text: job.number })),
      ...keys));
}
