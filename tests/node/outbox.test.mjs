// The pages' outbox over the pages' own gateway, run as they stand; only the browser is played here.
// usage: node --test outbox.test.mjs
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

const kept = new Map();
const asked = [];
globalThis.localStorage = { getItem: (name) => kept.get(name) || null, setItem: (name, value) => kept.set(name, value) };
globalThis.document = { documentElement: { lang: "en" } };
globalThis.addEventListener = () => {};
globalThis.removeEventListener = () => {};
globalThis.fetch = (path) => new Promise((resolve, reject) => asked.push({ path, resolve, reject }));

const read = (name) => readFile(new URL(`../../gateway/static/${name}`, import.meta.url), "utf-8");
const address = (source) => `data:text/javascript,${encodeURIComponent(source)}`;
const gateway = address(await read("gateway.js"));
const { outboxOf } = await import(address((await read("outbox.js")).replace('"./gateway.js"', JSON.stringify(gateway))));

const TAKEN = { ok: true, status: 202, json: async () => ({}) };
const settled = () => new Promise((resolve) => setTimeout(resolve));
const made = (owner) => outboxOf(owner, { onChange: () => {}, onSignedOut: () => {}, keepsSent: true });

async function answered(how = "resolve", what = TAKEN) {
  await settled();
  const one = asked.shift();
  one[how](what);
  await settled();
  return one.path;
}

test("who releases while another is on its way waits for both", async () => {
  const outbox = made("a");
  outbox.add({ path: "/yes" });
  outbox.add({ path: "/no", isHeld: true });
  let isOver = false;
  const released = outbox.release().then(() => { isOver = true; });
  assert.equal(await answered(), "/yes");
  assert.deepEqual([isOver, outbox.isEmptied()], [false, false]);
  assert.equal(await answered(), "/no");
  await released;
  assert.equal(outbox.isEmptied(), true);
});

test("what did not go out is known when that is over", async () => {
  const outbox = made("b");
  outbox.add({ path: "/no", isHeld: true });
  const released = outbox.release();
  await answered("reject", new TypeError("no line"));
  await released;
  assert.equal(outbox.isEmptied(), false);
  outbox.stop();
});

test("each that is held goes by itself", async () => {
  const outbox = made("c");
  outbox.add({ id: "first", path: "/first", isHeld: true });
  outbox.add({ id: "second", path: "/second", isHeld: true });
  outbox.release("first");
  assert.equal(await answered(), "/first");
  assert.deepEqual(outbox.all().map(({ state }) => state), ["sent", "held"]);
  assert.deepEqual(asked, []);
});

test("a later word on a subject takes the place of one that has not gone out", async () => {
  const outbox = made("d");
  const fates = [outbox.add({ path: "/yes", subject: "O-1" })];
  await answered("reject", new TypeError("no line"));
  fates.push(outbox.add({ path: "/other", subject: "O-2" }));
  await answered("reject", new TypeError("no line"));
  fates.push(outbox.add({ path: "/no", subject: "O-1" }));
  assert.deepEqual(outbox.all().map(({ path }) => path), ["/other", "/no"]);
  assert.equal(await answered(), "/other");
  assert.equal(await answered(), "/no");
  assert.deepEqual((await Promise.all(fates)).map((fate) => Boolean(fate && fate.answer)), [false, false, true]);
  outbox.stop();
});

test("what is on the disk of this machine lets the next one go there, too", async () => {
  const outbox = made("e");
  const kept = { ok: false, status: 503, json: async () => ({ type: "urn:gigmatch:kept", title: "kept" }) };
  const fates = [outbox.add({ path: "/first" }), outbox.add({ path: "/second" })];
  assert.equal(await answered("resolve", kept), "/first");
  assert.equal(await fates[0], null);
  assert.equal(await answered("resolve", kept), "/second");
  assert.equal(await fates[1], null);
  assert.deepEqual(outbox.all().map(({ path, state, trouble }) => [path, state, trouble]), [["/first", "waiting", "disk"], ["/second", "waiting", "disk"]]);
  outbox.flush();
  assert.equal(await answered(), "/first");
  assert.equal(await answered(), "/second");
  assert.deepEqual(outbox.all().map(({ state }) => state), ["sent", "sent"]);
  outbox.stop();
});

test("another 503 holds back whatever comes behind", async () => {
  const outbox = made("f");
  const busy = { ok: false, status: 503, json: async () => ({ type: "urn:gigmatch:no_broker", title: "busy" }) };
  outbox.add({ path: "/first" });
  outbox.add({ path: "/second" });
  assert.equal(await answered("resolve", busy), "/first");
  assert.deepEqual(asked, []);
  assert.deepEqual(outbox.all().map(({ trouble }) => trouble), ["service", undefined]);
  outbox.stop();
});

test("whoever discards one is heard, and what is only settled is not discarded", async () => {
  const discarded = [];
  const outbox = outboxOf("g", { onChange: () => {}, onSignedOut: () => {}, onDiscarded: (id) => discarded.push(id), keepsSent: true, keepsRefused: true });
  outbox.add({ id: "bad", path: "/bad" });
  outbox.add({ id: "good", path: "/good" });
  await answered("resolve", { ok: false, status: 422, json: async () => ({ title: "no", type: "urn:gigmatch:below" }) });
  await answered();
  outbox.settle(() => true);
  assert.deepEqual([discarded, outbox.all().map(({ id }) => id)], [[], ["bad"]]);
  outbox.discard("bad");
  assert.deepEqual([discarded, outbox.all()], [["bad"], []]);
  outbox.stop();
});
