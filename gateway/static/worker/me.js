// Going out, and being forgotten: what one does about oneself.

import { byId, element, fill } from "../dom.js";
import { redraw } from "../redraw.js";
import { words } from "../words.js";
import { twice } from "./cards.js";

export const FORGET = "forget";
export const SIGN_OUT = "sign-out";
// What of somebody goes when they are forgotten.
export const EVERYTHING = ["contact", "availability", "sessions", "matches"];

// `asked` is what they are asked whether they are sure of, if any; `ask(what)` asks, with null not any more.
export function showMe(asked, { ask, signOut, forgetMe }) {
  const out = element("button", { type: "button", text: words("worker.sign_out") });
  out.addEventListener("click", () => ask(SIGN_OUT));
  const forget = element("button", { type: "button", className: "no", text: words("worker.forget") });
  forget.addEventListener("click", () => ask(FORGET));
  const keep = () => ask(null);
  const sure = {
    [FORGET]: () => twice("worker.forget_sure", "worker.yes_forget", forgetMe, keep),
    [SIGN_OUT]: () => twice("worker.sign_out_sure", "worker.yes_sign_out", signOut, keep, "worker.stay"),
  };
  redraw(byId("me"), ...(asked in sure ? sure[asked]() : [element("div", { className: "actions" }, out, forget)]));
}

// What was erased, and that this was all.
export function sayFarewell(erased) {
  byId("who").textContent = "";
  fill(byId("erased"), ...erased.map((what) => element("li", { text: words(`page.erased.${what}`) })));
  byId("farewell").hidden = false;
  byId("farewell").focus();
}
