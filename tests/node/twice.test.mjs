// What is asked twice, the pages' own module without what it draws with. usage: node --test twice.test.mjs
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

const source = await readFile(new URL("../../gateway/static/twice.js", import.meta.url), "utf-8");
const { askTwice, doubt } = await import(`data:text/javascript,${encodeURIComponent(source.replace(/^import .*$/gm, ""))}`);

const START = 1000000;

function begin(t) {
  t.mock.timers.enable({ apis: ["Date", "setTimeout"], now: START });
  return { button: Object.assign(new EventTarget(), { textContent: "Cancel" }), later: (ms) => t.mock.timers.tick(ms) };
}

test("the second press is the answer, and another question is asked anew", (t) => {
  const { button, later } = begin(t);
  const isSure = doubt(button);
  assert.equal(isSure("Sure?", "24"), false);
  assert.equal(button.textContent, "Sure?");
  later(1000);
  assert.equal(isSure("Sure?", "23"), false);
  later(1000);
  assert.equal(isSure("Sure?", "23"), true);
  assert.equal(button.textContent, "Cancel");
});

test("a double click, a double tap or Enter held is one press", (t) => {
  const { button, later } = begin(t);
  const isSure = doubt(button);
  assert.equal(isSure("Sure?"), false);
  later(500);
  for (let held = 0; held < 100; held += 1) {
    assert.equal(isSure("Sure?"), false);
    later(30);
  }
  assert.equal(button.textContent, "Sure?");
  later(1000);
  assert.equal(isSure("Sure?"), true);
  later(200);
  assert.equal(isSure("Sure?"), false);
  assert.equal(button.textContent, "Cancel");
});

test("after some seconds nothing has been asked", (t) => {
  const { button, later } = begin(t);
  const isSure = doubt(button);
  isSure("Sure?");
  later(5001);
  assert.equal(button.textContent, "Cancel");
  assert.equal(isSure("Sure?"), false);
});

test("taps that have no count do not answer either, and what need not be asked is done", (t) => {
  const { button, later } = begin(t);
  let question = "Sure?";
  let done = 0;
  askTwice(button, () => question, () => { done += 1; });
  const tap = () => button.dispatchEvent(new Event("click"));
  tap();
  later(250);
  tap();
  assert.equal(done, 0);
  later(1000);
  tap();
  assert.equal(done, 1);
  question = "";
  tap();
  assert.equal(done, 2);
});

test("whether it asks is known, it can be forgotten, and it says what it says by then", (t) => {
  const { button, later } = begin(t);
  let usual = "Send 4";
  const isSure = doubt(button, () => usual);
  assert.equal(isSure.isAsking(), false);
  isSure("Sure?");
  assert.equal(isSure.isAsking(), true);
  usual = "Send 3";
  isSure.forget();
  assert.deepEqual([isSure.isAsking(), button.textContent], [false, "Send 3"]);
  later(1000);
  assert.equal(isSure("Sure?"), false);
  usual = "Send 2";
  later(5001);
  assert.deepEqual([isSure.isAsking(), button.textContent], [false, "Send 2"]);
});
