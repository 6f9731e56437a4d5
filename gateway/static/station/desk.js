// What all rooms of the terminal share: who is signed in, the stations, and what was decided.

import { json, Refused } from "../gateway.js";
import { newId } from "../outbox.js";
import { day, dayAndTime, isChinese, named, time, words } from "../words.js";
import { DAY_MS } from "./forms.js";

const ASK_MS = 350;
const PATIENCE_MS = 20000;

export const desk = { session: null, outbox: null, stations: [], clock: null };
const refused = new Map();
// Commands whose fate is being shown to whoever entered them.
const shown = new Set();
// Those of them that the market has said something to.
const answered = new Set();
// Without a live line nothing is heard: what is seen after so long has to do.
const HEARD_MS = 5000;

// The market's clock, which goes on while there is no line.
export const now = () => Date.now() + (desk.clock ? desk.clock.ahead : 0);
export const keepClock = (told) => { desk.clock = told ? { ahead: told - Date.now() } : null; };

// Today and tomorrow are told with their dates: whoever has no line over night would take one for the other.
export function dated(label, key, days) {
  const name = label.querySelector("span");
  Object.assign(name.dataset, { day: key, inDays: days });
  tellDay(name);
  return label;
}

const tellDay = (name) => { name.textContent = `${words(name.dataset.day)} ${day(now() + Number(name.dataset.inDays) * DAY_MS)}`; };
export const tellDays = () => document.querySelectorAll("[data-in-days]").forEach(tellDay);

const later = (ms) => new Promise((done) => setTimeout(done, ms));

export const stationName = (id) => {
  const found = desk.stations.find((one) => one.station_id === id);
  return (found && named(found.name)) || id;
};

// When it begins: until when that day, or how many shifts there are.
export function firstShift({ first_shift: { start, end }, shifts }) {
  return `${dayAndTime(start)}${shifts > 1 ? ` ${words("station.shifts", { n: shifts })}` : `–${time(end)}`}`;
}

// What a notice is called: a booking may be off because the job is, or because its terms are others.
export const newsOf = ({ kind, reason }) => (reason === "terms_changed" ? reason : kind);

// What the market has not taken though the gateway has: whoever entered it may be elsewhere by now.
export function hearOutcome({ type, outcome }) {
  const id = outcome.cause.ce_id;
  if (shown.has(id)) answered.add(id);
  if (type === "event.rejected") {
    refused.set(id, { title: inTheirWords(outcome), field: outcome.field });
    if (!shown.has(id)) desk.outbox.refuse(id, inTheirWords(outcome));
  } else if (type === "booking.refused" && !shown.has(id)) desk.outbox.refuse(id, words("station.too_late"));
}

const inTheirWords = ({ reason, reason_zh: inChinese }) => (isChinese() && inChinese) || reason;

// Sends a command and says at `status` how it stands, until the market shows what came of it:
// `until(view, isAnswered)`, of which the second is for what may have looked the same before.
// Returns what `see` shows then, or null while it waits. Throws Refused with the faulty field.
export async function act(status, command) {
  const id = newId();
  const { outbox } = desk;
  shown.add(id);
  try {
    const view = await decided(status, id, outbox, command);
    if (view) outbox.discard(id);
    return view;
  } catch (error) {
    // Whoever entered it reads here why; who has gone on to something else, among what was not sent.
    if (status.isConnected) outbox.discard(id);
    else outbox.refuse(id, error.message);
    throw error;
  } finally {
    shown.delete(id);
    answered.delete(id);
  }
}

async function decided(status, id, outbox, { path, body = {}, label, see, until }) {
  say(status, "station.sending");
  const fate = await outbox.add({ id, path, body, label });
  if (!fate) {
    say(status, "station.kept", "warn");
    return null;
  }
  if (fate.error) {
    say(status, "", "bad", fate.error.message);
    throw fate.error;
  }
  say(status, "station.deciding");
  for (let waited = 0; waited < PATIENCE_MS; waited += ASK_MS) {
    if (refused.has(id)) {
      say(status, "", "bad", refused.get(id).title);
      throw new Refused(refused.get(id), 422);
    }
    try {
      const view = await json(see || fate.answer.see);
      if (until(view, answered.has(id) || waited > HEARD_MS)) {
        say(status, "station.decided", "good");
        return view;
      }
    } catch (error) {
      if (error instanceof Refused && error.status !== 404) throw error;
    }
    await later(ASK_MS);
  }
  say(status, "station.undecided", "warn");
  return null;
}

export function say(status, key, kind = "", text = "") {
  status.className = `said ${kind}`;
  status.textContent = key ? words(key) : text;
}
