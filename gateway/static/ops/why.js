// Why a job has no people: what excludes them, and what would fill it.

import { byId, element } from "../dom.js";
import { json } from "../gateway.js";
import { newest } from "../newest.js";
import { places } from "../ranking.js";
import { redraw } from "../redraw.js";
import { age, number, why, words } from "../words.js";
import { chosenZone, stationName } from "./market.js";
import { isOf, isOld } from "./stale.js";

const MOST_SHOWN = 12;
const ASK_AGAIN_MS = 1000;
const TYPING_MS = 300;
const GOOD_MS = 60000;
const MOST_KEPT = 50;

const state = { jobs: [], now: 0, zone: null, advice: new Map(), typing: 0 };
const search = newest();

export function forgetWhy() {
  Object.assign(state, { jobs: [], now: 0, zone: null });
  state.advice.clear();
  byId("why-input").value = "";
  showUnmatched();
}

export async function followWhy() {
  const zone = chosenZone();
  if (!zone) return;
  const wanted = byId("why-input").value.trim();
  let found = null;
  try {
    found = await search(json(`/api/operator/unmatched?zone=${zone}&q=${encodeURIComponent(wanted)}`));
  } catch (error) {
    isOld("why");
    throw error;
  }
  if (!found) return;
  Object.assign(state, found);
  isOf("why", Date.now());
  showUnmatched();
}

export function showUnmatched() {
  const shown = state.jobs.slice(0, MOST_SHOWN).map(row);
  redraw(byId("unmatched"), ...(shown.length ? shown : [element("li", { className: "empty", text: words("ops.why_none") })]));
}

function row(entry) {
  const { job, feasible, open_offers: offers, excluded } = entry;
  const counts = Object.entries(excluded).sort(([, a], [, b]) => b - a);
  const standing = [
    feasible === null ? words("ops.why_unranked") : words("ops.why_feasible", { n: number(feasible) }),
    words("ops.why_waiting", { n: number(offers) }),
    words("ops.why_posted", { age: age(state.now - job.at) }),
  ];
  const made = element("li", { "data-job": job.job_id },
    element("p", { className: "reason" }, element("b", { text: job.title }), ` ${places(job)}`),
    element("small", { text: [stationName(job.station_id), job.job_id, ...standing].join(" · ") }),
  );
  if (counts.length) {
    const told = counts.map(([code, count]) => `${words(`excluded.${code}`)} ${number(count)}`);
    made.append(element("p", { className: "excluded", text: `${words("ops.why_excluded")} ${told.join(" · ")}` }));
  }
  made.append(advice(job.job_id));
  return made;
}

function advice(jobId) {
  const zone = state.zone;
  const known = state.advice.get(keyOf(zone, jobId));
  const lines = known ? known.lines || [words("ops.why_working")] : [];
  const box = element("div", { className: "advice", role: "status" }, ...lines.map((text) => element("p", { text })));
  if (!known || known.until < Date.now()) {
    const button = element("button", { className: "quiet", type: "button", text: words("ops.why_advice") });
    button.addEventListener("click", () => ask(zone, jobId));
    box.append(button);
  }
  return box;
}

const keyOf = (zone, jobId) => `${zone}/${jobId}`;

// `until` is when it may be asked again: at once after no answer, else when the market may have changed.
function keep(zone, jobId, lines, until) {
  if (state.advice.size > MOST_KEPT) state.advice.clear();
  state.advice.set(keyOf(zone, jobId), { lines, until });
  showUnmatched();
}

async function ask(zone, jobId) {
  keep(zone, jobId, null, Infinity);
  try {
    const { advice: told } = await json(`/api/operator/jobs/${encodeURIComponent(jobId)}/advice?zone=${zone}`);
    if (told === null) setTimeout(() => ask(zone, jobId), ASK_AGAIN_MS);
    else keep(zone, jobId, [...told.lines, ...told.changes.map(({ text: change, feasible, expected }) => words("ops.why_then", { change, feasible, expected }))], Date.now() + GOOD_MS);
  } catch (error) {
    keep(zone, jobId, [why(error)], 0);
  }
}

byId("why-form").addEventListener("submit", (event) => event.preventDefault());
byId("why-input").addEventListener("input", () => {
  clearTimeout(state.typing);
  state.typing = setTimeout(() => followWhy().catch(() => null), TYPING_MS);
});
addEventListener("zonechange", () => followWhy().catch(() => null));
