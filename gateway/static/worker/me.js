// Going out, and being forgotten: what one does about oneself.

import { byId, element, fill } from "../dom.js";
import { redraw } from "../redraw.js";
import { words } from "../words.js";
import { twice } from "./cards.js";

export const FORGET = "forget";
// What of somebody goes when they are forgotten.
export const EVERYTHING = ["contact", "availability", "sessions", "matches"];

// `ask(what)` asks whether they are sure of it; with null not any more.
export function showMe(isAsked, { ask, signOut, forgetMe }) {
  const out = element("button", { type: "button", text: words("worker.sign_out") });
  out.addEventListener("click", signOut);
  const forget = element("button", { type: "button", className: "no", text: words("worker.forget") });
  forget.addEventListener("click", () => ask(FORGET));
  redraw(byId("me"), ...(isAsked
    ? twice("worker.forget_sure", "worker.yes_forget", forgetMe, () => ask(null))
    : [element("div", { className: "actions" }, out, forget)]));
}

// What was erased, and that this was all.
export function sayFarewell(erased) {
  byId("who").textContent = "";
  fill(byId("erased"), ...erased.map((what) => element("li", { text: words(`page.erased.${what}`) })));
  byId("farewell").hidden = false;
  byId("farewell").focus();
}
