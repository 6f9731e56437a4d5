// What the gateway has refused and this page knows nothing of: the outbox of this machine has it on its
// disk (`gigmatch outbox`) until a clerk has read it. A page that comes from a gateway has no such outbox.

import { element } from "../dom.js";
import { json, send } from "../gateway.js";
import { redraw } from "../redraw.js";
import { dayAndTime, words } from "../words.js";

const COMMANDS = "/commands";
const MOST_SHOWN = 10;
// By the end of a command's path, and by what is rated.
const KINDS = {
  jobs: "station.room.post",
  amendment: "station.amend",
  cancellation: "station.cancel",
  completion: "station.completed",
  "no-show": "station.no_show",
  "jobs rating": "station.rate",
  availability: "station.register",
  unavailability: "station.stop",
  forgetting: "station.forget",
  acceptance: "station.yes",
  refusal: "station.offer.declined",
  "workers rating": "station.rate_employer",
  "wage-claims": "station.open_claim",
  closing: "station.close_claim",
};

// What a command was, and of whom or what: of something new its path has no id.
export function labelOf(path) {
  const [first, ...rest] = path.split("/").slice(3);
  const last = rest.length ? rest[rest.length - 1] : first;
  const key = KINDS[last === "rating" ? `${first} ${last}` : last];
  const about = first === "jobs" && rest[1] === "workers" ? rest[2] : rest[0];
  return [key ? words(key) : path, ...(about ? [about] : [])].join(" ");
}

// `outbox` is the page's own: what it has it shows itself.
export function refusalsAt(box, outbox) {
  const isServedHere = "outbox" in document.documentElement.dataset;
  const read = new Set();
  let isLooking = false;
  let isOver = false;

  async function look() {
    if (!isServedHere || isLooking || isOver) return;
    isLooking = true;
    const before = [...read];
    // Without an answer what was there stays; it is asked again soon.
    const refused = await heard().catch(() => null);
    isLooking = false;
    if (!refused || isOver) return;
    const known = new Set([...outbox.all().map(({ id }) => id), ...read]);
    // What was read before and is not among them by now never will be.
    for (const id of before) read.delete(id);
    show(refused.filter(({ id }) => !known.has(id)));
  }

  // What was refused; what a clerk has read of goes.
  async function heard() {
    const { refused } = await json(COMMANDS);
    for (const { id } of refused) {
      if (read.has(id)) await send(`${COMMANDS}/${encodeURIComponent(id)}`, {}, { method: "DELETE" });
    }
    return refused;
  }

  function show(refused) {
    const line = ({ id, path, accepted_at: at, problem }) => {
      const noted = element("button", { type: "button", className: "quiet", text: words("station.noted") });
      noted.addEventListener("click", () => {
        read.add(id);
        noted.disabled = true;
        look();
      });
      return element("li", { "data-entry": id, className: "bad" },
        element("span", { text: labelOf(path) }),
        element("em", { text: `${dayAndTime(at)} · ${problem.title}` }),
        noted);
    };
    box.hidden = !refused.length;
    redraw(box, element("b", { text: words("station.refused_unseen", { n: refused.length }) }), element("ol", {}, ...refused.slice(0, MOST_SHOWN).map(line)));
  }

  return {
    look,
    // A clerk has read of it in the page: it need not be told again.
    note: (id) => isServedHere && read.add(id),
    stop() {
      isOver = true;
      box.hidden = true;
      redraw(box);
    },
  };
}
