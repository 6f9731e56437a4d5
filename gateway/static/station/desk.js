// What all rooms of the terminal share: who is signed in, the stations, and what was decided.

import { json, Refused } from "../gateway.js";
import { named, words } from "../words.js";
import { deliver } from "./outbox.js";

const ASK_MS = 350;
const PATIENCE_MS = 20000;

export const desk = { session: null, stations: [], now: 0 };
const refused = new Map();

const SILENT = ["TypeError", "AbortError", "SyntaxError"];

// In words, also when nobody has answered.
export const why = (error) => (SILENT.includes(error.name) ? words("station.no_answer") : error.message);
export const now = () => desk.now || Date.now();
const later = (ms) => new Promise((done) => setTimeout(done, ms));

export const stationName = (id) => {
  const found = desk.stations.find((one) => one.station_id === id);
  return (found && named(found.name)) || id;
};

export function hearOutcome({ type, outcome }) {
  if (type === "event.rejected") refused.set(outcome.cause.ce_id, outcome);
}

export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Sends a command and says at `status` how it stands, until the market shows what came of it.
// Returns what `see` shows then, or null while it waits. Throws Refused with the faulty field.
export async function act(status, { path, body = {}, label, see, until }) {
  const id = newId();
  say(status, "station.sending");
  let sent;
  try {
    sent = await deliver({ id, path, body, label, station: desk.session.station_id });
  } catch (error) {
    say(status, "", "bad", error.message);
    throw error;
  }
  if (!sent) {
    say(status, "station.kept", "warn");
    return null;
  }
  say(status, "station.deciding");
  for (let waited = 0; waited < PATIENCE_MS; waited += ASK_MS) {
    if (refused.has(id)) {
      const { reason } = refused.get(id);
      say(status, "", "bad", reason);
      throw new Refused({ title: reason, field: refused.get(id).field }, 422);
    }
    try {
      const view = await json(see || sent.see);
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
