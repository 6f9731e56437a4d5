// Why a job has no people: what excludes them, and what would fill it.

import { byId, element } from "../dom.js";
import { json } from "../gateway.js";
import { newest } from "../newest.js";
import { places } from "../ranking.js";
import { redraw } from "../redraw.js";
import { age, number, why, words } from "../words.js";
import { chosenZone, stationName } from "./market.js";

const MOST_SHOWN = 12;
const ASK_AGAIN_MS = 1000;
const TYPING_MS = 300;

const state = { jobs: [], now: 0, zone: null, advice: new Map(), typing: 0 };
const search = newest();

export async function followWhy() {
  const zone = chosenZone();
  if (!zone) return;
  const wanted = byId("why-input").value.trim();
  const found = await search(json(`/api/operator/unmatched?zone=${zone}&q=${encodeURIComponent(wanted)}`));
  if (!found) return;
  Object.assign(state, found);
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
  const known = state.advice.get(jobId);
  if (!known) {
    const button = element("button", { className: "quiet", type: "button", text: words("ops.why_advice") });
    button.addEventListener("click", () => ask(jobId));
    return button;
  }
  const lines = known.lines || [words("ops.why_working")];
  return element("div", { className: "advice", role: "status" }, ...lines.map((text) => element("p", { text })));
}

async function ask(jobId) {
  if (state.advice.size > 50) state.advice.clear();
  state.advice.set(jobId, { lines: null });
  showUnmatched();
  try {
    const { advice: told } = await json(`/api/operator/jobs/${encodeURIComponent(jobId)}/advice?zone=${state.zone}`);
    if (told === null) {
      setTimeout(() => ask(jobId), ASK_AGAIN_MS);
      return;
    }
    state.advice.set(jobId, { lines: [...told.lines, ...told.changes.map(({ text: change, feasible, expected }) => words("ops.why_then", { change, feasible, expected }))] });
  } catch (error) {
    state.advice.set(jobId, { lines: [why(error)] });
  }
  showUnmatched();
}

byId("why-form").addEventListener("submit", (event) => event.preventDefault());
byId("why-input").addEventListener("input", () => {
  clearTimeout(state.typing);
  state.typing = setTimeout(() => followWhy().catch(() => null), TYPING_MS);
});
addEventListener("zonechange", () => followWhy().catch(() => null));
