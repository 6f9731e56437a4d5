// The pages' guard against late answers, run as it stands. usage: node --test newest.test.mjs
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

// No package.json says that the pages' files are modules, so the file is imported by its text.
const source = await readFile(new URL("../../gateway/static/newest.js", import.meta.url), "utf-8");
const { newest } = await import(`data:text/javascript,${encodeURIComponent(source)}`);

function promised() {
  const held = {};
  held.promise = new Promise((resolve, reject) => Object.assign(held, { resolve, reject }));
  return held;
}

test("answers in order are all given", async () => {
  const ask = newest();
  assert.equal(await ask(Promise.resolve("first")), "first");
  assert.equal(await ask(Promise.resolve("second")), "second");
});

test("what comes after a later answer is not", async () => {
  const ask = newest();
  const [first, second] = [promised(), promised()];
  const [old, fresh] = [ask(first.promise), ask(second.promise)];
  second.resolve("second");
  assert.equal(await fresh, "second");
  first.resolve("first");
  assert.equal(await old, undefined);
  assert.equal(await ask(Promise.resolve("third")), "third");
});

test("nor is a failure that comes after a later answer", async () => {
  const ask = newest();
  const [first, second] = [promised(), promised()];
  const [old, fresh] = [ask(first.promise), ask(second.promise)];
  second.resolve("second");
  await fresh;
  first.reject(new Error("too late"));
  assert.equal(await old, undefined);
});

test("a later failure leaves an earlier answer good, and is told", async () => {
  const ask = newest();
  const [first, second] = [promised(), promised()];
  const [old, failed] = [ask(first.promise), ask(second.promise)];
  second.reject(new Error("no line"));
  await assert.rejects(failed, /no line/);
  first.resolve("first");
  assert.equal(await old, "first");
});

test("askers of different kinds leave each other alone", async () => {
  const [towns, calls] = [newest(), newest()];
  const slow = promised();
  const town = towns(slow.promise);
  await calls(Promise.resolve([]));
  slow.resolve("town");
  assert.equal(await town, "town");
});
