// The days that remain of a job, the pages' own module as it stands. usage: node --test remaining.test.mjs
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

const source = await readFile(new URL("../../gateway/static/station/remaining.js", import.meta.url), "utf-8");
const { continuation, hasBegun, remainingOf } = await import(`data:text/javascript,${encodeURIComponent(source)}`);

const HOUR = 3600000;
const DAY = 24 * HOUR;
const shift = (n) => ({ start: n * DAY + 8 * HOUR, end: n * DAY + 17 * HOUR });
const POSTING = { job_id: "J-1", zone: "511181", station_id: "511181-05", employer_id: "E-1", title: "采茶工", shifts: [0, 1, 2].map(shift), headcount: 3, perks: ["meal"], posted_at: 1, expires_at: 2, continues: null };
const viewOf = (changes = {}) => Object.assign({ job: { job_id: "J-1", status: "filled" }, posting: POSTING, expected: 2, continued_by: [] }, changes);
const AFTER_ONE = shift(0).start + HOUR;

test("who stayed away or left is looked for, for the days that are ahead", () => {
  assert.deepEqual(remainingOf(viewOf(), AFTER_ONE), { shifts: [shift(1), shift(2)], lacking: 1 });
  assert.equal(remainingOf(viewOf({ expected: 1 }), AFTER_ONE).lacking, 2);
  assert.equal(remainingOf(viewOf({ expected: 0 }), shift(1).start).lacking, 3);
  assert.deepEqual(remainingOf(viewOf(), shift(1).start).shifts, [shift(2)]);
});

test("nothing remains before the work, after it, of what is called off, and of a shift that begins at once", () => {
  assert.equal(hasBegun(viewOf(), shift(0).start - 1), false);
  assert.equal(remainingOf(viewOf(), shift(0).start - 1), null);
  assert.equal(remainingOf(viewOf(), shift(2).start), null);
  assert.equal(remainingOf(viewOf(), shift(2).start - HOUR / 4), null);
  assert.equal(remainingOf(viewOf({ job: { job_id: "J-1", status: "cancelled" } }), AFTER_ONE), null);
  assert.equal(remainingOf(viewOf({ expected: 3 }), AFTER_ONE), null);
});

const againAs = (status, expected, id = "J-1-r1") => ({ job: { job_id: id, status, headcount: 1 }, expected });

test("what was posted again is not looked for twice, unless nobody comes of it", () => {
  const after = (...others) => remainingOf(viewOf({ continued_by: others }), AFTER_ONE);
  assert.equal(after(againAs("open", 0)), null);
  assert.equal(after(againAs("filled", 1)), null);
  assert.equal(after(againAs("filled", 0)).lacking, 1); // did not come either
  assert.equal(after(againAs("expired", 0)).lacking, 1);
  assert.equal(after(againAs("cancelled", 0)).lacking, 1);
});

test("of a posting that has days of another, these are counted at the other", () => {
  const posting = Object.assign({}, POSTING, { continues: "J-0" });
  assert.equal(remainingOf(viewOf({ posting }), AFTER_ONE), null);
});

test("the posting has the same terms and says whose days it has", () => {
  const view = viewOf({ continued_by: [againAs("cancelled", 0, "J-1-r7"), againAs("expired", 0, "J-9")] });
  assert.deepEqual(continuation(view, remainingOf(view, AFTER_ONE)), {
    job_id: "J-1-r8", employer_id: "E-1", title: "采茶工", shifts: [shift(1), shift(2)], headcount: 1, perks: ["meal"], continues: "J-1",
  });
  assert.equal(POSTING.headcount, 3);
});

test("an id that is as long as one may be stays one", () => {
  const view = viewOf({ job: { job_id: "J".repeat(64), status: "filled" } });
  assert.ok(continuation(view, remainingOf(view, AFTER_ONE)).job_id.length <= 64);
});
