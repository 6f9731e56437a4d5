// What this station has entered and nobody has taken: it waits, or was refused.

import { element } from "../dom.js";
import { redraw } from "../redraw.js";
import { words } from "../words.js";

export function showUnsent(box, outbox) {
  const entries = outbox.all().filter(({ state }) => state !== "sent");
  const waiting = entries.filter(({ state }) => state === "waiting").length;
  const refused = entries.length - waiting;
  const heads = [...(waiting ? [words("station.unsent_count", { n: waiting })] : []), ...(refused ? [words("station.refused_count", { n: refused })] : [])];
  const lines = entries.map(({ id, label, trouble, why }) => {
    const line = element("li", { "data-entry": id, className: why ? "bad" : "" },
      element("span", { text: label }),
      element("em", { text: why || words(trouble === "disk" ? "station.on_disk" : "station.unsent") }));
    if (why) {
      const away = element("button", { type: "button", className: "quiet", text: words("station.discard") });
      away.addEventListener("click", () => outbox.discard(id));
      line.append(away);
    }
    return line;
  });
  box.hidden = !entries.length;
  redraw(box, element("b", { text: heads.join(" · ") }), element("ol", {}, ...lines));
}
