// Amounts as a clerk types them, the pages' own module without what it draws with. usage: node --test forms.test.mjs
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

const read = (path) => readFile(new URL(`../../${path}`, import.meta.url), "utf-8");
const source = await read("gateway/static/station/forms.js");
const { amountFault, fen, LEAST_PAY, MOST_OWED, MOST_OWED_PEOPLE, MOST_PEOPLE, peopleFault } = await import(`data:text/javascript,${encodeURIComponent(source.replace(/^import .*$/gm, ""))}`);
globalThis.words = (key, { yuan, n } = {}) => [key, yuan, n].filter((one) => one !== undefined).join(" ");
globalThis.number = (value) => value;
const schema = async (type) => JSON.parse(await read(`contract/schemas/${type}.v1.json`));

const faultOf = (text, ...limits) => amountFault(text, "amount_fen", ...limits).map(({ title }) => title).join();
const WRONG = "station.amount_wrong";

test("yuan are fen, without floating point, and of digits of either width", () => {
  assert.deepEqual(["160", "160.5", " 0.07 ", "１６０．５０", "0", "12345678"].map(fen), [16000, 16050, 7, 16050, 0, 1234567800]);
});

test("what is no amount is told in yuan, also where it looks like a number", () => {
  for (const text of ["", "much", "1,200", "160.555", "-5", "1e3", "160元"]) assert.equal(faultOf(text), WRONG, text);
});

test("a floor may be nothing, and a pay may not", () => {
  assert.equal(faultOf("0"), "");
  assert.equal(faultOf("0", LEAST_PAY), "station.amount_least 0.01");
  assert.equal(faultOf("0.01", LEAST_PAY), "");
});

test("the most is what the contract takes, and told as such", async () => {
  const { $defs: { Pay: { properties: { amount_fen: pay } } } } = await schema("job.posted");
  const { properties: { amount_fen: owed } } = await schema("wage_claim.opened");
  assert.deepEqual([LEAST_PAY, MOST_OWED], [pay.minimum, owed.maximum]);
  for (const [most, ...limits] of [[pay.maximum], [owed.maximum, 0, MOST_OWED]]) {
    assert.equal(faultOf(String(most / 100), ...limits), "");
    assert.equal(faultOf(`${most / 100}.01`, ...limits), `station.amount_most ${most / 100}`);
    assert.equal(faultOf("9".repeat(400), ...limits), `station.amount_most ${most / 100}`);
  }
});

test("people are counted from one to what the contract takes, in the page's own words", async () => {
  const { properties: { headcount } } = await schema("job.posted");
  const { properties: { workers } } = await schema("wage_claim.opened");
  assert.deepEqual([MOST_PEOPLE, MOST_OWED_PEOPLE], [headcount.maximum, workers.maximum]);
  for (const [most, ...limits] of [[MOST_PEOPLE], [MOST_OWED_PEOPLE, MOST_OWED_PEOPLE]]) {
    const told = (text) => peopleFault(text, "headcount", ...limits).map(({ title }) => title).join();
    for (const text of ["1", "20", String(most)]) assert.equal(told(text), "", text);
    for (const text of ["", "0", "-1", "1.5", "1e3", "many", String(most + 1)]) assert.equal(told(text), `station.people_wrong ${most}`, text);
  }
});
