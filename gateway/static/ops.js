// The operators' page: signs in, asks for the figures again and again, and hands them to its parts.
// A key for some zones shows those alone, without what is of the whole system.

import { byId, tell } from "./dom.js";
import { json, Refused } from "./gateway.js";
import { keepPoints, redrawCharts, showCharts } from "./ops/charts.js";
import { newest } from "./newest.js";
import { followLetters, forgetLetters, showLetters } from "./ops/letters.js";
import { showMachines } from "./ops/machines.js";
import { followMarket, forgetMarket, showMarket } from "./ops/market.js";
import { showModel } from "./ops/model.js";
import { showQuarantine } from "./ops/quarantine.js";
import { onSession, signedIn, signIn } from "./ops/session.js";
import { showFigures, showMarketFigures, showMarketVerdict, showSilence, showVerdict } from "./ops/verdict.js";
import { followWhy, forgetWhy, showUnmatched } from "./ops/why.js";
import { forgetAge, isOf, isOld, tellAge } from "./ops/stale.js";
import { change, clockTime, speakAtLast, why, words } from "./words.js";

const EVERY_MS = 5000;
const RETRY_MS = 3000;
const MARKET_EVERY_MS = 15000;

const state = { figures: null, session: null, last: 0, waiting: 0, marketAt: 0 };
const ask = newest();

function showConnection(connection) {
  byId("state").dataset.state = connection;
  tell(byId("state"), words(`page.${connection}`));
}

const ownZones = () => (state.session && state.session.zones) || null;

function showDesk(session) {
  // Whoever signs in next sees nothing of what another was shown.
  Object.assign(state, { session, figures: null, last: 0, marketAt: 0 });
  keepPoints([], true);
  forgetMarket();
  forgetLetters();
  forgetWhy();
  forgetAge();
  byId("desk").dataset.view = ownZones() ? "zones" : "whole";
  byId("sign-in").hidden = Boolean(session);
  byId("desk").hidden = byId("facts").hidden = byId("sign-out").hidden = !session;
  clearTimeout(state.waiting);
  if (session) {
    showRole();
    refresh();
  } else byId("key").focus();
}

function showRole() {
  if (!state.session) return;
  const zones = ownZones();
  byId("role").textContent = words(`ops.role.${state.session.role}`);
  byId("zones-note").hidden = !zones;
  if (zones) byId("zones-note").textContent = words("ops.zones_note", { zones: zones.join(", ") });
  byId("reader-note").hidden = state.session.role === "operator";
}

function showAll() {
  const { figures } = state;
  document.title = words("ops.title");
  showConnection(byId("state").dataset.state);
  showRole();
  tellAge();
  if (!figures) return;
  byId("updated").textContent = clockTime(figures.at);
  if (ownZones()) {
    showMarketVerdict(figures);
    showMarketFigures(figures);
  } else showWhole(figures);
  showMarket(figures, ownZones());
  showQuarantine(figures, state.session && state.session.role === "operator");
  if (byId("state").dataset.state === "offline") showSilence(figures);
}

function showWhole(figures) {
  showVerdict(figures);
  showFigures(figures);
  showCharts(figures);
  showMachines(figures);
  showModel(figures);
}

const isSignedOut = (error) => error instanceof Refused && (error.status === 401 || error.status === 403);

// A part that gets no answer stays as it is for a while; the figures say how the page's own line is.
const orLater = (part) => part.catch((error) => {
  if (isSignedOut(error)) throw error;
});

// What is told by zone, or all of it, with what the charts have not got yet.
async function newestFigures() {
  if (ownZones()) {
    const figures = await json("/api/operator/markets");
    return { figures, points: [] };
  }
  return json(`/api/operator/figures?after=${state.last}`);
}

async function refresh() {
  clearTimeout(state.waiting);
  let wait = EVERY_MS;
  try {
    const { session } = state;
    const fresh = await ask(newestFigures());
    if (!fresh || session !== state.session) return;
    const { figures, points } = fresh;
    state.figures = figures;
    keepPoints(points, state.last === 0);
    if (points.length) state.last = points[points.length - 1].at;
    wait = Math.max(1000, Math.min(EVERY_MS, figures.every_s * 1000));
    showConnection("live");
    isOf("figures", figures.at);
    if (figures.zones_known) isOf("market", figures.zones_read_at || figures.at);
    else if (figures.at) isOld("market");
    showAll();
    if (Date.now() - state.marketAt > MARKET_EVERY_MS) {
      state.marketAt = Date.now();
      await Promise.all([followMarket(), followLetters(state.session.role === "operator"), followWhy()].map(orLater));
      if (session !== state.session) return;
      showMarket(figures, ownZones());
      showUnmatched();
    }
  } catch (error) {
    if (isSignedOut(error)) {
      signedIn(null);
      return;
    }
    showConnection("offline");
    if (state.figures) showSilence(state.figures);
    isOld("figures", "market", "letters", "why");
    wait = RETRY_MS;
  }
  state.waiting = setTimeout(refresh, wait);
}

async function begin() {
  await speakAtLast("ops");
  showAll();
  onSession(showDesk);
  await signIn();
}

byId("language").addEventListener("click", async () => {
  const told = byId("not-done");
  told.textContent = "";
  try {
    await change();
  } catch (error) {
    told.textContent = why(error);
    return;
  }
  redrawCharts();
  showAll();
  showLetters();
  showUnmatched();
});

begin();
