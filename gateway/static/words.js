// The page's language: words from the one translation table, numbers and times as people read them.

import { isUnanswered, json, Refused } from "./gateway.js";

const LEAST_KM = 0.5;
const NEAR_KM = 3;
const AGAIN_MS = 3000;

let language = new URLSearchParams(location.search).get("lang") || localStorage.getItem("language") || "zh-CN";
let texts = {};
let page = "";

export const change = () => speak(page, language === "zh-CN" ? "en" : "zh-CN");

// The words of a page, in the language chosen before or asked for.
export async function speak(name, asked = language) {
  page = name;
  ({ language, texts } = await json(`/api/texts?page=${page}&lang=${encodeURIComponent(asked)}`));
  localStorage.setItem("language", language);
  document.documentElement.lang = language;
  keepInAddress();
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = words(node.dataset.text);
}

// The same however long the gateway takes: without its words a page can say only that it waits.
export async function speakAtLast(name) {
  while (!(await speak(name).then(() => true, () => false))) {
    showConnecting(true);
    await new Promise((done) => setTimeout(done, AGAIN_MS));
  }
  showConnecting(false);
}

// What `ask()` is answered, however long that takes, while the page says that it waits. A refusal is an answer.
export async function atLast(ask) {
  for (;;) {
    try {
      const told = await ask();
      showConnecting(false);
      return told;
    } catch (error) {
      showConnecting(!(error instanceof Refused));
      if (error instanceof Refused) throw error;
    }
    await new Promise((done) => setTimeout(done, AGAIN_MS));
  }
}

// The line that stands in the page itself, in both languages.
export const showConnecting = (isSo) => { document.getElementById("connecting").hidden = !isSo; };

// An address that names a language would otherwise undo the choice when it is loaded again.
function keepInAddress() {
  const address = new URL(location.href);
  if (!address.searchParams.has("lang")) return;
  address.searchParams.set("lang", language);
  history.replaceState(null, "", address);
}

// `{n:job|jobs}` is its first word where `n` is 1, and its second otherwise.
export function words(key, details = {}) {
  return (texts[key] || key).replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (_, name, one, many) => {
    if (many === undefined) return name in details ? details[name] : "";
    return String(details[name]) === "1" ? one : many;
  });
}

// What went wrong, in words, also when nobody has answered.
export const why = (error) => (isUnanswered(error) ? words("page.no_answer") : error.message);

export const named = (names) => names && names[language];
export const isChinese = () => language === "zh-CN";
export const number = (value) => value.toLocaleString(language);
export const percent = (share) => `${Math.round(share * 100)}%`;

const inChina = (options) => new Intl.DateTimeFormat(language, { timeZone: "Asia/Shanghai", hourCycle: "h23", ...options });
export const dayAndTime = (ms) => inChina({ month: "short", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit" }).format(ms);
export const time = (ms) => inChina({ hour: "2-digit", minute: "2-digit" }).format(ms);

export const clockTime = (ms) => inChina({ hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(ms);
export const date = (ms) => inChina({ month: "short", day: "numeric" }).format(ms);
export const weekday = (ms) => inChina({ weekday: "short" }).format(ms);
// A time of day, with its day where that is not today's.
export const moment = (ms, now) => (date(ms) === date(now) ? time(ms) : dayAndTime(ms));
export const day = (ms) => inChina({ month: "short", day: "numeric", weekday: "short" }).format(ms);

// A way to work is told in tenths of a kilometre.
export const isCloseBy = (km) => km < LEAST_KM;
export const distance = (km) => (isCloseBy(km) ? words("page.close_by") : words("page.km", { km: number(Math.round(km * 10) / 10) }));

// A way may speak for somebody without being short: the model compares it with other people's.
export const reason = ({ code }, km) => words(code === "near" && !(km < NEAR_KM) ? "page.way_suits" : `reason.${code}`);

// What workers have said of an employer.
export const opinion = ({ mean, ratings }) => words("page.others_said", { word: words(`page.stars.${Math.round(mean)}`), mean: number(mean), n: number(ratings) });

// By the piece, without an estimate, nobody knows what a day brings.
export const payPerDay = (fen) => (fen ? words("page.yuan_day", { yuan: number(Math.round(fen / 100)) }) : words("page.by_the_piece"));

// As it is posted; by the hour, the piece or the month also what a day comes to.
export function pay({ pay: posted, pay_fen_day: fen }) {
  if (!posted) return payPerDay(fen);
  const told = words(`page.pay_unit.${posted.unit}`, { yuan: number(posted.amount_fen / 100) });
  return fen ? words("page.pay_and_day", { pay: told, yuan: number(Math.round(fen / 100)) }) : told;
}

export function age(ms) {
  const minutes = Math.max(0, Math.floor(ms / 60000));
  if (minutes < 1) return words("page.just_now");
  if (minutes < 60) return words("page.minutes_ago", { n: minutes });
  if (minutes < 1440) return words("page.hours_ago", { n: Math.floor(minutes / 60) });
  return words("page.days_ago", { n: Math.floor(minutes / 1440) });
}
