// The station's jobs by age, with what is missing; one of them, with what would fill it.

import { bar, element, fill } from "../dom.js";
import { json, Refused } from "../gateway.js";
import { newest } from "../newest.js";
import { places } from "../ranking.js";
import { redraw } from "../redraw.js";
import { askTwice, doubt } from "../twice.js";
import { age, dayAndTime, number, pay, why, words } from "../words.js";
import { endsBookings, isWorse } from "./amending.js";
import { act, now, say } from "./desk.js";
import { amountFault, fen, field, LEAST_PAY, onSubmit, peopleFault, select, showFault, showFaults, yuan } from "./forms.js";
import { unlessGone } from "./gone.js";
import { isOver, jobSheet } from "./job_sheet.js";
import { hasBegun, remainingOf } from "./remaining.js";

const ADVICE_MS = 75000;
const ADVICE_KEPT_MS = 600000;
const EXPECTED = ["confirmed", "pending"];

// What the market was asked last; whoever has gone elsewhere meanwhile finds the answer when they are back.
let asked = { key: "", since: 0, told: null };

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
    element("span", { className: "name", text: job.title }), element("span", { className: "pay", text: pay(job) }),
    element("small", { text: [words("page.starts", { at: dayAndTime(job.start) }), job.employer_name, job.place, age(old), fits].filter(Boolean).join(" · ") }), element("small", { className: job.remaining && job.status === "open" ? "warn" : "", text: state }),
    ...(others.length && job.remaining ? [element("small", { className: "wide", text: `${words("page.excluded")} ${others.join(" · ")}` })] : []),
    bar((job.headcount - job.remaining) / job.headcount)));
}

// What of a job changes the sheet: also that its work, or a day of it, has begun or ended meanwhile.
const seenAs = (view) => JSON.stringify([view, isOver(view), hasBegun(view, now()), remainingOf(view, now())]);

// What is over, or called off, is not changed any more; what has expired can be open again.
const canChange = (view) => !isOver(view) && view.job.status !== "cancelled";

