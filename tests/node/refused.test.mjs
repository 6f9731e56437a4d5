// What a machine's outbox has refused and no page shows, the pages' own module without what it draws with.
// usage: node --test refused.test.mjs
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

const read = (name) => readFile(new URL(`../../${name}`, import.meta.url), "utf-8");
const element = (tag, { text, ...attributes } = {}, ...children) => Object.assign(new EventTarget(), { tag, text, attributes, children });
const root = { dataset: { outbox: "" } };
Object.assign(globalThis, {
  document: { documentElement: root },
  element,
  redraw: (box, ...rows) => Object.assign(box, { rows }),
  dayAndTime: (ms) => `at ${ms}`,
  words: (key, { n } = {}) => (n === undefined ? key : `${key} ${n}`),
});
const source = await read("gateway/static/station/refused.js");
const { labelOf, refusalsAt } = await import(`data:text/javascript,${encodeURIComponent(source.replace(/^import .*$/gm, ""))}`);

const settled = () => new Promise((resolve) => setTimeout(resolve));
const refusal = (id) => ({ id, path: "/api/station/jobs/J-1/amendment", accepted_at: 7, problem: { title: `why ${id}` } });

// A machine that has refused these, and a page that has some of them itself.
function machine(ids, own = []) {
  const made = { refused: ids.map(refusal), forgotten: [], isDown: false, box: { hidden: true, rows: [] }, own };
  const answer = (told) => (made.isDown ? Promise.reject(new TypeError("no line")) : Promise.resolve(told));
  globalThis.json = () => answer({ waiting: [], refused: made.refused });
  globalThis.send = async (path, body, { method }) => {
    await answer();
    const id = decodeURIComponent(path.replace("/commands/", ""));
    made.forgotten.push(`${method} ${id}`);
    made.refused = made.refused.filter((one) => one.id !== id);
  };
  made.refusals = refusalsAt(made.box, { all: () => made.own.map((id) => ({ id })) });
  made.lines = () => (made.box.hidden ? [] : made.box.rows[1].children);
  made.shown = () => made.lines().map((line) => line.attributes["data-entry"]);
  return made;
}

test("every command that a station may say has a name", async () => {
  const commands = (await read("openapi.yaml")).split(/^ {2}(?=\/)/m).filter((one) => /^\/api\/station\/[^]*\n {4}post:\n[^]*idempotency-key/.test(one));
  const paths = commands.map((one) => one.slice(0, one.indexOf(":")));
  assert.equal(paths.length, 14);
  const labels = paths.map((path) => labelOf(path.replace(/\{(\w+)\}/g, "$1")));
  assert.deepEqual(labels.filter((label) => !label.startsWith("station.")), []);
  assert.equal(new Set(labels).size, paths.length);
});

test("whom or what it was about is said", () => {
  assert.equal(labelOf("/api/station/jobs"), "station.room.post");
  assert.equal(labelOf("/api/station/jobs/J-1/amendment"), "station.amend J-1");
  assert.equal(labelOf("/api/station/jobs/J-1/workers/W-1/rating"), "station.rate W-1");
  assert.equal(labelOf("/api/station/workers/W-1/offers/O-1/rating"), "station.rate_employer W-1");
  assert.equal(labelOf("/api/station/workers/workers/forgetting"), "station.forget workers");
});

test("what the page has itself is not shown twice", async () => {
  const at = machine(["a", "b"], ["a"]);
  await at.refusals.look();
  assert.deepEqual(at.shown(), ["b"]);
  const [what, why] = at.lines()[0].children.map(({ text }) => text);
  assert.deepEqual([what, why], ["station.amend J-1", "at 7 · why b"]);
  assert.deepEqual([at.box.rows[0].text, at.forgotten], ["station.refused_unseen 1", []]);
});

test("what a clerk has read goes, on the machine's disk, too", async () => {
  const at = machine(["a", "b"]);
  await at.refusals.look();
  at.lines()[0].children[2].dispatchEvent(new Event("click"));
  await settled();
  assert.deepEqual([at.shown(), at.forgotten], [["b"], ["DELETE a"]]);
  at.refusals.note("b");
  await at.refusals.look();
  assert.deepEqual([at.box.hidden, at.forgotten], [true, ["DELETE a", "DELETE b"]]);
});

test("what was read while the machine did not answer is told it later", async () => {
  const at = machine(["a"]);
  await at.refusals.look();
  at.isDown = true;
  at.lines()[0].children[2].dispatchEvent(new Event("click"));
  await settled();
  assert.deepEqual([at.shown(), at.forgotten], [["a"], []]);
  at.isDown = false;
  await at.refusals.look();
  assert.deepEqual([at.shown(), at.forgotten], [[], ["DELETE a"]]);
});

test("an id that has been read is not remembered for good", async () => {
  const at = machine([]);
  at.refusals.note("a");
  await at.refusals.look();
  at.refused = [refusal("a")];
  await at.refusals.look();
  assert.deepEqual([at.shown(), at.forgotten], [["a"], []]);
});

test("who has signed out sees none, and a page of a gateway asks nobody", async () => {
  const at = machine(["a"]);
  const looking = at.refusals.look();
  at.refusals.stop();
  await looking;
  assert.deepEqual([at.box.hidden, at.box.rows], [true, []]);
  delete root.dataset.outbox;
  const away = machine(["a"]);
  globalThis.json = () => assert.fail("nobody is to be asked");
  await away.refusals.look();
  assert.equal(away.box.hidden, true);
  root.dataset.outbox = "";
});
