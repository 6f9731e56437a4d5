// The hall: large, by touch alone, read aloud, and nothing personal on it but to whoever signs in with their code.

import { byId, element } from "../dom.js";
import { json, Refused } from "../gateway.js";
import { backKey, button } from "../kiosk/buttons.js";
import { aloud, card } from "../kiosk/card.js";
import { guestsOf, UNTOLD } from "../kiosk/guest.js";
import { drawing } from "../kiosk/icons.js";
import { ahead, ANY } from "../kiosk/jobs.js";
import { drawWhatIsCut, listRoom, news } from "../kiosk/list.js";
import { CODE_DIGITS, codeRoom, mineRoom, ownAloud } from "../kiosk/mine.js";
import { findRoom, workRoom } from "../kiosk/picking.js";
import { redraw } from "../redraw.js";
import { hasVoice, hush, onVoices, say } from "../voice.js";
import { day, speak, words } from "../words.js";
import { desk, keepClock, now, stationName } from "./desk.js";

const LOOK_MS = 5000;
const IDLE_MS = 60000;
// So often whoever listens without a touch is taken to be there still.
const MOST_STAYS = 2;
const DIGITS = 4;
const LEAST_ROWS = 2;
const START = { room: "list", job: null, title: "", gone: "", digits: "", page: 0, wishes: ANY, ...UNTOLD };
const address = new URLSearchParams(location.search);
const HOME_LANGUAGE = address.get("lang") || "zh-CN";
const LISTENERS = { pointerdown: rest, touchstart: rest, keydown: onKey, resize: showKiosk, contextmenu: (event) => event.preventDefault() };

let at = START;
let idle = 0;
let stays = 0;
let perPage = 4;
// What the voice is saying, which may end after something else has begun.
let reading = null;
// A job was opened before the device had told its voices: it is read as soon as it has.
let isAwaited = false;
let spokenIn = "";
// The worker who is signed in here with a code.
const guests = guestsOf(() => at, go);
let view = null;
// Of several that look for what is new only the last goes on.
let looking = null;
let onSignedOut = () => {};

export function startKiosk(leave) {
  onSignedOut = leave;
  document.documentElement.classList.add("kiosk");
  if (document.activeElement) document.activeElement.blur();
  for (const [name, listener] of Object.entries(LISTENERS)) addEventListener(name, listener);
  onVoices(() => (isAwaited && hasVoice() ? readAloud() : showKiosk()));
  looking = {};
  look(looking);
  rest();
}

// Whoever is not signed in any more has nothing to show: jobs of yesterday are worse than none.
export function stopKiosk() {
  document.documentElement.classList.remove("kiosk");
  for (const [name, listener] of Object.entries(LISTENERS)) removeEventListener(name, listener);
  clearTimeout(idle);
  quiet();
  guests.letOut();
  at = START;
  view = null;
  looking = null;
  redraw(byId("main"));
  byId("trouble").hidden = true;
  byId("what").textContent = words("station.subtitle");
}

// Whoever walks away leaves the start behind, in the language of the hall.
function rest() {
  stays = 0;
  stay();
}

function stay() {
  clearTimeout(idle);
  idle = setTimeout(start, Number(address.get("idle")) || IDLE_MS);
}

async function start() {
  if (reading && stays < MOST_STAYS) {
    stays += 1;
    stay();
    return;
  }
  go(START);
  scrollTo(0, 0);
  if (document.documentElement.lang === HOME_LANGUAGE) return;
  await speak("station", HOME_LANGUAGE).catch(rest); // without a line it is tried again
  showKiosk();
}

function onKey({ key }) {
  rest();
  if (key === "Escape") go(at.room === "list" ? START : { room: "list" });
  else if (isTyped() && /^\d$/.test(key)) press(key);
  else if (isTyped() && key === "Backspace") press("");
}

const isTyped = () => at.room === "find" || at.room === "code";

// A digit more, or one less; after the last the next one begins anew.
function press(digit) {
  if (at.isSending) return undefined;
  if (!digit) return go({ digits: at.digits.slice(0, -1), told: "" });
  const most = at.room === "code" ? CODE_DIGITS : DIGITS;
  const digits = at.digits.length < most ? at.digits + digit : digit;
  if (at.room === "code") return digits.length < most ? go({ digits, told: "" }) : guests.letIn(digits);
  const found = digits.length === DIGITS ? shownJobs().filter(({ number }) => number === digits) : [];
  return go(found.length === 1 ? { room: "job", job: found[0].job_id, title: found[0].title, digits: "" } : { digits });
}

// What is wished for stays when one comes back to the list, and so does the page.
function go(changes) {
  const { room, job } = at;
  quiet();
  at = { ...at, gone: "", ...(changes.room ? UNTOLD : {}), ...changes };
  if (at.room !== "mine") guests.letOut();
  showKiosk();
  if (at.room === room) {
    if (room === "mine" && changes.told) focusOn(byId("main").querySelector("h2")); // the key that was touched is gone
    return;
  }
  scrollTo(0, 0);
  if (at.room === "job") readAloud();
  focusOn(at.room === "list" ? Array.from(byId("main").querySelectorAll("[data-job]")).find((one) => one.dataset.job === job) : byId("main").querySelector("h2"));
}

