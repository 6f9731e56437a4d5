// When a job is done: from which day on, for how many days, in one stretch of the day or in two.

import { element } from "../dom.js";
import { words } from "../words.js";
import { clock, dateIn, dateOf, DAY_MS, daysFrom, intervals } from "./calendar.js";
import { dated, now } from "./desk.js";
import { checked, choice, field, group, shownWith } from "./forms.js";
import { tellShifts } from "./shifts.js";

const NEAR = [0, 1, 2];
const USUAL_DAY = 1;
const MOST_DAYS = 180;
const YEAR_DAYS = 366;
const WEEKDAYS = [1, 2, 3, 4, 5, 6, 0];

const timeField = (value) => element("input", { type: "text", inputmode: "numeric", autocomplete: "off", value });
const inDays = (days) => dateIn(now() + days * DAY_MS);

export function workTimes(form) {
  const date = element("input", { type: "date", min: inDays(0), max: inDays(YEAR_DAYS), value: inDays(NEAR.length) });
  const [start, end, again, until] = ["8:00", "17:00", "", ""].map(timeField);
  const count = element("input", { type: "number", min: "1", max: String(MOST_DAYS), value: "1" });
  const told = element("p", { className: "note when", "aria-live": "polite" });
  // The stretches of a day in the order that they are worked in, each with the fields that say it.
  let order = [];

  function said() {
    const [day] = checked(form, "day");
    const isDate = day === "date";
    const first = isDate ? dateOf(date.value) : inDays(Number(day));
    if (isDate && !(first >= inDays(0) && first <= inDays(YEAR_DAYS))) return { fault: { title: words("station.date_wrong"), field: "date" } };
    const n = Number(count.value);
    if (!(Number.isInteger(n) && n >= 1 && n <= MOST_DAYS)) return { fault: { title: words("station.days_wrong", { n: MOST_DAYS }), field: "days" } };
    const days = daysFrom(first, n, checked(form, "off").map(Number));
    if (!days.length) return { fault: { title: words("station.off_wrong"), field: "off" } };
    if (days[days.length - 1] > inDays(YEAR_DAYS)) return { fault: { title: words("station.days_far"), field: "days" } };
    order = [{ path: "shifts", hours: [clock(start.value), clock(end.value)] }];
    if (again.value.trim() || until.value.trim()) order.push({ path: "second", hours: [clock(again.value), clock(until.value)] });
    for (const { path, hours } of order) if (!hours[0] || !hours[1]) return { fault: { title: words("station.hours_wrong"), field: `${path}.${hours[0] ? "end" : "start"}` } };
    const [empty] = order.filter(({ hours: [from, to] }) => from === to);
    if (empty) return { fault: { title: words("station.hours_equal"), field: `${empty.path}.end` } };
    const shifts = intervals(days, order.map(({ hours }) => hours));
    if (shifts[0].start <= now()) return { fault: { title: words("station.already_begun"), field: `${order[0].path}.start` } };
    return { days, shifts };
  }

  function tell() {
    const { shifts } = said();
    told.textContent = shifts ? tellShifts(shifts) : "";
  }

  form.addEventListener("input", tell);
  return {
    said,
    tell,
    // The gateway counts shifts; the form has a field for either stretch, whichever day it is.
    placed: (problem) => Object.assign({}, problem, { field: (problem.field || "").replace(/^shifts\[(\d+)\]/, (_, n) => order[n % order.length].path) }),
    days: [
      group("station.day", "inline", "day",
        ...NEAR.map((days) => dated(choice("radio", "day", days, "", days === USUAL_DAY), `station.in_days.${days}`, days)),
        choice("radio", "day", "date", words("station.other_day"))),
      shownWith(form, "day", "date", field("station.date", date, "date")),
    ],
    hours: [field("station.from", start, "shifts.start shifts"), field("station.to", end, "shifts.end")],
    longer: [
      element("div", { className: "row-of" }, field("station.days", count, "days"), field("station.second_from", again, "second.start second"), field("station.second_to", until, "second.end")),
      told,
    ],
    off: group("station.off", "inline", "off", ...WEEKDAYS.map((n) => choice("checkbox", "off", n, weekdayName(n)))),
  };
}

const weekdayName = (n) => words(`station.weekday.${n}`);
