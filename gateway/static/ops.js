// The operators' page: signs in, asks for the figures again and again, and hands them to its parts.

import { byId } from "./dom.js";
import { json, Refused } from "./gateway.js";
import { keepPoints, redrawCharts, showCharts } from "./ops/charts.js";
import { newest } from "./newest.js";
import { followLetters, showLetters } from "./ops/letters.js";
import { showMachines } from "./ops/machines.js";
import { followMarket, showMarket } from "./ops/market.js";
import { showModel } from "./ops/model.js";
import { showQuarantine } from "./ops/quarantine.js";
import { onSession, signedIn, signIn } from "./ops/session.js";
import { showFigures, showVerdict } from "./ops/verdict.js";
import { followWhy, showUnmatched } from "./ops/why.js";
import { change, clockTime, speakAtLast, words } from "./words.js";

const EVERY_MS = 5000;
const RETRY_MS = 3000;
const MARKET_EVERY_MS = 15000;

const state = { figures: null, session: null, last: 0, waiting: 0, marketAt: 0 };
const ask = newest();

function showConnection(connection) {
  byId("state").dataset.state = connection;
  byId("state").textContent = words(`page.${connection}`);
}

function showDesk(session) {
  state.session = session;
  state.last = 0;
  keepPoints([], true);
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
  byId("role").textContent = words(`ops.role.${state.session.role}`);
  byId("reader-note").hidden = state.session.role === "operator";
}

function showAll() {
  const { figures } = state;
  document.title = words("ops.title");
  showConnection(byId("state").dataset.state);
  showRole();
  if (!figures) return;
  byId("updated").textContent = clockTime(figures.at);
  showVerdict(figures);
  showFigures(figures);
  showCharts(figures);
  showMachines(figures);
  showMarket(figures);
  showModel(figures);
  showQuarantine(figures, state.session && state.session.role === "operator");
}

const isSignedOut = (error) => error instanceof Refused && (error.status === 401 || error.status === 403);

// A part that gets no answer stays as it is for a while; the figures say how the page's own line is.
const orLater = (part) => part.catch((error) => {
  if (isSignedOut(error)) throw error;
});

async function refresh() {
  clearTimeout(state.waiting);
  let wait = EVERY_MS;
  try {
    const fresh = await ask(json(`/api/operator/figures?after=${state.last}`));
    if (!fresh) return;
    const { figures, points } = fresh;
    state.figures = figures;
    keepPoints(points, state.last === 0);
    if (points.length) state.last = points[points.length - 1].at;
    wait = Math.max(1000, Math.min(EVERY_MS, figures.every_s * 1000));
    showConnection("live");
    showAll();
    if (Date.now() - state.marketAt > MARKET_EVERY_MS) {
      state.marketAt = Date.now();
      await Promise.all([followMarket(), followLetters(state.session.role === "operator"), followWhy()].map(orLater));
      showMarket(figures);
      showUnmatched();
    }
  } catch (error) {
    if (isSignedOut(error)) {
      signedIn(null);
      return;
    }
    showConnection("offline");
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
  await change();
  redrawCharts();
  showAll();
  showLetters();
  showUnmatched();
});

begin();