export function jobRoom(main, id) {
  const path = `/api/station/jobs/${encodeURIComponent(id)}`;
  const sheet = element("section", { className: "sheet" }, element("p", { className: "empty", text: words("station.loading") }));
  const side = element("section", { className: "sheet beside" });
  fill(main, element("p", { className: "back-to" }, element("a", { href: "#jobs", text: words("station.back") })), element("div", { className: "two" }, sheet, side));
  let shown = "";
  // What the market has said last of the job: a change is held against it.
  const latest = { view: null };
  const draw = (view) => {
    latest.view = view;
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
  const tell = (error) => {
    fill(sheet, element("p", { className: "empty", text: why(error) }));
    shown = "";
  };
  const refresh = unlessGone(async () => {
    const view = await ask(json(path));
    if (!view) return;
    latest.view = view;
    // What is being typed or clicked in must not go away under somebody's hands.
    if (seenAs(view) !== shown && !sheet.contains(document.activeElement)) draw(view);
    const { status } = view.job;
    const known = JSON.stringify([status, view.posting, canChange(view)]);
    if (side.dataset.known !== known && (!canChange(view) || !side.contains(document.activeElement))) {
      side.dataset.known = known;
      fill(side, ...(status === "open" ? advice(path, known, latest) : [element("p", { text: words(`station.job.${status}`) })]), ...(canChange(view) ? amend(path, view, latest) : []));
    }
  }, (error) => {
    tell(error);
    fill(side);
    delete side.dataset.known;
  });
  refresh().catch(tell);
  return { refresh };
}

// `terms` are what the job is now: what was found for others is no answer any more.
function advice(path, terms, latest) {
  const box = element("div", { className: "advice", "aria-live": "polite" });
  const seconds = element("small", { className: "seconds", "aria-hidden": "true" });
  const ask = element("button", { type: "button", className: "main", text: words("station.why_empty") });
  const key = `${path} ${terms}`;
  const show = async ({ since, told }) => {
    const count = () => { seconds.textContent = words("station.seconds", { n: Math.round((Date.now() - since) / 1000) }); };
    ask.setAttribute("aria-disabled", "true");
    fill(box, element("p", { className: "empty", text: words("station.running_again") }));
    count();
    const counting = setInterval(count, 1000);
    try {
      const { lines, changes } = await told;
      fill(box, ...lines.map((text) => element("p", { text })), element("ol", { className: "lines" }, ...changes.map((one) => change(path, one, latest))), element("p", { className: "note", text: words("station.advice_note") }));
    } catch (error) {
      fill(box, element("p", { className: "said bad", text: why(error) }));
    } finally {
      clearInterval(counting);
      seconds.textContent = "";
      ask.removeAttribute("aria-disabled");
    }
  };
  ask.addEventListener("click", () => {
    if (ask.hasAttribute("aria-disabled")) return;
    asked = { key, since: Date.now(), told: json(`${path}/advice`, ADVICE_MS) };
    show(asked);
  });
  if (asked.key === key && Date.now() - asked.since < ADVICE_KEPT_MS) show(asked);
  return [element("h2", { text: words("station.fill_it") }), ask, seconds, box];
}

function change(path, { text, amendment, feasible, expected, enough }, latest) {
  const said = element("span", { className: "said", role: "status" });
  const make = element("button", { type: "button", className: "quiet", text: words("station.do_it") });
  askTwice(make, () => question(latest.view, amendment), () => amended(said, path, amendment, text, latest).catch(() => null));
  return element("li", { className: enough ? "enough" : "" }, element("b", { text }), element("span", { text: words("station.then", { feasible, expected: number(Math.round(expected)) }) }), make, said);
}

const expectedOf = ({ bookings }) => bookings.filter(({ status }) => EXPECTED.includes(status)).length;

// What is asked before a change; "" for one that takes nothing from anybody.
function question(view, body) {
  const n = endsBookings(view.posting, body) ? expectedOf(view) : 0;
  if (n) return words("station.bookings_go", { n });
  return isWorse(view.posting, body) ? words("station.worse_sure") : "";
}

const holds = (wanted) => (view) => Object.entries(wanted).every(([name, value]) => contains(view.posting[name], value));

function contains(is, wanted) {
  if (wanted === null || typeof wanted !== "object") return is === wanted;
  return Object.entries(wanted).every(([name, value]) => is && contains(is[name], value)) && (!Array.isArray(wanted) || (is || []).length === wanted.length);
}

// The next change is held against what this one has come to, however soon it is made.
async function amended(said, path, body, label, latest) {
  const view = await act(said, { path: `${path}/amendment`, body, label, see: path, until: holds(body) });
  if (view) latest.view = view;
  return view;
}

function amend(path, { job, posting }, latest) {
  const said = element("p", { className: "said", role: "status" });
  const amount = element("input", { type: "text", inputmode: "decimal", value: yuan(posting.pay.amount_fen) });
  const headcount = element("input", { type: "number", min: "1", value: posting.headcount });
  const submit = element("button", { type: "submit", className: "quiet", text: words("station.amend") });
  const isSure = doubt(submit);
  const form = element("form", { className: "form", novalidate: "" }, element("h2", { text: words("station.amend") }),
    element("div", { className: "row-of" }, field(`station.amount_per.${posting.pay.unit}`, amount, "pay.amount_fen pay"), field("station.headcount", headcount, "headcount")),
    submit);
  // Only what was changed: a pay that is older than the market's would be a cut, and cost bookings.
  const was = { amount: amount.value, headcount: headcount.value };
  onSubmit(form, async () => {
    const body = {};
    if (showFaults(form, [...amountFault(amount.value, "pay.amount_fen", LEAST_PAY), ...peopleFault(headcount.value, "headcount")])) return;
    if (amount.value !== was.amount) body.pay = Object.assign({}, posting.pay, { amount_fen: fen(amount.value) });
    if (headcount.value !== was.headcount) body.headcount = Number(headcount.value);
    if (!Object.keys(body).length) {
      say(said, "station.nothing_changed", "warn");
      return;
    }
    const doubted = question(latest.view, body);
    if (doubted && !isSure(doubted, JSON.stringify(body))) return;
    try {
      if (await amended(said, path, body, words("station.amend_job", { title: job.title }), latest)) Object.assign(was, { amount: amount.value, headcount: headcount.value });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      showFault(form, error.problem);
    }
  });
  const cancel = element("button", { type: "button", className: "quiet danger", text: words("station.cancel") });
  const asking = () => {
    const n = expectedOf(latest.view);
    return n ? words("station.bookings_go", { n }) : words("station.cancel_sure");
  };
  askTwice(cancel, asking, () => {
    act(said, { path: `${path}/cancellation`, label: words("station.cancel_job", { title: job.title }), see: path, until: (view) => view.job.status === "cancelled" }).catch(() => null);
  });
  return [form, cancel, said];
}
