// Kinds of work to choose from, and a number to find a job by.

import { element } from "../dom.js";
import { number, words } from "../words.js";
import { backKey, button } from "./buttons.js";
import { badge } from "./icons.js";
import { WORK, wished } from "./jobs.js";
import { tile } from "./list.js";

const DIGITS = 4;

// Kinds of work by their drawings, for those who read little.
export function workRoom({ jobs, now, at, go }) {
  const left = (work) => wished(jobs, { ...at.wishes, work }, now).length;
  const choose = (work) => () => go({ room: "list", wishes: { ...at.wishes, work }, page: 0 });
  const kinds = ["all", ...WORK].map((work) => element("li", {}, pick(work, left(work), at.wishes.work === work, choose(work))));
  return [element("h2", { tabindex: "-1", text: words("station.kiosk_which_work") }), element("ul", { className: "picks" }, ...kinds), backKey(() => go({ room: "list" }))];
}

function pick(work, count, isOn, act) {
  const made = element("button", { type: "button", className: "pick", "aria-pressed": String(isOn), "data-work": work }, badge(work), element("span", { text: words(`station.kiosk_work.${work}`) }), element("small", { text: number(count) }));
  made.addEventListener("click", act);
  return made;
}

// Who has read or been told a number, at the counter too, finds the job by it.
export function findRoom({ jobs, now, at, go, press }) {
  const found = at.digits.length === DIGITS ? jobs.filter(({ number: one }) => one === at.digits) : [];
  const unknown = at.digits.length === DIGITS && !found.length ? [element("p", { className: "gone", role: "status", text: words("station.kiosk_unknown", { number: at.digits }) })] : [];
  return [
    element("h2", { tabindex: "-1", text: words("station.kiosk_find_how") }),
    keypad({ digits: at.digits, most: DIGITS, name: words("station.kiosk_digits"), press, clear: () => go({ digits: "" }) },
      ...unknown,
      element("ol", { className: "tiles" }, ...found.map((job) => tile(job, now, go)))),
    backKey(() => go({ room: "list" })),
  ];
}

// Digits to touch, and above them those that were; what is told of them stands between.
export function keypad({ digits, most, name, press, clear }, ...told) {
  const key = (digit) => element("li", {}, button("digit", "", digit, () => press(digit), { "data-digit": digit }));
  const anew = element("li", {}, button("digit word", "", words("station.kiosk_clear"), clear));
  const erase = element("li", {}, button("digit word", "delete", words("station.kiosk_delete"), () => press("")));
  return element("div", { className: "pad" },
    element("p", { className: "digits", role: "status", "aria-label": `${name} ${digits}`, text: digits.padEnd(most, "·") }),
    ...told,
    element("ul", { className: "keypad" }, ...[..."123456789"].map(key), anew, key("0"), erase));
}
