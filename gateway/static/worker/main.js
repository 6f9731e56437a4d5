// The worker's page: what asks for an answer, what is booked, what would fit, and what has happened.

import { byId } from "../dom.js";
import { endSession, json, keepToken, listen, Refused, send } from "../gateway.js";
import { newest } from "../newest.js";
import { newId, outboxOf } from "../outbox.js";
import { redraw } from "../redraw.js";
import { hush, onVoices } from "../voice.js";
import { change, named, speakAtLast, words } from "../words.js";
import { clearBoard, showBoard } from "./board.js";
import { countDown } from "./deadline.js";
import { enter, notDone, takeLink, told } from "./entrance.js";
import { lineOf } from "./line.js";
import { EVERYTHING, sayFarewell, showMe } from "./me.js";
import { isLoud, newsOf } from "./news.js";
import { say, sayNews, sayNothing, showNotice } from "./notice.js";
import { RATE } from "./rating.js";
import { answerTo, isDecided, isUnconfirmed, TIMES, timesAre } from "./said.js";
import { showTelling } from "./telling.js";
import { showTimes } from "./times.js";

const SOON_MS = 300;
const RETRY_MS = 1500;
const IDLE_MS = 30000;
// A no and a rating can be taken back for so long, as the market takes none back.
const UNDO_MS = 8000;
const TICK_MS = 10000;

// `forgetting` is "sent" while being forgotten is asked for, and "unsure" after no answer has come.
const state = { me: null, view: null, seenAt: 0, news: null, outbox: null, stream: null, refreshing: 0, due: Infinity, asked: null, forgetting: "", forgetId: null };
const ask = newest();
const showLine = lineOf(() => state.me && state.outbox.flush());

async function begin() {
  takeLink();
  await speakAtLast("worker");
  await open(await enter());
}

async function open({ session, told: why }) {
  keepToken(session);
  if (why) say(why, "bad");
  const owner = `${session.zone}/${session.worker_id}`;
  state.me = session;
  state.news = newsOf(owner);
  state.outbox = outboxOf(owner, { keepsSent: true, onChange: onKept, onRefused, onSignedOut: leave });
  byId("desk").hidden = false;
  await refresh();
  state.outbox.release();
}

// What has just gone out is looked for, however long after it was said that was.
function onKept() {
  if (!state.view) return;
  show();
  if (state.outbox.isAwaited()) refreshIn(RETRY_MS);
}

// Back to the entrance; what waits to be sent waits on. Who has asked to be forgotten and heard nothing
// has been: that ends all sessions.
async function leave() {
  if (!state.me || state.forgetting === "sent") return;
  if (state.forgetting === "unsure") {
    bidFarewell(EVERYTHING);
    return;
  }
  close();
  await open(await enter(words("worker.signed_out")));
}

function close() {
  hush();
  clearTimeout(state.refreshing);
  state.outbox.stop();
  if (state.stream) state.stream.close();
  Object.assign(state, { me: null, view: null, stream: null, asked: null, due: Infinity, forgetting: "", forgetId: null });
  sayNothing();
  byId("desk").hidden = true;
  // Whoever comes in next on this phone sees nothing of whoever has left, also without an answer yet.
  byId("who").textContent = "";
  clearBoard();
  for (const id of ["news", "times", "telling", "me"]) redraw(byId(id));
  showLine("live");
}

async function refresh() {
  clearTimeout(state.refreshing);
  state.due = Infinity;
  const { me, forgetting } = state;
  let isAnswered = true;
  try {
    const view = await ask(json("/api/worker/matches"));
    if (me !== state.me || !view) return;
    Object.assign(state, { view, seenAt: Date.now() });
    // Asked after no answer had come: it was not done.
    if (forgetting === "unsure" && state.forgetting === "unsure") state.forgetting = "";
    state.outbox.settle((entry) => isDecided(entry, view));
    for (const { kind } of state.outbox.settle(isUnconfirmed)) say(words(kind === RATE ? "worker.rating_unconfirmed" : "worker.times_unconfirmed"), "bad");
    if (state.stream && state.stream.isOpen()) showLine("live");
  } catch (error) {
    if (me !== state.me) return;
    isAnswered = error instanceof Refused;
    if (!isAnswered) showLine("offline", isNoLine(error) ? "worker.no_line" : "worker.no_service");
    if (isOver(error)) {
      leave();
      return;
    }
    if (error instanceof Refused && !state.view) say(told(error), "bad");
  }
  if (state.view && !state.stream) start();
  if (state.view) show();
  refreshIn(isAnswered && !state.outbox.isAwaited() ? IDLE_MS : RETRY_MS);
}

// The sooner one counts: an answer that was on its way puts off nothing that news have asked for.
function refreshIn(ms) {
  const due = Date.now() + ms;
  if (due >= state.due) return;
  state.due = due;
  clearTimeout(state.refreshing);
  state.refreshing = setTimeout(refresh, ms);
}

