// Forms: fields with their labels, big choices, and a fault at the field that has it.

import { element, fill } from "../dom.js";
import { number, words } from "../words.js";

// A pay is more than nothing. What the contract takes at most, of pay and of a wage that is owed, in fen.
export const LEAST_PAY = 1;
const MOST_PAY = 1e8;
export const MOST_OWED = 1e11;
// How many people a job can ask for, and how many can be owed their wages.
export const MOST_PEOPLE = 10000;
export const MOST_OWED_PEOPLE = 100000;

let count = 0;

// `path` is the field of the event that the control says, as the gateway names it.
export function field(key, control, path = "") {
  count += 1;
  if (!control.id) control.id = `field-${count}`;
  const fault = element("span", { className: "fault", id: `${control.id}-fault` });
  control.setAttribute("aria-describedby", fault.id);
  return element("div", { className: "field", "data-path": path }, element("label", { text: words(key), for: control.id }), control, fault);
}

export function group(key, className, path, ...choices) {
  count += 1;
  const fault = element("span", { className: "fault", id: `group-${count}-fault` });
  const box = element("fieldset", { className: `field ${className}`, "data-path": path }, element("legend", { text: words(key) }), element("div", { className: "choices" }), fault);
  fillChoices(box, ...choices);
  return box;
}

// What can be chosen in a group, each told of its fault: it is read out with the one that has the focus.
export function fillChoices(box, ...choices) {
  fill(box.querySelector(".choices"), ...choices);
  const fault = box.querySelector(".fault").id;
  for (const one of box.querySelectorAll("input")) one.setAttribute("aria-describedby", fault);
}

export function choice(type, name, value, text, isOn = false) {
  const box = element("input", { type, name, value });
  box.defaultChecked = isOn;
  return element("label", { className: "choice" }, box, element("span", { text }));
}

export function select(options, chosen) {
  const made = element("select", {}, ...options.map(([value, text]) => element("option", { value, text })));
  if (chosen !== undefined) made.value = chosen;
  for (const one of made.options) one.defaultSelected = one.selected;
  return made;
}

// Whether a form of a room has something in it that it did not begin with.
export function isTyped(room) {
  const controls = Array.from(room.querySelectorAll("form input, form select"));
  return controls.some((one) => !one.form.hidden && hasChanged(one));
}

function hasChanged({ type, value, defaultValue, checked: isOn, defaultChecked, options }) {
  if (options) return Array.from(options).some(({ selected, defaultSelected }) => selected !== defaultSelected);
  return type === "checkbox" || type === "radio" ? isOn !== defaultChecked : value !== defaultValue;
}

export const checked = (form, name) => Array.from(form.querySelectorAll(`input[name="${name}"]:checked`), (box) => box.value);

// The button of a long form, and what became of it, stay in sight however far one has scrolled.
export const foot = (text, status) => element("div", { className: "send" }, element("button", { className: "main", type: "submit", text }), status);

// What is sent once is not sent again by a second Enter or click while it is on its way.
export function onSubmit(form, send) {
  form.onsubmit = async (event) => {
    event.preventDefault();
    if (form.dataset.sending) return;
    form.dataset.sending = "yes";
    clearFaults(form);
    try {
      await send();
    } finally {
      delete form.dataset.sending;
    }
  };
}

export function clearFaults(form) {
  for (const one of form.querySelectorAll(".faulty")) one.classList.remove("faulty");
  for (const one of form.querySelectorAll(".fault")) one.textContent = "";
  for (const one of form.querySelectorAll("[aria-invalid]")) one.removeAttribute("aria-invalid");
}

// The words of the gateway go to the field they are about, and so does the focus.
export function showFault(form, { title, field: path = "" }) {
  const plain = path.replace(/\[\d+\]/g, "");
  const says = (is) => (box) => box.dataset.path.split(" ").some((one) => one && is(one));
  const boxes = Array.from(form.querySelectorAll("[data-path]"));
  const box = plain && (boxes.find(says((one) => plain === one)) || boxes.find(says((one) => plain.startsWith(`${one}.`) || one.startsWith(`${plain}.`))));
  if (!box) return false;
  box.classList.add("faulty");
  box.querySelector(".fault").textContent = title;
  for (let up = box.closest("details"); up; up = up.parentElement.closest("details")) up.open = true;
  const control = box.querySelector("input, select");
  control.setAttribute("aria-invalid", "true");
  control.focus();
  return true;
}

// What is left out is told at every field at once, and the focus goes to the first.
export const neededFault = (text, path) => (text ? [] : [{ title: words("station.needed"), field: path }]);

export function showFaults(form, faults) {
  for (const one of [...faults].reverse()) showFault(form, one);
  return faults.length > 0;
}

// A list without stations, or without the one that is signed in, has none chosen.
export const isSomewhere = (place) => Boolean(place) && place.lat !== undefined;

// Fen without floating point, of digits of either width; what is no amount goes out as it is, and is refused.
export function fen(text) {
  const found = /^(\d+)(?:\.(\d{1,2}))?$/.exec(text.normalize("NFKC").trim());
  return found ? Number(found[1]) * 100 + Number((found[2] || "").padEnd(2, "0")) : text;
}

// The fault of a field for yuan, in yuan: the gateway's words would be about fen.
export function amountFault(text, path, least = 0, most = MOST_PAY) {
  const amount = fen(text);
  const fault = (key, limit) => [{ title: words(key, { yuan: number(limit / 100) }), field: path }];
  if (typeof amount !== "number") return [{ title: words("station.amount_wrong"), field: path }];
  if (amount < least) return fault("station.amount_least", least);
  return amount > most ? fault("station.amount_most", most) : [];
}

// A number of people in the page's own words, also of a field that is empty or holds no number.
export function peopleFault(text, path, most = MOST_PEOPLE) {
  const isSome = /^[1-9]\d*$/.test(text) && Number(text) <= most;
  return isSome ? [] : [{ title: words("station.people_wrong", { n: number(most) }), field: path }];
}

export const yuan = (amount) => (amount % 100 ? (amount / 100).toFixed(2) : String(amount / 100));

// What belongs to one of several choices is there, and in the way of the Tab key, only while that is chosen.
export function shownWith(form, name, value, box, isOn = false) {
  box.hidden = !isOn;
  form.addEventListener("change", () => { box.hidden = !checked(form, name).includes(value); });
  return box;
}
