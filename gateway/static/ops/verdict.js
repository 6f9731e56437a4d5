// Is anything wrong? First in words, then in six figures. The limits are those of the alert rules
// that docs/ops.md marks as told here.

import { byId, element, fill } from "../dom.js";
import { clockTime, number, words } from "../words.js";
import { isOver, isRules } from "./releases.js";
import { count, duration, NOTHING, share } from "./units.js";

const OLDEST_S = 10;
const BEHIND = 1000;
const REFUSED_A_MINUTE = 10;
const SNAPSHOTS_MISSED = 3;
const LOOP_LAG_S = 0.5;
const RANKING_S = 2;
const TROUBLES = 5;
const FAILED_SHARE = 0.5;
const FAILED_LEAST = 5;
const PSI = 0.25;
const CALIBRATION_ERROR = 0.1;
const CALIBRATION_OFFERS = 500;

export const troublesOf = (figures) => [...inTheStreams(figures), ...inTheModel(figures), ...inTheMarkets(figures)].map(([key, details]) => words(`ops.trouble.${key}`, details));

// Before the first look nothing is said of the markets either.
const inTheMarkets = ({ at, zones_known: known }) => (known || !at ? [] : [["markets", {}]]);

function inTheStreams({ processes, partitions, reasons, quarantine, channels, ranking, loop_lag_s: loopLag, snapshot_every: every, projector_troubles: unwritten }) {
  const found = [];
  const add = (key, details) => found.push([key, details]);
  if (!processes.length) add("none", {});
  for (const { up, name, why } of processes) {
    if (why) add(up ? "unready" : "down", { name: words(`ops.process.${name}`), why });
  }
  for (const { partition, lag, oldest_s: oldest, since_snapshot: since, projector_lag: behind } of partitions) {
    if (oldest > OLDEST_S) add("lag", { partition, n: number(lag), age: duration(oldest) });
    if (behind > BEHIND) add("projector", { partition, n: number(behind) });
    if (every && since > SNAPSHOTS_MISSED * every) add("snapshot", { partition, n: number(since) });
  }
  if (unwritten > TROUBLES) add("unwritten", { n: number(unwritten) });
  const refused = reasons.reduce((sum, { recent }) => sum + recent, 0);
  if (reasons.some(({ recent }) => recent > REFUSED_A_MINUTE)) add("refused", { n: number(refused), code: reasons[0].code });
  for (const { station_id: station } of quarantine) add("quarantine", { station });
  if (ranking.p99 > RANKING_S) add("slow", { age: duration(ranking.p99) });
  if (loopLag > LOOP_LAG_S) add("loop", { age: duration(loopLag) });
  for (const { channel, recent_sent: sent, recent_failed: all, recent_no_address: nowhere } of channels) {
    const failed = all - nowhere; // a worker without a number is no trouble of the channel
    if (failed >= FAILED_LEAST && failed > FAILED_SHARE * (failed + sent)) add("notifier", { channel: words(`ops.channel.${channel}`), n: number(failed), m: number(failed + sent) });
  }
  return found;
}

// One trouble, however many inputs are others than the model learnt from: the panel of the model has them all.
function toldOf(drifted) {
  if (!drifted.length) return [];
  const { feature, psi } = drifted.reduce((most, one) => (one.psi > most.psi ? one : most));
  const farthest = { feature: words(`ops.feature.${feature}`), psi: psi.toFixed(2) };
  return [drifted.length > 1 ? ["drifts", { ...farthest, n: drifted.length }] : ["drift", farthest]];
}

// What no longer scores is nobody's trouble: its counters stay as they are until processes begin anew.
// The rules were never calibrated: nothing to go back to, and no news.
function inTheModel(figures) {
  const { drift, calibration } = figures;
  const drifted = drift.filter(({ release, psi }) => psi > PSI && !isOver(release, figures));
  const off = calibration.filter(({ release, error, offers }) => !isRules(release) && error > CALIBRATION_ERROR && offers >= CALIBRATION_OFFERS && !isOver(release, figures));
  return [
    ...toldOf(drifted),
    ...off.map(({ target, error }) => ["calibration", { target: words(`ops.target.${target}`), share: `${(error * 100).toFixed(1)}%` }]),
  ];
}

export const showVerdict = (figures) => tell(troublesOf(figures), "ops.all_well");

// Of some zones it is known what is held back, not how the processes are.
export function showMarketVerdict(figures) {
  const held = figures.quarantine.map(({ station_id: station }) => ["quarantine", { station }]);
  tell([...held, ...inTheMarkets(figures)].map(([key, details]) => words(`ops.trouble.${key}`, details)), "ops.zones_well");
}

// What was well when the last figures came says nothing of now.
export const showSilence = ({ at }) => tell([words("ops.trouble.silent", { at: clockTime(at) })], "ops.all_well");

function tell(troubles, well) {
  const told = troubles.join("\n");
  const verdict = byId("verdict");
  verdict.dataset.state = troubles.length ? "trouble" : "well";
  // What has not changed is not said again to whoever listens.
  const head = troubles.length ? words("ops.trouble", { n: troubles.length }) : words(well);
  if (verdict.dataset.told === `${head}\n${told}`) return;
  verdict.dataset.told = `${head}\n${told}`;
  byId("verdict-head").textContent = head;
  fill(byId("troubles"), ...troubles.map((text) => element("li", { text })));
}

export function showFigures(figures) {
  const { events, ranking, partitions, reasons } = figures;
  const refused = sum(reasons, "recent");
  const lag = sum(partitions, "lag");
  showRows([
    ["events", number(events), "", "main"],
    ["latency", duration(ranking.p99), "", "main"],
    ["lag", count(lag), "", lag > BEHIND ? "warn" : ""],
    ...ofMarkets(figures),
    ["letters", count(sum(reasons, "total")), words("ops.letters_note", { n: number(refused) }), refused ? "warn" : ""],
  ]);
}

export function showMarketFigures(figures) {
  const stations = stationsOf(figures.zones);
  const told = (name) => (figures.zones_known ? count(sum(stations, name)) : NOTHING);
  showRows([
    ["zones_open", told("jobs"), "", "main"],
    ["zones_missing", told("places"), "", "main"],
    ...ofMarkets(figures),
  ]);
}

const sum = (rows, name) => rows.reduce((total, row) => total + row[name], 0);
const stationsOf = (zones) => zones.reduce((all, zone) => all.concat(zone.stations), []);

function ofMarkets({ zones, zones_known: known }) {
  const stations = stationsOf(zones);
  const open = zones.reduce((total, zone) => total + (zone.offers.open || 0), 0);
  return [
    ["fill", share(sum(stations, "booked"), sum(stations, "asked")), words("ops.week"), ""],
    ["offers", known ? count(open) : NOTHING, words("ops.offer.open"), ""],
  ];
}

function showRows(rows) {
  fill(byId("figures"), ...rows.map(([name, told, note, className]) => element("div", { className },
    element("dt", { text: words(`ops.${name}`) }),
    element("dd", { text: told, "data-figure": name }),
    element("dd", { className: "aside", text: note }),
  )));
}
