// Reading aloud, where the device has a voice for the page's language.

import { words } from "./words.js";

const SLOWER = 0.9;
const speech = window.speechSynthesis;
// Who hears of what is being said; null while nothing is.
let listener = null;

const language = () => document.documentElement.lang;
const voice = () => speech && speech.getVoices().find(({ lang }) => lang.replace("_", "-").slice(0, 2) === language().slice(0, 2));

export const hasVoice = () => Boolean(voice());

// Ends what is read. Some devices do not tell of the end then, and others tell it late.
export function hush() {
  const before = listener;
  listener = null;
  if (speech) speech.cancel();
  if (before) before.onState(false);
}

// Devices tell their voices late, and only after they have been asked.
export function onVoices(show) {
  voice();
  if (speech && speech.addEventListener) speech.addEventListener("voiceschanged", show);
}

const joined = (key, parts) => (parts.length ? parts.reduce((a, b) => words(key, { a, b })) : "");
export const inOneBreath = (parts) => joined("page.then", parts);

// Voices stumble over what eyes pass over: dots between words, dashes between times, "150 yuan/day".
function spoken(sentences) {
  const text = inOneBreath(joined("page.sentence", sentences).split(" · "));
  return joined("page.from_to", text.split("–")).replace(/(\d [^\s\d，。,.]+)\/(\S)/g, (_, a, b) => words("page.per", { a, b }));
}

// Reads at once; `onState` hears true when the voice begins, false when it has ended.
export function say(sentences, onState) {
  const text = spoken(sentences);
  const said = new SpeechSynthesisUtterance(text);
  Object.assign(said, { lang: language(), rate: SLOWER, voice: voice() });
  const mine = { onState, text, isOn: false };
  const tell = (isOn) => {
    if (listener !== mine) return;
    mine.isOn = isOn;
    if (!isOn) listener = null;
    mine.onState(isOn);
  };
  said.addEventListener("start", () => tell(true));
  for (const name of ["end", "error"]) said.addEventListener(name, () => tell(false));
  listener = mine;
  speech.speak(said);
}

// A press on the button reads, another one is silence; `label` has its words. What another one reads
// ends. Drawn anew while it reads, the button goes on as what it was.
export function reads(button, label, sentences) {
  let isReading = false;
  const show = (isOn) => {
    isReading = isOn;
    label.textContent = words(isOn ? "page.stop_reading" : "page.read");
  };
  if (listener && listener.text === spoken(sentences)) listener.onState = show;
  show(listener !== null && listener.onState === show && listener.isOn);
  button.addEventListener("click", () => {
    const wasReading = isReading;
    hush();
    if (!wasReading) say(sentences, show);
  });
}
