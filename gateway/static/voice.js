// Reading aloud, where the device has a voice for the page's language.

import { words } from "./words.js";

const SLOWER = 0.9;
const speech = window.speechSynthesis;

const language = () => document.documentElement.lang;
const voice = () => speech && speech.getVoices().find(({ lang }) => lang.replace("_", "-").slice(0, 2) === language().slice(0, 2));

export const hasVoice = () => Boolean(voice());
export const hush = () => speech && speech.cancel();

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
  return joined("page.from_to", text.split("–")).replace(/(\d [^\s\d]+)\/(\S)/g, (_, a, b) => words("page.per", { a, b }));
}

// A press on the button reads, another one is silence; `label` has its words.
export function reads(button, label, sentences) {
  const show = (key) => (label.textContent = words(key));
  show("page.read");
  button.addEventListener("click", () => {
    const isReading = speech.speaking;
    speech.cancel();
    if (isReading) return;
    const said = new SpeechSynthesisUtterance(spoken(sentences));
    Object.assign(said, { lang: language(), rate: SLOWER, voice: voice() });
    said.addEventListener("start", () => show("page.stop_reading"));
    for (const name of ["end", "error"]) said.addEventListener(name, () => show("page.read"));
    speech.speak(said);
  });
}
