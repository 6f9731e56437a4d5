// How the worker is told of offers: the ways they have chosen, and others.

import { CHANNELS, inOrder } from "../channels.js";
import { element } from "../dom.js";
import { redraw } from "../redraw.js";
import { words } from "../words.js";
import { TELLING } from "./availability.js";
import { stateOf } from "./cards.js";
import { pickForm } from "./picking.js";

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
  const options = CHANNELS.map((one) => ({ id: `way-${one}`, value: one, name: nameOf(one), isOn: before.includes(one) }));
  return pickForm("worker.which_ways", options, {
    more: element("p", { className: "note", text: words("worker.telling_how") }),
    none: "worker.pick_a_way",
    done: "worker.save_telling",
    say: (chosen) => {
      if (chosen.length) save(inOrder(chosen, before));
      return chosen.length > 0;
    },
  });
}
