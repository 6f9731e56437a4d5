// Who looks: a session begun with the key of a reader or an operator.

import { byId } from "../dom.js";
import { endSession, json, keepToken, Refused, send } from "../gateway.js";
import { atLast, why, words } from "../words.js";

const ROLES = ["reader", "operator"];

let heard = () => {};

export function onSession(hear) {
  heard = hear;
}

export function signedIn(session) {
  keepToken(session);
  heard(session && ROLES.includes(session.role) ? session : null);
}

// Goes on with the session of the cookie, if there is one of the right kind. Until somebody answers nobody knows.
export async function signIn() {
  try {
    signedIn(await atLast(() => json("/api/session")));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    signedIn(null);
  }
}

byId("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const told = byId("sign-in-error");
  told.textContent = "";
  try {
    const session = await send("/api/session", { key: byId("key").value.trim() });
    byId("key").value = "";
    if (!ROLES.includes(session.role)) told.textContent = words("ops.wrong_role");
    signedIn(session);
  } catch (error) {
    told.textContent = why(error);
    byId("key").focus();
  }
});

byId("sign-out").addEventListener("click", async () => {
  const told = byId("not-done");
  told.textContent = "";
  try {
    await endSession();
    signedIn(null);
  } catch (error) {
    told.textContent = why(error);
  }
});
