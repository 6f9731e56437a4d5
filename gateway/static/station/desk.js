// What all rooms of the terminal share: who is signed in, the stations, and what was decided.

import { json, Refused } from "../gateway.js";
import { newId } from "../outbox.js";
import { day, dayAndTime, isChinese, named, time, words } from "../words.js";
import { dateIn, DAY_MS } from "./calendar.js";
import { personalField } from "./personal.js";

const ASK_MS = 350;
const PATIENCE_MS = 20000;

export const desk = { session: null, outbox: null, stations: [], clock: null };
const refused = new Map();
// Why a yes to an offer came to nothing, by the offer's id: what the market waited for may have decided it.
const denied = new Map();
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

// When it begins and until when that day; how many shifts there are, and until which day.
export function firstShift({ first_shift: { start, end }, shifts, last_start: last }) {
  const first = `${dayAndTime(start)}–${time(end)}`;
  if (shifts === 1) return first;
  const isLonger = last !== null && dateIn(last) !== dateIn(start);
  return `${first} · ${isLonger ? words("station.shifts_until", { n: shifts, last: day(last) }) : words("station.shifts", { n: shifts })}`;
}

// What a notice is called: a booking may be off because the job is, because its terms are others, or
// because the home market of whoever said yes did not grant it.
export const newsOf = ({ kind, reason }) => (["terms_changed", "not_granted"].includes(reason) ? reason : kind);

// What the market has not taken though the gateway has: whoever entered it may be elsewhere by now.
export function hearOutcome({ type, outcome }) {
  const id = outcome.cause.ce_id;
  if (type === "booking.refused") denied.set(outcome.offer_id, outcome.reason);
  if (shown.has(id)) answered.add(id);
  if (type === "event.rejected") {
    refused.set(id, { title: inTheirWords(outcome), field: outcome.field });
    if (!shown.has(id)) desk.outbox.refuse(id, inTheirWords(outcome));
  } else if (type === "booking.refused" && !shown.has(id)) desk.outbox.refuse(id, notBooked(outcome.offer_id));
}

// In the words for whoever answers for somebody else.
export const notBooked = (offerId) => words("station.not_booked", { why: words(`station.refused.${denied.get(offerId) || "unknown_offer"}`) });

const inTheirWords = ({ reason, reason_zh: inChinese }) => (isChinese() && inChinese) || reason;

// Sends a command and says at `status` how it stands, until the market shows what came of it:
// `until(view, isAnswered)`, of which the second is for what may have looked the same before.
// Returns what `see` shows then, or null while it waits. Throws Refused with the faulty field. A later command on
// the same `subject` takes the place of one that has not gone out.
export async function act(status, command) {
  refusePersonal(status, command.body);
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

// What cannot be sent is kept in the browser, and numbers of people never are.
function refusePersonal(status, body) {
  const field = personalField(body);
  if (!field) return;
  const title = words("station.no_numbers");
  say(status, "", "bad", title);
  throw new Refused({ title, field }, 422);
}

async function decided(status, id, outbox, { path, body = {}, label, see, until, subject }) {
  say(status, "station.sending");
  const fate = await outbox.add({ id, path, body, label, subject });
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
      // A moment ago what is asked for was not there, or another station's.
      if (error instanceof Refused && ![403, 404].includes(error.status)) {
        say(status, "", "bad", error.message);
        throw error;
      }
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
