// What work is called in the national list of occupations, asked as one types; both forms ask the same.

import { element } from "../dom.js";
import { json } from "../gateway.js";
import { words } from "../words.js";
import { checked, choice, field, fillChoices, group } from "./forms.js";
import { isPersonal } from "./personal.js";

const ASK_MS = 200;

const answerTo = (title) => json(`/api/station/occupation?title=${encodeURIComponent(title)}`).catch(() => null);

// `show(answer)` with what the gateway says of what stands in `title`, and with null when nothing does.
// The function it returns asks at once.
function asksFor(title, show) {
  let waiting = 0;
  let asked = "";
  async function ask() {
    clearTimeout(waiting);
    asked = title.value.trim();
    if (!asked || isPersonal(asked)) return show(null);
    const wanted = asked;
    const said = await answerTo(wanted);
    return said && wanted === asked ? show(said) : undefined;
  }
  title.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, ASK_MS);
  });
  return { ask, clear: () => { asked = ""; show(null); } };
}

// The one occupation of a job: sure, it is set; unsure, a short list.
export function jobOccupation(title) {
  const box = group("station.occupation", "inline", "occupation");
  box.hidden = true;
  const { clear } = asksFor(title, (said) => {
    box.hidden = !said || !said.choices.length;
    if (!said) return fillChoices(box);
    const found = said.choices.map(({ code, name }) => choice("radio", "occupation", code, name, code === said.code));
    box.querySelector(".fault").textContent = said.code || !found.length ? "" : words("station.choose_occupation");
    return fillChoices(box, ...found, choice("radio", "occupation", "", words("station.no_occupation"), !said.code));
  });
  return { box, clear, code: () => (box.hidden ? "" : checked(box, "occupation")[0] || "") };
}

// Any number of occupations of a worker, those of `codes` among them.
export function workerOccupations(codes) {
  const title = element("input", { type: "text", autocomplete: "off", maxlength: "200" });
  const list = element("div", { className: "choices", "aria-live": "polite" });
  const box = field("station.other_work", title, "occupations");
  box.insertBefore(list, box.querySelector(".fault"));
  const boxOf = (code) => Array.from(list.querySelectorAll("input")).find((one) => one.value === code);
  const add = ({ code, name }, isOn) => {
    if (!boxOf(code)) list.append(choice("checkbox", "occupations", code, name, isOn));
    else if (isOn) boxOf(code).checked = true;
  };
  // What was ticked here because of what had been typed until then, and what that was.
  const guessed = new Map();
  // Who types on has not meant what the first of it is called: "cook" is none of "cook's help".
  const isOnTheWay = (box) => guessed.has(box) && title.value.trim() !== guessed.get(box) && title.value.trim().startsWith(guessed.get(box));
  const { ask } = asksFor(title, (said) => {
    for (const one of list.querySelectorAll("input")) if (!one.checked || isOnTheWay(one)) one.parentNode.remove();
    if (!said) {
      guessed.clear();
      return;
    }
    const isThere = Boolean(boxOf(said.code));
    said.choices.forEach((one) => add(one, one.code === said.code));
    if (said.code && !isThere) guessed.set(boxOf(said.code), title.value.trim());
  });
  list.addEventListener("change", ({ target }) => guessed.delete(target));
  // Enter asks here: whoever adds a kind of work has not finished the form.
  title.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !title.value.trim()) return;
    event.preventDefault();
    ask().then(() => guessed.clear());
  });
  for (const code of codes) {
    add({ code, name: code }, true);
    answerTo(code).then((said) => {
      const named = said && said.name && boxOf(code);
      if (named) named.parentNode.querySelector("span").textContent = said.name;
    });
  }
  return { box, codes: () => checked(box, "occupations") };
}
