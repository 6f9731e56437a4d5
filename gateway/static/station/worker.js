// A worker at the counter: when they can work, what they can do, what is offered to them.

import { CHANNELS, inOrder } from "../channels.js";
import { element, fill } from "../dom.js";
import { json, Refused, send } from "../gateway.js";
import { newest } from "../newest.js";
import { redraw } from "../redraw.js";
import { named, why, words } from "../words.js";
import { act, dated, desk, now, say } from "./desk.js";
import { at, checked, choice, clearFaults, DAY_MS, dateIn, fen, field, group, isSomewhere, onSubmit, select, showFault, yuan } from "./forms.js";
import { workerSheet } from "./worker_sheet.js";

const SKILLS = ["tea_picking", "vegetable_farming", "strawberry_picking", "building_help", "masonry", "electrician", "loading", "factory_work", "cleaning", "restaurant", "cooking", "hotel_service", "elder_care", "security", "porter"];
const CERTIFICATES = ["health", "electrician", "safety"];
const REACHES = [5, 10, 20, 50];
const USUAL_REACH = 20;
const DAYS = { today: [0], tomorrow: [1], week: [0, 1, 2, 3, 4, 5, 6] };
const HOURS = { whole: ["05:00", "23:00"], morning: ["05:00", "12:00"], afternoon: ["12:00", "20:00"], evening: ["17:00", "23:00"], night: ["18:00", "09:00"] };

const pathOf = (id) => `/api/station/workers/${encodeURIComponent(id)}`;

export function workerRoom(main, id) {
  const number = element("input", { type: "text", autocomplete: "off", list: "workers", value: id || "" });
  const known = element("datalist", { id: "workers" });
  const fresh = element("button", { type: "button", className: "quiet", text: words("station.new_worker") });
  const find = element("form", { className: "find", novalidate: "" }, field("station.worker_number", number, ""), element("button", { type: "submit", className: "quiet", text: words("station.find") }), fresh, known);
  let form = blank();
  const side = element("section", { className: "sheet beside", "aria-live": "polite" }, element("p", { className: "empty", text: words("station.worker_note") }));
  fill(main, find, element("div", { className: "two" }, form, side));
  form.hidden = true;
  let open = "";
  let loads = 0;
  let isLoading = false;
  const ask = newest();
  // The worker who is open; null when nobody has the number yet.
  const seen = () => json(pathOf(open)).catch((error) => {
    if (error instanceof Refused && error.status === 404) return null;
    throw error;
  });
  const show = async () => {
    const view = await ask(seen());
    if (view && view.worker_id === open) redraw(side, ...workerSheet(view, show));
  };
  const load = async (event) => {
    if (event) event.preventDefault();
    open = number.value.trim();
    if (!open) return;
    clearFaults(find);
    form.hidden = true;
    loads += 1;
    const mine = loads;
    isLoading = true;
    try {
      const view = await seen();
      if (mine !== loads) return;
      if (view) redraw(side, ...workerSheet(view, show));
      else redraw(side, element("p", { className: "empty", text: words("station.worker_is_new") }));
      begin(view && view.availability);
    } catch (error) {
      if (mine !== loads) return;
      if (error instanceof Refused) redraw(side, element("p", { className: "said bad", text: why(error) }));
      else {
        redraw(side, element("p", { className: "empty", text: words("station.worker_unseen") }));
        begin(null);
      }
    } finally {
      if (mine === loads) isLoading = false;
    }
  };
  // Each in a form of their own: what is said of one may still be on its way when the next is open.
  const begin = (said) => {
    const made = blank();
    fill(made, ...fields(made, open, said, show));
    form.replaceWith(made);
    form = made;
    form.hidden = false;
    form.querySelector("input").focus();
  };
  find.addEventListener("submit", load);
  fresh.addEventListener("click", () => {
    number.value = `W-${desk.session.station_id}-${Math.random().toString(36).slice(2, 8)}`;
    load();
  });
  json("/api/station/workers").then(({ workers }) => fill(known, ...workers.map((one) => element("option", { value: one.worker_id })))).catch(() => null);
  if (id) load();
  else number.focus();
  const busy = () => isLoading || side.contains(document.activeElement) || side.querySelector(".open, .said:not(:empty)");
  return { refresh: () => (open && !busy() ? show() : undefined) };
}

function blank() {
  return element("form", { className: "sheet form", novalidate: "" });
}

