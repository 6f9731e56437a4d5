// Whom to call, as the notifier decided: what ends first at the top, numbers shown one by one.
// Somebody is called once, about all there is to tell them.

import { element, fill } from "../dom.js";
import { json, send } from "../gateway.js";
import { newest } from "../newest.js";
import { distance, pay, why, words } from "../words.js";
import { firstShift, newsOf, now, say } from "./desk.js";
import { workerLink } from "./job_sheet.js";
import { answers } from "./worker_sheet.js";

export function callsRoom(main) {
  const list = element("ol", { className: "cards" });
  fill(main, element("div", { className: "head" }, element("h2", { text: words("station.room.calls") })), element("p", { className: "note", text: words("station.calls_note") }), list);
  const cards = new Map();
  const ask = newest();
  let answeredOf = null;
  const refresh = async () => {
    const fresh = await ask(json("/api/station/calls"));
    if (!fresh) return;
    const people = byWorker(fresh.calls);
    for (const [who, card] of cards) {
      // A card with a number on it, or an answer under way, goes when the next one is drawn.
      if (people.has(who) || isInUse(card.node)) continue;
      card.node.remove();
      cards.delete(who);
    }
    const goesOn = answeredOf !== null && document.activeElement === document.body;
    const last = cards.get(answeredOf);
    answeredOf = null;
    for (const [who, calls] of people) {
      if (!cards.has(who)) cards.set(who, personCard(who, refresh, answered));
      cards.get(who).show(calls);
    }
    const order = [...people.keys(), ...[...cards.keys()].filter((who) => !people.has(who))];
    arrange(list, cards.size ? order.map((who) => cards.get(who).node) : [element("li", { className: "empty", text: words("station.no_calls") })]);
    // After an answer the keyboard goes on: with what else there is to tell them, or whom to call next.
    const next = goesOn && [...(last && cards.has(last.who) ? [last.node] : []), list].map((one) => one.querySelector("button:not([hidden])")).find(Boolean);
    if (next) next.focus();
  };
  const answered = (who) => {
    answeredOf = who;
    return refresh();
  };
  refresh().catch(() => null);
  return { refresh };
}

// Whether somebody is at it, or reads there what came of an answer.
const isInUse = (node) => node.contains(document.activeElement) || node.querySelector("[data-is-read]") !== null;

// The calls of each worker, who has what ends first at the top.
function byWorker(calls) {
  const people = new Map();
  for (const one of calls) people.set(one.worker_id, [...(people.get(one.worker_id) || []), one]);
  return people;
}

// A card that moves takes the focus along: whoever works by keyboard stays where they are.
function arrange(list, wanted) {
  if (wanted.length === list.children.length && wanted.every((one, n) => one === list.children[n])) return;
  const held = document.activeElement;
  fill(list, ...wanted);
  if (list.contains(held)) held.focus();
}

function personCard(who, refresh, answered) {
  const path = `/api/station/workers/${encodeURIComponent(who)}`;
  const number = element("b", { className: "phone" });
  const reveal = element("button", { type: "button", className: "main", text: words("station.reveal") });
  reveal.addEventListener("click", async () => {
    try {
      const { name, phone } = await send(`${path}/contact/reveal`, {});
      fill(number, ...[name, phone && element("a", { href: `tel:${phone}`, text: phone })].filter(Boolean).flatMap((one) => [one, " "]));
      reveal.hidden = true;
    } catch (error) {
      number.textContent = why(error);
    }
  });
  const items = new Map();
  const list = element("ol", { className: "matters" });
  const node = element("li", { className: "card", "data-worker": who },
    element("div", { className: "buttons" }, element("b", {}, workerLink(who)), reveal, number), list);
  return { who, node, show: (calls) => showMatters(list, items, calls, (call) => matter(path, call, refresh, () => answered(who))) };
}

function showMatters(list, items, calls, make) {
  const ids = new Set(calls.map((one) => one.notification_id));
  for (const [id, item] of items) if (!ids.has(id) && !isInUse(item)) items.delete(id);
  for (const one of calls) {
    if (!items.has(one.notification_id)) items.set(one.notification_id, make(one));
    const item = items.get(one.notification_id);
    item.classList.toggle("told", one.told);
    item.querySelector("time").textContent = words("station.minutes_left", { n: Math.max(0, Math.round((one.expires_at - now()) / 60000)) });
  }
  arrange(list, [...items.values()]);
}

function matter(path, call, refresh, answered) {
  const said = element("span", { className: "said", role: "status" });
  const told = element("button", { type: "button", className: "quiet", text: words("station.told") });
  told.addEventListener("click", () => send(`${path}/notices/${encodeURIComponent(call.notification_id)}/told`, {}).then(() => {
    told.blur();
    return refresh();
  }).catch((error) => say(said, "", "bad", why(error))));
  const what = [call.place, firstShift(call), call.distance_km === null ? "" : distance(call.distance_km), ...call.perks.map((perk) => words(`word.${perk}`))];
  return element("li", { className: "matter", "data-call": call.notification_id },
    element("div", { className: "title" }, element("h3", { text: words(`station.call.${newsOf(call)}`, { title: call.title }) }), element("span", { className: "pay", text: call.kind === "offer" ? pay(call) : "" })),
    element("p", { className: "terms" }, what.filter(Boolean).join(" · "), " ", element("time")),
    element("div", { className: "buttons" }, ...(call.kind === "offer" ? answers(path, call.worker_id, call.offer_id, call.job_id, answered) : []), told, said));
}
