// What is said while nothing comes: that there is no signal, or that who answers cannot tell.

import { byId } from "../dom.js";
import { words } from "../words.js";

// A stream that is renewed is no loss.
const GRACE_MS = 4000;

// `onLive` is called whenever the line is there. `key` are the words of who knows why it is not; a
// stream that breaks does not.
export function lineOf(onLive) {
  let waiting = 0;
  return function show(connection, key = "") {
    const line = byId("line");
    if (connection === "live" && navigator.onLine) {
      clearTimeout(waiting);
      waiting = 0;
      line.hidden = true;
      onLive();
      return;
    }
    if (key || !waiting || !navigator.onLine) line.textContent = words(key || "worker.no_line");
    if (waiting && navigator.onLine) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      line.hidden = false;
    }, navigator.onLine ? GRACE_MS : 0);
  };
}