function fields(form, id, said, show) {
  const before = said || {};
  const skills = (before.skills || []).map((one) => one.code);
  const home = stationOf(before.place);
  const stations = desk.stations.filter((one) => one.lat !== null);
  const reach = before.max_distance_km || USUAL_REACH;
  const parts = {
    floor: element("input", { type: "text", inputmode: "decimal", value: yuan(before.pay_floor_fen_day || 0) }),
    km: select([...new Set([...REACHES, reach])].sort((a, b) => a - b).map((km) => [km, words("page.km", { km })]), reach),
    mode: select(["walk", "ebike", "motorbike", "bus", "car"].map((one) => [one, words(`word.${one}`)]), before.travel_mode || "ebike"),
    born: element("input", { type: "number", min: "1900", max: "2100", value: before.birth_year || "" }),
    home: select(stations.map((one) => [one.station_id, named(one.name) || one.station_id]), home || desk.session.station_id),
    name: element("input", { type: "text", autocomplete: "off", maxlength: "40" }),
    phone: element("input", { type: "tel", autocomplete: "off", maxlength: "20" }),
    wechat: element("input", { type: "text", autocomplete: "off", maxlength: "64" }),
  };
  const status = element("p", { className: "said", role: "status" });
  const shown = [...new Set([...skills, ...SKILLS])];
  onSubmit(form, () => register(form, id, before, parts, status, show));
  return [
    element("h2", { text: words(said ? "station.again" : "station.register") }),
    element("p", { className: "note", text: id }),
    group("station.when", "big", "windows", ...Object.keys(DAYS).map(dayChoice)),
    group("station.hours", "inline", "", ...Object.keys(HOURS).map((one) => choice("radio", "hours", one, words(`station.hours.${one}`), one === "whole"))),
    group("station.skills", "inline", "skills", ...shown.map((one) => choice("checkbox", "skills", one, skillName(one), skills.includes(one)))),
    element("div", { className: "row-of" }, field("station.floor", parts.floor, "pay_floor_fen_day"), field("station.km", parts.km, "max_distance_km"), field("station.mode", parts.mode, "travel_mode")),
    element("div", { className: "row-of" }, field("station.home", parts.home, "place"), field("station.born", parts.born, "birth_year")),
    element("div", { className: "row-of" }, field("station.name", parts.name, "name"), field("station.phone", parts.phone, "phone"), field("station.wechat", parts.wechat, "webhook")),
    group("station.certificates", "inline", "certificates", ...CERTIFICATES.map((one) => choice("checkbox", "certificates", one, words(`station.certificate.${one}`), (before.certificates || []).includes(one)))),
    group("station.channels", "inline", "channels", ...CHANNELS.map((one) => choice("checkbox", "channels", one, words(`word.${one}`), (before.channels || ["call"]).includes(one)))),
    element("button", { className: "main", type: "submit", text: words("station.register") }), status,
  ];
}

function dayChoice(name) {
  const made = choice("checkbox", "days", name, words(`station.days.${name}`), name === "tomorrow");
  return DAYS[name].length > 1 ? made : dated(made, `station.days.${name}`, DAYS[name][0]);
}

const skillName = (code) => {
  const told = words(`station.skill.${code}`);
  return told.startsWith("station.") ? code : told;
};

function stationOf(place) {
  const near = place && desk.stations.find((one) => one.lat === place.lat && one.lon === place.lon);
  return near ? near.station_id : "";
}

async function register(form, id, before, parts, status, show) {
  const path = pathOf(id);
  const body = availability(form, before, parts);
  if (!isSomewhere(body.place)) {
    showFault(form, { title: words("station.no_place"), field: "place" });
    return;
  }
  const last = Math.max(0, ...body.windows.map((one) => one.end));
  try {
    const until = (view, isAnswered) => isAnswered && view.available && view.valid_until === last;
    const view = await act(status, { path: `${path}/availability`, body, label: `${words("station.register")} ${id}`, see: path, until });
    if (entered(parts).length) await keepContact(form, path, parts, status, view !== null);
    if (view) await show();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (showFault(form, error.problem)) status.textContent = "";
  }
}

// Who it is and how they are reached is never kept in the browser: without a line it stays in its fields.
async function keepContact(form, path, parts, status, isThere) {
  if (!isThere) {
    showFault(form, { title: words("station.phone_later"), field: "phone" });
    return;
  }
  const contact = {};
  for (const [name, box] of entered(parts)) contact[name] = box.value.trim();
  try {
    await send(`${path}/contact`, contact, { method: "PATCH" });
  } catch (error) {
    if (error instanceof Refused) throw error;
    say(status, "station.phone_not_kept", "warn");
    showFault(form, { title: why(error), field: "phone" });
    return;
  }
  for (const [, box] of entered(parts)) box.value = "";
  status.textContent = words("station.phone_kept");
}

const entered = ({ name, phone, wechat }) => Object.entries({ name, phone, webhook: wechat }).filter(([, box]) => box.value.trim());

function availability(form, before, parts) {
  const [hours] = checked(form, "hours");
  const [from, to] = HOURS[hours];
  const days = [...new Set(checked(form, "days").flatMap((one) => DAYS[one]))].sort((a, b) => a - b);
  const dates = days.map((day) => dateIn(now() + day * DAY_MS));
  const over = to > from ? 0 : DAY_MS; // a night ends the next day
  const windows = dates.map((date) => ({ start: at(date, from), end: at(date, to) + over })).filter((one) => one.end > now());
  const home = desk.stations.find((one) => one.station_id === parts.home.value) || {};
  const isSame = stationOf(before.place) === parts.home.value || (before.place && !stationOf(before.place) && parts.home.value === desk.session.station_id);
  const levels = new Map((before.skills || []).map((one) => [one.code, one.level]));
  // Of what has no room in the form the gateway knows what was said before, also when this page does not.
  const kept = {};
  for (const name of ["occupations", "crew", "other_zones", "max_bookings"]) if (name in before) kept[name] = before[name];
  const body = Object.assign(kept, {
    windows,
    place: isSame ? before.place : { lat: home.lat, lon: home.lon, name: named(home.name) || "" },
    skills: checked(form, "skills").map((code) => ({ code, level: levels.get(code) || 2 })),
    certificates: checked(form, "certificates"),
    max_distance_km: Number(parts.km.value),
    pay_floor_fen_day: fen(parts.floor.value),
    travel_mode: parts.mode.value,
    channels: inOrder(checked(form, "channels"), before.channels || []),
  });
  return parts.born.value ? Object.assign(body, { birth_year: Number(parts.born.value) }) : body;
}
