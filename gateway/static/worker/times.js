// When the worker can work: what they said, other days and hours, a pause.

import { element } from "../dom.js";
import { redraw } from "../redraw.js";
import { day, dayAndTime, time, words } from "../words.js";
import { coming, TELLING } from "./availability.js";
import { stateOf } from "./cards.js";
import { pickForm } from "./picking.js";

const HOUR_MS = 3600000;
const DAY_MS = 24 * HOUR_MS;
const CHINA_MS = 8 * HOUR_MS;
const DAYS = 8;
const FIRST_HOUR = 5;
const LAST_HOUR = 23;
const USUAL = [7, 18];

let isOpen = false;

// `say(kind, changes)` tells the market.
export function showTimes(place, view, sent, say) {
  const again = () => showTimes(place, view, sent, say);
  const toggle = () => {
    isOpen = !isOpen;
    again();
  };
  const said = view.availability;
  redraw(place,
    element("p", { className: "is", text: view.available ? words("worker.looking", { at: dayAndTime(view.valid_until) }) : words("worker.not_looking") }),
    ...(view.available && said ? [windows(said.windows, view.now)] : []),
    ...(sent ? stateOf(sent.kind === TELLING ? null : sent) : said ? [buttons(view, toggle, say)] : [element("p", { className: "note", text: words("worker.at_station_first") })]),
    ...(isOpen && said && !sent ? [form(view.now, (windows) => {
      isOpen = false;
      say("available", { windows });
    })] : []),
  );
}

function windows(all, now) {
  return element("ul", {}, ...coming(all, now).map((one) => element("li", { text: told(one) })));
}

function told({ start, end }) {
  if (day(start) === day(end)) return words("worker.shift", { day: day(start), from: time(start), to: time(end) });
  return words("worker.window", { from: dayAndTime(start), to: dayAndTime(end) });
}

function buttons(view, toggle, say) {
  const change = element("button", { type: "button", className: view.available ? "" : "wide", "aria-expanded": isOpen, text: words("worker.change_times") });
  change.addEventListener("click", toggle);
  if (!view.available) return element("div", { className: "actions" }, change);
  const pause = element("button", { type: "button", className: "no", text: words("worker.pause"), "aria-describedby": "pause-how" });
  pause.addEventListener("click", () => say("pause", {}));
  return element("div", {},
    element("div", { className: "actions" }, change, pause),
    element("p", { className: "note", id: "pause-how", text: words("worker.pause_how") }),
  );
}

function form(now, save) {
  const midnight = Math.floor((now + CHINA_MS) / DAY_MS) * DAY_MS - CHINA_MS;
  const days = Array.from({ length: DAYS }, (_, n) => midnight + n * DAY_MS);
  const [from, to] = USUAL.map(hours);
  return pickForm("worker.which_days", days.map((at, n) => ({ id: `day-${at}`, value: at, name: nameOf(at, n), isOn: false })), {
    more: element("div", { className: "hours" },
      element("label", { text: words("worker.from") }, from),
      element("label", { text: words("worker.to") }, to),
    ),
    none: "worker.pick_a_day",
    done: "worker.save_times",
    say: (picked) => {
      const begins = picked.map(Number);
      const chosen = begins.map((at) => ({ start: at + Number(from.value) * HOUR_MS, end: at + Number(to.value) * HOUR_MS })).filter(({ start, end }) => start < end && end > now);
      if (chosen.length) save(chosen);
      return chosen.length > 0;
    },
  });
}

function nameOf(at, n) {
  return n < 2 ? `${words(["worker.today", "worker.tomorrow"][n])} ${day(at)}` : day(at);
}

function hours(usual) {
  const made = element("select");
  for (let hour = FIRST_HOUR; hour <= LAST_HOUR; hour += 1) {
    const option = element("option", { value: hour, text: `${String(hour).padStart(2, "0")}:00` });
    option.selected = hour === usual;
    made.append(option);
  }
  return made;
}
