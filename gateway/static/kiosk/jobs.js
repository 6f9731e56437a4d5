// Which of the jobs somebody in the hall wants to see.

import { DAY_MS, dateIn } from "../station/calendar.js";

export const DAYS = ["all", "today", "tomorrow", "later"];
export const WORK = ["farm", "building", "factory", "carrying", "hospitality", "service", "other"];
export const NEAR_KM = 5;
// What is shown to somebody who has wished for nothing yet.
export const ANY = { day: "all", near: false, perks: false, work: "all" };

const FITS = {
  day: (job, day, now) => day === "all" || dayOf(job, now) === day,
  near: (job, isWished) => !isWished || (job.distance_km !== null && job.distance_km <= NEAR_KM),
  perks: (job, isWished) => !isWished || job.perks.includes("meal") || job.perks.includes("lodging"),
  work: (job, work) => work === "all" || job.work === work,
};

// In how many days it begins, counted as people in China count them; what has begun is today's.
export const daysUntil = ({ first_shift: { start } }, now) => Math.max(0, (Date.parse(dateIn(start)) - Date.parse(dateIn(now))) / DAY_MS);

// The shifts that are not over, in their order.
export const shiftsLeft = (shifts, now) => shifts.filter(({ end }) => end > now).sort((one, other) => one.start - other.start);

const dayOf = (job, now) => ["today", "tomorrow"][daysUntil(job, now)] || "later";

// Without a line nobody says what has begun meanwhile.
export const ahead = (jobs, now) => jobs.filter(({ first_shift: { start } }) => start > now);

export const wished = (jobs, wishes, now) => jobs.filter((job) => Object.keys(FITS).every((name) => FITS[name](job, wishes[name], now)));
