// Days and hours at the counter, the pages' own module as it stands. usage: node --test calendar.test.mjs
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

const source = await readFile(new URL("../../gateway/static/station/calendar.js", import.meta.url), "utf-8");
const { at, clock, dateOf, DAY_MS, dayOf, daysBetween, daysFrom, intervals, joined, sharedHours, stillAhead, without } = await import(`data:text/javascript,${encodeURIComponent(source)}`);

const HOUR_MS = 3600000;
const window = (date, from, to) => ({ start: at(date, from), end: at(date, to) });

test("days go over the ends of months and years, and leave days off out", () => {
  assert.deepEqual(daysFrom("2026-12-30", 3), ["2026-12-30", "2026-12-31", "2027-01-01"]);
  // 5 December 2026 is a Saturday.
  assert.deepEqual(daysFrom("2026-12-04", 3, [0, 6]), ["2026-12-04", "2026-12-07", "2026-12-08"]);
  assert.deepEqual(daysFrom("2026-12-04", 3, [0, 1, 2, 3, 4, 5, 6]), []);
  assert.deepEqual(daysBetween("2027-02-27", "2027-03-01"), ["2027-02-27", "2027-02-28", "2027-03-01"]);
  assert.deepEqual(daysBetween("2027-03-02", "2027-03-01"), []);
});

test("a date is one that the calendar has, however it is written", () => {
  assert.equal(dateOf(" 2027/3/5 "), "2027-03-05");
  for (const wrong of ["", "3-5", "2027-02-30", "2027-13-01", "tomorrow"]) assert.equal(dateOf(wrong), "");
});

test("times are read as they are typed", () => {
  assert.deepEqual(["8", "830", "8:30", " 17：00 ", "24:00", "6"].map(clock), ["08:00", "08:30", "08:30", "17:00", "24:00", "06:00"]);
  for (const wrong of ["", "late", "25", "8:60", "8:3"]) assert.equal(clock(wrong), "");
});

test("a day has both of its stretches, and a night ends the next day", () => {
  const made = intervals(["2026-12-04", "2026-12-05"], [["06:00", "10:00"], ["15:00", "18:00"]]);
  assert.deepEqual(made.map(({ start }) => start - at("2026-12-04", "00:00")), [6, 15, 30, 39].map((hours) => hours * HOUR_MS));
  assert.deepEqual(made.map(({ start, end }) => end - start), [4, 3, 4, 3].map((hours) => hours * HOUR_MS));
  const [night] = intervals(["2026-12-31"], [["22:00", "06:00"]]);
  assert.equal(night.end, at("2027-01-01", "06:00"));
});

test("a second stretch after midnight is that of the evening before it", () => {
  const made = intervals(["2026-12-30", "2026-12-31"], [["18:00", "23:00"], ["00:30", "03:00"]]);
  assert.deepEqual(made, [
    window("2026-12-30", "18:00", "23:00"), window("2026-12-31", "00:30", "03:00"),
    window("2026-12-31", "18:00", "23:00"), window("2027-01-01", "00:30", "03:00"),
  ]);
  const [, later] = intervals(["2026-12-30"], [["18:00", "22:00"], ["23:00", "02:00"]]);
  assert.deepEqual(later, { start: at("2026-12-30", "23:00"), end: at("2026-12-31", "02:00") });
});

test("of a day that is said anew nothing else stays, of longer windows all", () => {
  const [one, next] = ["2026-12-04", "2026-12-05"].map((date) => window(date, "06:00", "12:00"));
  const [night] = intervals(["2026-12-04"], [["22:00", "06:00"]]);
  const long = { start: at("2026-12-04", "06:00"), end: at("2026-12-06", "06:00") };
  assert.deepEqual([one, night, long].map(dayOf), ["2026-12-04", "2026-12-04", ""]);
  assert.deepEqual(without([one, night, long, next], ["2026-12-04"]), [long, next]);
  assert.deepEqual(without([one, next], []), [one, next]);
});

test("what overlaps or touches is one, and the rest stays apart", () => {
  const morning = window("2026-12-04", "06:00", "12:00");
  const afternoon = window("2026-12-04", "12:00", "18:00");
  const next = window("2026-12-05", "06:00", "12:00");
  assert.deepEqual(joined([next, afternoon, morning]), [{ start: morning.start, end: afternoon.end }, next]);
  assert.deepEqual(joined([window("2026-12-04", "05:00", "23:00"), morning]), [window("2026-12-04", "05:00", "23:00")]);
});

test("days that are over fall away, and none is longer than it was said to hold", () => {
  const [past, today, later] = ["2026-12-03", "2026-12-04", "2026-12-05"].map((date) => window(date, "06:00", "18:00"));
  const now = at("2026-12-04", "10:00");
  assert.deepEqual(stillAhead({ windows: [past, today, later], valid_until: null }, now), [today, later]);
  const until = at("2026-12-05", "09:00");
  assert.deepEqual(stillAhead({ windows: [past, today, later], valid_until: until }, now), [today, { start: later.start, end: until }]);
  assert.deepEqual(stillAhead({}, now), []);
});

test("hours are shared when all days have the same", () => {
  const two = ["2026-12-03", "2026-12-04"].map((date) => window(date, "07:00", "15:00"));
  assert.deepEqual(sharedHours(two), ["07:00", "15:00"]);
  assert.equal(sharedHours([...two, window("2026-12-05", "07:00", "16:00")]), null);
  assert.equal(sharedHours([{ start: at("2026-12-03", "07:00"), end: at("2026-12-03", "07:00") + 3 * DAY_MS }]), null);
  assert.equal(sharedHours([]), null);
});
