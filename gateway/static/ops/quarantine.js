// Stations in quarantine: since when, and letting them out, which is asked twice.

import { byId, element } from "../dom.js";
import { send } from "../gateway.js";
import { redraw } from "../redraw.js";
import { doubt } from "../twice.js";
import { dayAndTime, why, words } from "../words.js";

// The buttons that have been pressed, with what they ask: while one asks or is being answered all stay as they are.
const pressed = new Map();
const isInUse = ([button, isSure]) => button.disabled || isSure.isAsking();

export function showQuarantine({ quarantine }, mayRelease) {
  if ([...pressed].some(isInUse)) return;
  pressed.clear();
  redraw(byId("quarantine"), ...quarantine.map((held) => row(held, mayRelease)));
}

function row({ station_id: station, since }, mayRelease) {
  const made = element("li", { "data-station": station },
    element("p", { className: "reason", text: words("ops.quarantined", { station }) }),
    element("small", { text: words("ops.quarantined_since", { at: dayAndTime(since) }) }),
  );
  if (!mayRelease) return made;
  const button = element("button", { className: "quiet", type: "button", text: words("ops.set_free") });
  const isSure = doubt(button);
  button.addEventListener("click", () => {
    pressed.set(button, isSure);
    if (isSure(words("ops.release_sure", { station }))) release(station, button);
  });
  made.append(button);
  return made;
}

async function release(station, button) {
  button.disabled = true;
  const told = byId("dead-told");
  try {
    await send(`/api/operator/quarantine/${station}/release`, {});
    told.textContent = words("ops.released", { station });
  } catch (error) {
    told.textContent = why(error);
    button.disabled = false;
  }
  pressed.delete(button);
}
