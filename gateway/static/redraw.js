// Draws only what is new: what is under a finger, half filled in or read out stays as it is.

import { fill } from "./dom.js";

const drawn = new WeakMap();
const CONTROLS = "a, button, input, select, summary";
const SAFE = "[data-safe]";

export function redraw(node, ...rows) {
  const written = rows.map((row) => row.outerHTML.replace(' new"', '"')).join("");
  if (drawn.get(node) === written) return;
  drawn.set(node, written);
  const held = heldIn(node);
  const wasAsked = node.querySelector(SAFE);
  const chosen = chosenIn(node);
  fill(node, ...rows);
  for (const one of named(node)) if (chosen.has(one.id)) Object.assign(one, chosen.get(one.id));
  const next = held && ((wasAsked ? null : node.querySelector(SAFE)) || found(node, held));
  if (next) next.focus();
}

// What is chosen in a form and not sent yet, by the control: another language, or news, does not clear it.
const named = (node) => [...node.querySelectorAll("input[id], select[id]")];
const chosenIn = (node) => new Map(named(node).filter(isChanged).map(({ id, type, checked, value }) => [id, type === "checkbox" ? { checked } : { value }]));
const isChanged = ({ type, checked, defaultChecked, options }) => (type === "checkbox" ? checked !== defaultChecked : options && [...options].some((one) => one.selected !== one.defaultSelected));

const controlsIn = (node) => [...node.querySelectorAll(CONTROLS)];
// What a row is about, "" when it does not say; rows may come before it and go.
const nameOf = (row) => Object.values(Object.assign({}, row.dataset, (row.querySelector(CONTROLS) || row).dataset)).join(" ");

// Where the focus is: in which row, at which control of it, at which of all.
function heldIn(node) {
  const control = document.activeElement;
  const at = controlsIn(node).indexOf(control);
  if (at < 0) return null;
  const row = control.closest("li");
  return row && node.contains(row) ? { at, name: nameOf(row), within: controlsIn(row).indexOf(control) } : { at };
}

function found(node, { at, name, within }) {
  const row = name && [...node.querySelectorAll("li")].find((one) => nameOf(one) === name);
  const ofRow = row ? controlsIn(row) : [];
  const [controls, place] = ofRow.length ? [ofRow, within] : [controlsIn(node), at];
  return controls[Math.min(place, controls.length - 1)];
}
