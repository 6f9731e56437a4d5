// The model at work: which, how far its inputs have drifted, whether its promises come true; channels.

import { byId, element, fill } from "../dom.js";
import { number, words } from "../words.js";
import { pairs, table } from "./table.js";

const PSI_SHOWN = 0.5;
const MOST_FEATURES = 4;
// Of fewer outcomes an error is mostly chance.
const FEW = 50;

export function showModel({ drift, drift_offers: offers, calibration, channels }) {
  const releases = [...new Set([...drift, ...calibration].map(({ release }) => release))];
  const short = (release) => (release.startsWith("sha256:") ? release.slice(7, 15) : words("page.rules"));
  const parts = [];
  for (const release of releases) {
    const worst = drift.filter((one) => one.release === release).slice(0, MOST_FEATURES);
    const kept = calibration.filter((one) => one.release === release);
    parts.push(element("p", { className: "release", title: release }, words("ops.release"), " ", element("b", { text: short(release) })));
    if (kept.length) {
      parts.push(pairs(kept.map((one) => [`${words("ops.calibration")} · ${words(`ops.target.${one.target}`)}`, `${one.offers < FEW ? words("ops.too_few") : `${(one.error * 100).toFixed(1)}%`} · ${words("ops.of_offers", { n: number(one.offers) })}`])));
    }
    if (worst.length) {
      parts.push(element("h3", { text: words("ops.psi") }), pairs(worst.map((one) => [words(`ops.feature.${one.feature}`), one.psi.toFixed(2), Math.min(1, one.psi / PSI_SHOWN)])));
    }
  }
  if (!calibration.length) parts.push(element("p", { className: "note", text: words("ops.no_calibration") }));
  if (!drift.length) parts.push(element("p", { className: "note", text: `${words("ops.no_drift")} (${number(offers)})` }));
  fill(byId("model"), ...parts);
  showChannels(channels);
}

function showChannels(channels) {
  const place = byId("channels");
  if (!channels.length) fill(place, element("p", { className: "note", text: words("ops.no_channels") }));
  else table(place, ["ops.channel", "ops.sent", "ops.failed"], channels.map((one) => ({ "data-channel": one.channel, cells: [words(`ops.channel.${one.channel}`), number(one.sent), element("span", { className: one.failed ? "bad" : "", text: number(one.failed) })] })));
}
