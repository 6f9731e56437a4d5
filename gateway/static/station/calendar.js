// Days and hours in China, where no clock is put forward or back. Nothing of a page is in here.

export const DAY_MS = 86400000;
const CHINA_MS = 28800000;
const ALL_WEEK = 7;

export const dateIn = (ms) => new Date(ms + CHINA_MS).toISOString().slice(0, 10);
export const timeIn = (ms) => new Date(ms + CHINA_MS).toISOString().slice(11, 16);
export const at = (date, time) => Date.parse(`${date}T${time}:00+08:00`);
// 0 is Sunday.
export const weekdayIn = (ms) => new Date(ms + CHINA_MS).getUTCDay();

// "8", "830" and "8:30" are times; "" for what is none.
export function clock(text) {
  const found = /^(\d{1,2}?):?(\d{2})?$/.exec(text.trim().replace("：", ":"));
  const time = found ? `${found[1].padStart(2, "0")}:${found[2] || "00"}` : "";
  return Number.isNaN(at("2000-01-01", time)) ? "" : time;
}

// A field for dates gives "2026-12-05"; where a browser has none, "2026/12/5" is one, too. "" for what is no day.
export function dateOf(text) {
  const found = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(text.trim());
  if (!found) return "";
  const date = `${found[1]}-${found[2].padStart(2, "0")}-${found[3].padStart(2, "0")}`;
  const ms = at(date, "00:00");
  return !Number.isNaN(ms) && dateIn(ms) === date ? date : "";
}

// So many days of work from a date on; on the weekdays in `off` nobody works.
export function daysFrom(first, count, off = []) {
  const days = [];
  if (new Set(off).size >= ALL_WEEK) return days;
  for (let ms = at(first, "00:00"); days.length < count; ms += DAY_MS) if (!off.includes(weekdayIn(ms))) days.push(dateIn(ms));
  return days;
}

// All days from a date to another.
export const daysBetween = (first, last) => daysFrom(first, Math.max(0, Math.round((at(last, "00:00") - at(first, "00:00")) / DAY_MS) + 1));

// Each day's stretches [from, to] in their order: one that begins earlier than the first of its day is after midnight,
// and one that ends no later than it begins ends the next day.
export function intervals(dates, stretches) {
  return [].concat(...dates.map((date) => stretches.map(([from, to]) => {
    const isNextDay = at(date, from) < at(date, stretches[0][0]);
    const [start, end] = [from, to].map((time) => at(date, time) + (isNextDay ? DAY_MS : 0));
    return { start, end: end > start ? end : end + DAY_MS };
  })));
}

// The day of a window that is one day's, or one night's; "" for what is longer.
export const dayOf = ({ start, end }) => (end - start <= DAY_MS ? dateIn(start) : "");

// Windows less those of days that are said anew.
export const without = (windows, anew) => windows.filter((one) => !anew.includes(dayOf(one)));

// Intervals that overlap or touch are one.
export function joined(all) {
  const made = [];
  for (const { start, end } of all.slice().sort((one, other) => one.start - other.start)) {
    const last = made[made.length - 1];
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else made.push({ start, end });
  }
  return made;
}

// What of somebody's windows is still ahead; until when they said so ends them, too.
export function stillAhead({ windows = [], valid_until: until }, now) {
  const ends = until || Infinity;
  return windows.map(({ start, end }) => ({ start, end: Math.min(end, ends) })).filter(({ start, end }) => end > now && end > start);
}

// The hours [from, to] that all windows share; null when they differ, or are no day's.
export function sharedHours(windows) {
  const isDay = ({ start, end }) => end - start < DAY_MS;
  const hours = new Set(windows.map(({ start, end }) => `${timeIn(start)} ${timeIn(end)}`));
  return hours.size === 1 && windows.every(isDay) ? [...hours][0].split(" ") : null;
}
