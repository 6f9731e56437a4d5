// Dead letters: why each was refused, its bytes as text, and sending it again, once.

import { byId, element } from "../dom.js";
import { json, Refused, send } from "../gateway.js";
import { newest } from "../newest.js";
import { isOf, isOld } from "./stale.js";
import { redraw } from "../redraw.js";
import { doubt } from "../twice.js";
import { age, dayAndTime, named, number, why, words } from "../words.js";

const MOST_SHOWN = 30;
const MOST_AT_ONCE = 200;

const state = { letters: [], mayReplay: false, code: "", open: new Set(), asked: [], isAway: false };
const ask = newest();

export async function followLetters(mayReplay) {
  state.mayReplay = mayReplay;
  let fresh = null;
  try {
    fresh = await ask(json("/api/operator/dead-letters"));
  } catch (error) {
    // The broker is down: that is said here, the other parts of the page have their figures.
    if (error instanceof Refused) throw error;
    state.isAway = true;
    isOld("letters");
    byId("dead-told").textContent = words("ops.dead_away");
    return;
  }
  if (!fresh) return;
  if (state.isAway) byId("dead-told").textContent = "";
  state.isAway = false;
  state.letters = fresh.letters;
  isOf("letters", Date.now());
  showLetters();
}

export function forgetLetters() {
  Object.assign(state, { letters: [], mayReplay: false, code: "", isAway: false });
  state.open.clear();
  byId("dead-told").textContent = "";
  askNoMore();
}

const wanted = () => state.letters.filter(({ code }) => !state.code || code === state.code);
const waiting = () => wanted().filter((letter) => letter.replayed_at === null).slice(0, MOST_AT_ONCE);

const allOfIt = () => words("ops.replay_all", { n: number(waiting().length) });
const isSure = doubt(byId("replay-all"), allOfIt);

export function showLetters() {
  showReasons();
  const shown = wanted().slice(0, MOST_SHOWN).map(row);
  redraw(byId("letters"), ...(shown.length ? shown : [element("li", { className: "empty", text: words("ops.dead_none") })]));
  const all = byId("replay-all");
  all.hidden = !state.mayReplay || !state.code || !waiting().length;
  if (!isSure.isAsking()) all.textContent = allOfIt();
}

function showReasons() {
  const counts = new Map();
  for (const { code } of state.letters) counts.set(code, (counts.get(code) || 0) + 1);
  const options = [["", `${words("ops.dead_all")} (${number(state.letters.length)})`], ...[...counts].map(([code, n]) => [code, `${code} (${number(n)})`])];
  const select = byId("reason");
  select.setAttribute("aria-label", words("ops.dead"));
  redraw(select, ...options.map(([value, text]) => element("option", { value, text })));
  if (!counts.has(state.code)) state.code = "";
  select.value = state.code;
}

function row(letter) {
  const { origin, code, reason, source, ce_type: type, size, at, preview, cut, replayed_at: again } = letter;
  const bytes = element("details", {}, element("summary", { text: `${words("ops.dead_bytes")} · ${words("ops.dead_size", { n: number(size) })}` }), element("pre", { text: preview, tabindex: "0" }));
  if (cut) bytes.append(element("p", { className: "note", text: words("ops.dead_cut") }));
  bytes.open = state.open.has(origin);
  bytes.addEventListener("toggle", () => (bytes.open ? state.open.add(origin) : state.open.delete(origin)));
  const from = source ? words("ops.dead_from", { source }) : words("ops.dead_nowhere");
  const made = element("li", { "data-origin": origin, "data-code": code },
    element("p", { className: "reason", text: named(reason) || code }),
    element("small", { text: [dayAndTime(at), type, from, code].filter(Boolean).join(" · ") }),
    bytes,
  );
  if (again !== null) made.append(element("p", { className: "good", text: words("ops.replayed", { age: age(Date.now() - again) }) }));
  else if (state.mayReplay) {
    const button = element("button", { className: "quiet", type: "button", text: words("ops.replay") });
    button.addEventListener("click", () => replay([origin], button));
    made.append(button);
  }
  return made;
}

async function replay(origins, button) {
  button.disabled = true;
  const told = byId("dead-told");
  try {
    const { published, repeated } = await send("/api/operator/dead-letters/replay", { origins });
    await followLetters(state.mayReplay);
    told.textContent = words("ops.replay_done", { n: number(published.length), m: number(repeated.length) });
    byId("dead-head").scrollIntoView({ block: "nearest" });
  } catch (error) {
    told.textContent = why(error);
    button.disabled = false;
  }
}

byId("reason").addEventListener("change", () => {
  state.code = byId("reason").value;
  askNoMore();
});

// Many at once: the first press asks, a second one does it, with those that were asked about.
byId("replay-all").addEventListener("click", async () => {
  const button = byId("replay-all");
  if (!isSure.isAsking()) state.asked = waiting().map(({ origin }) => origin);
  if (!isSure(words("ops.replay_sure", { n: number(state.asked.length) }))) return;
  await replay(state.asked, button);
  button.disabled = false;
  showLetters();
});

function askNoMore() {
  isSure.forget();
  showLetters();
}
