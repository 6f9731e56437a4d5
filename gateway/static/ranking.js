// A job's ranking: who fits best, how well, and why, in words.

import { bar, element } from "./dom.js";
import { age, dayAndTime, distance, number, pay, percent, reason, words } from "./words.js";

const LINES = 5;

const plainly = (who) => [element("b", { text: who || words("page.candidate") })];

// `named(who)` is how a worker is shown where there is more to say of them than who they are.
export function rankingSheet({ job, ranking }, now, stationName, when = words("page.starts", { at: dayAndTime(job.start) }), named = plainly) {
  const lines = ranking.ranking.slice(0, LINES).map((one) => line(one, named));
  return [
    element("div", { className: "title" }, element("h3", { text: job.title }), element("span", { className: "pay", text: pay(job) })),
    element("p", { className: "terms", text: [
      stationName(job.station_id),
      when,
      places(job),
      age(now - ranking.at),
    ].join(" · ") }),
    fit(ranking),
    lines.length ? element("ol", {}, ...lines) : element("p", { className: "empty", text: words("page.nobody") }),
    ...excluded(ranking),
  ];
}

export function rankingRow({ job, ranking }, now, stationName, choose) {
  const best = ranking.ranking[0];
  const row = element("button", { className: "row", type: "button", "data-job": job.job_id },
    element("span", { className: "name", text: `${job.title} · ${stationName(job.station_id)}` }),
    element("span", { className: "end", text: best ? words("page.best", { score: percent(best.score) }) : words("page.nobody") }),
    element("small", { text: words("page.fit", { feasible: number(ranking.feasible), pool: number(ranking.pool) }) }),
    element("small", { text: age(now - ranking.at) }),
  );
  row.addEventListener("click", () => choose(job.job_id));
  return element("li", {}, row);
}

export function places(job) {
  if (job.status === "filled") return words("page.full", { headcount: job.headcount });
  return words("page.missing", { remaining: job.remaining, headcount: job.headcount });
}

function fit({ feasible, pool }) {
  const [before, after] = words("page.fit_long", { pool: number(pool), feasible: "\u0000" }).split("\u0000");
  return element("p", { className: "fit" },
    element("span", {}, before, element("b", { text: number(feasible) }), after || ""),
    element("small", { text: words("page.score") }),
  );
}

function line({ rank, worker_id: who, score, p_accept: accept, p_complete: complete, distance_km: km, reasons }, named) {
  const why = element("div", { className: "why" },
    ...reasons.map((one) => element("span", { className: one.contribution < 0 ? "hurts" : "", text: reason(one, km) })),
    element("em", { text: words("page.chances", { accept: percent(accept), complete: percent(complete) }) }),
  );
  return element("li", { className: "line" },
    element("span", { className: "rank", text: rank }),
    element("div", { className: "who" }, ...named(who), element("small", { text: distance(km) }), bar(score)),
    element("span", { className: "score", text: percent(score) }),
    why,
  );
}

export function excluded(ranking) {
  const counts = Object.entries(ranking.excluded).sort(([, a], [, b]) => b - a);
  if (!counts.length) return [];
  const told = counts.map(([code, count]) => `${words(`excluded.${code}`)} ${number(count)}`);
  return [element("p", { className: "excluded", text: `${words("page.excluded")} ${told.join(" · ")}` })];
}
