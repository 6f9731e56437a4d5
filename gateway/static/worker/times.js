// When the worker can work: what they said, other days and hours, a pause.

import { element } from "../dom.js";
import { redraw } from "../redraw.js";
import { date, day, dayAndTime, time, weekday, words } from "../words.js";
import { coming, TELLING } from "./availability.js";
import { stateOf, twice } from "./cards.js";
import { pickForm } from "./picking.js";

const HOUR_MS = 3600000;
const DAY_MS = 24 * HOUR_MS;
const CHINA_MS = 8 * HOUR_MS;
const DAYS = 8;
const FIRST_HOUR = 5;
const LAST_HOUR = 23;
const USUAL = [7, 18];
const PAUSE = "pause";

let isOpen = false;

// `say(kind, changes)` tells the market; `ask(what)` asks whether they are sure of it, `asked` is what is.
export function showTimes(place, view, { sent, asked, ask, say }) {
  const toggle = () => {
    isOpen = !isOpen;
    showTimes(place, view, { sent, asked, ask, say });
  };
  const said = view.availability;
  const ahead = said ? coming(said.windows, view.now) : [];
  const answers = said ? buttons(view, ahead, { toggle, asked, ask, say }) : [element("p", { className: "note", text: words("worker.at_station_first") })];
  redraw(place,
    element("p", { className: "is", text: view.available ? words("worker.looking", { at: dayAndTime(view.valid_until) }) : words("worker.not_looking") }),
    ...(ahead.length ? windows(ahead, view.available) : []),
    ...(sent ? stateOf(sent.kind === TELLING ? null : sent) : answers),
    ...(isOpen && said && !sent ? [form(ahead, view.now, (windows) => {
      isOpen = false;
      say("available", { windows });
    })] : []),
  );
}

function windows(ahead, isLooking) {
  const list = element("ul", {}, ...ahead.map((one) => element("li", { text: told(one) })));
  return isLooking ? [list] : [element("p", { className: "note", text: words("worker.times_kept") }), list];
}

function told({ start, end }) {
  if (day(start) === day(end)) return words("worker.shift", { day: day(start), from: time(start), to: time(end) });
  return words("worker.window", { from: dayAndTime(start), to: dayAndTime(end) });
}

function buttons(view, ahead, { toggle, asked, ask, say }) {
  const made = (key, act, more) => {
    const button = element("button", { type: "button", text: words(key), ...more });
    button.addEventListener("click", act);
    return button;
  };
  const change = made("worker.change_times", toggle, { "aria-expanded": isOpen });
  if (!view.available) {
    const resume = ahead.length ? [made("worker.resume", () => say("available", { windows: ahead }), { className: "yes" })] : [];
    return [element("div", { className: "actions" }, ...resume, change)];
  }
  if (asked === PAUSE) return twice("worker.pause_sure", "worker.yes_pause", () => say("pause", {}), () => ask(null), "worker.keep_looking");
  const pause = made("worker.pause", () => ask(PAUSE), { className: "no", "aria-describedby": "pause-how" });
  return [
    element("div", { className: "actions" }, change, pause),
    element("p", { className: "note", id: "pause-how", text: words("worker.pause_how") }),
  ];
}

// What is registered is chosen already; a window that days and hours cannot tell is a choice by itself.
function form(ahead, now, save) {
  const days = Array.from({ length: DAYS }, (_, n) => dayOf(now) + n * DAY_MS);
  const { dated, usual, others } = sorted(ahead, days);
  const [from, to] = usual.map((hour, n) => hours(["from", "to"][n], hour));
  const options = [
    ...days.map((at, n) => ({ id: `day-${at}`, value: at, name: nameOf(at, n), isOn: dated.includes(at) })),
    ...others.map((one) => ({ id: nameOfOther(one), value: nameOfOther(one), name: told(one), isOn: true, isWide: true })),
  ];
  return pickForm(ahead.length ? "worker.which_days_said" : "worker.which_days", options, {
    more: element("div", { className: "hours" },
      element("label", { text: words("worker.from") }, from),
      element("label", { text: words("worker.to") }, to),
    ),
    none: "worker.pick_a_day",
    done: "worker.save_times",
    say: (picked) => {
      const begins = days.filter((at) => picked.includes(String(at)));
      const made = begins.map((at) => ({ start: at + Number(from.value) * HOUR_MS, end: at + Number(to.value) * HOUR_MS }));
      const kept = others.filter((one) => picked.includes(nameOfOther(one)));
      const chosen = coming([...kept, ...made], now).sort((one, other) => one.start - other.start);
      const isTold = chosen.length > 0 && made.every(({ start, end }) => start < end);
      if (isTold) save(chosen);
      return isTold;
    },
  });
}

const nameOfOther = ({ start, end }) => `other-${start}-${end}`;
const dayOf = (at) => Math.floor((at + CHINA_MS) / DAY_MS) * DAY_MS - CHINA_MS;
const hoursOf = ({ start, end }) => [start, end].map((at) => (at - dayOf(start)) / HOUR_MS);

// The registered days of the form with the hours that most of them have, and what is not among them.
function sorted(ahead, days) {
  const isHour = (hour) => Number.isInteger(hour) && hour >= FIRST_HOUR && hour <= LAST_HOUR;
  const plain = ahead.filter((one) => days.includes(dayOf(one.start)) && hoursOf(one).every(isHour));
  const alike = (one) => plain.filter((other) => String(hoursOf(other)) === String(hoursOf(one)));
  const chosen = plain.map(alike).reduce((most, some) => (some.length > most.length ? some : most), []);
  return {
    dated: chosen.map(({ start }) => dayOf(start)),
    usual: chosen.length ? hoursOf(chosen[0]) : USUAL,
    others: ahead.filter((one) => !chosen.includes(one)),
  };
}

function nameOf(at, n) {
  return [...(n < 2 ? [words(["worker.today", "worker.tomorrow"][n])] : []), weekday(at), date(at)].join(" ");
}

function hours(name, usual) {
  const made = element("select", { id: `hours-${name}` });
  for (let hour = FIRST_HOUR; hour <= LAST_HOUR; hour += 1) {
    made.append(element("option", { value: hour, text: `${String(hour).padStart(2, "0")}:00`, ...(hour === usual ? { selected: "" } : {}) }));
  }
  return made;
}
