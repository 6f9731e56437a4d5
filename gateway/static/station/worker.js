// A worker at the counter: when they can work, what they can do, what is offered to them.

import { CHANNELS, inOrder } from "../channels.js";
import { element, fill } from "../dom.js";
import { json, Refused, send } from "../gateway.js";
import { newest } from "../newest.js";
import { redraw } from "../redraw.js";
import { named, why, words } from "../words.js";
import { availableTimes } from "./availability.js";
import { act, desk, say } from "./desk.js";
import { amountFault, checked, choice, clearFaults, fen, field, foot, group, isSomewhere, onSubmit, select, showFault, showFaults, yuan } from "./forms.js";
import { unlessGone } from "./gone.js";
import { kindsOfWork } from "./kinds.js";
import { isPersonal } from "./personal.js";
import { workerSheet } from "./worker_sheet.js";

const CERTIFICATES = ["health", "electrician", "safety"];
const REACHES = [5, 10, 20, 50];
const USUAL_REACH = 20;
const AS_SAID = "said";

const pathOf = (id) => `/api/station/workers/${encodeURIComponent(id)}`;

export function workerRoom(main, id) {
  const number = element("input", { type: "text", autocomplete: "off", list: "workers", value: id || "" });
  const known = element("datalist", { id: "workers" });
  const fresh = element("button", { type: "button", className: "quiet", text: words("station.new_worker") });
  const find = element("form", { className: "find", novalidate: "" }, field("station.worker_number", number, "worker_id"), element("button", { type: "submit", className: "quiet", text: words("station.find") }), fresh, known);
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
  // Of a worker who was there and is not any more nothing is left in the form, either.
  let [isThere, nobody] = [false, "station.worker_is_new"];
  const draw = (view) => {
    const isErased = isThere && !view;
    isThere = Boolean(view);
    if (view) nobody = "station.worker_gone";
    redraw(side, ...(view ? workerSheet(view, show, showIfFree) : [element("p", { className: "empty", text: words(nobody) })]));
    if (isErased) begin(null, true);
  };
  // `isWanted` is asked when the answer is here: somebody may have pressed something meanwhile.
  const show = async (isWanted = () => true) => {
    const who = open;
    const view = await ask(seen()).catch((error) => {
      if (who !== open) return undefined; // of somebody who was open before
      throw error;
    });
    if (view !== undefined && who === open && isWanted()) draw(view);
  };
  const load = async (event) => {
    if (event) event.preventDefault();
    const wanted = number.value.trim();
    if (!wanted) return;
    clearFaults(find);
    if (isPersonal(wanted)) {
      showFault(find, { title: words("station.number_is_phone"), field: "worker_id" });
      return;
    }
    open = wanted;
    [isThere, nobody] = [false, "station.worker_is_new"];
    refresh.anew();
    form.hidden = true;
    loads += 1;
    const mine = loads;
    isLoading = true;
    try {
      const view = await seen();
      if (mine !== loads) return;
      draw(view);
      begin(view, true);
    } catch (error) {
      if (mine !== loads) return;
      if (error instanceof Refused) redraw(side, element("p", { className: "said bad", text: why(error) }));
      else {
        redraw(side, element("p", { className: "empty", text: words("station.worker_unseen") }));
        begin(null, false);
      }
    } finally {
      if (mine === loads) isLoading = false;
    }
  };
  // Each in a form of their own: what is said of one may still be on its way when the next is open.
  const begin = (view, isSeen) => {
    const made = blank();
    fill(made, ...fields(made, open, view, isSeen, show));
    form.replaceWith(made);
    form = made;
    form.hidden = false;
    form.querySelector("input").focus();
  };
  // What waits or is not decided yet says so until there is something else to see.
  const isFree = () => !isLoading && !side.contains(document.activeElement) && !side.querySelector(".open, .said:not(:empty):not(.warn)");
  const showIfFree = () => (open && isFree() ? show(isFree) : undefined);
  const tellGone = (error) => {
    form.hidden = true;
    redraw(side, element("p", { className: "said bad", text: why(error) }));
  };
  const refresh = unlessGone(showIfFree, tellGone);
  find.addEventListener("submit", load);
  fresh.addEventListener("click", () => {
    number.value = `W-${desk.session.station_id}-${Math.random().toString(36).slice(2, 8)}`;
    load();
  });
  json("/api/station/workers").then(({ workers }) => fill(known, ...workers.map((one) => element("option", { value: one.worker_id })))).catch(() => null);
  if (id) load();
  else number.focus();
  return { refresh };
}

function blank() {
  return element("form", { className: "sheet form", novalidate: "" });
}

