// Which model scores now, how far its inputs have drifted, whether its promises come true; what scored
// before; channels.

import { byId, element, fill } from "../dom.js";
import { number, words } from "../words.js";
import { atWork, isOver, isRules, placesOf, shortName } from "./releases.js";
import { pairs, table } from "./table.js";

const PSI_SHOWN = 0.5;
const MOST_FEATURES = 4;
// Of fewer outcomes an error is mostly chance.
const FEW = 50;

export function showModel(figures) {
  const { zones, drift, calibration, channels } = figures;
  const now = atWork(zones);
  const parts = [];
  if (!now.size) parts.push(note(words("ops.release_unknown")));
  if (now.size > 1) parts.push(note(words("ops.releases_differ")));
  for (const [release, where] of now) {
    parts.push(named(release, "ops.release_now"), note(placesOf(where, figures)), ...figuresOf(release, figures), ...missing(release, figures));
  }
  for (const release of new Set([...drift, ...calibration].map((one) => one.release))) {
    if (now.has(release)) continue;
    const over = isOver(release, figures);
    parts.push(named(release, over ? "ops.release_over" : "ops.release", over ? "release over" : "release"), ...figuresOf(release, figures));
  }
  fill(byId("model"), ...parts);
  showChannels(channels);
}

const note = (text) => element("p", { className: "note", text });
const named = (release, key, className = "release") => element("p", { className, title: release }, words(key), " ", element("b", { text: shortName(release) }));
const of = (release, rows) => rows.filter((one) => one.release === release);

function figuresOf(release, { drift, calibration }) {
  const worst = of(release, drift).slice(0, MOST_FEATURES);
  const kept = of(release, calibration);
  const parts = [];
  if (kept.length) {
    parts.push(pairs(kept.map((one) => [`${words("ops.calibration")} · ${words(`ops.target.${one.target}`)}`, `${one.offers < FEW ? words("ops.too_few") : `${(one.error * 100).toFixed(1)}%`} · ${words("ops.of_offers", { n: number(one.offers) })}`])));
  }
  if (worst.length) {
    parts.push(element("h3", { text: words("ops.psi") }), pairs(worst.map((one) => [words(`ops.feature.${one.feature}`), one.psi.toFixed(2), Math.min(1, one.psi / PSI_SHOWN)])));
  }
  return parts;
}

// What a release at work has no figures of yet, and why.
function missing(release, { drift, drift_offers: offers, calibration }) {
  const parts = [];
  if (!of(release, calibration).length) parts.push(note(words("ops.no_calibration")));
  if (isRules(release)) parts.push(note(words("ops.no_drift_rules")));
  else if (!of(release, drift).length) parts.push(note(`${words("ops.no_drift")} (${number(offers[release] || 0)})`));
  return parts;
}

function showChannels(channels) {
  const place = byId("channels");
  if (!channels.length) fill(place, element("p", { className: "note", text: words("ops.no_channels") }));
  else table(place, ["ops.channel", "ops.sent", "ops.failed"], channels.map((one) => ({ "data-channel": one.channel, cells: [words(`ops.channel.${one.channel}`), number(one.sent), element("span", { className: one.failed ? "bad" : "", text: number(one.failed) })] })));
}
