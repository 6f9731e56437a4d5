// Posting a job: one form for the keyboard, then what the market makes of it.

import { element, fill } from "../dom.js";
import { json, Refused } from "../gateway.js";
import { redraw } from "../redraw.js";
import { named, words } from "../words.js";
import { act, dated, desk, now } from "./desk.js";
import { at, checked, choice, clock, DAY_MS, dateIn, fen, field, group, isSomewhere, onSubmit, select, showFault } from "./forms.js";
import { jobSheet } from "./job_sheet.js";

const ASK_MS = 200;
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
  const occupation = occupationField(title);
  const parts = controls();
  form.append(
    element("h2", { text: words("station.room.post") }),
    field("station.job_title", title, "title"), occupation.box,
    element("div", { className: "row-of pays" },
      field("station.amount", parts.amount, "pay.amount_fen pay"),
      group("station.unit", "inline", "pay.unit", ...["day", "hour", "piece", "month"].map((unit) => choice("radio", "unit", unit, words(`station.per.${unit}`), unit === "day"))),
      field("station.settlement", parts.settlement, "pay.settlement")),
    group("station.day", "inline", "", ...[0, 1, 2].map((days) => dated(choice("radio", "day", days, "", days === 1), `station.in_days.${days}`, days))),
    element("div", { className: "row-of" },
      field("station.from", parts.start, "shifts.start shifts"), field("station.to", parts.end, "shifts.end"),
      field("station.days", parts.days, ""), field("station.headcount", parts.headcount, "headcount")),
    element("div", { className: "row-of" }, field("station.employer", parts.employer, "employer_id"), parts.known, field("station.employer_name", parts.name, "employer_name"), field("station.where", parts.place, "place")),
    group("station.perks", "inline", "perks", ...PERKS.map((perk) => choice("checkbox", "perks", perk, words(`word.${perk}`)))),
    more(parts),
    element("button", { className: "main", type: "submit", text: words("station.post") }), status,
  );
  onSubmit(form, async () => {
    const job = posting(form, title.value.trim(), occupation.code(), parts);
    if (job.shifts[0].start <= now()) {
      showFault(form, { title: words("station.already_begun"), field: "shifts.start" });
      return;
    }
    if (!isSomewhere(job.place)) {
      showFault(form, { title: words("station.no_place"), field: "place" });
      return;
    }
    try {
      const see = `/api/station/jobs/${encodeURIComponent(job.job_id)}`;
      const view = await act(status, { path: "/api/station/jobs", body: job, label: job.title, see, until: (one) => one.ranking !== null });
      remember(job);
      if (view) {
        redraw(side, ...jobSheet(view));
        side.dataset.job = job.job_id;
      }
      if (title.value.trim() !== job.title) return; // the next one is being entered
      title.value = "";
      occupation.clear();
      if (form.contains(document.activeElement)) title.focus();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (showFault(form, error.problem)) status.textContent = "";
    }
  });
  fill(main, element("div", { className: "two" }, form, side));
  title.focus();
  return {
    refresh: async () => {
      if (side.dataset.job) redraw(side, ...jobSheet(await json(`/api/station/jobs/${encodeURIComponent(side.dataset.job)}`)));
    },
  };
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
    start: element("input", { type: "text", inputmode: "numeric", autocomplete: "off", value: "8:00" }),
    end: element("input", { type: "text", inputmode: "numeric", autocomplete: "off", value: "17:00" }),
    days: element("input", { type: "number", min: "1", max: "60", value: "1" }),
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

function more({ kind, age, pieces }) {
  return element("details", {}, element("summary", { text: words("station.more") }),
    element("div", { className: "row-of" },
      field("station.kind", kind, "employment_kind"), field("station.age", age, "minimum_age"), field("station.pieces", pieces, "pay.pieces_per_day"),
      group("station.crews", "inline", "accepts_crews", choice("checkbox", "crews", "1", words("station.crews_yes")))));
}

function posting(form, title, occupation, parts) {
  const [day] = checked(form, "day");
  const first = dateIn(now() + Number(day) * DAY_MS);
  const [start, end] = [at(first, clock(parts.start.value)), at(first, clock(parts.end.value))];
  const length = end > start ? end - start : end - start + DAY_MS; // a night shift ends the next day
  const days = Array.from({ length: Math.min(60, Math.max(1, Number(parts.days.value) || 1)) }, (_, n) => n * DAY_MS);
  const station = desk.stations.find((one) => one.station_id === parts.place.value) || {};
  const [unit] = checked(form, "unit");
  const body = {
    job_id: `J-${desk.session.station_id}-${first.replace(/-/g, "")}-${Math.random().toString(36).slice(2, 8)}`,
    employer_id: parts.employer.value.trim(),
    title,
    shifts: days.map((offset) => ({ start: start + offset, end: start + offset + length })),
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

// What the title is called in the national list, asked as one types; unsure, a short list.
function occupationField(title) {
  const box = group("station.occupation", "inline", "occupation");
  const list = box.querySelector(".choices");
  let waiting = 0;
  let asked = "";
  box.hidden = true;
  const clear = () => { box.hidden = true; fill(list); asked = ""; };
  async function ask() {
    asked = title.value.trim();
    if (!asked) return clear();
    const wanted = asked;
    const said = await json(`/api/station/occupation?title=${encodeURIComponent(wanted)}`).catch(() => null);
    if (!said || wanted !== asked) return undefined;
    const found = said.choices.map(({ code, name }) => choice("radio", "occupation", code, name, code === said.code));
    box.hidden = !found.length;
    box.querySelector(".fault").textContent = said.code || !found.length ? "" : words("station.choose_occupation");
    fill(list, ...found, choice("radio", "occupation", "", words("station.no_occupation"), !said.code));
    return undefined;
  }
  title.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, ASK_MS);
  });
  return { box, clear, code: () => (box.hidden ? "" : checked(box, "occupation")[0] || "") };
}