function focusOn(node) {
  if (node) node.focus({ preventScroll: true });
}

function quiet() {
  reading = null;
  isAwaited = false;
  hush();
}

// What there is to be read: a job, or what is a worker's own.
function toRead() {
  if (at.room === "mine") return ownAloud(guests.view());
  const job = chosen();
  return job ? aloud(job, now()) : null;
}

function readAloud() {
  const sentences = toRead();
  isAwaited = Boolean(sentences) && !hasVoice();
  if (!sentences || isAwaited) return;
  const mine = {};
  quiet();
  reading = mine;
  spokenIn = document.documentElement.lang;
  say(sentences, (isOn) => {
    if (isOn || reading !== mine) return;
    reading = null;
    showKiosk();
  });
  showKiosk();
}

// However it went, it is asked again: nobody is there to load the page anew.
async function look(mine) {
  try {
    await ask(mine);
  } finally {
    if (looking === mine) setTimeout(look, LOOK_MS, mine);
  }
}

async function ask(mine) {
  const town = desk.stations.length ? null : await json(`/api/town?zone=${desk.session.zone}`).catch(() => null);
  if (town) desk.stations = town.stations;
  let fresh = null;
  try {
    // A copy of before the page was loaded has the time of then.
    fresh = await json("/api/station/kiosk", undefined, view ? "default" : "reload");
  } catch (error) {
    if (looking === mine && error instanceof Refused && (error.status === 401 || error.status === 403)) {
      onSignedOut();
      return;
    }
  }
  if (looking !== mine) return;
  byId("trouble").hidden = fresh !== null;
  byId("trouble").textContent = fresh ? "" : words("station.kiosk_offline");
  // An answer that was kept has the time of when it was new.
  if (fresh && !(view && view.now === fresh.now)) keepClock(fresh.now);
  view = fresh || view;
  await guests.look();
  if (looking === mine) showKiosk();
}

const shownJobs = () => ahead(view.jobs, now());
const chosen = () => view && shownJobs().find((one) => one.job_id === at.job);

export function showKiosk() {
  if (!view) return;
  showHead();
  if (at.room === "job" && !chosen()) leaveWhatIsGone();
  if (reading && spokenIn !== document.documentElement.lang) {
    quiet();
    if (hasVoice()) {
      readAloud();
      return;
    }
  }
  redraw(byId("main"), ...drawn());
  fit();
  for (const tiles of byId("main").querySelectorAll(".tiles")) drawWhatIsCut(tiles);
}

function showHead() {
  document.title = words("station.kiosk_title", { place: stationName(view.station_id) });
  byId("place").textContent = document.title;
  byId("what").textContent = `${day(now())} · ${words("station.kiosk_what")}`;
}

function leaveWhatIsGone() {
  quiet();
  at = { ...at, room: "list", gone: at.title };
}

function drawn() {
  const jobs = shownJobs();
  const room = { jobs, more: view.more, now: now(), at, perPage, go, press };
  if (at.room === "work") return workRoom(room);
  if (at.room === "find") return findRoom(room);
  if (at.room === "code") return codeRoom(room);
  if (at.room === "mine") return mineRoom({ ...room, view: guests.view(), answer: guests.answer, leave: () => go(START) }, ...(hasVoice() ? voiceKeys() : []));
  if (at.room !== "job") return [...news(view.notices.filter(({ expires_at: until }) => until > now())), ...listRoom(room)];
  return [card(chosen(), now(), ...voiceKeys(), backKey(() => go({ room: "list" })))];
}

function voiceKeys() {
  if (!hasVoice()) return [element("p", { className: "silent" }, drawing("mute"), element("span", { text: words("station.kiosk_silent") }))];
  const stop = () => {
    quiet();
    showKiosk();
  };
  return [reading ? button("key read", "stop", words("page.stop_reading"), stop) : button("key read", "aloud", words("page.read"), readAloud)];
}

// As many jobs as there is room for: fingers turn pages, they need not push lists.
function fit() {
  const tiles = byId("main").querySelector(".tiles");
  const foot = byId("main").querySelector(".foot");
  if (!tiles || !foot) return;
  const style = getComputedStyle(tiles);
  const px = (value) => parseFloat(value) || 0;
  const height = tiles.firstElementChild.offsetHeight + px(style.rowGap);
  const below = px(style.marginBottom) + foot.offsetHeight + px(getComputedStyle(document.body).paddingBottom);
  const room = innerHeight - tiles.getBoundingClientRect().top - scrollY - below;
  const columns = style.gridTemplateColumns.split(" ").length;
  const most = columns * Math.max(columns > 1 ? 1 : LEAST_ROWS, Math.floor((room + px(style.rowGap)) / height));
  if (most === perPage) return;
  const first = at.page * perPage;
  perPage = most;
  at = { ...at, page: Math.floor(first / perPage) };
  redraw(byId("main"), ...drawn());
}
