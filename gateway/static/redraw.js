// Draws only what is new: what is under a finger, half filled in or read out stays as it is.

import { fill } from "./dom.js";

const drawn = new WeakMap();
const CONTROLS = "button, input, select";
const SAFE = "[data-safe]";

export function redraw(node, ...rows) {
  const written = rows.map((row) => row.outerHTML.replace(' new"', '"')).join("");
  if (drawn.get(node) === written) return;
  drawn.set(node, written);
  const within = [...node.querySelectorAll(CONTROLS)].indexOf(document.activeElement);
  const wasAsked = node.querySelector(SAFE);
  fill(node, ...rows);
  const there = node.querySelectorAll(CONTROLS);
  if (within < 0 || !there.length) return;
  const safe = wasAsked ? null : node.querySelector(SAFE);
  (safe || there[Math.min(within, there.length - 1)]).focus();
}
