// Posting a job: one form for the keyboard, then what the market makes of it.

import { element, fill } from "../dom.js";
import { json, Refused } from "../gateway.js";
import { newest } from "../newest.js";
import { redraw } from "../redraw.js";
import { named, why, words } from "../words.js";
import { act, desk } from "./desk.js";
import { amountFault, checked, choice, fen, field, foot, group, isSomewhere, LEAST_PAY, neededFault, onSubmit, peopleFault, select, showFault, showFaults } from "./forms.js";
import { isGone } from "./gone.js";
import { jobSheet } from "./job_sheet.js";
import { jobOccupation } from "./occupation.js";
import { workTimes } from "./work_times.js";

const EMPLOYERS = "station.known_employers";
const MOST_EMPLOYERS = 20;
const PERKS = ["meal", "lodging", "pickup", "insurance"];
const KINDS = ["gig", "temporary", "phased", "part_time", "internship"];
const SETTLEMENTS = ["daily", "weekly", "monthly", "on_completion"];

// The employers of the last postings here: id and name, the newest first.
const employers = () => JSON.parse(localStorage.getItem(EMPLOYERS) || "[]");

function remember({ employer_id: id, employer_name: name = "" }) {
  const others = employers().filter((one) => one.id !== id);
  localStorage.setItem(EMPLOYERS, JSON.stringify([{ id, name }, ...others].slice(0, MOST_EMPLOYERS)));
}

export function postRoom(main) {
  const form = element("form", { className: "sheet form", novalidate: "" });
  const side = element("section", { className: "sheet beside", "aria-live": "polite" }, element("p", { className: "empty", text: words("station.post_note") }));
  const status = element("p", { className: "said", role: "status" });
  const title = element("input", { type: "text", autocomplete: "off", maxlength: "200" });
  const occupation = jobOccupation(title);
  const parts = controls();
  const times = workTimes(form);
  form.append(
    element("h2", { text: words("station.room.post") }),
    field("station.job_title", title, "title"), occupation.box,
    element("div", { className: "row-of pays" },
      field("station.amount", parts.amount, "pay.amount_fen pay"),
      group("station.unit", "inline", "pay.unit", ...["day", "hour", "piece", "month"].map((unit) => choice("radio", "unit", unit, words(`station.per.${unit}`), unit === "day"))),
      field("station.settlement", parts.settlement, "pay.settlement")),
    ...times.days,
    element("div", { className: "row-of" }, ...times.hours, field("station.headcount", parts.headcount, "headcount")),
    element("div", { className: "row-of" }, field("station.employer", parts.employer, "employer_id"), parts.known, field("station.employer_name", parts.name, "employer_name"), field("station.where", parts.place, "place")),
    ...times.longer,
    group("station.perks", "inline", "perks", ...PERKS.map((perk) => choice("checkbox", "perks", perk, words(`word.${perk}`)))),
    more(parts, times),
    foot(words("station.post"), status),
  );
  times.tell();
  onSubmit(form, async () => {
    const { days, shifts, fault } = times.said();
    const faults = [
      ...neededFault(title.value.trim(), "title"), ...amountFault(parts.amount.value, "pay.amount_fen", LEAST_PAY),
      ...(fault ? [fault] : []), ...peopleFault(parts.headcount.value, "headcount"), ...neededFault(parts.employer.value.trim(), "employer_id"),
    ];
    if (showFaults(form, faults)) return;
    const job = posting(form, title.value.trim(), occupation.code(), parts, days[0], shifts);
    if (!isSomewhere(job.place)) {
      showFault(form, { title: words("station.no_place"), field: "place" });
      return;
    }
    try {
      const see = `/api/station/jobs/${encodeURIComponent(job.job_id)}`;
      const view = await act(status, { path: "/api/station/jobs", body: job, label: job.title, see, until: (one) => one.ranking !== null });
      if (view) {
        remember(job);
        redraw(side, ...jobSheet(view));
        side.dataset.job = job.job_id;
      }
      if (title.value.trim() !== job.title) return; // the next one is being entered
      title.value = "";
      occupation.clear();
      if (form.contains(document.activeElement)) title.focus();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (showFault(form, times.placed(error.problem))) status.textContent = "";
    }
  });
  fill(main, element("div", { className: "two" }, form, side));
  title.focus();
  const ask = newest();
  const refresh = async () => {
    times.tell();
    const { job } = side.dataset;
    if (!job) return;
    // Another may be posted while this one is asked for.
    const draw = (...rows) => job === side.dataset.job && redraw(side, ...rows);
    try {
      const view = await ask(json(`/api/station/jobs/${encodeURIComponent(job)}`));
      if (view) draw(...jobSheet(view));
    } catch (error) {
      if (!isGone(error)) throw error;
      draw(element("p", { className: "empty", text: why(error) }));
      if (job === side.dataset.job) delete side.dataset.job; // and is not asked for again
    }
  };
  return { refresh };
}

