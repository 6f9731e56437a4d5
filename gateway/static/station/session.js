// Signing in with the device key, once; after that a cookie that no script can read.

import { element, fill } from "../dom.js";
import { endSession, json, keepToken, Refused, send } from "../gateway.js";
import { atLast, why, words } from "../words.js";
import { field } from "./forms.js";

const HINT = "station.signed_in";

// The session of the cookie, if there is one; without the hint there is none to ask for.
export async function returning() {
  if (!localStorage.getItem(HINT)) return null;
  try {
    return begun(await atLast(() => json("/api/session")));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    localStorage.removeItem(HINT);
    return null;
  }
}

function begun(session) {
  if (session.role !== "station") return null;
  keepToken(session);
  localStorage.setItem(HINT, "1");
  return session;
}

// Throws when nobody has answered: the session is good as before, then.
export async function signOut() {
  await endSession();
  localStorage.removeItem(HINT);
  keepToken(null);
}

export function signInRoom(main, enter) {
  const key = element("input", { id: "key", type: "password", autocomplete: "off", spellcheck: "false", required: "" });
  const status = element("p", { className: "said", role: "status" });
  const form = element("form", { className: "sheet sign-in", novalidate: "" },
    element("h2", { text: words("station.sign_in") }),
    element("p", { className: "note", text: words("station.sign_in_note") }),
    field("station.key", key),
    element("button", { className: "main", type: "submit", text: words("station.sign_in") }),
    status,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const session = begun(await send("/api/session", { key: key.value.trim() }));
      if (!session) throw new Error(words("station.not_a_station"));
      await enter(session);
    } catch (error) {
      status.className = "said bad";
      status.textContent = why(error);
      key.select();
      key.focus();
    }
  });
  fill(main, form);
  key.focus();
}
