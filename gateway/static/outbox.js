// Commands, kept in the browser until the gateway has them, and sent in order. Each keeps its id, so
// however often it is sent, it counts once. No phone number ever comes in here.

import { Refused, send } from "./gateway.js";

const RETRY_MS = 3000;
// Why something waits: the page has no line, nobody has answered in time, or who answers cannot take it.
const TROUBLES = { TypeError: "line", AbortError: "silence" };
// The outbox of this machine has it on its disk (`gigmatch outbox`): what follows it may go there, too.
const isOnDisk = ({ problem }) => Boolean(problem) && problem.type === "urn:gigmatch:kept";

export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// The commands of one `owner`, who alone may send them. `onChange` hears of every change,
// `onSignedOut` that somebody must sign in before the rest can go, `onRefused` what will not be taken
// and why. With `keepsSent` what the gateway has stays until it is settled; with `keepsRefused` what
// it refused stays, with the reason, until somebody discards it; `onDiscarded` hears of that by the id.
export function outboxOf(owner, { onChange, onSignedOut, onRefused = () => {}, onDiscarded = () => {}, keepsSent = false, keepsRefused = false }) {
  const name = `gigmatch-outbox:${owner}`;
  const hearing = new Map();
  let isSending = false;
  let sending = Promise.resolve();
  let again = 0;

  const kept = () => JSON.parse(localStorage.getItem(name) || "[]");
  const keep = (entries) => {
    localStorage.setItem(name, JSON.stringify(entries));
    onChange();
  };
  const drop = (id) => keep(kept().filter((one) => one.id !== id));
  const mark = (id, changes) => keep(kept().map((one) => (one.id === id ? { ...one, ...changes } : one)));
  const isWaiting = (id) => kept().some((one) => one.id === id && one.state === "waiting");
  const next = (asked) => kept().find(({ id, state }) => state === "waiting" && !asked.has(id));
  const isUnsent = ({ state }) => state === "waiting" || state === "held";
  const isReplaced = (one, { subject }) => subject !== undefined && one.subject === subject && isUnsent(one);

  const tell = (id, fate) => {
    const hear = hearing.get(id);
    hearing.delete(id);
    if (hear) hear(fate);
  };

  // What becomes of it now: `{ answer }`, `{ error }`, or null while it waits. A later word on the
  // same subject takes the place of one that has not gone out. With `isHeld` it stays until `release`.
  function add({ isHeld = false, ...command }) {
    const entry = { id: newId(), ...command, state: isHeld ? "held" : "waiting" };
    keep([...kept().filter((one) => !isReplaced(one, entry)), entry]);
    return new Promise((resolve) => {
      hearing.set(entry.id, resolve);
      flush();
    });
  }

  // Who asks while something is going out waits for the end of it, with whatever came in meanwhile.
  function flush() {
    clearTimeout(again);
    if (!isSending) sending = sendAll();
    return sending;
  }

  async function sendAll() {
    isSending = true;
    try {
      const asked = new Set();
      for (let entry = next(asked); entry; entry = next(asked)) {
        asked.add(entry.id);
        if (!(await goes(entry))) break;
      }
    } finally {
      isSending = false;
      for (const id of [...hearing.keys()]) tell(id, null);
    }
  }

  // Whether the next one may go.
  async function goes(entry) {
    const { id, path, body, keepalive } = entry;
    try {
      const answer = await send(path, body, { id, keepalive });
      if (!keepsSent) drop(id);
      else if (isWaiting(id)) mark(id, { state: "sent", sentAt: Date.now() }); // else the market was quicker
      tell(id, { answer });
      return true;
    } catch (error) {
      if (!(error instanceof Refused)) return waits(entry, error);
      if (isOver(error)) {
        onSignedOut();
        return false;
      }
      if (keepsRefused) mark(id, { state: "refused", why: error.message });
      else drop(id);
      onRefused(entry, error);
      tell(id, { error });
      return true;
    }
  }

  // It is sent again; whether the next one may go before.
  function waits({ id, trouble: before }, error) {
    const trouble = isOnDisk(error) ? "disk" : TROUBLES[error.name] || "service";
    if (trouble !== before) mark(id, { trouble });
    clearTimeout(again);
    again = setTimeout(flush, RETRY_MS);
    if (trouble !== "disk") return false;
    tell(id, null);
    return true;
  }

  // Another tab of the same owner has them in the same place.
  const onStorage = ({ key }) => key === name && onChange();
  addEventListener("storage", onStorage);
  const stop = () => {
    clearTimeout(again);
    removeEventListener("storage", onStorage);
  };

  return {
    add,
    flush,
    // What is held goes now: all of it, or the one with the id.
    release(id) {
      const isReleased = (one) => one.state === "held" && (id === undefined || one.id === id);
      if (kept().some(isReleased)) keep(kept().map((one) => (isReleased(one) ? { ...one, state: "waiting" } : one)));
      return flush();
    },
    discard(id) {
      onDiscarded(id);
      drop(id);
    },
    // The gateway has taken it, and the market has not.
    refuse: (id, why) => kept().some((one) => one.id === id) && mark(id, { state: "refused", why }),
    all: kept,
    of: (subject) => kept().filter((entry) => entry.subject === subject).pop() || null,
    isEmptied: () => !kept().some(isUnsent),
    isAwaited: () => kept().some(({ state }) => state === "sent"),
    // What is decided goes: those sent of which `isDecided(entry)`. Returns them.
    settle(isDecided) {
      const entries = kept();
      const gone = entries.filter((entry) => entry.state === "sent" && isDecided(entry));
      if (gone.length) keep(entries.filter((entry) => !gone.includes(entry)));
      return gone;
    },
    stop,
    clear() {
      stop();
      localStorage.removeItem(name);
    },
  };
}

const isOver = ({ status, problem }) => status === 401 || problem.type.endsWith("no_csrf_token");
