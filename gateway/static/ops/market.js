// A market: its stations on a map and in a table, what became of offers and bookings, fairness.

import { byId, element, fill } from "../dom.js";
import { json } from "../gateway.js";
import { showMap } from "../map.js";
import { newest } from "../newest.js";
import { age, named, number, words } from "../words.js";
import { pairs, table } from "./table.js";
import { duration, NOTHING, share } from "./units.js";

const SILENT_MS = 2 * 3600000;
const OFFERS = ["open", "accepted", "declined", "expired", "withdrawn"];
const BOOKINGS = ["confirmed", "completed", "no_show", "cancelled", "pending"];

const PLACES = ["zone", "stations", "map", "offers", "fairness"];

const state = { zone: null, town: null, zones: [], markets: [] };
const ask = newest();

export const chosenZone = () => state.zone;

// Names and places of the stations; the figures come with the others.
export async function followMarket() {
  const town = await ask(json(state.zone ? `/api/town?zone=${state.zone}` : "/api/town")).catch(() => undefined);
  state.town = town || state.town;
}

export function forgetMarket() {
  Object.assign(state, { zone: null, town: null, zones: [], markets: [] });
  for (const place of PLACES) fill(byId(place));
}

// Of the zones of a key each can be chosen, also one in which nothing has happened yet. While nothing
// is known of the zones what was known last stays, and says so.
export function showMarket({ zones, zones_known: known, zones_left_out: left }, own) {
  if (known) state.markets = zones;
  state.zones = own || state.markets.map(({ zone }) => zone);
  if (!state.zones.includes(state.zone)) state.zone = state.zones[0] || null;
  showChoice();
  showLeftOut(left && own ? own.filter((zone) => !state.markets.some((one) => one.zone === zone)).length : left);
  const found = state.markets.find(({ zone }) => zone === state.zone);
  if (!found && (!state.zone || !known || left)) {
    showNoMarket();
    return;
  }
  const market = found || empty(state.zone);
  showStations(market);
  showOffers(market);
  showFairness(market.fairness);
}

const empty = (zone) => ({ zone, now: 0, offers: {}, bookings: {}, stations: [], fairness: { workers: 0, offers_gini: null, work_gini: null, never_asked: null } });

function showNoMarket() {
  for (const place of PLACES.slice(1)) fill(byId(place));
}

// Whoever reads a sum, or looks for a zone, must know that there are more.
function showLeftOut(left) {
  byId("zones-left-out").hidden = !left;
  if (left) byId("zones-left-out").textContent = words("ops.zones_left_out", { n: left });
}

function showChoice() {
  const select = byId("zone");
  if ([...select.options].map(({ value }) => value).join() === state.zones.join()) return;
  fill(select, ...state.zones.map((zone) => element("option", { value: zone, text: zone })));
  if (state.zone) select.value = state.zone;
}

export function stationName(id) {
  const known = state.town && state.town.stations.find((one) => one.station_id === id);
  return (known && named(known.name)) || id;
}

function showStations({ zone, now, stations }) {
  const silent = (one) => one.seen_at === null || now - one.seen_at > SILENT_MS;
  const known = state.town && state.town.zone === zone ? state.town.stations : [];
  const ids = [...new Set([...known.map(({ station_id: id }) => id), ...stations.map(({ station_id: id }) => id)])];
  const byName = new Map(stations.map((one) => [one.station_id, one]));
  const none = { jobs: 0, places: 0, filled: 0, closed: 0, booked: 0, asked: 0, median_fill_s: null, seen_at: null };
  table(byId("stations"), ["ops.station", "ops.open", "ops.missing", "ops.filled", "ops.taken", "ops.time_to_fill", "ops.seen"], ids.map((id) => {
    const one = byName.get(id) || none;
    const seen = one.seen_at === null ? words("ops.never") : age(now - one.seen_at);
    return {
      "data-station": id,
      cells: [stationName(id), number(one.jobs), number(one.places), one.closed ? `${one.filled}/${one.closed}` : NOTHING, share(one.booked, one.asked), duration(one.median_fill_s), element("span", { className: silent(one) ? "silent" : "", text: seen })],
    };
  }));
  showMap(byId("map"), known.map((one) => Object.assign({}, one, { places: (byName.get(one.station_id) || none).places })), stationName);
  for (const circle of byId("map").querySelectorAll("circle[data-station]")) {
    if (silent(byName.get(circle.dataset.station) || none)) circle.classList.add("silent-station");
  }
}

function showOffers({ offers, bookings }) {
  const block = (counts, statuses, named) => {
    const most = Math.max(1, ...statuses.map((status) => counts[status] || 0));
    return pairs(statuses.map((status) => [named(status), number(counts[status] || 0), (counts[status] || 0) / most]));
  };
  fill(byId("offers"), block(offers, OFFERS, (status) => words(`ops.offer.${status}`)), element("h3", { text: words("ops.bookings") }), block(bookings, BOOKINGS, (status) => words(`ops.booking.${status}`)), element("p", { className: "note", text: words("ops.week") }));
}

function showFairness({ workers, offers_gini: offers, work_gini: work, never_asked: never }) {
  const told = (value) => (value === null ? NOTHING : value.toFixed(2));
  fill(byId("fairness"),
    pairs([
      [words("ops.gini_offers"), told(offers), offers || 0],
      [words("ops.gini_work"), told(work), work || 0],
      [words("ops.never_asked"), never === null ? NOTHING : `${Math.round(never * 100)}%`, never || 0],
    ]),
    element("p", { className: "note", text: words("ops.fairness_note", { n: number(workers) }) }),
  );
}

byId("zone").addEventListener("change", async () => {
  state.zone = byId("zone").value;
  await followMarket();
  dispatchEvent(new CustomEvent("zonechange"));
});
