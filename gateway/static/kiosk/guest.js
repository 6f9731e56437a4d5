// A worker who is a guest at the hall's screen: in with the clerk's code, out by a key or by walking away.

import { asGuest, Refused, send } from "../gateway.js";
import { newId } from "../outbox.js";
import { why, words } from "../words.js";

const GUEST = "/api/session/guest";
const LOOK_MS = 700;
const PATIENCE_MS = 15000;
const HOW = { accept: "acceptance", refuse: "refusal" };

// What is told and asked of a guest, and goes with them.
export const UNTOLD = { told: "", isGood: false, sure: "", isSending: false };

// The same code again is the same attempt, until it has let somebody in or is refused.
let pass = null;

// Throws Refused when the code is not good. The token is in no place that outlives the page.
async function guestWith(code) {
  if (!pass || pass.code !== code) pass = { code, attempt: newId() };
  try {
    const { token } = await send(GUEST, pass);
    return guestOf(asGuest(token));
  } catch (error) {
    if (error instanceof Refused) pass = null;
    throw error;
  }
}

function guestOf(asked) {
  let isHere = true;
  const ids = new Map();
  const look = () => asked.json("/api/worker/matches");

  // What they see when their answer has been decided; the same answer again is the same command.
  async function answer(offerId, kind) {
    const path = `/api/worker/offers/${encodeURIComponent(offerId)}/${HOW[kind]}`;
    if (!ids.has(path)) ids.set(path, newId());
    try {
      await asked.send(path, { id: ids.get(path) });
    } catch (error) {
      if (error instanceof Refused && error.status === 404) return look(); // it has ended meanwhile
      throw error;
    }
    for (let waited = 0; isHere && waited < PATIENCE_MS; waited += LOOK_MS) {
      const view = await look();
      if (!view.offers.some((one) => one.offer_id === offerId)) return view;
      await new Promise((done) => setTimeout(done, LOOK_MS));
    }
    return null;
  }

  // Without a line the session ends by itself some minutes later.
  function leave() {
    isHere = false;
    asked.send(GUEST, { method: "DELETE" }).catch(() => null);
  }

  return { look, answer, leave };
}

// Who is signed in at a screen, one at a time: `at()` is what it shows, `go(changes)` goes on from there.
export function guestsOf(at, go) {
  let guest = null;
  // What was asked for before an answer was decided is old by then.
  let decided = 0;

  async function letIn(code) {
    go({ digits: code, told: words("station.kiosk_checking"), isGood: true, isSending: true });
    const isWanted = () => at().room === "code" && at().digits === code;
    try {
      const made = await guestWith(code);
      made.view = await made.look().catch((error) => {
        made.leave();
        throw error;
      });
      if (!isWanted()) {
        made.leave();
        return;
      }
      guest = made;
      pass = null;
      go({ room: "mine", digits: "" });
    } catch (error) {
      if (isWanted()) go({ ...UNTOLD, told: why(error) });
    }
  }

  function letOut() {
    if (guest) guest.leave();
    guest = null;
  }

  async function answer(kind, offerId, title) {
    const mine = guest;
    go({ ...UNTOLD, told: words("station.kiosk_sending"), isGood: true, isSending: true });
    try {
      const fresh = await mine.answer(offerId, kind);
      if (mine !== guest) return;
      decided += 1;
      mine.view = fresh || mine.view;
      const [key, isGood] = fateOf(kind, offerId, fresh);
      go({ ...UNTOLD, told: words(key, { title }), isGood });
    } catch (error) {
      if (mine === guest) tell(error);
    }
  }

  // Their time is up, or nobody has answered.
  function tell(error) {
    const isOver = error instanceof Refused && error.status === 401;
    go({ ...UNTOLD, ...(isOver ? { room: "code", digits: "" } : {}), told: isOver ? words("station.kiosk_over") : why(error) });
  }

  async function look() {
    const [mine, before] = [guest, decided];
    if (!mine || at().isSending) return;
    try {
      const fresh = await mine.look();
      if (mine === guest && before === decided && !at().isSending) mine.view = fresh;
    } catch (error) {
      if (mine === guest && error instanceof Refused) tell(error);
    }
  }

  return { letIn, letOut, answer, look, view: () => guest.view };
}

function fateOf(kind, offerId, fresh) {
  if (!fresh) return ["station.kiosk_undecided", true];
  if (kind === "refuse") return ["station.kiosk_said_no", true];
  const booking = fresh.bookings.find((one) => one.offer_id === offerId);
  if (!booking || booking.status === "cancelled") return ["station.kiosk_not_booked", false];
  return [booking.status === "pending" ? "station.kiosk_pending" : "station.kiosk_done", true];
}