// `view` is what the market and the gateway have of them, null for nothing; without `isSeen` there may be more.
function fields(form, id, view, isSeen, show) {
  const said = view && view.availability;
  const before = said || {};
  const reach = before.max_distance_km || USUAL_REACH;
  const parts = {
    times: availableTimes(form, before, Boolean(view && view.available)),
    kinds: kindsOfWork(form, before, isSeen),
    floor: element("input", { type: "text", inputmode: "decimal", value: yuan(before.pay_floor_fen_day || 0) }),
    km: select([...new Set([...REACHES, reach])].sort((a, b) => a - b).map((km) => [km, words("page.km", { km })]), reach),
    mode: select(["walk", "ebike", "motorbike", "bus", "car"].map((one) => [one, words(`word.${one}`)]), before.travel_mode || "ebike"),
    born: element("input", { type: "number", min: "1900", max: "2100", value: before.birth_year || "" }),
    home: homeChoice(before.place),
    name: element("input", { type: "text", autocomplete: "off", maxlength: "40" }),
    phone: element("input", { type: "tel", autocomplete: "off", maxlength: "20" }),
    wechat: element("input", { type: "text", autocomplete: "off", maxlength: "64" }),
  };
  const papers = before.certificates || [];
  const status = element("p", { className: "said", role: "status" });
  onSubmit(form, () => register(form, id, before, parts, status, show));
  return [
    element("h2", { text: words(said ? "station.again" : "station.register") }),
    element("p", { className: "note", text: id }),
    ...parts.times.boxes,
    ...parts.kinds.boxes,
    element("div", { className: "row-of" }, field("station.floor", parts.floor, "pay_floor_fen_day"), field("station.km", parts.km, "max_distance_km"), field("station.mode", parts.mode, "travel_mode")),
    element("div", { className: "row-of" }, field("station.home", parts.home, "place"), field("station.born", parts.born, "birth_year")),
    element("div", { className: "row-of" }, field("station.name", parts.name, "name"), field("station.phone", parts.phone, "phone"), field("station.wechat", parts.wechat, "webhook")),
    group("station.certificates", "inline", "certificates", ...[...new Set([...papers, ...CERTIFICATES])].map((one) => choice("checkbox", "certificates", one, certificateName(one), papers.includes(one)))),
    group("station.channels", "inline", "channels", ...CHANNELS.map((one) => choice("checkbox", "channels", one, words(`word.${one}`), (before.channels || ["call"]).includes(one)))),
    foot(words("station.register"), status),
  ];
}

const certificateName = (code) => (CERTIFICATES.includes(code) ? words(`station.certificate.${code}`) : code);

// Where they live: a station's place, or where they said last if that is none of them.
function homeChoice(place) {
  const stations = desk.stations.filter((one) => one.lat !== null).map((one) => [one.station_id, named(one.name) || one.station_id]);
  const near = stationOf(place);
  const isElsewhere = Boolean(place) && !near;
  return select(isElsewhere ? [[AS_SAID, place.name || words("station.home_said")], ...stations] : stations, isElsewhere ? AS_SAID : near || desk.session.station_id);
}

function stationOf(place) {
  const near = place && desk.stations.find((one) => one.lat === place.lat && one.lon === place.lon);
  return near ? near.station_id : "";
}

async function register(form, id, before, parts, status, show) {
  const path = pathOf(id);
  const { windows, fault } = parts.times.said();
  if (fault) {
    showFault(form, fault);
    return;
  }
  // Heavy work is not offered to whoever may be sixteen; one is told so, and may leave it at that.
  if (!parts.born.value && parts.kinds.needsAge() && !parts.isAgeLeft) {
    parts.isAgeLeft = true;
    showFault(form, { title: words("station.born_needed"), field: "birth_year" });
    return;
  }
  if (showFaults(form, amountFault(parts.floor.value, "pay_floor_fen_day"))) return;
  const body = availability(form, before, windows, parts);
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

function availability(form, before, windows, parts) {
  const home = desk.stations.find((one) => one.station_id === parts.home.value) || {};
  const isSame = parts.home.value === AS_SAID || (before.place && stationOf(before.place) === parts.home.value);
  // Of what has no room in the form the gateway knows what was said before, also when this page does not.
  const kept = {};
  for (const name of ["crew", "other_zones", "max_bookings"]) if (name in before) kept[name] = before[name];
  const body = Object.assign(kept, parts.kinds.said(), {
    windows,
    place: isSame ? before.place : { lat: home.lat, lon: home.lon, name: named(home.name) || "" },
    certificates: checked(form, "certificates"),
    max_distance_km: Number(parts.km.value),
    pay_floor_fen_day: fen(parts.floor.value),
    travel_mode: parts.mode.value,
    channels: inOrder(checked(form, "channels"), before.channels || []),
  });
  return parts.born.value ? Object.assign(body, { birth_year: Number(parts.born.value) }) : body;
}
