// The station's jobs by age, with what is missing; one of them, with what would fill it.

import { bar, element, fill } from "../dom.js";
import { json, Refused } from "../gateway.js";
import { newest } from "../newest.js";
import { places } from "../ranking.js";
import { redraw } from "../redraw.js";
import { age, number, payPerDay, why, words } from "../words.js";
import { act, say } from "./desk.js";
import { fen, field, onSubmit, select, showFault, yuan } from "./forms.js";
import { isOver, jobSheet } from "./job_sheet.js";

const ADVICE_MS = 75000;

export function jobsRoom(main) {
  const list = element("ol", { className: "cards" });
  const which = select([["open", words("station.only_open")], ["all", words("station.all_jobs")]]);
  fill(main, element("div", { className: "head" }, element("h2", { text: words("station.room.jobs") }), field("station.show", which)), list);
  const ask = newest();
  const refresh = async () => {
    const fresh = await ask(json(`/api/station/jobs?status=${which.value}`));
    if (!fresh) return;
    const rows = fresh.jobs.map(row);
    redraw(list, ...(rows.length ? rows : [element("li", { className: "empty", text: words("page.no_jobs") })]));
  };
  which.addEventListener("change", refresh);
  refresh().catch(() => null);
  return { refresh };
}

function row({ job, age_ms: old, open_offers: asked, feasible, excluded }) {
  const others = Object.entries(excluded).sort(([, a], [, b]) => b - a).slice(0, 3).map(([code, n]) => `${words(`excluded.${code}`)} ${number(n)}`);
  const state = job.status === "open" ? places(job) : words(`station.job.${job.status}`);
  const fits = feasible === null ? "" : words("station.fits", { feasible: number(feasible), asked });
  return element("li", {}, element("a", { className: "row", href: `#jobs/${encodeURIComponent(job.job_id)}`, "data-job": job.job_id },
    element("span", { className: "name", text: job.title }), element("span", { className: "pay", text: payPerDay(job.pay_fen_day) }),
    element("small", { text: [job.employer_name, job.place, age(old), fits].filter(Boolean).join(" · ") }), element("small", { className: job.remaining && job.status === "open" ? "warn" : "", text: state }),
    ...(others.length && job.remaining ? [element("small", { className: "wide", text: `${words("page.excluded")} ${others.join(" · ")}` })] : []),
    bar((job.headcount - job.remaining) / job.headcount)));
}

// What of a job changes the sheet: also that its work has ended meanwhile.
const seenAs = (view) => JSON.stringify([view, isOver(view)]);

// What is over, or called off, is not changed any more; what has expired can be open again.
const canChange = (view) => !isOver(view) && view.job.status !== "cancelled";

export function jobRoom(main, id) {
  const path = `/api/station/jobs/${encodeURIComponent(id)}`;
  const sheet = element("section", { className: "sheet" }, element("p", { className: "empty", text: words("station.loading") }));
  const side = element("section", { className: "sheet beside" });
  fill(main, element("p", { className: "back-to" }, element("a", { href: "#jobs", text: words("station.back") })), element("div", { className: "two" }, sheet, side));
  let shown = "";
  const draw = (view) => {
    fill(sheet, ...jobSheet(view, goOn));
    shown = seenAs(view);
  };
  // Whoever has entered a result goes on where they are.
  const goOn = (view, who) => {
    draw(view);
    const line = Array.from(sheet.querySelectorAll("[data-booking]")).find((one) => one.dataset.booking === who);
    const next = line && line.querySelector("button");
    if (!next) return;
    say(line.querySelector(".said"), "station.decided", "good");
    next.focus();
  };
  const ask = newest();
  const refresh = async () => {
    const view = await ask(json(path));
    if (!view) return;
    // What is being typed or clicked in must not go away under somebody's hands.
    if (seenAs(view) !== shown && !sheet.contains(document.activeElement)) draw(view);
    const { status } = view.job;
    const known = JSON.stringify([status, view.posting, canChange(view)]);
    if (side.dataset.known !== known && (!canChange(view) || !side.contains(document.activeElement))) {
      side.dataset.known = known;
      fill(side, ...(status === "open" ? advice(path) : [element("p", { text: words(`station.job.${status}`) })]), ...(canChange(view) ? amend(path, view) : []));
    }
  };
  refresh().catch((error) => fill(sheet, element("p", { className: "empty", text: why(error) })));
  return { refresh };
}