function start() {
  if (!state.news.cursor()) state.news.start(state.view.cursor);
  const address = (cursor) => `/api/worker/live?after=${encodeURIComponent(cursor)}`;
  state.stream = listen(address, state.news.cursor(), hear, showLine, onMissed);
}

function hear(happened, cursor) {
  const news = state.news.hear(happened, cursor);
  refreshIn(SOON_MS);
  if (!news) return;
  if (news.type === "booking.refused") state.outbox.settle(({ subject }) => subject === news.offer);
  if (isLoud(news)) sayNews(news);
  state.news.show(byId("news"));
}

function onMissed() {
  state.outbox.settle(() => true);
  say(words("worker.unsure"), "bad");
  refreshIn(SOON_MS);
}

function onRefused(entry, error) {
  refreshIn(SOON_MS);
  if (error.status !== 404 || entry.subject === TIMES || entry.kind === RATE) {
    say(words("worker.not_taken", { why: told(error) }), "bad");
    return;
  }
  if (entry.kind !== "accept") return; // nobody waits for a no to what is gone
  const why = words(`worker.reason.${state.news.whyGone(entry.subject)}`);
  say(words("worker.late", { title: entry.title, why }), "bad");
}

function answer(kind, match, body = {}) {
  const { outbox } = state;
  const [id, isHeld] = [newId(), kind === "refuse" || kind === RATE];
  tell({ ...answerTo(match, kind, body), id, isHeld });
  // Each by itself: another no neither puts it off nor takes the time to undo it.
  if (isHeld) setTimeout(() => state.me && outbox === state.outbox && outbox.release(id), UNDO_MS);
}

const letGo = () => state.me && state.outbox.release();

function tell(entry) {
  state.asked = null;
  sayNothing();
  state.outbox.add(entry);
  refreshIn(SOON_MS);
}

function makeSure(what) {
  state.asked = what;
  show();
}

function show() {
  const { view, outbox } = state;
  document.title = words("worker.title");
  byId("who").textContent = words("worker.hello", { station: named(view.station_name) || view.station_id, id: view.worker_id, call: view.call_number || "–" });
  showBoard(view, { outbox, asked: state.asked, ask: makeSure, answer, undo: outbox.discard });
  tick();
  state.news.show(byId("news"));
  const sayOfMe = (kind, changes) => tell(timesAre(kind, changes, state.view));
  showTimes(byId("times"), view, { sent: outbox.of(TIMES), asked: state.asked, ask: makeSure, say: sayOfMe });
  showTelling(byId("telling"), view, outbox.of(TIMES), sayOfMe);
  showMe(state.asked, { ask: makeSure, signOut, forgetMe });
  showNotice();
}

// The market's clock goes on between two answers.
function tick() {
  if (state.view) countDown(state.view.now + Date.now() - state.seenAt);
}

// Going out is at the foot of the page, and what is said at its head.
function sayInSight(text) {
  say(text, "bad");
  byId("notice").scrollIntoView({ block: "center" });
}

// What has not gone out could not any more: whoever has said it stays until it has.
async function signOut() {
  const { me, outbox } = state;
  sayNothing();
  try {
    await letGo();
    if (me !== state.me) return;
    if (!outbox.isEmptied()) {
      sayInSight(words("worker.unsent"));
      return;
    }
    await endSession();
    leave();
  } catch (error) {
    sayInSight(notDone(error));
  }
}

async function forgetMe() {
  const { me, forgetting } = state;
  if (forgetting === "sent") return;
  sayNothing();
  state.forgetting = "sent";
  state.forgetId = state.forgetId || `forget-${state.view.now}`;
  try {
    const { erased } = await send("/api/worker/forgetting", {}, { id: state.forgetId });
    if (me === state.me) bidFarewell(erased);
  } catch (error) {
    if (me !== state.me) return;
    if (isOver(error)) {
      state.forgetting = forgetting;
      leave();
      return;
    }
    state.forgetting = error instanceof Refused ? "" : "unsure";
    say(notDone(error), "bad");
    refreshIn(SOON_MS);
  }
}

function bidFarewell(erased) {
  state.outbox.clear();
  state.news.clear();
  close();
  sayFarewell(erased);
}

const isNoLine = ({ name }) => name === "TypeError" || name === "AbortError";
const isOver = (error) => error instanceof Refused && error.status === 401;

byId("language").addEventListener("click", async () => {
  try {
    await change();
  } catch (error) {
    say(notDone(error), "bad");
    return;
  }
  hush();
  if (state.view) show();
});
// What is held back goes before the page does; what was too late for that, when it is opened anew.
addEventListener("pagehide", letGo);
document.addEventListener("visibilitychange", () => document.hidden && letGo());
// Another link that is opened where the page is open changes the address alone.
addEventListener("hashchange", () => takeLink() && location.reload());
setInterval(tick, TICK_MS);
onVoices(() => state.view && show());
begin();
