// What all rooms of the terminal share: who is signed in, the stations, and what was decided.

import { isUnanswered, json, Refused } from "../gateway.js";
import { newId } from "../outbox.js";
import { dayAndTime, named, time, words } from "../words.js";

const ASK_MS = 350;
const PATIENCE_MS = 20000;

export const desk = { session: null, outbox: null, stations: [], now: 0 };
const refused = new Map();

// In words, also when nobody has answered.
export const why = (error) => (isUnanswered(error) ? words("station.no_answer") : error.message);
export const now = () => desk.now || Date.now();
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

export function hearOutcome({ type, outcome }) {
  if (type === "event.rejected") refused.set(outcome.cause.ce_id, outcome);
}

// Sends a command and says at `status` how it stands, until the market shows what came of it.
// Returns what `see` shows then, or null while it waits. Throws Refused with the faulty field.
export async function act(status, { path, body = {}, label, see, until }) {
  const id = newId();
  say(status, "station.sending");
  const fate = await desk.outbox.add({ id, path, body, label });
  if (!fate) {
    say(status, "station.kept", "warn");
    return null;
  }
  if (fate.error) {
    desk.outbox.discard(id); // whoever entered it reads here why
    say(status, "", "bad", fate.error.message);
    throw fate.error;
  }
  say(status, "station.deciding");
  for (let waited = 0; waited < PATIENCE_MS; waited += ASK_MS) {
    if (refused.has(id)) {
      const { reason } = refused.get(id);
      say(status, "", "bad", reason);
      throw new Refused({ title: reason, field: refused.get(id).field }, 422);
    }
    try {
      const view = await json(see || fate.answer.see);
      if (until(view)) {
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
