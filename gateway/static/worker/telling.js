// How the worker is told of offers: the ways they have chosen, and others.

import { CHANNELS, inOrder } from "../channels.js";
import { element } from "../dom.js";
import { redraw } from "../redraw.js";
import { words } from "../words.js";
import { TELLING } from "./availability.js";
import { stateOf } from "./cards.js";

let isOpen = false;

// Who is not looking for work is told of none. `say(kind, changes)` tells the market.
export function showTelling(place, view, sent, say) {
  const said = view.available ? view.availability : null;
  place.closest("section").hidden = !said;
  if (!said) return;
  const change = element("button", { type: "button", className: "wide", "aria-expanded": isOpen, text: words("worker.change_telling") });
  change.addEventListener("click", () => {
    isOpen = !isOpen;
    showTelling(place, view, sent, say);
  });
  redraw(place,
    element("p", { className: "is", text: said.channels.map(nameOf).join(" · ") }),
    ...(sent ? stateOf(sent.kind === TELLING ? sent : null) : [element("div", { className: "actions" }, change)]),
    ...(isOpen && !sent ? [form(said.channels, (channels) => {
      isOpen = false;
      say(TELLING, { channels });
    })] : []),
  );
}

const nameOf = (channel) => words(`word.${channel}`);

function form(before, save) {
  const boxes = CHANNELS.map((one) => element("input", { type: "checkbox", value: one, id: `way-${one}` }));
  for (const box of boxes) box.checked = before.includes(box.value);
  const names = boxes.map((box) => element("label", { for: box.id }, box, element("span", { text: nameOf(box.value) })));
  const wrong = element("p", { className: "told", role: "alert", text: words("worker.pick_a_way") });
  wrong.hidden = true;
  const made = element("form", {},
    element("fieldset", {}, element("legend", { text: words("worker.which_ways") }), element("div", { className: "picks" }, ...names)),
    element("p", { className: "note", text: words("worker.telling_how") }),
    wrong,
    element("div", { className: "actions" }, element("button", { className: "yes wide", type: "submit", text: words("worker.save_telling") })),
  );
  made.addEventListener("change", () => {
    wrong.hidden = true;
  });
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = boxes.filter(({ checked }) => checked).map(({ value }) => value);
    wrong.hidden = chosen.length > 0;
    if (chosen.length) save(inOrder(chosen, before));
  });
  return made;
}