function advice(path) {
  const box = element("div", { className: "advice", "aria-live": "polite" });
  const ask = element("button", { type: "button", className: "main", text: words("station.why_empty") });
  ask.addEventListener("click", async () => {
    fill(box, element("p", { className: "empty", text: words("station.running_again") }));
    try {
      const told = await json(`${path}/advice`, ADVICE_MS);
      fill(box, ...told.lines.map((text) => element("p", { text })), element("ol", { className: "lines" }, ...told.changes.map((one) => change(path, one))), element("p", { className: "note", text: words("station.advice_note") }));
    } catch (error) {
      fill(box, element("p", { className: "said bad", text: why(error) }));
    }
  });
  return [element("h2", { text: words("station.fill_it") }), ask, box];
}

function change(path, { text, amendment, feasible, expected, enough }) {
  const said = element("span", { className: "said", role: "status" });
  const make = element("button", { type: "button", className: "quiet", text: words("station.do_it") });
  make.addEventListener("click", () => amended(said, path, amendment, text).catch(() => null));
  return element("li", { className: enough ? "enough" : "" }, element("b", { text }), element("span", { text: words("station.then", { feasible, expected }) }), make, said);
}

const holds = (wanted) => (view) => Object.entries(wanted).every(([name, value]) => contains(view.posting[name], value));

function contains(is, wanted) {
  if (wanted === null || typeof wanted !== "object") return is === wanted;
  return Object.entries(wanted).every(([name, value]) => is && contains(is[name], value)) && (!Array.isArray(wanted) || (is || []).length === wanted.length);
}

const amended = (said, path, body, label) => act(said, { path: `${path}/amendment`, body, label, see: path, until: holds(body) });

function amend(path, { job, posting }) {
  const said = element("p", { className: "said", role: "status" });
  const amount = element("input", { type: "text", inputmode: "decimal", value: yuan(posting.pay.amount_fen) });
  const headcount = element("input", { type: "number", min: "1", value: posting.headcount });
  const form = element("form", { className: "form", novalidate: "" }, element("h2", { text: words("station.amend") }),
    element("div", { className: "row-of" }, field("station.amount", amount, "pay.amount_fen pay"), field("station.headcount", headcount, "headcount")),
    element("button", { type: "submit", className: "quiet", text: words("station.amend") }));
  // Only what was changed: a pay that is older than the market's would be a cut, and cost bookings.
  const was = { amount: amount.value, headcount: headcount.value };
  onSubmit(form, async () => {
    const body = {};
    if (amount.value !== was.amount) body.pay = Object.assign({}, posting.pay, { amount_fen: fen(amount.value) });
    if (headcount.value !== was.headcount) body.headcount = Number(headcount.value);
    if (!Object.keys(body).length) {
      say(said, "station.nothing_changed", "warn");
      return;
    }
    try {
      if (await amended(said, path, body, words("station.amend_job", { title: job.title }))) Object.assign(was, { amount: amount.value, headcount: headcount.value });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      showFault(form, error.problem);
    }
  });
  const cancel = element("button", { type: "button", className: "quiet danger", text: words("station.cancel") });
  let sure = false;
  cancel.addEventListener("click", () => {
    if (!sure) {
      sure = true;
      cancel.textContent = words("station.cancel_sure");
      return;
    }
    act(said, { path: `${path}/cancellation`, label: words("station.cancel_job", { title: job.title }), see: path, until: (view) => view.job.status === "cancelled" }).catch(() => null);
  });
  return [form, cancel, said];
}
