// Reading aloud, where the phone has a voice for the page's language.

import { element } from "../dom.js";
import { words } from "../words.js";
import { icon } from "./icons.js";

const SLOWER = 0.9;
const speech = window.speechSynthesis;

const language = () => document.documentElement.lang;
const voice = () => speech && speech.getVoices().find(({ lang }) => lang.replace("_", "-").slice(0, 2) === language().slice(0, 2));

// Phones tell their voices late.
export function onVoices(show) {
  if (speech && speech.addEventListener) speech.addEventListener("voiceschanged", show);
}

export function readButton(text) {
  if (!voice()) return [];
  const button = element("button", { className: "aloud wide", type: "button" }, icon("aloud"), element("span", { text: words("worker.read") }));
  const label = (name) => (button.lastChild.textContent = words(name));
  button.addEventListener("click", () => {
    const isReading = speech.speaking;
    speech.cancel();
    if (isReading) return;
    const said = new SpeechSynthesisUtterance(text);
    Object.assign(said, { lang: language(), rate: SLOWER, voice: voice() });
    said.addEventListener("start", () => label("worker.stop_reading"));
    for (const name of ["end", "error"]) said.addEventListener(name, () => label("worker.read"));
    speech.speak(said);
  });
  return [button];
}
