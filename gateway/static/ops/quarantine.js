// Stations in quarantine: since when, and letting them out; the first press asks, the second does it.

import { byId, element } from "../dom.js";
import { send } from "../gateway.js";
import { redraw } from "../redraw.js";
import { dayAndTime, why, words } from "../words.js";

const SURE_MS = 5000;

const asking = new Set();

export function showQuarantine({ quarantine }, mayRelease) {
  if (asking.size) return;
  redraw(byId("quarantine"), ...quarantine.map((held) => row(held, mayRelease)));
}

function row({ station_id: station, since }, mayRelease) {
  const made = element("li", { "data-station": station },
    element("p", { className: "reason", text: words("ops.quarantined", { station }) }),
    element("small", { text: words("ops.quarantined_since", { at: dayAndTime(since) }) }),
  );
  if (!mayRelease) return made;
  const button = element("button", { className: "quiet", type: "button", text: words("ops.set_free") });
  button.addEventListener("click", () => press(station, button));
  made.append(button);
  return made;
}

async function press(station, button) {
  if (!asking.has(station)) {
    asking.add(station);
    button.textContent = words("ops.release_sure", { station });
    setTimeout(() => {
      asking.delete(station);
      button.textContent = words("ops.set_free");
    }, SURE_MS);
    return;
  }
  button.disabled = true;
  const told = byId("dead-told");
  try {
    await send(`/api/operator/quarantine/${station}/release`, {});
    told.textContent = words("ops.released", { station });
  } catch (error) {
    told.textContent = why(error);
    button.disabled = false;
  }
  asking.delete(station);
}
