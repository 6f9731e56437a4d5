// The town, live: outcomes as they come, and a fresh snapshot soon after.

import { bar, byId, element, fill } from "./dom.js";
import { remember, showFeed } from "./feed.js";
import { json, listen, Refused } from "./gateway.js";
import { pulse, showMap } from "./map.js";
import { newest } from "./newest.js";
import { places, rankingRow, rankingSheet } from "./ranking.js";
import { redraw } from "./redraw.js";
import { age, change, dayAndTime, named, number, payPerDay, speakAtLast, words } from "./words.js";

const REFRESH_MS = 1500;
const IDLE_REFRESH_MS = 10000;
const HOLD_MS = 2500;
const RETRY_MS = 3000;
const MOST_RANKINGS = 6;
const MOST_JOBS = 14;
const FIGURES = [
  ["open_places", "page.open_places", "main"],
  ["workers", "page.workers", ""],
  ["open_offers", "page.open_offers", ""],
  ["booking.confirmed", "page.bookings", ""],
  ["job.filled", "page.filled", ""],
  ["event.rejected", "page.refused", "warn"],
];

const asked = new URLSearchParams(location.search).get("zone");
const state = { town: null, rankings: [], shown: null, pinned: null, shownAt: 0, holding: 0, refreshing: 0, stream: null };
const ask = newest();
const now = () => (state.town ? state.town.now : 0);

function stationName(id) {
  const station = state.town && state.town.stations.find((one) => one.station_id === id);
  return (station && named(station.name)) || id;
}

function showConnection(connection) {
  byId("state").dataset.state = connection;
  byId("state").textContent = words(`page.${connection}`);
}

function showClock(at) {
  if (at > now()) state.town.now = at;
  byId("clock").textContent = now() ? dayAndTime(now()) : "–";
}

function showTown() {
  const { town } = state;
  if (!town) return;
  document.title = words("page.market", { place: named(town.place) || town.zone });
  byId("place").textContent = document.title;
  showClock(town.now);
  byId("model").textContent = town.model.startsWith("sha256:") ? town.model.slice(7, 15) : words("page.rules");
  byId("model").title = town.model;
  fill(byId("figures"), ...FIGURES.map(figure));
  byId("jobs-count").textContent = words("page.jobs_count", { n: number(town.open_jobs) });
  const jobs = town.jobs.slice(0, MOST_JOBS).map(jobRow);
  redraw(byId("jobs"), ...(jobs.length ? jobs : [element("li", { className: "empty", text: words("page.no_jobs") })]));
  showMap(byId("map"), town.stations, stationName);
}

function figure([name, key, kind]) {
  const count = state.town[name] || state.town.totals[name] || 0;
  const className = kind === "warn" && !count ? "" : kind;
  return element("div", { className }, element("dt", { text: words(key) }), element("dd", { text: number(count), "data-figure": name }));
}

function jobRow(job) {
  const row = element("button", { className: "row", type: "button", "data-job": job.job_id, "aria-pressed": job.job_id === state.pinned },
    element("span", { className: "name", text: job.title }),
    element("span", { className: "pay", text: payPerDay(job.pay_fen_day) }),
    element("small", { text: `${stationName(job.station_id)} · ${age(state.town.now - job.at)}` }),
    element("small", { text: places(job) }),
    bar((job.headcount - job.remaining) / job.headcount),
  );
  row.addEventListener("click", () => choose(job.job_id));
  return element("li", {}, row);
}

async function choose(jobId) {
  let found = state.rankings.find(({ job }) => job.job_id === jobId);
  if (!found) {
    found = await json(`/api/jobs/${encodeURIComponent(jobId)}?zone=${state.town.zone}`).catch(() => null);
    if (!found || !found.ranking) return;
  }
  state.pinned = jobId;
  show(found, false);
  showTown();
  byId("ranking").scrollIntoView({ block: "nearest" });
}

function follow() {
  state.pinned = null;
  showNewest(false);
  showTown();
}

