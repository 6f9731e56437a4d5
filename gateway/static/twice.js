// What cannot be taken back is asked twice: the button says what goes, and after some seconds as before.

import { element } from "./dom.js";
import { words } from "./words.js";

const SURE_MS = 5000;
// Presses closer than this are one: a double click or tap, or Enter held down.
const ONE_PRESS_MS = 700;

// Whether `text` has just been asked on the button, about the same; asks it otherwise. `isAsking()` is
// whether the button still waits for the answer, after `forget()` it does not. It says `usually()` then, or what it
// said before.
export function doubt(button, usually = null) {
  let asked = "";
  let usual = "";
  let timer = 0;
  let pressedAt = -Infinity;
  const calm = () => {
    clearTimeout(timer);
    if (asked) button.textContent = usually ? usually() : usual;
    asked = "";
  };
  const isSure = (text, about = "") => {
    const isSamePress = Date.now() - pressedAt < ONE_PRESS_MS;
    pressedAt = Date.now();
    if (isSamePress) return false;
    const isAnswer = asked === text + about;
    calm();
    if (isAnswer) return true;
    usual = button.textContent;
    button.textContent = text;
    asked = text + about;
    timer = setTimeout(calm, SURE_MS);
    return false;
  };
  return Object.assign(isSure, { isAsking: () => asked !== "", forget: calm });
}

// `question()` is what is asked, "" for what need not be.
export function askTwice(button, question, press) {
  const isSure = doubt(button);
  button.addEventListener("click", () => {
    const text = question();
    if (!text) isSure.forget();
    return !text || isSure(text) ? press(button) : undefined;
  });
  return button;
}

export const askedTwice = (key, sureKey, press) => askTwice(element("button", { type: "button", className: "quiet danger", text: words(key) }), () => words(sureKey), press);
