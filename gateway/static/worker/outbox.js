// What the worker has said: kept on the phone until the gateway has it, then until the market has
// decided. Each keeps its id, so however often it is sent, it counts once.

import { Refused, send } from "../gateway.js";

const RETRY_MS = 3000;

// `onChange` hears of every change, `onRefused` what will not be taken and why, `onSignedOut` that
// somebody must sign in before the rest can go.
export function outboxOf(owner, { onChange, onRefused, onSignedOut }) {
  const name = `gigmatch-outbox:${owner}`;
  let kept = JSON.parse(localStorage.getItem(name) || "[]");
  let isSending = false;
  let again = 0;

  const keep = (entries) => {
    kept = entries;
    localStorage.setItem(name, JSON.stringify(kept));
    onChange();
  };
  const isStill = (entry) => kept.some(({ id }) => id === entry.id);
  const drop = (entry) => keep(kept.filter(({ id }) => id !== entry.id));

  // A later word on the same thing takes the place of one that has not gone out.
  function add(entry) {
    const others = kept.filter(({ subject, state }) => subject !== entry.subject || state !== "waiting");
    keep([...others, { ...entry, id: newId(), state: "waiting" }]);
    return flush();
  }

  async function flush() {
    clearTimeout(again);
    if (isSending) return;
    isSending = true;
    try {
      for (let next = first(); next; next = first()) {
        if (!(await goes(next))) break;
      }
    } finally {
      isSending = false;
    }
  }

  const first = () => kept.find(({ state }) => state === "waiting");

  // Whether the next one may go.
  async function goes(entry) {
    try {
      await send(entry.path, entry.body, { id: entry.id });
    } catch (error) {
      if (!(error instanceof Refused)) again = setTimeout(flush, RETRY_MS);
      else if (error.status === 401) onSignedOut();
      else {
        drop(entry);
        onRefused(entry, error);
        return true;
      }
      return false;
    }
    if (isStill(entry)) keep(kept.map((one) => (one.id === entry.id ? { ...one, state: "sent" } : one)));
    return true;
  }

  return {
    add,
    flush,
    of: (subject) => kept.filter((entry) => entry.subject === subject).pop() || null,
    isAwaited: () => kept.some(({ state }) => state === "sent"),
    // What is decided goes: those sent of which `isDecided(entry)`.
    settle(isDecided) {
      const left = kept.filter((entry) => entry.state !== "sent" || !isDecided(entry));
      if (left.length < kept.length) keep(left);
    },
    clear() {
      clearTimeout(again);
      localStorage.removeItem(name);
      kept = [];
    },
  };
}

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
