// The newest thing that the worker must not miss, at the top of the page until they do something else.

import { byId } from "../dom.js";
import { kindOf, textOf } from "./news.js";

let notice = null;

export function say(text, kind) {
  notice = { text: () => text, kind };
  showNotice();
}

// The news themselves are kept, so that a notice speaks the language the page speaks.
export function sayNews(news) {
  notice = { text: () => textOf(news), kind: kindOf(news) };
  showNotice();
}

export function sayNothing() {
  notice = null;
  showNotice();
}

// What has not changed is not written again: it would be read out again.
export function showNotice() {
  const [place, text] = [byId("notice"), notice ? notice.text() : ""];
  place.className = notice ? notice.kind : "";
  if (place.textContent !== text) place.textContent = text;
}
