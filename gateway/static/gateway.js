// The gateway: what it is asked for and told, and its live stream.

const RETRY_MS = 3000;
const TIMEOUT_MS = 15000;
// The gateway says something at least every ten seconds.
const SILENCE_MS = 30000;

// What the gateway will not do however often it is asked, with its words for it.
export class Refused extends Error {
  constructor(problem, status) {
    super(problem.title);
    this.problem = problem;
    this.status = status;
  }
}

// Whether nobody answered, or not in words.
export const isUnanswered = ({ name }) => ["TypeError", "AbortError", "SyntaxError"].includes(name);

let token = null;

// Every change brings the token of the session along.
export function keepToken(session) {
  token = session && session.csrf;
}

// With `cache` "reload" a copy that the browser has kept is not asked about, and replaced.
export const json = (path, patience = TIMEOUT_MS, cache = "default") => answer(path, { cache }, patience);

// `id` makes a command the same command however often it is sent; with `keepalive` it goes out though
// the page is closed meanwhile, which browsers do for short bodies only.
export function send(path, body, { id, method = "POST", keepalive = false } = {}) {
  const headers = { "content-type": "application/json" };
  if (id) headers["idempotency-key"] = id;
  if (token) headers["x-csrf-token"] = token;
  return answer(path, { method, headers, body: JSON.stringify(body), keepalive });
}

// What a worker asks and says who is a guest at a station's screen: with a token of their own, in place of the cookie.
export function asGuest(guest) {
  const headers = { authorization: `Bearer ${guest}` };
  return {
    json: (path) => answer(path, { headers }),
    send: (path, { id, method = "POST" } = {}) => answer(path, { method, headers: Object.assign({ "content-type": "application/json" }, headers, id && { "idempotency-key": id }), body: "{}" }),
  };
}

// One that is over already has ended, too. Another tab may have signed in anew: its session ends, as
// it is the only one there is. Throws when nobody has answered: then the session is good as before.
export async function endSession() {
  const end = () => send("/api/session", {}, { method: "DELETE" });
  const isGone = ({ status }) => status === 401 || status === 404;
  try {
    await end().catch(async (error) => {
      if (!(error instanceof Refused) || isGone(error)) throw error;
      keepToken(await json("/api/session"));
      await end();
    });
  } catch (error) {
    if (!(error instanceof Refused) || !isGone(error)) throw error;
  }
}

async function answer(path, { headers, ...request }, patience = TIMEOUT_MS) {
  const stop = new AbortController();
  const waiting = setTimeout(() => stop.abort(), patience);
  try {
    const language = document.documentElement.lang;
    const all = Object.assign({ "accept-language": language }, headers);
    const response = await fetch(path, { ...request, headers: all, credentials: "same-origin", signal: stop.signal });
    const told = await response.json();
    if (response.ok) return told;
    if (response.status < 500 && response.status !== 429) throw new Refused(told, response.status);
    throw Object.assign(new Error(told.title || `${path}: ${response.status}`), { problem: told });
  } finally {
    clearTimeout(waiting);
  }
}

// Outcomes after a cursor as they come, each once, through every break of the line.
// `address(cursor)` is where to listen; `hear` gets each outcome and its cursor; `onState` hears
// "live" and "offline", `onMissed` that there was more than the gateway has kept.
export function listen(address, cursor, hear, onState, onMissed = () => {}) {
  let last = cursor;
  let source = null;
  let again = 0;
  let heardAt = 0;
  const on = (name, act) => source.addEventListener(name, (event) => {
    heardAt = Date.now();
    act(event);
  });
  const open = () => {
    clearTimeout(again);
    heardAt = Date.now();
    source = new EventSource(address(last));
    on("ready", (event) => {
      last = event.lastEventId || last;
      onState("live");
    });
    on("beat", () => {});
    on("missed", onMissed);
    on("outcome", (event) => {
      last = event.lastEventId;
      hear(JSON.parse(event.data), last);
    });
    on("error", () => {
      onState("offline");
      // The browser comes back by itself unless it was answered with an error.
      if (source.readyState === EventSource.CLOSED) again = setTimeout(open, RETRY_MS);
    });
  };
  const reopen = () => {
    source.close();
    onState("offline");
    open();
  };
  // A line that died without a word (a tunnel, another network) looks open for ever.
  const watching = setInterval(() => Date.now() - heardAt > SILENCE_MS && reopen(), SILENCE_MS / 6);
  const offLine = () => onState("offline");
  addEventListener("online", reopen);
  addEventListener("offline", offLine);
  open();
  return {
    isOpen: () => source.readyState === EventSource.OPEN,
    close: () => {
      clearTimeout(again);
      clearInterval(watching);
      removeEventListener("online", reopen);
      removeEventListener("offline", offLine);
      source.close();
    },
  };
}
