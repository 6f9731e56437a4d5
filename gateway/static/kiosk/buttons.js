// What fingers press: large, with a drawing and words.

import { element } from "../dom.js";
import { words } from "../words.js";
import { drawing } from "./icons.js";

export function button(className, drawn, text, act, attributes = {}, ...more) {
  const made = element("button", { type: "button", className, ...attributes }, ...(drawn ? [drawing(drawn)] : []), element("span", { text }), ...more);
  made.addEventListener("click", act);
  return made;
}

export const backKey = (act) => button("key back", "back", words("station.kiosk_back"), act);
