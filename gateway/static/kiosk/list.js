// The start: what one may wish for, the jobs that are left, a page of them at a time.

import { element } from "../dom.js";
import { newsOf } from "../station/desk.js";
import { number, payPerDay, words } from "../words.js";
import { button } from "./buttons.js";
import { place, when } from "./card.js";
import { badge, drawing } from "./icons.js";
import { ANY, DAYS, NEAR_KM, wished } from "./jobs.js";

const MOST_NEWS = 4;

export function news(notices) {
  if (!notices.length) return [];
  const lines = notices.slice(0, MOST_NEWS).map((one) => element("li", { text: words(`station.kiosk_news.${newsOf(one)}`, one) }));
  return [element("section", { className: "news", "aria-live": "polite" }, element("h2", { text: words("station.kiosk_news") }), element("ul", {}, ...lines))];
}

// `go(changes)` goes on from here; each button says how many jobs it would leave.
export function listRoom({ jobs, more, now, at, perPage, go }) {
  const { wishes } = at;
  const found = wished(jobs, wishes, now);
  const pages = Math.max(1, Math.ceil(found.length / perPage));
  const page = Math.min(at.page, pages - 1);
  const tiles = found.slice(page * perPage, (page + 1) * perPage).map((job) => tile(job, now, go));
  return [
    ...(jobs.length ? [wishBar(jobs, now, wishes, go)] : []),
    ...(at.gone ? [element("p", { className: "gone", role: "status", text: words("station.kiosk_gone", { title: at.gone }) })] : []),
    ...(tiles.length ? [element("ol", { className: "tiles" }, ...tiles)] : [nothing(jobs, go)]),
    foot(page, pages, more, jobs.length, go),
  ];
}

function wishBar(jobs, now, wishes, go) {
  const left = (changes) => wished(jobs, { ...wishes, ...changes }, now).length;
  const wish = (changes, drawn, text, isOn, label = "") => element("li", {}, button("wish", drawn, text, () => go({ wishes: { ...wishes, ...changes }, page: 0 }), { "aria-pressed": String(isOn), "data-wish": label },
    element("small", { text: number(left(isOn ? {} : changes)) })));
  const days = DAYS.map((day) => wish({ day }, "", words(`station.kiosk_day.${day}`), wishes.day === day, day));
  const hasWay = jobs.some(({ distance_km: km }) => km !== null);
  const others = [
    ...(hasWay ? [wish({ near: !wishes.near }, "near", words("station.kiosk_near", { km: NEAR_KM }), wishes.near, "near")] : []),
    wish({ perks: !wishes.perks }, "meal", words("station.kiosk_perks"), wishes.perks, "perks"),
    element("li", {}, button("wish", wishes.work, words(wishes.work === "all" ? "station.kiosk_work" : `station.kiosk_work.${wishes.work}`), () => go({ room: "work" }), { "aria-pressed": String(wishes.work !== "all"), "data-wish": "work" })),
  ];
  return element("section", { className: "wishes", role: "group", "aria-label": words("station.kiosk_wishes") }, element("ul", { className: "days" }, ...days), element("ul", {}, ...others));
}

export function tile(job, now, go) {
  const told = job.is_stopped ? [element("em", { className: "warn", text: words("station.kiosk_stopped_short") })] : job.perks.filter((perk) => perk !== "insurance").map(perkOf);
  const made = element("button", { type: "button", className: "tile", "data-job": job.job_id },
    badge(job.work),
    element("b", { text: job.title }),
    element("span", { className: "pay" }, element("strong", { text: payPerDay(job.pay_fen_day) }), ...told),
    element("span", { className: "hours", text: when(job, now).join(" ") }),
    element("span", { text: place(job) }));
  made.addEventListener("click", () => go({ room: "job", job: job.job_id, title: job.title }));
  return element("li", {}, made);
}

// In words; where these would be cut the drawing stands for them.
const perkOf = (perk) => element("em", {}, drawing(perk), element("span", { text: words(`word.${perk}`) }));

export function drawWhatIsCut(tiles) {
  tiles.classList.remove("drawn");
  const isCut = Array.from(tiles.querySelectorAll(".pay")).some((one) => one.scrollWidth > one.clientWidth);
  tiles.classList.toggle("drawn", isCut);
}

function nothing(jobs, go) {
  if (!jobs.length) return element("p", { className: "empty", text: words("page.no_jobs") });
  return element("div", { className: "nothing" }, element("p", { text: words("station.kiosk_none") }), button("key main", "all", words("station.kiosk_all"), () => go({ wishes: ANY, page: 0 })));
}

// The keys for turning pages stay where they are: a finger need not look for them.
function foot(page, pages, more, hasJobs, go) {
  const turn = (className, drawn, key, to, isThere) => button(`key ${className}`, drawn, words(key), () => go({ page: to }), isThere ? {} : { disabled: "" });
  const turning = pages > 1 ? [turn("before", "back", "station.kiosk_before", page - 1, page > 0), element("p", { className: "pages", text: words("station.kiosk_page", { page: page + 1, pages }) }), turn("after", "next", "station.kiosk_next", page + 1, page < pages - 1)] : [];
  const told = more ? [element("p", { className: "note more", text: words("station.kiosk_more", { n: number(more) }) })] : [];
  const find = hasJobs ? [button("key by-number", "number", words("station.kiosk_find"), () => go({ room: "find", digits: "" }))] : [];
  const mine = button("key mine", "needs", words("station.kiosk_mine"), () => go({ room: "code", digits: "" }));
  return element("div", { className: "foot" }, ...told, element("div", { className: "turning" }, ...turning, ...find, mine));
}
