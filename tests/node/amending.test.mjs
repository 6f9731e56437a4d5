// What an amendment takes from whoever is booked, the pages' own module as it stands. usage: node --test amending.test.mjs
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

const source = await readFile(new URL("../../gateway/static/station/amending.js", import.meta.url), "utf-8");
const { endsBookings, isWorse } = await import(`data:text/javascript,${encodeURIComponent(source)}`);

const POSTING = {
  pay: { amount_fen: 2500, unit: "hour", settlement: "daily", pieces_per_day: null },
  shifts: [{ start: 1000, end: 2000 }],
  perks: ["meal", "pickup"],
  place: { lat: 29.6, lon: 103.4, name: "here" },
  headcount: 3,
  minimum_age: 16,
};
const paying = (amount, unit = "hour") => ({ pay: { amount_fen: amount, unit } });

test("less than was agreed to ends bookings", () => {
  for (const change of [paying(2400), paying(26000, "day"), { shifts: [{ start: 1000, end: 1900 }] }, { perks: ["meal"] }, { place: { lat: 29.7, lon: 103.4 } }]) {
    assert.equal(endsBookings(POSTING, change), true, JSON.stringify(change));
    assert.equal(isWorse(POSTING, change), true);
  }
});

test("more, or the same said again, takes nothing", () => {
  for (const change of [paying(2600), paying(2500), { headcount: 4 }, { shifts: [{ start: 1000, end: 2000 }] }, { perks: ["pickup", "meal", "lodging"] }, { place: { lat: 29.6, lon: 103.4, name: "elsewhere" } }, { minimum_age: 16 }]) {
    assert.equal(endsBookings(POSTING, change), false, JSON.stringify(change));
    assert.equal(isWorse(POSTING, change), false);
  }
});

test("fewer places and a higher age are worse, and leave those booked", () => {
  for (const change of [{ headcount: 2 }, { minimum_age: 18 }]) {
    assert.equal(endsBookings(POSTING, change), false);
    assert.equal(isWorse(POSTING, change), true);
  }
});
