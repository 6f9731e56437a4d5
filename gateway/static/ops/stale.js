// What cannot be read anew stays for a while, and says of itself how old it is.

import { clockTime, words } from "../words.js";

const read = new Map();
const old = new Set();

// By name of a part: what is shown in it is of this time; null when nothing is known of it.
export function isOf(part, at) {
  if (at) read.set(part, at);
  else read.delete(part);
  old.delete(part);
  tellAge();
}

export function isOld(...parts) {
  for (const part of parts) old.add(part);
  tellAge();
}

export function forgetAge() {
  read.clear();
  old.clear();
  tellAge();
}

export function tellAge() {
  for (const note of document.querySelectorAll("[data-age-of]")) {
    const part = note.dataset.ageOf;
    const at = read.get(part);
    note.hidden = !old.has(part);
    note.textContent = note.hidden ? "" : words(at ? "ops.old" : "ops.unread", { at: at ? clockTime(at) : "" });
    note.parentElement.classList.toggle("old", !note.hidden);
  }
}
