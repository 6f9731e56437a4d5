// A form in which one picks from boxes, at least one.

import { element } from "../dom.js";
import { words } from "../words.js";

// `options` are `{ id, value, name, isOn, isWide }`, `more` stands below them. `say(picked)` says it, and
// whether it could; if not, `none` is told.
export function pickForm(legend, options, { more, none, done, say }) {
  const boxes = options.map(({ id, value, isOn }) => element("input", { type: "checkbox", id, value, ...(isOn ? { checked: "" } : {}) }));
  const names = options.map(({ id, name, isWide }, n) => element("label", { for: id, className: isWide ? "wide" : "" }, boxes[n], element("span", { text: name })));
  const wrong = element("p", { className: "told", role: "alert", text: words(none) });
  wrong.hidden = true;
  const made = element("form", {},
    element("fieldset", {}, element("legend", { text: words(legend) }), element("div", { className: "picks" }, ...names)),
    more, wrong,
    element("div", { className: "actions" }, element("button", { className: "yes wide", type: "submit", text: words(done) })),
  );
  made.addEventListener("change", () => {
    wrong.hidden = true;
  });
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    wrong.hidden = say(boxes.filter(({ checked }) => checked).map(({ value }) => value));
  });
  return made;
}
