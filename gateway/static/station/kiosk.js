// The hall: large, by touch alone, read aloud, and nothing personal on it.

import { byId, element } from "../dom.js";
import { json, Refused } from "../gateway.js";
import { redraw } from "../redraw.js";
import { hasVoice, hush, onVoices, reads } from "../voice.js";
import { distance, payPerDay, words } from "../words.js";
import { desk, firstShift, newsOf, stationName } from "./desk.js";

const LOOK_MS = 5000;
const IDLE_MS = 60000;
let idle = 0;
let chosen = null;
let view = null;
let onSignedOut = () => {};

export function startKiosk(leave) {
  onSignedOut = leave;
  document.documentElement.classList.add("kiosk");
  addEventListener("pointerdown", rest);
  addEventListener("keydown", rest);
  onVoices(showKiosk);
  look();
  rest();
}

// Whoever is not signed in any more has nothing to show: jobs of yesterday are worse than none.
export function stopKiosk() {
  document.documentElement.classList.remove("kiosk");
  removeEventListener("pointerdown", rest);
  removeEventListener("keydown", rest);
  clearTimeout(idle);
  hush();
  chosen = null;
  view = null;
  redraw(byId("main"));
  byId("trouble").hidden = true;
  byId("what").textContent = words("station.subtitle");
}

// Whoever walks away leaves the start behind.
function rest() {
  clearTimeout(idle);
  idle = setTimeout(start, Number(new URLSearchParams(location.search).get("idle")) || IDLE_MS);
}

function start() {
  chosen = null;
  hush();
  showKiosk();
  scrollTo(0, 0);
}

async function look() {
  const town = desk.stations.length ? null : await json(`/api/town?zone=${desk.session.zone}`).catch(() => null);
  if (town) desk.stations = town.stations;
  let fresh = null;
  try {
    fresh = await json("/api/station/kiosk");
  } catch (error) {
    if (error instanceof Refused && (error.status === 401 || error.status === 403)) {
      onSignedOut();
      return;
    }
  }
  byId("trouble").hidden = fresh !== null;
  byId("trouble").textContent = fresh ? "" : words("station.kiosk_offline");
  view = fresh || view;
  if (fresh) showKiosk();
  setTimeout(look, LOOK_MS);
}

export function showKiosk() {
  if (!view) return;
  document.title = words("station.kiosk_title", { place: stationName(view.station_id) });
  byId("place").textContent = document.title;
  byId("what").textContent = words("station.kiosk_what");
  const job = chosen && view.jobs.find((one) => one.job_id === chosen);
  if (job) return redraw(byId("main"), ...sheet(job));
  if (chosen) hush(); // it has gone meanwhile
  chosen = null;
  return redraw(byId("main"), ...news(), view.jobs.length ? element("ol", { className: "tiles" }, ...view.jobs.map(tile)) : element("p", { className: "empty", text: words("page.no_jobs") }), ...more());
}

function more() {
  return view.more ? [element("p", { className: "note", text: words("station.kiosk_more", { n: view.more }) })] : [];
}

function news() {
  if (!view.notices.length) return [];
  return [element("section", { className: "news", "aria-live": "polite" }, element("h2", { text: words("station.kiosk_news") }), element("ul", {}, ...view.notices.slice(0, 8).map((one) => element("li", { text: words(`station.kiosk_news.${newsOf(one)}`, one) }))))];
}

function facts(job) {
  return [payPerDay(job.pay_fen_day), firstShift(job), job.distance_km === null ? job.place : `${job.place} · ${distance(job.distance_km)}`, words("station.kiosk_places", job), ...job.perks.map((perk) => words(`word.${perk}`))];
}

function tile(job) {
  const [pay, when, where] = facts(job);
  const button = element("button", { type: "button", className: "tile", "data-job": job.job_id }, element("b", { text: job.title }), element("span", { className: "pay", text: pay }), element("span", { text: when }), element("span", { text: where }));
  button.addEventListener("click", () => {
    chosen = job.job_id;
    showKiosk();
    scrollTo(0, 0);
  });
  return element("li", {}, button);
}

function sheet(job) {
  const back = element("button", { type: "button", className: "tile back", text: words("station.kiosk_back") });
  back.addEventListener("click", start);
  const lines = facts(job);
  const said = [job.title, ...lines, words("station.kiosk_ask")];
  return [element("section", { className: "sheet" }, element("h2", { text: job.title }), ...lines.map((text) => element("p", { text })), element("p", { className: "ask", text: words("station.kiosk_ask") }), ...reading(said)), back];
}

function reading(lines) {
  if (!hasVoice()) return [];
  const button = element("button", { type: "button", className: "tile read" });
  reads(button, button, lines);
  return [button];
}
