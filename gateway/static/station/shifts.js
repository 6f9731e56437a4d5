// The shifts of a job, and somebody's windows, in few words.

import { day, dayAndTime, time, words } from "../words.js";
import { dateIn, DAY_MS } from "./calendar.js";

const MOST_DAYS = 3;

const hours = ({ start, end }) => `${time(start)}–${time(end)}`;

// "5 days, Mon 1 Dec to Fri 5 Dec, each 06:00–10:00 + 15:00–18:00"; a few days that differ, one by one.
export function tellShifts(shifts) {
  const days = byDay(shifts.slice().sort((one, other) => one.start - other.start));
  const [first, last] = [days[0], days[days.length - 1]];
  if (days.length === 1) return `${day(first.at)} ${first.hours}`;
  if (days.every((one) => one.hours === first.hours)) return words("station.shifts_alike", { n: days.length, first: day(first.at), last: day(last.at), hours: first.hours });
  const told = days.slice(0, MOST_DAYS).map((one) => `${day(one.at)} ${one.hours}`);
  return [...told, ...(days.length > MOST_DAYS ? [words("station.shifts_more", { n: days.length - MOST_DAYS, last: day(last.at) })] : [])].join(" · ");
}

function byDay(shifts) {
  const days = [];
  for (const shift of shifts) {
    const last = days[days.length - 1];
    if (last && dateIn(last.at) === dateIn(shift.start)) last.hours += ` + ${hours(shift)}`;
    else days.push({ at: shift.start, hours: hours(shift) });
  }
  return days;
}

export function tellWindow(one) {
  if (one.end - one.start <= DAY_MS) return `${day(one.start)} ${hours(one)}`;
  return `${dayAndTime(one.start)} – ${dayAndTime(one.end)}`;
}
