// Reading aloud, the pages' own module as it stands; only the device is played here.
// usage: node --test voice.test.mjs
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

// A voice tells when it begins and ends when the test says so.
class Utterance extends EventTarget {
  constructor(text) {
    super();
    this.text = text;
  }
}
const device = { said: [], silenced: 0, getVoices: () => [{ lang: "zh-CN" }], speak: (said) => device.said.push(said), cancel: () => { device.silenced += 1; } };
const happens = (said, what) => said.dispatchEvent(new Event(what));
globalThis.window = { speechSynthesis: device };
globalThis.SpeechSynthesisUtterance = Utterance;
globalThis.document = { documentElement: { lang: "zh-CN" } };

const source = await readFile(new URL("../../gateway/static/voice.js", import.meta.url), "utf-8");
const words = `data:text/javascript,${encodeURIComponent("export const words = (key, { a, b } = {}) => (a ? `${a}, ${b}` : key);")}`;
const { hush, reads, say } = await import(`data:text/javascript,${encodeURIComponent(source.replace('"./words.js"', JSON.stringify(words)))}`);

const READ = "page.read";
const STOP = "page.stop_reading";
function buttonOf(...sentences) {
  const [button, label] = [new EventTarget(), {}];
  reads(button, label, sentences);
  const press = () => {
    button.dispatchEvent(new Event("click"));
    return device.said[device.said.length - 1];
  };
  return { label, press };
}

test("a press reads, another one is silence", () => {
  const { label, press } = buttonOf("one", "two");
  assert.equal(label.textContent, READ);
  const said = press();
  assert.equal(said.text, "one, two");
  assert.equal(label.textContent, READ); // the voice has not begun
  happens(said, "start");
  assert.equal(label.textContent, STOP);
  const [count, silenced] = [device.said.length, device.silenced];
  press();
  assert.deepEqual([label.textContent, device.said.length, device.silenced], [READ, count, silenced + 1]);
});

test("another button reads at once, and the first one says that it does not", () => {
  const [first, second] = [buttonOf("first"), buttonOf("second")];
  const before = first.press();
  happens(before, "start");
  const said = second.press();
  assert.deepEqual([said.text, first.label.textContent], ["second", READ]);
  happens(said, "start");
  happens(before, "end"); // some devices tell late of what was cancelled
  assert.deepEqual([first.label.textContent, second.label.textContent], [READ, STOP]);
  happens(said, "end");
  assert.equal(second.label.textContent, READ);
});

test("a button drawn anew while it reads is silence at the first press", () => {
  const said = buttonOf("drawn", "anew").press();
  happens(said, "start");
  const { label, press } = buttonOf("drawn", "anew");
  assert.equal(label.textContent, STOP);
  assert.equal(buttonOf("another").label.textContent, READ);
  const count = device.said.length;
  press();
  assert.deepEqual([label.textContent, device.said.length], [READ, count]);
});

test("what was stopped and is read again is read to its own end", () => {
  const { label, press } = buttonOf("again");
  const first = press();
  happens(first, "start");
  press();
  const second = press();
  happens(second, "start");
  happens(first, "error");
  assert.equal(label.textContent, STOP);
  happens(second, "end");
  assert.equal(label.textContent, READ);
});

test("who is hushed hears the end once, from a device that does not tell it, too", () => {
  const heard = [];
  say(["long"], (isOn) => heard.push(isOn));
  const said = device.said[device.said.length - 1];
  happens(said, "start");
  hush();
  happens(said, "end");
  hush();
  assert.deepEqual(heard, [true, false]);
});
