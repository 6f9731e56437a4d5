// What the market has for a worker, their answers, and their way to their own page.

import { element, fill, svg } from "../dom.js";
import { send } from "../gateway.js";
import { newId } from "../outbox.js";
import { excluded } from "../ranking.js";
import { redraw } from "../redraw.js";
import { askedTwice, askTwice } from "../twice.js";
import { dayAndTime, distance, moment, pay, percent, reason, why, words } from "../words.js";
import { act, desk, notBooked, now, say } from "./desk.js";

const WHY_NOT = ["pay", "far", "time", "other"];
const BRIEFLY_MS = 1500;
// Why an answer was not taken is read before what there is now takes its place.
const READ_MS = 8000;
const NOTHING_LEFT = { offers: [], bookings: [] };

// `show()` draws what there is now, `showIfFree()` where nothing else is in use.
export function workerSheet(view, show, showIfFree) {
  const path = `/api/station/workers/${encodeURIComponent(view.worker_id)}`;
  const jobs = new Map(view.jobs.map((job) => [job.job_id, job]));
  const title = (id) => (jobs.has(id) ? jobs.get(id).title : id);
  const matches = view.matches ? view.matches.ranking : [];
  return [
    element("h2", { text: view.worker_id }),
    element("p", { className: "note called", text: words("station.call_number", { number: view.call_number || "–" }) }),
    element("p", { className: "note", text: view.available ? words("station.available_until", { at: dayAndTime(view.valid_until) }) : words("station.not_available") }),
    ...(view.offers.length ? [element("h3", { text: words("station.offers") }), element("ol", { className: "lines" }, ...view.offers.map((offer) => offerLine(path, view.worker_id, offer, jobs.get(offer.job_id), showIfFree)))] : []),
    ...(view.bookings.length ? [element("h3", { text: words("station.bookings") }), element("ol", { className: "lines" }, ...view.bookings.map((one) => element("li", {}, element("b", { text: title(one.job_id) }), element("span", { text: words(`station.booking.${one.status}`) }), element("small", { text: dayAndTime(one.shifts[0].start) }), ...(jobs.has(one.job_id) ? rating(path, view.worker_id, one, showIfFree) : []))))] : []),
    element("h3", { text: words("station.matches", { n: Math.max(matches.length, view.matches ? view.matches.feasible : 0) }) }),
    element("ol", { className: "lines" }, ...matches.slice(0, 5).map((one) => matchLine(one, jobs.get(one.job_id)))),
    ...(view.matches && view.available ? excluded(view.matches) : []),
    ...passes(path), ...leaving(path, view, show),
  ];
}

// A job that fits, with the day that one tells them.
function matchLine({ job_id: id, distance_km: km, score, reasons }, job) {
  const when = job ? [dayAndTime(job.start)] : [];
  const told = [...when, distance(km), percent(score), ...reasons.slice(0, 3).map((one) => reason(one, km))];
  return element("li", {}, element("b", { text: job ? job.title : id }), element("span", { className: "pay", text: job ? pay(job) : "" }), element("small", { text: told.join(" · ") }));
}

// What they think of the employer, entered once for somebody without a phone, when the work is done: for
// as long as the market has the job.
function rating(path, who, { offer_id: offer, status, rated }, show) {
  if (status !== "completed") return [];
  const word = (stars) => words(`page.stars.${stars}`);
  if (rated) return [element("small", { text: words("station.employer_rated", { word: word(rated) }) })];
  const said = element("span", { className: "said", role: "status" });
  const isRated = (view) => view.bookings.some((one) => one.offer_id === offer && one.rated !== null);
  let isSaying = false;
  const enter = async (made, stars) => {
    if (isSaying) return;
    isSaying = true;
    const command = { path: `${path}/offers/${encodeURIComponent(offer)}/rating`, body: { stars }, label: `${words("station.rate_employer")} ${who}`, see: path, until: isRated, subject: offer };
    const view = await act(said, command).catch(() => undefined);
    isSaying = false;
    if (view === null) return; // it waits
    made.blur(); // what is under the focus is not drawn anew
    setTimeout(() => {
      say(said, "");
      Promise.resolve(show()).catch(() => null);
    }, view ? BRIEFLY_MS : READ_MS);
  };
  const button = (stars) => askTwice(element("button", { type: "button", className: "quiet", text: `${stars}★ ${word(stars)}` }), () => words("station.rate_employer_sure", { word: word(stars) }), (made) => enter(made, stars));
  tellKept(said, offer);
  const name = `rate-${offer}`;
  return [element("small", { id: name, text: words("station.rate_employer") }), element("div", { role: "group", className: "stars", "aria-labelledby": name }, ...[1, 2, 3, 4, 5].map(button)), said];
}

function offerLine(path, who, offer, job, show) {
  return element("li", { "data-offer": offer.offer_id }, element("b", { text: job ? job.title : offer.job_id }), element("span", { className: "pay", text: job ? pay(job) : "" }), element("small", { text: words("station.answer_by", { at: moment(offer.expires_at, now()) }) }), ...answers(path, who, offer.offer_id, offer.job_id, show));
}

