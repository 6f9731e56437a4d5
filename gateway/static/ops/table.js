// A table: heads by their words, rows of cells; a cell is text, or an element.

import { bar, element, fill } from "../dom.js";
import { words } from "../words.js";

export function table(place, heads, rows) {
  const cell = (content, head) => {
    const made = element(head ? "th" : "td", head ? { scope: "row" } : {});
    made.append(content);
    return made;
  };
  const first = element("tr", {}, ...heads.map((key) => element("th", { text: words(key), scope: "col" })));
  const body = rows.map(({ cells, ...attributes }) => element("tr", attributes, ...cells.map((content, index) => cell(content, index === 0))));
  fill(place, element("table", {}, element("thead", {}, first), element("tbody", {}, ...body)));
}

export function pairs(rows) {
  return element("dl", { className: "pairs" }, ...rows.map(([term, told, share]) => {
    const row = element("div", {}, element("dt", { text: term }), element("dd", { text: told }));
    if (share !== undefined) row.append(element("dd", { className: "line", "aria-hidden": "true" }, bar(share)));
    return row;
  }));
}
