// Forms: fields with their labels, big choices, and a fault at the field that has it.

import { element } from "../dom.js";
import { words } from "../words.js";

const DAY_MS = 86400000;
const CHINA_MS = 28800000;
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
  const fault = element("span", { className: "fault" });
  return element("fieldset", { className: `field ${className}`, "data-path": path }, element("legend", { text: words(key) }), element("div", { className: "choices" }, ...choices), fault);
}

export function choice(type, name, value, text, isOn = false) {
  const box = element("input", { type, name, value });
  box.checked = isOn;
  return element("label", { className: "choice" }, box, element("span", { text }));
}

export function select(options, chosen) {
  const made = element("select", {}, ...options.map(([value, text]) => element("option", { value, text })));
  if (chosen !== undefined) made.value = chosen;
  return made;
}

export const checked = (form, name) => Array.from(form.querySelectorAll(`input[name="${name}"]:checked`), (box) => box.value);

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
  const fits = (box) => box.dataset.path && box.dataset.path.split(" ").some((one) => plain === one || plain.startsWith(`${one}.`) || one.startsWith(`${plain}.`));
  const box = plain && Array.from(form.querySelectorAll("[data-path]")).find(fits);
  if (!box) return false;
  box.classList.add("faulty");
  box.querySelector(".fault").textContent = title;
  for (let up = box.closest("details"); up; up = up.parentElement.closest("details")) up.open = true;
  const control = box.querySelector("input, select");
  control.setAttribute("aria-invalid", "true");
  control.focus();
  return true;
}

// A list without stations, or without the one that is signed in, has none chosen.
export const isSomewhere = (place) => Boolean(place) && place.lat !== undefined;

// Fen without floating point; what is no amount goes out as it is, and is refused in words.
export function fen(text) {
  const found = /^(\d{1,7})(?:\.(\d{1,2}))?$/.exec(text.trim());
  return found ? Number(found[1]) * 100 + Number((found[2] || "").padEnd(2, "0")) : text;
}

// "8", "830" and "8:30" are times; what is none goes out as null, and is refused in words.
export function clock(text) {
  const found = /^(\d{1,2}?):?(\d{2})?$/.exec(text.trim().replace("：", ":"));
  return found ? `${found[1].padStart(2, "0")}:${found[2] || "00"}` : "";
}

export const yuan = (amount) => (amount % 100 ? (amount / 100).toFixed(2) : String(amount / 100));
export const dateIn = (ms) => new Date(ms + CHINA_MS).toISOString().slice(0, 10);
export const at = (date, time) => Date.parse(`${date}T${time}:00+08:00`);
export const timeIn = (ms) => new Date(ms + CHINA_MS).toISOString().slice(11, 16);
export { DAY_MS };