// A ranking stays long enough to be read, unless somebody picked one: then it stays.
function showNewest(isNew) {
  clearTimeout(state.holding);
  const wait = state.shownAt + HOLD_MS - Date.now();
  if (state.pinned !== null || !state.rankings.length) showEarlier();
  else if (isNew && wait > 0) {
    state.holding = setTimeout(() => showNewest(true), wait);
    showEarlier();
  } else show(state.rankings[0], isNew);
}

function show(entry, isNew) {
  state.shown = entry;
  state.shownAt = Date.now();
  const sheet = byId("ranking");
  sheet.classList.remove("new");
  sheet.dataset.job = entry.job.job_id;
  if (isNew) requestAnimationFrame(() => sheet.classList.add("new"));
  showRankings();
}

function showRankings() {
  if (state.shown) fill(byId("ranking"), ...rankingSheet(state.shown, now(), stationName));
  showEarlier();
}

function showEarlier() {
  byId("ranking-head").textContent = words(state.pinned === null ? "page.newest_ranking" : "page.chosen_ranking");
  byId("follow").hidden = state.pinned === null;
  const earlier = state.rankings.filter(({ job }) => !state.shown || job.job_id !== state.shown.job.job_id).slice(0, MOST_RANKINGS - 1);
  byId("earlier-head").hidden = !earlier.length;
  redraw(byId("earlier"), ...earlier.map((entry) => rankingRow(entry, now(), stationName, choose)));
}

function hear(told) {
  const { type, outcome, job } = told;
  remember(told);
  showFeed(byId("feed"));
  if (state.town) showClock(outcome.at);
  if (job) pulse(byId("map"), job.station_id);
  if (type === "match.ranked" && job) {
    state.rankings = [{ job, ranking: outcome }, ...state.rankings.filter((one) => one.job.job_id !== job.job_id)].slice(0, MOST_RANKINGS);
    showNewest(true);
  }
  if (!state.refreshing) state.refreshing = setTimeout(refresh, REFRESH_MS);
}

function showTrouble(error) {
  const isUnknown = error instanceof Refused && !state.town;
  showConnection(isUnknown ? "unknown" : "offline");
  if (isUnknown) fill(byId("ranking"), element("p", { className: "empty", text: error.message }));
}

async function refresh() {
  clearTimeout(state.refreshing);
  state.refreshing = 0;
  try {
    const town = await ask(json(asked ? `/api/town?zone=${encodeURIComponent(asked)}` : "/api/town"));
    if (!town) return;
    state.town = town;
  } catch (error) {
    showTrouble(error);
    state.refreshing = setTimeout(refresh, RETRY_MS);
    return;
  }
  if (!state.stream) start();
  else if (state.stream.isOpen()) showConnection("live");
  if (!state.rankings.length && state.town.rankings.length) {
    state.rankings = state.town.rankings.slice(0, MOST_RANKINGS);
    showNewest(false);
  }
  const fresh = new Map([...state.town.rankings.map(({ job }) => job), ...state.town.jobs].map((job) => [job.job_id, job]));
  for (const entry of [...state.rankings, state.shown]) {
    if (entry) entry.job = fresh.get(entry.job.job_id) || entry.job;
  }
  showTown();
  showRankings();
}

function start() {
  const address = (cursor) => `/api/live?zone=${state.town.zone}&after=${encodeURIComponent(cursor)}`;
  state.stream = listen(address, state.town.cursor, hear, showConnection);
}

function showAll() {
  showConnection(byId("state").dataset.state);
  showTown();
  showRankings();
  showFeed(byId("feed"));
}

async function begin() {
  await speakAtLast("town");
  showAll();
  await refresh();
  setInterval(() => state.refreshing || refresh(), IDLE_REFRESH_MS);
}

byId("follow").addEventListener("click", follow);
byId("language").addEventListener("click", () => change().then(showAll, showTrouble));

begin();
