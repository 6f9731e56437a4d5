// Coming in: by the link of the station, by a code, or by the session that is still good.

import { byId } from "../dom.js";
import { isUnanswered, json, Refused, send } from "../gateway.js";
import { newId } from "../outbox.js";
import { isChinese, showConnecting, words } from "../words.js";

const RETRY_MS = 3000;
const LINK = /^#link=(.+)$/;
const PASS = "worker-pass";
const DIGITS = 8;

// Until the gateway has answered, what signs in is kept in this tab: a page that is loaded again goes
// on with it. Under the same `attempt` whoever has lost the answer may ask once more.
const kept = () => JSON.parse(sessionStorage.getItem(PASS));
function keep(pass) {
  sessionStorage.setItem(PASS, JSON.stringify({ ...pass, attempt: newId() }));
}

// Another may have come meanwhile, which nobody has been asked about yet.
function drop({ attempt }) {
  if ((kept() || {}).attempt === attempt) sessionStorage.removeItem(PASS);
}

// What signs in must not stay in the address: not in the history, not in a picture of the screen.
// Whether there was any.
export function takeLink() {
  const found = LINK.exec(location.hash);
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  if (found) keep({ link: found[1] });
  return Boolean(found);
}

async function patiently(ask) {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof Refused) throw error;
      showConnecting(true);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    } finally {
      showConnecting(false);
    }
  }
}

// Why something was not done that nobody keeps to send it later.
export function notDone(error) {
  if (isUnanswered(error)) return words("worker.tap_again");
  return error instanceof Refused ? words("worker.not_taken", { why: told(error) }) : words("worker.busy");
}

// The gateway's words as a sentence: in English they begin small and have no end.
export function told({ message }) {
  if (!message || isChinese()) return message;
  return `${message[0].toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? "" : "."}`;
}

// A worker's session, and what there is to tell of it. `before` is why there is none any more.
export async function enter(before = "") {
  let trouble = before;
  const pass = kept();
  if (pass) {
    try {
      const session = await patiently(() => send("/api/session", pass));
      return { session, told: "" };
    } catch (error) {
      trouble = [told(error), words("worker.enter_help")].join(isChinese() ? "" : " ");
    } finally {
      drop(pass);
    }
  }
  const session = await patiently(() => json("/api/session")).catch(() => null);
  if (session && session.role === "worker") return { session, told: pass ? words("worker.still_in", { id: session.worker_id }) : "" };
  return { session: await askForCode(trouble), told: "" };
}

function askForCode(trouble) {
  const form = byId("entrance-form");
  let isAsking = false;
  say(trouble);
  byId("entrance").hidden = false;
  return new Promise((resolve) => {
    form.addEventListener("submit", async function submit(event) {
      event.preventDefault();
      const code = byId("code").value.replace(/\D/g, "");
      if (code.length !== DIGITS) {
        say(words("worker.eight_digits"));
        return;
      }
      if (isAsking) return;
      isAsking = true;
      try {
        const session = await withCode(code);
        form.removeEventListener("submit", submit);
        form.reset();
        byId("entrance").hidden = true;
        resolve(session);
      } catch (error) {
        say(error instanceof Refused ? told(error) : notDone(error));
      } finally {
        isAsking = false;
      }
    });
  });
}

// The same code again is the same attempt, until the gateway has answered it.
async function withCode(code) {
  if ((kept() || {}).code !== code) keep({ code });
  const pass = kept();
  try {
    const session = await send("/api/session", pass);
    drop(pass);
    return session;
  } catch (error) {
    if (error instanceof Refused) drop(pass);
    throw error;
  }
}

function say(text) {
  byId("entrance-told").textContent = text;
  byId("entrance-told").hidden = !text;
}
