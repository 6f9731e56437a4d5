// The worker's page: what asks for an answer, what is booked, what would fit, and what has happened.

import { byId, element, fill } from "../dom.js";
import { isUnanswered, json, keepToken, listen, Refused, send } from "../gateway.js";
import { newest } from "../newest.js";
import { outboxOf } from "../outbox.js";
import { change, named, speak, words } from "../words.js";
import { bookingCard, matchCard, offerCard, twice } from "./cards.js";
import { enter, patiently, takeLink } from "./entrance.js";
import { isLoud, kindOf, newsOf, textOf } from "./news.js";
import { redraw } from "./redraw.js";
import { isSaid, showTimes } from "./times.js";
import { onVoices } from "./voice.js";

const SOON_MS = 300;
const RETRY_MS = 1500;
const IDLE_MS = 30000;
const GRACE_MS = 4000;
const TIMES = "times";

const state = { me: null, view: null, news: null, outbox: null, stream: null, refreshing: 0, notice: null, asked: null, known: new Set(), offline: 0 };
const ask = newest();

async function begin() {
  const link = takeLink();
  await patiently(() => speak("worker"));
  await open(await enter(link));
}

async function open(session) {
  keepToken(session);
  const owner = `${session.zone}/${session.worker_id}`;
  state.me = session;
  state.news = newsOf(owner);
  state.outbox = outboxOf(owner, { keepsSent: true, onChange: () => state.view && show(), onRefused, onSignedOut: leave });
  byId("desk").hidden = false;
  await refresh();
  state.outbox.flush();
}

// Back to the entrance; what waits to be sent waits on.
async function leave() {
  if (!state.me) return;
  close();
  await open(await enter(null, words("worker.signed_out")));
}

function close() {
  clearTimeout(state.refreshing);
  state.outbox.stop();
  if (state.stream) state.stream.close();
  Object.assign(state, { me: null, view: null, stream: null, notice: null, asked: null });
  byId("desk").hidden = true;
  showLine("live");
}

async function refresh() {
  clearTimeout(state.refreshing);
  const { me } = state;
  let isAnswered = true;
  try {
    const view = await ask(json("/api/worker/matches"));
    if (me !== state.me || !view) return;
    state.view = view;
    state.outbox.settle((entry) => isDecided(entry, view));
    if (state.stream && state.stream.isOpen()) showLine("live");
  } catch (error) {
    if (me !== state.me) return;
    isAnswered = error instanceof Refused;
    if (!isAnswered) showLine("offline", isUnanswered(error) ? "" : error.message);
    if (error instanceof Refused && error.status === 401) {
      leave();
      return;
    }
    if (error instanceof Refused && !state.view) say(error.message, "bad");
  }
  if (state.view && !state.stream) start();
  if (state.view) show();
  refreshIn(isAnswered && state.view && !state.outbox.isAwaited() ? IDLE_MS : RETRY_MS);
}

function refreshIn(ms) {
  clearTimeout(state.refreshing);
  state.refreshing = setTimeout(refresh, ms);
}

// What the market has made of what was said, as far as the snapshot has it; of an acceptance the
// live stream tells.
function isDecided(entry, view) {
  if (entry.subject === TIMES) return isSaid(entry, view);
  const isIn = (list) => list.some(({ offer_id: id }) => id === entry.subject);
  if (entry.kind === "refuse") return !isIn(view.offers);
  if (entry.kind === "cancel") return !isIn(view.bookings);
  return view.bookings.some(({ offer_id: id, status }) => id === entry.subject && status !== "pending");
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
  if (news.type === "booking.refused" || news.type === "booking.confirmed") {
    state.outbox.settle(({ subject }) => subject === news.offer);
  }
  if (isLoud(news)) say(textOf(news), kindOf(news.type), news);
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
  const offer = (match.offer || match.booking).offer_id;
  const way = kind === "accept" ? "acceptance" : "refusal";
  state.asked = null;
  state.outbox.add({ kind, subject: offer, title: match.job.title, path: `/api/worker/offers/${encodeURIComponent(offer)}/${way}`, body: {} });
  refreshIn(SOON_MS);
}

function sayTimes(kind, body) {
  const path = kind === "pause" ? "/api/worker/unavailability" : "/api/worker/availability";
  state.outbox.add({ kind, subject: TIMES, title: "", path, body });
  refreshIn(SOON_MS);
}

function makeSure(what) {
  state.asked = what;
  show();
}

