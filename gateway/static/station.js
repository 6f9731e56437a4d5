// A station's terminal: who is signed in, which room is open, and what the market says meanwhile.

import { byId, tell } from "./dom.js";
import { json, listen, Refused } from "./gateway.js";
import { newest } from "./newest.js";
import { outboxOf } from "./outbox.js";
import { askTwice } from "./twice.js";
import { change, dayAndTime, speakAtLast, why, words } from "./words.js";
import { callsRoom } from "./station/calls.js";
import { claimsRoom } from "./station/claims.js";
import { desk, hearOutcome, keepClock, now, stationName, tellDays } from "./station/desk.js";
import { isTyped } from "./station/forms.js";
import { jobRoom, jobsRoom } from "./station/jobs.js";
import { showKiosk, startKiosk, stopKiosk } from "./station/kiosk.js";
import { postRoom } from "./station/post.js";
import { refusalsAt } from "./station/refused.js";
import { returning, signInRoom, signOut } from "./station/session.js";
import { showUnsent } from "./station/unsent.js";
import { workerRoom } from "./station/worker.js";

const ROOMS = { post: postRoom, jobs: jobsRoom, job: jobRoom, worker: workerRoom, calls: callsRoom, claims: claimsRoom };
const PLACES = "station.places";
const LOOK_MS = 5000;
const SOON_MS = 400;
// The market decides within seconds; after this nothing is heard of what it has not taken.
const HEARD_OF_MS = 600000;
const kiosk = new URLSearchParams(location.search).has("kiosk");
const [askTown, askCalls] = [newest(), newest()];
let room = null;
let stream = null;
let refusals = null;
let refreshing = 0;
// Until then it is to be read that the other language did not come.
let tellsUntil = 0;

function open() {
  const [name, id] = decodeURIComponent(location.hash.slice(1)).split("/");
  const make = ROOMS[name === "jobs" && id ? "job" : name] || postRoom;
  for (const link of document.querySelectorAll("#rooms a")) {
    const here = link.hash === `#${name || "post"}`;
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  byId("trouble").hidden = true;
  room = make(byId("main"), id) || {};
}

function showConnection(state) {
  byId("state").dataset.state = state;
  tell(byId("state"), words(`page.${state}`));
}

function showTrouble(error) {
  tellTrouble(error ? words(error instanceof Refused ? "station.trouble" : "station.no_line", { why: why(error) }) : "");
}

function tellTrouble(text) {
  byId("trouble").hidden = !text;
  tell(byId("trouble"), text);
}

function hear(told) {
  hearOutcome(told);
  if (!refreshing) refreshing = setTimeout(look, SOON_MS);
}

async function look() {
  clearTimeout(refreshing);
  refreshing = 0;
  tellDays();
  refusals.look();
  const { session } = desk;
  const hasLeft = () => session !== desk.session;
  try {
    const town = await askTown(json(`/api/town?zone=${session.zone}`));
    if (!town || hasLeft()) return undefined;
    desk.stations = town.stations;
    keepClock(town.now);
    const cursor = town.cursor;
    byId("clock").textContent = desk.clock ? dayAndTime(now()) : "–";
    showTitle(words("station.title", { place: stationName(session.station_id) }));
    if (!stream) stream = listen((last) => `/api/station/live?after=${encodeURIComponent(last)}`, cursor, hear, showConnection);
    if (stream.isOpen()) showConnection("live");
    // Whatever becomes of the room, what is kept goes out.
    desk.outbox.settle(({ sentAt }) => !(Date.now() - sentAt < HEARD_OF_MS));
    desk.outbox.flush();
    const calls = await askCalls(json("/api/station/calls"));
    if (!calls || hasLeft()) return undefined;
    const waiting = calls.calls.filter((call) => !call.told).length;
    byId("calls-count").hidden = !waiting;
    byId("calls-count").textContent = waiting;
    if (room && room.refresh) await room.refresh();
    if (hasLeft()) return undefined;
    if (Date.now() > tellsUntil) showTrouble(null);
  } catch (error) {
    if (hasLeft()) return undefined;
    if (error instanceof Refused && error.status === 401) return leave();
    showConnection("offline");
    showTrouble(error);
  }
  if (!refreshing) refreshing = setTimeout(look, LOOK_MS);
  return undefined;
}

function showTitle(title) {
  document.title = title;
  byId("place").textContent = title;
}

function leave() {
  clearTimeout(refreshing);
  refreshing = 0;
  if (stream) stream.close();
  stream = null;
  if (desk.outbox) desk.outbox.stop();
  if (refusals) refusals.stop();
  desk.session = null;
  desk.outbox = null;
  for (const id of ["facts", "rooms", "sign-out", "unsent"]) byId(id).hidden = true;
  room = null;
  if (kiosk) stopKiosk();
  showTitle(words("station.desk"));
  signInRoom(byId("main"), enter);
}

// The stations as they were told last: a job and a worker are placed by them, without a line, too.
function placesOf(zone) {
  const kept = JSON.parse(localStorage.getItem(PLACES) || "{}");
  return kept.zone === zone ? kept.stations : [];
}

async function enter(session) {
  desk.session = session;
  if (kiosk) return startKiosk(leave);
  for (const id of ["facts", "rooms", "sign-out"]) byId(id).hidden = false;
  showConnection("offline");
  const show = () => showUnsent(byId("unsent"), outbox);
  const onDiscarded = (id) => refusals.note(id);
  const outbox = outboxOf(session.station_id, { onChange: show, onSignedOut: leave, onDiscarded, keepsSent: true, keepsRefused: true });
  desk.outbox = outbox;
  refusals = refusalsAt(byId("refused"), outbox);
  show();
  outbox.flush();
  try {
    const town = await json(`/api/town?zone=${session.zone}`);
    desk.stations = town.stations;
    keepClock(town.now);
    localStorage.setItem(PLACES, JSON.stringify({ zone: session.zone, stations: town.stations }));
  } catch (error) {
    desk.stations = placesOf(session.zone);
    showTrouble(error);
  }
  showTitle(words("station.title", { place: stationName(session.station_id) }));
  open();
  return look();
}

async function begin() {
  await speakAtLast("station");
  showTitle(words("station.desk"));
  const session = await returning();
  if (session) await enter(session);
  else leave();
}

addEventListener("hashchange", () => desk.session && !kiosk && open());
addEventListener("online", () => desk.session && !kiosk && look());
askTwice(byId("sign-out"), () => words("station.sign_out_sure"), () => signOut().then(leave, showTrouble));
// A room is made anew in the other language: what was typed there would go without a word.
askTwice(byId("language"), () => (isTyped(byId("main")) ? words("station.language_sure") : ""), () => change().then(speakAnew, (error) => {
  tellTrouble(why(error));
  tellsUntil = Date.now() + LOOK_MS;
}));

function speakAnew() {
  tellTrouble("");
  if (!desk.session) leave();
  else if (kiosk) showKiosk();
  else {
    open();
    look();
  }
}

begin();
