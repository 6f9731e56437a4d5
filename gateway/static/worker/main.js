// The worker's page: what asks for an answer, what is booked, what would fit, and what has happened.

import { byId } from "../dom.js";
import { endSession, isUnanswered, json, keepToken, listen, Refused, send } from "../gateway.js";
import { newest } from "../newest.js";
import { outboxOf } from "../outbox.js";
import { redraw } from "../redraw.js";
import { onVoices } from "../voice.js";
import { change, named, speakAtLast, words } from "../words.js";
import { clearBoard, showBoard } from "./board.js";
import { enter, notDone, takeLink } from "./entrance.js";
import { lineOf } from "./line.js";
import { EVERYTHING, FORGET, sayFarewell, showMe } from "./me.js";
import { isLoud, newsOf } from "./news.js";
import { say, sayNews, sayNothing, showNotice } from "./notice.js";
import { answerTo, isDecided, isUnconfirmed, TIMES, timesAre } from "./said.js";
import { showTelling } from "./telling.js";
import { showTimes } from "./times.js";

const SOON_MS = 300;
const RETRY_MS = 1500;
const IDLE_MS = 30000;

// `forgetting` is "sent" while being forgotten is asked for, and "unsure" after no answer has come.
const state = { me: null, view: null, news: null, outbox: null, stream: null, refreshing: 0, due: Infinity, asked: null, forgetting: "", forgetId: null };
const ask = newest();
const showLine = lineOf(() => state.me && state.outbox.flush());

async function begin() {
  takeLink();
  await speakAtLast("worker");
  await open(await enter());
}

async function open({ session, told }) {
  keepToken(session);
  if (told) say(told, "bad");
  const owner = `${session.zone}/${session.worker_id}`;
  state.me = session;
  state.news = newsOf(owner);
  state.outbox = outboxOf(owner, { keepsSent: true, onChange: () => state.view && show(), onRefused, onSignedOut: leave });
  byId("desk").hidden = false;
  await refresh();
  state.outbox.flush();
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
    state.view = view;
    // Asked after no answer had come: it was not done.
    if (forgetting === "unsure" && state.forgetting === "unsure") state.forgetting = "";
    state.outbox.settle((entry) => isDecided(entry, view));
    if (state.outbox.settle(isUnconfirmed).length) say(words("worker.times_unconfirmed"), "bad");
    if (state.stream && state.stream.isOpen()) showLine("live");
  } catch (error) {
    if (me !== state.me) return;
    isAnswered = error instanceof Refused;
    if (!isAnswered) showLine("offline", isUnanswered(error) ? "" : error.message);
    if (isOver(error)) {
      leave();
      return;
    }
    if (error instanceof Refused && !state.view) say(error.message, "bad");
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

function hear(told, cursor) {
  const news = state.news.hear(told, cursor);
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
  if (error.status !== 404 || entry.subject === TIMES) {
    say(words("worker.not_taken", { why: error.message }), "bad");
    return;
  }
  const why = words(`worker.reason.${state.news.whyGone(entry.subject)}`);
  say(words("worker.late", { title: entry.title, why }), "bad");
}

function answer(kind, match) {
  state.asked = null;
  tell(answerTo(match, kind));
}

function tell(entry) {
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
  showBoard(view, { outbox, asked: state.asked, ask: makeSure, answer });
  state.news.show(byId("news"));
  const sayOfMe = (kind, changes) => tell(timesAre(kind, changes, state.view));
  showTimes(byId("times"), view, outbox.of(TIMES), sayOfMe);
  showTelling(byId("telling"), view, outbox.of(TIMES), sayOfMe);
  showMe(state.asked === FORGET, { ask: makeSure, signOut, forgetMe });
  showNotice();
}

async function signOut() {
  try {
    await endSession();
    leave();
  } catch (error) {
    say(notDone(error), "bad");
  }
}

async function forgetMe() {
  const { me, forgetting } = state;
  if (forgetting === "sent") return;
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

const isOver = (error) => error instanceof Refused && error.status === 401;

byId("language").addEventListener("click", async () => {
  await change();
  if (state.view) show();
});
onVoices(() => state.view && show());
begin();
