// Which jobs and shifts the hall shows, the pages' own modules as they stand. usage: node --test hall.test.mjs
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

const read = (name) => readFile(new URL(`../../gateway/static/${name}`, import.meta.url), "utf-8");
const address = (source) => `data:text/javascript,${encodeURIComponent(source)}`;
const calendar = address(await read("station/calendar.js"));
const { daysUntil, shiftsLeft } = await import(address((await read("kiosk/jobs.js")).replace('"../station/calendar.js"', JSON.stringify(calendar))));

const at = (text) => Date.parse(`${text}+08:00`);
const shift = (day, from = "07:00", until = "16:00") => ({ start: at(`2027-03-${day}T${from}`), end: at(`2027-03-${day}T${until}`) });
const NOW = at("2027-03-15T12:00");

test("what is over is left out, and the rest stands in order", () => {
  const [gone, today, later] = [shift("14"), shift("15"), shift("16")];
  assert.deepEqual(shiftsLeft([later, gone, today], NOW), [today, later]);
  assert.deepEqual(shiftsLeft([gone], NOW), []);
});

test("what has begun is today's, and days are those of China", () => {
  const days = (first_shift) => daysUntil({ first_shift }, NOW);
  assert.deepEqual([shift("13"), shift("15"), shift("16", "00:30"), shift("18")].map(days), [0, 0, 1, 3]);
});
