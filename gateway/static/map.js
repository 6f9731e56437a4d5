// The stations on a plain map: where they lie (approximately), and how many places are open.

import { fill, svg } from "./dom.js";
import { words } from "./words.js";

const WIDTH = 340;
const HEIGHT = 400;
const MARGIN = { left: 30, right: 66, top: 42, bottom: 40 };
const KM_A_DEGREE = 111.2;
const RULER_KM = 5;

// Where stations lie close together, their names go to different sides: side and anchor.
const LABELS = {
  "00": ["below", "start"], "01": ["left", "end"], "02": ["above", "end"], "03": ["below", "middle"],
  "04": ["left", "end"], "05": ["left", "end"], "06": ["above", "middle"], "07": ["above", "middle"],
  "09": ["below", "middle"],
};

let placed = new Map();

export function showMap(map, stations, nameOf) {
  const shown = stations.filter((station) => station.lat !== null);
  placed = places(shown);
  const perKm = placed.perKm || 0;
  fill(map,
    ...grid(),
    ...shown.flatMap((station) => marker(station, nameOf(station.station_id))),
    ...(perKm ? ruler(perKm) : []),
  );
}

export function pulse(map, stationId) {
  const at = placed.get(stationId);
  if (!at || map.querySelectorAll(".pulse").length > 12) return;
  const ring = svg("circle", { cx: at.x, cy: at.y, r: 13, class: "pulse" });
  ring.addEventListener("animationend", () => ring.remove());
  map.append(ring);
}

function places(stations) {
  const found = new Map();
  if (!stations.length) return found;
  const lats = stations.map((station) => station.lat);
  const lons = stations.map((station) => station.lon);
  const [south, north, west, east] = [Math.min(...lats), Math.max(...lats), Math.min(...lons), Math.max(...lons)];
  const shrink = Math.cos(((south + north) / 2) * Math.PI / 180);
  const perKm = Math.min(
    (WIDTH - MARGIN.left - MARGIN.right) / Math.max(1, (east - west) * KM_A_DEGREE * shrink),
    (HEIGHT - MARGIN.top - MARGIN.bottom) / Math.max(1, (north - south) * KM_A_DEGREE),
  );
  for (const { station_id: id, lat, lon } of stations) {
    found.set(id, {
      x: MARGIN.left + (lon - west) * KM_A_DEGREE * shrink * perKm,
      y: MARGIN.top + (north - lat) * KM_A_DEGREE * perKm,
    });
  }
  found.perKm = perKm;
  return found;
}

function marker(station, name) {
  const { x, y } = placed.get(station.station_id);
  const radius = station.places ? 9 + Math.min(9, Math.sqrt(station.places)) : 4.5;
  const circle = svg("circle", { cx: x, cy: y, r: radius, "data-station": station.station_id });
  if (!station.places) circle.classList.add("quiet-station");
  const { jobs, places: open, workers } = station;
  circle.append(svg("title", { text: `${name} · ${words("page.here", { jobs, places: open, workers })}` }));
  const label = svg("text", { ...labelPlace(station, x, y, radius), text: name });
  return station.places ? [circle, svg("text", { x, y, class: "places", text: station.places }), label] : [circle, label];
}

function labelPlace({ station_id: id }, x, y, radius) {
  const [side, anchor] = LABELS[id.slice(-2)] || ["right", "start"];
  const aside = { left: -radius - 5, right: radius + 5 }[side] || (anchor === "start" ? -4 : 0);
  const down = { above: -radius - 5, below: radius + 13 }[side] || 4;
  return { x: x + aside, y: y + down, "text-anchor": anchor };
}

function grid() {
  const lines = [];
  for (let x = 60; x < WIDTH; x += 60) lines.push(svg("line", { x1: x, x2: x, y1: 0, y2: HEIGHT, class: "grid" }));
  for (let y = 60; y < HEIGHT; y += 60) lines.push(svg("line", { x1: 0, x2: WIDTH, y1: y, y2: y, class: "grid" }));
  return lines;
}

function ruler(perKm) {
  const y = HEIGHT - 16;
  const end = WIDTH - 18;
  return [
    svg("line", { x1: end - RULER_KM * perKm, x2: end, y1: y, y2: y, class: "ruler" }),
    svg("text", { x: end, y: y - 6, class: "scale", "text-anchor": "end", text: words("page.km", { km: RULER_KM }) }),
  ];
}