function controls() {
  const last = employers();
  const known = element("datalist", { id: "employers" }, ...last.map(({ id, name }) => element("option", { value: id, text: name })));
  const [{ id, name: usual }] = [...last, { id: "", name: "" }];
  const employer = element("input", { type: "text", list: "employers", autocomplete: "off", value: id });
  const name = element("input", { type: "text", autocomplete: "off", maxlength: "60", value: usual });
  employer.addEventListener("change", () => {
    const found = employers().find((one) => one.id === employer.value.trim());
    name.value = found ? found.name : "";
  });
  const stations = desk.stations.filter((one) => one.lat !== null);
  return {
    amount: element("input", { type: "text", inputmode: "decimal", autocomplete: "off" }),
    settlement: select(SETTLEMENTS.map((one) => [one, words(`word.${one}`)])),
    headcount: element("input", { type: "number", min: "1", value: "1" }),
    employer,
    name,
    known,
    place: select(stations.map((one) => [one.station_id, named(one.name) || one.station_id]), desk.session.station_id),
    kind: select(KINDS.map((one) => [one, words(`word.${one}`)])),
    age: element("input", { type: "number", min: "16", max: "99", value: "16" }),
    pieces: element("input", { type: "number", min: "1", max: "100000" }),
  };
}

function more({ kind, age, pieces }, times) {
  return element("details", {}, element("summary", { text: words("station.more") }),
    element("div", { className: "row-of" },
      field("station.kind", kind, "employment_kind"), field("station.age", age, "minimum_age"), field("station.pieces", pieces, "pay.pieces_per_day"),
      group("station.crews", "inline", "accepts_crews", choice("checkbox", "crews", "1", words("station.crews_yes")))),
    times.off);
}

function posting(form, title, occupation, parts, first, shifts) {
  const station = desk.stations.find((one) => one.station_id === parts.place.value) || {};
  const [unit] = checked(form, "unit");
  const body = {
    job_id: `J-${desk.session.station_id}-${first.replace(/-/g, "")}-${Math.random().toString(36).slice(2, 8)}`,
    employer_id: parts.employer.value.trim(),
    title,
    shifts,
    pay: { amount_fen: fen(parts.amount.value), unit, settlement: unit === "month" && parts.settlement.value === "daily" ? "monthly" : parts.settlement.value },
    place: { lat: station.lat, lon: station.lon, name: named(station.name) || "" },
    headcount: Number(parts.headcount.value),
    perks: checked(form, "perks"),
    employment_kind: parts.kind.value,
    minimum_age: Number(parts.age.value),
    accepts_crews: checked(form, "crews").length > 0,
  };
  if (unit === "piece" && parts.pieces.value) body.pay.pieces_per_day = Number(parts.pieces.value);
  const name = parts.name.value.trim();
  return Object.assign(body, occupation && { occupation }, name && { employer_name: name });
}
