// Commands that could not be sent are kept, in order, and sent with the same id when the line is
// back: so nothing is lost and nothing has an effect twice. No phone number ever comes in here.

import { element, fill } from "../dom.js";
import { Refused, send } from "../gateway.js";
import { words } from "../words.js";

const KEPT = "station.outbox";
let told = () => {};
let flushing = null;

export const onUnsent = (listener) => { told = listener; };
const read = () => JSON.parse(localStorage.getItem(KEPT) || "[]");
const own = (station) => read().filter((one) => one.station === station);

function write(items) {
  localStorage.setItem(KEPT, JSON.stringify(items));
  told();
}

const remove = (id) => write(read().filter((one) => one.id !== id));
const mark = (id, why) => write(read().map((one) => (one.id === id ? Object.assign({}, one, { why }) : one)));

let station = "";

// What the gateway answered, or null when it is kept for later. Throws Refused.
export async function deliver(command) {
  ({ station } = command);
  write([...read(), command]);
  while (flushing) await flushing;
  const outcome = await flush(command.id);
  if (outcome instanceof Refused) throw outcome;
  return outcome || null;
}

// Sends what waits, the oldest first; what came of the command `wanted`.
export function flush(wanted) {
  if (flushing) return flushing;
  flushing = sendAll(wanted).finally(() => { flushing = null; });
  return flushing;
}

export const forStation = (id) => { station = id; };

async function sendAll(wanted) {
  let outcome = null;
  for (const { id, path, body, why } of own(station)) {
    if (why) continue;
    try {
      const answer = await send(path, body, { id });
      remove(id);
      if (id === wanted) outcome = answer;
    } catch (error) {
      const isOver = error instanceof Refused && (error.status === 401 || error.problem.type.endsWith("no_csrf_token"));
      if (!(error instanceof Refused) || isOver) break;
      if (id === wanted) {
        remove(id);
        outcome = error;
      } else mark(id, error.message);
    }
  }
  return outcome;
}

export function showUnsent(box) {
  const items = own(station);
  box.hidden = !items.length;
  const lines = items.map(({ id, label, why }) => {
    const line = element("li", { className: why ? "bad" : "" },
      element("span", { text: label }),
      element("em", { text: why || words("station.unsent") }));
    if (why) {
      const away = element("button", { type: "button", className: "quiet", text: words("station.discard") });
      away.addEventListener("click", () => remove(id));
      line.append(away);
    }
    return line;
  });
  const waiting = items.filter((one) => !one.why).length;
  fill(box, element("b", { text: words("station.unsent_count", { n: waiting }) }), element("ol", {}, ...lines));
}