// Yes, or no with a reason; said by the clerk for somebody who has no phone, or is on it.
export function answers(path, who, offerId, jobId, done) {
  const said = element("span", { className: "said", role: "status" });
  const offer = `${path}/offers/${encodeURIComponent(offerId)}`;
  const ofJob = (view) => view.bookings.filter((one) => one.job_id === jobId);
  // A visitor's place is decided only when their home has said so.
  const isDecided = (view) => !view.offers.some((one) => one.offer_id === offerId) && !ofJob(view).some((one) => one.status === "pending");
  const isBooked = (view) => ofJob(view).some((one) => one.status !== "cancelled");
  // Until then it is read.
  const doneAfter = (ms) => {
    said.dataset.isRead = "";
    setTimeout(() => {
      delete said.dataset.isRead;
      say(said, "");
      Promise.resolve(done()).catch(() => null);
    }, ms);
  };
  // What is under the focus is not drawn anew. Whoever types elsewhere by now goes on typing.
  const letGo = () => said.closest("li").contains(document.activeElement) && document.activeElement.blur();
  const close = (isGood, text) => {
    say(said, "", isGood ? "good" : "bad", text);
    letGo();
    doneAfter(isGood ? BRIEFLY_MS : READ_MS);
  };
  // One answer at a time: the second half of a double click says nothing more, and what is decided is decided.
  let isSaying = false;
  const answer = (key, command, tell, isOver = () => false) => {
    const made = element("button", { type: "button", className: "quiet", text: words(key) });
    made.addEventListener("click", async () => {
      if (isSaying) return;
      isSaying = true;
      // Null while it waits, undefined where it was refused.
      const view = await act(said, Object.assign({ label: `${words(key)} ${who}`, see: path, until: isDecided, subject: offerId }, command)).catch((error) => (isOver(error) ? NOTHING_LEFT : undefined));
      if (view) {
        close(...tell(view));
        return;
      }
      isSaying = false; // a later word takes its place
      if (view === undefined) doneAfter(READ_MS);
      else letGo();
    });
    return made;
  };
  // Nobody is booked and the market has not said why: that is on its way.
  const isAnswered = (view, hasSaid) => isDecided(view) && (isBooked(view) || hasSaid);
  const yes = answer("station.yes", { path: `${offer}/acceptance`, until: isAnswered }, (view) => (isBooked(view) ? [true, words("station.is_booked")] : [false, notBooked(offerId)]));
  // A no to what is not there any more is what was wanted: an earlier one may have counted.
  const refusal = (reason) => answer(`station.no.${reason}`, { path: `${offer}/refusal`, body: { reason: words(`station.no.${reason}`) } }, () => [true, words("station.is_declined")], (error) => error.status === 404);
  const no = element("details", { className: "no" }, element("summary", { className: "quiet", text: words("station.no") }), ...WHY_NOT.map(refusal));
  tellKept(said, offerId);
  return [yes, no, said];
}

// What waits for the line is told also when the sheet is drawn anew.
function tellKept(said, offerId) {
  const kept = desk.outbox.of(offerId);
  if (kept && kept.state === "waiting") say(said, "station.kept", "warn");
}

function passes(path) {
  const box = element("div", { className: "pass", "aria-live": "polite" });
  const make = (key, what, shown) => {
    const button = element("button", { type: "button", className: "quiet", text: words(key) });
    button.addEventListener("click", async () => {
      try {
        fill(box, ...shown(await send(`${path}/${what}`, {})));
        box.classList.add("open");
      } catch (error) {
        fill(box, element("p", { className: "said bad", text: why(error) }));
      }
    });
    return button;
  };
  const until = (at) => element("p", { className: "note", text: words("station.pass_until", { at: dayAndTime(at) }) });
  return [
    element("h3", { text: words("station.their_page") }),
    make("station.show_qr", "link", (link) => [qrCode(link.qr), until(link.expires_at)]),
    make("station.read_code", "code", ({ code, expires_at: at }) => [element("p", { className: "code", text: code.replace(/(\d{4})(?=\d)/g, "$1 ") }), until(at)]),
    askedTwice("station.end_passes", "station.end_passes_sure", async (made) => {
      made.disabled = true;
      try {
        await send(`${path}/passes`, {}, { method: "DELETE" });
        made.hidden = true;
        fill(box, element("p", { className: "said good", text: words("station.passes_ended") }));
      } catch (error) {
        made.disabled = false;
        fill(box, element("p", { className: "said bad", text: why(error) }));
      }
    }),
    box,
  ];
}

function qrCode(rows) {
  const size = rows.length + 8;
  const dark = rows.map((row, y) => Array.from(row, (bit, x) => (bit === "1" ? `M${x + 4} ${y + 4}h1v1h-1z` : "")).join("")).join("");
  return svg("svg", { class: "qr", viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": words("station.show_qr"), "shape-rendering": "crispEdges" },
    svg("rect", { width: size, height: size, class: "light" }), svg("path", { d: dark }));
}

function leaving(path, view, show) {
  const said = element("p", { className: "said", role: "status" });
  const stop = (made) => act(said, { label: `${words("station.stop")} ${view.worker_id}`, see: path, path: `${path}/unavailability`, until: (one) => !one.available }).then(() => {
    made.blur(); // what is under the focus is not drawn anew
    return show();
  }).catch(() => null);
  const id = newId();
  const forget = async (made) => {
    made.disabled = true;
    try {
      const { erased } = await send(`${path}/forgetting`, {}, { id });
      made.closest(".two").querySelector("form").hidden = true;
      redraw(made.closest(".sheet"), element("h2", { text: view.worker_id }), element("p", { className: "said", text: words("station.forgotten") }), element("ul", { className: "erased" }, ...erased.map((what) => element("li", { text: words(`page.erased.${what}`) }))));
    } catch (error) {
      made.disabled = false;
      say(said, "", "bad", why(error));
    }
  };
  return [...(view.available ? [askedTwice("station.stop", "station.stop_sure", stop)] : []), askedTwice("station.forget", "station.forget_sure", forget), said];
}