// The news themselves are kept, so that a notice speaks the language the page speaks.
function say(text, kind, news = null) {
  state.notice = { text, kind, news };
  showNotice();
}

function showNotice() {
  const { notice } = state;
  byId("notice").className = notice ? notice.kind : "";
  byId("notice").textContent = notice ? (notice.news ? textOf(notice.news) : notice.text) : "";
}

// What is said while nothing comes: that there is no signal, or what the gateway says instead.
function showLine(connection, told = "") {
  const line = byId("line");
  if (connection === "live" && navigator.onLine) {
    clearTimeout(state.offline);
    state.offline = 0;
    line.hidden = true;
    if (state.outbox && state.me) state.outbox.flush();
    return;
  }
  line.textContent = told || words("worker.no_line");
  if (state.offline && navigator.onLine) return;
  // A stream that is renewed is no loss.
  clearTimeout(state.offline);
  state.offline = setTimeout(() => {
    line.hidden = false;
  }, navigator.onLine ? GRACE_MS : 0);
}

function show() {
  const { view, outbox } = state;
  document.title = words("worker.title");
  byId("who").textContent = words("worker.hello", { station: named(view.station_name) || view.station_id, id: view.worker_id, call: view.call_number });
  const offers = view.offers.map((offer) => matchOf(offer, { offer })).filter(Boolean);
  const bookings = view.bookings.map((booking) => matchOf(booking, { booking })).filter(Boolean);
  const taken = new Set([...view.offers, ...view.bookings].map(keyOf));
  const ranked = view.matches ? view.matches.ranking.map(({ job_id: id }) => ({ job_id: id, zone: view.zone })) : [];
  const matches = ranked.filter((one) => !taken.has(keyOf(one))).map((one) => matchOf(one, {})).filter((match) => match && match.job.status === "open");
  byId("offers-count").textContent = offers.length || "";
  put("offers", offers.map((match) => offerCard(match, { sent: outbox.of(match.offer.offer_id), isNew: !state.known.has(match.offer.offer_id), answer })), "worker.no_offers");
  put("bookings", bookings.map((match) => bookingCard(match, { sent: outbox.of(match.booking.offer_id), isAsked: state.asked === match.booking.offer_id, ask: makeSure, answer })), "worker.no_bookings");
  put("matches", view.available ? matches.map(matchCard) : [], "worker.no_matches");
  state.known = new Set(view.offers.map(({ offer_id: id }) => id));
  state.news.show(byId("news"));
  showTimes(byId("times"), view, outbox.of(TIMES), sayTimes);
  showMe();
  showNotice();
}

const keyOf = ({ zone, job_id: id }) => `${zone}/${id}`;

function matchOf(held, more) {
  const isIt = (one) => keyOf(one) === keyOf(held);
  const [job, terms] = [state.view.jobs.find(isIt), state.view.terms.find(isIt)];
  return job && terms ? { job, terms, places: held.places || 1, ...more } : null;
}

function put(id, cards, empty) {
  redraw(byId(id), ...(cards.length ? cards : [element("li", { className: "empty", text: words(empty) })]));
}

function showMe() {
  const isAsked = state.asked === "forget";
  const out = element("button", { type: "button", text: words("worker.sign_out") });
  out.addEventListener("click", signOut);
  const forget = element("button", { type: "button", className: "no", text: words("worker.forget") });
  forget.addEventListener("click", () => makeSure("forget"));
  redraw(byId("me"), ...(isAsked
    ? twice("worker.forget_sure", "worker.yes_forget", forgetMe, () => makeSure(null))
    : [element("div", { className: "actions" }, out, forget)]));
}

async function signOut() {
  try {
    await send("/api/session", {}, { method: "DELETE" });
    leave();
  } catch (error) {
    say(error instanceof Refused ? error.message : words("worker.no_line"), "bad");
  }
}

async function forgetMe() {
  try {
    const { erased } = await send("/api/worker/forgetting", {}, { id: `forget-${state.view.now}` });
    state.outbox.clear();
    state.news.clear();
    close();
    byId("who").textContent = "";
    fill(byId("erased"), ...erased.map((what) => element("li", { text: words(`worker.erased.${what}`) })));
    byId("farewell").hidden = false;
    byId("farewell").focus();
  } catch (error) {
    say(words("worker.not_taken", { why: error instanceof Refused ? error.message : words("worker.no_line") }), "bad");
  }
}

byId("language").addEventListener("click", async () => {
  await change();
  if (state.view) show();
});
onVoices(() => state.view && show());
begin();
