// When somebody can work: what they said last and is still ahead, and what is said now.

import { element } from "../dom.js";
import { words } from "../words.js";
import { clock, dateIn, dateOf, DAY_MS, dayOf, daysBetween, intervals, joined, sharedHours, stillAhead, without } from "./calendar.js";
import { dated, now } from "./desk.js";
import { checked, choice, field, group, shownWith } from "./forms.js";
import { tellWindow } from "./shifts.js";

const DAYS = { today: [0], tomorrow: [1], week: [0, 1, 2, 3, 4, 5, 6] };
const HOURS = { whole: ["05:00", "23:00"], morning: ["05:00", "12:00"], afternoon: ["12:00", "20:00"], evening: ["17:00", "23:00"], night: ["18:00", "09:00"] };
const OWN_HOURS = ["08:00", "17:00"];
const MOST_SAID = 14;
const MOST_DAYS = 180;

const inDays = (days) => dateIn(now() + days * DAY_MS);

// `before` is what they said last, {} for nothing; without `isLooking` none of it holds, and what is ahead can be
// switched on again.
export function availableTimes(form, before, isLooking) {
  const ahead = stillAhead(before, now());
  const isKept = isLooking && ahead.length > 0;
  const usual = sharedHours(ahead.length ? ahead : before.windows || []);
  const hoursName = usual ? Object.keys(HOURS).find((one) => HOURS[one].join() === usual.join()) || "own" : "whole";
  const own = hoursName === "own";
  const hoursBefore = own ? usual : HOURS[hoursName];
  const [from, to] = (own ? usual : OWN_HOURS).map((value) => element("input", { type: "text", inputmode: "numeric", autocomplete: "off", value }));
  const [first, last] = [2, 8].map((days) => element("input", { type: "date", min: inDays(0), value: inDays(days) }));
  const shown = ahead.length > MOST_SAID ? ahead.slice(0, MOST_SAID - 1) : ahead;
  const rest = ahead.slice(shown.length);
  const boxes = shown.map((one, n) => choice("checkbox", "said", n, tellWindow(one), isKept));
  const restBox = choice("checkbox", "said", "rest", "", isKept);
  // What stands for a day that is said anew, and was switched off for that.
  const taken = new Set();
  let anew = isKept ? [] : [inDays(1)];

  // The dates that are said now; null when they cannot be read.
  function dates() {
    const days = checked(form, "days");
    const near = days.filter((one) => one in DAYS).map((one) => DAYS[one].map(inDays));
    if (!days.includes("dates")) return [...new Set([].concat(...near))];
    const [begin, end] = [dateOf(first.value), dateOf(last.value)];
    if (!begin || !end || end < begin || end < inDays(0)) return null;
    const range = daysBetween(begin, end);
    return range.length > MOST_DAYS ? null : [...new Set([].concat(...near, range))];
  }

  // Whoever says a day anew does not mean what was said of it before: it stays in sight, and can be taken back.
  // Whoever takes the day back has it as before.
  form.addEventListener("change", ({ target }) => {
    if (target.name === "said") taken.delete(target);
    if (target.name !== "days" && target !== first && target !== last) return;
    const was = anew;
    anew = dates() || [];
    shown.forEach((one, n) => {
      const box = boxes[n].querySelector("input");
      const day = dayOf(one);
      if (!anew.includes(day)) box.checked = taken.delete(box) || box.checked;
      else if (!was.includes(day) && box.checked) {
        taken.add(box);
        box.checked = false;
      }
    });
    tellRest();
  });

  // What has no box of its own cannot be taken back by one: of a day that is said anew it does not count.
  function tellRest() {
    const left = without(rest, anew);
    restBox.hidden = !left.length;
    if (left.length) restBox.querySelector("span").textContent = words("station.said_more", { n: left.length, last: tellWindow(left[left.length - 1]) });
  }
  tellRest();

  return {
    boxes: [
      ...(ahead.length ? [group("station.said_windows", "inline said-windows", "", ...boxes, ...(rest.length ? [restBox] : []))] : []),
      group(ahead.length ? "station.when_else" : "station.when", "big", "windows", ...Object.keys(DAYS).map((name) => dayChoice(name, name === "tomorrow" && !isKept)), choice("checkbox", "days", "dates", words("station.days.dates"))),
      shownWith(form, "days", "dates", element("div", { className: "row-of" }, field("station.first_day", first, "dates"), field("station.last_day", last, ""))),
      group("station.hours", "inline", "", ...[...Object.keys(HOURS), "own"].map((one) => choice("radio", "hours", one, words(`station.hours.${one}`), one === hoursName))),
      shownWith(form, "hours", "own", element("div", { className: "row-of" }, field("station.from", from, "own"), field("station.to", to, "own_end")), own),
    ],
    // The windows, or the field that is wrong.
    said: () => {
      const days = dates();
      if (!days) return { fault: { title: words("station.dates_wrong", { n: MOST_DAYS }), field: "dates" } };
      const [chosen] = checked(form, "hours");
      const hours = chosen === "own" ? [clock(from.value), clock(to.value)] : HOURS[chosen];
      if (!hours[0] || !hours[1]) return { fault: { title: words("station.hours_wrong"), field: hours[0] ? "own_end" : "own" } };
      if (hours[0] === hours[1]) return { fault: { title: words("station.hours_equal"), field: "own_end" } };
      const made = intervals(days, [hours]);
      const kept = [].concat(...checked(form, "said").map((one) => (one === "rest" ? without(rest, days) : [ahead[one]])));
      // Other hours are those of the days that are ticked; without any they would be lost unseen.
      if (kept.length && !days.length && hours.join() !== hoursBefore.join()) return { fault: { title: words("station.hours_for"), field: "windows" } };
      return { windows: joined([...kept, ...made]).filter(({ end }) => end > now()) };
    },
  };
}

function dayChoice(name, isOn) {
  const made = choice("checkbox", "days", name, words(`station.days.${name}`), isOn);
  return DAYS[name].length > 1 ? made : dated(made, `station.days.${name}`, DAYS[name][0]);
}
