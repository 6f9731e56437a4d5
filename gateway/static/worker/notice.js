// The newest thing that the worker must not miss, at the top of the page.

import { byId } from "../dom.js";
import { kindOf, textOf } from "./news.js";

let notice = null;

export function say(text, kind) {
  notice = { text: () => text, kind };
  showNotice();
}

// The news themselves are kept, so that a notice speaks the language the page speaks.
export function sayNews(news) {
  notice = { text: () => textOf(news), kind: kindOf(news.type) };
  showNotice();
}

export function sayNothing() {
  notice = null;
  showNotice();
}

export function showNotice() {
  byId("notice").className = notice ? notice.kind : "";
  byId("notice").textContent = notice ? notice.text() : "";
}
