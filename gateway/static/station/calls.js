// Whom to call, as the notifier decided: what ends first at the top, numbers shown one by one.

import { element, fill } from "../dom.js";
import { json, send } from "../gateway.js";
import { newest } from "../newest.js";
import { distance, payPerDay, why, words } from "../words.js";
import { firstShift, newsOf, now } from "./desk.js";
import { answers } from "./worker_sheet.js";

export function callsRoom(main) {
  const list = element("ol", { className: "cards" });
  fill(main, element("div", { className: "head" }, element("h2", { text: words("station.room.calls") })), element("p", { className: "note", text: words("station.calls_note") }), list);
  const cards = new Map();
  const ask = newest();
  let isAnswered = false;
  const refresh = async () => {
    const fresh = await ask(json("/api/station/calls"));
    if (!fresh) return;
    const { calls } = fresh;
    const ids = new Set(calls.map((one) => one.notification_id));
    for (const [id, card] of cards) {
      // A card with a number on it, or an answer under way, goes when the next one is drawn.
      if (!ids.has(id) && !card.contains(document.activeElement)) {
        card.remove();
        cards.delete(id);
      }
    }
    const goesOn = isAnswered && document.activeElement === document.body;
    isAnswered = false;
    for (const one of calls) {
      if (!cards.has(one.notification_id)) cards.set(one.notification_id, card(one, refresh, answered));
      const shown = cards.get(one.notification_id);
      shown.classList.toggle("told", one.told);
      shown.querySelector("time").textContent = words("station.minutes_left", { n: Math.max(0, Math.round((one.expires_at - now()) / 60000)) });
    }
    arrange(list, cards.size ? [...cards.values()] : [element("li", { className: "empty", text: words("station.no_calls") })]);
    // After an answer the keyboard goes on with whom to call next.
    if (goesOn && list.querySelector("button")) list.querySelector("button:not([hidden])").focus();
  };
  const answered = () => {
    isAnswered = true;
    return refresh();
  };
  refresh().catch(() => null);
  return { refresh };
}

// A card that moves takes the focus along: whoever works by keyboard stays where they are.
function arrange(list, wanted) {
  if (wanted.length === list.children.length && wanted.every((one, n) => one === list.children[n])) return;
  const held = document.activeElement;
  fill(list, ...wanted);
  if (list.contains(held)) held.focus();
}

function card(call, refresh, answered) {
  const path = `/api/station/workers/${encodeURIComponent(call.worker_id)}`;
  const number = element("b", { className: "phone" });
  const reveal = element("button", { type: "button", className: "main", text: words("station.reveal") });
  reveal.addEventListener("click", async () => {
    try {
      const { name, phone } = await send(`${path}/contact/reveal`, {});
      number.textContent = [name, phone].filter(Boolean).join(" ");
      reveal.hidden = true;
    } catch (error) {
      number.textContent = why(error);
    }
  });
  const told = element("button", { type: "button", className: "quiet", text: words("station.told") });
  told.addEventListener("click", () => send(`${path}/notices/${encodeURIComponent(call.notification_id)}/told`, {}).then(() => {
    told.blur();
    return refresh();
  }).catch((error) => { number.textContent = why(error); }));
  const what = [call.place, firstShift(call), call.distance_km === null ? "" : distance(call.distance_km), ...call.perks.map((perk) => words(`word.${perk}`))];
  return element("li", { className: "card", "data-call": call.notification_id, "data-worker": call.worker_id },
    element("div", { className: "title" }, element("h3", { text: words(`station.call.${newsOf(call)}`, { title: call.title }) }), element("span", { className: "pay", text: call.kind === "offer" ? payPerDay(call.pay_fen_day) : "" })),
    element("p", { className: "terms", text: what.filter(Boolean).join(" · ") }),
    element("p", {}, element("a", { href: `#worker/${encodeURIComponent(call.worker_id)}`, text: call.worker_id }), " ", element("time")),
    element("div", { className: "buttons" }, reveal, number, told, ...(call.kind === "offer" ? answers(path, call.worker_id, call.offer_id, call.job_id, answered) : [])));
}
