// Coming in: by the link of the station, by a code, or by the session that is still good.

import { byId } from "../dom.js";
import { isUnanswered, json, Refused, send } from "../gateway.js";
import { newId } from "../outbox.js";
import { showConnecting, words } from "../words.js";

const RETRY_MS = 3000;
const LINK = /^#link=(.+)$/;
const PASS = "worker-pass";

// What signs in must not stay in the address: not in the history, not in a picture of the screen.
// Until the gateway has answered it is kept in this tab: a page that is loaded again goes on with it.
export function takeLink() {
  const found = LINK.exec(location.hash);
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  // Under the same `attempt` whoever has lost the answer may ask once more.
  if (found) sessionStorage.setItem(PASS, JSON.stringify({ link: found[1], attempt: newId() }));
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
export const notDone = (error) => (isUnanswered(error) ? words("worker.tap_again") : words("worker.not_taken", { why: error.message }));

// A worker's session, and what there is to tell of it. `told` is why there is none any more.
export async function enter(told = "") {
  let trouble = told;
  const pass = JSON.parse(sessionStorage.getItem(PASS));
  if (pass) {
    try {
      const session = await patiently(() => send("/api/session", pass));
      return { session, told: "" };
    } catch (error) {
      trouble = `${error.message}${words("worker.enter_help")}`;
    } finally {
      sessionStorage.removeItem(PASS);
    }
  }
  const session = await patiently(() => json("/api/session")).catch(() => null);
  if (session && session.role === "worker") return { session, told: pass ? words("worker.still_in", { id: session.worker_id }) : "" };
  return { session: await askForCode(trouble), told: "" };
}

function askForCode(told) {
  const form = byId("entrance-form");
  say(told);
  byId("entrance").hidden = false;
  return new Promise((resolve) => {
    form.addEventListener("submit", async function submit(event) {
      event.preventDefault();
      const code = byId("code").value.replace(/\D/g, "");
      try {
        const session = await send("/api/session", { code });
        form.removeEventListener("submit", submit);
        form.reset();
        byId("entrance").hidden = true;
        resolve(session);
      } catch (error) {
        say(error instanceof Refused ? error.message : notDone(error));
      }
    });
  });
}

function say(told) {
  byId("entrance-told").textContent = told;
  byId("entrance-told").hidden = !told;
}
