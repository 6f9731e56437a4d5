// Charts of the last quarter of an hour, each of one unit, drawn by uPlot, told in words beside them.

/* global uPlot */
import { byId, element, fill } from "../dom.js";
import { clockTime, number, time, words } from "../words.js";
import { duration, NOTHING } from "./units.js";

const KEEP_MS = 900000;
const LEAST_MS = 180000;
const MOST = 1000;
const HEIGHT = 180;
const ZONE = "Asia/Shanghai";
const amount = (value) => (value === null || value === undefined ? NOTHING : number(Math.round(value * 10) / 10));
const stages = ["decode", "candidates", "score", "rank", "emit", "project", "notify"];

// A duration says its unit at each tick; other units are named in a note.
const CHARTS = [
  { name: "events", unit: amount, note: "ops.chart.events.unit", least: 1, lines: [["ops.chart.events.events", "--tea", (p) => p.events], ["ops.chart.events.outcomes", "--gold", (p) => p.outcomes], ["ops.chart.events.refused", "--clay", (p) => p.refused]] },
  { name: "latency", unit: duration, least: 0.001, lines: [["p50", "--tea", (p) => p.ranking_p50], ["p95", "--gold", (p) => p.ranking_p95], ["p99", "--clay", (p) => p.ranking_p99]] },
  { name: "lag", unit: amount, note: "ops.chart.lag.unit", least: 4, lines: [["ops.chart.lag.lag", "--clay", (p) => p.lag]] },
  { name: "oldest", unit: duration, least: 1, lines: [["ops.chart.oldest.oldest", "--gold", (p) => p.oldest_s]] },
  { name: "stages", unit: duration, note: "ops.chart.stages.unit", log: true, lines: stages.map((stage, index) => [`ops.stage.${stage}`, `--line-${index}`, (p) => p.stages[stage]]) },
];

let points = [];
const drawn = new Map();

export function keepPoints(news, anew) {
  points = anew ? news.slice() : points.concat(news);
  const oldest = points.length ? points[points.length - 1].at - KEEP_MS : 0;
  points = points.filter(({ at }) => at >= oldest).slice(-MOST);
}

export function redrawCharts() {
  for (const { chart } of drawn.values()) chart.destroy();
  drawn.clear();
  fill(byId("charts"));
}

export function showCharts() {
  for (const wanted of CHARTS) {
    const kept = drawn.get(wanted.name) || make(wanted);
    const data = [points.map(({ at }) => at / 1000), ...wanted.lines.map(([, , of]) => points.map((point) => positive(wanted, of(point))))];
    kept.chart.setData(data);
    tell(wanted, kept);
  }
}

// All there is, of the last quarter of an hour; at first three minutes that fill up.
function span() {
  const end = points.length ? points[points.length - 1].at : Date.now();
  const start = points.length ? points[0].at : end;
  return [Math.max(end - KEEP_MS, Math.min(start, end - LEAST_MS)) / 1000, end / 1000];
}

// Of a logarithmic axis only the powers of ten are drawn.
const powers = (_, splits) => splits.map((value) => (Number.isInteger(Math.round(Math.log10(value) * 1e6) / 1e6) ? value : null));

// A logarithm has no zero.
const positive = ({ log }, value) => (value === undefined || (log && value <= 0) ? null : value);

function make(wanted) {
  const title = words(`ops.chart.${wanted.name}`);
  const place = element("div", { className: "plot", role: "img" });
  const legend = element("ul", { className: "legend" });
  byId("charts").append(element("figure", { className: "sheet", "data-chart": wanted.name }, element("figcaption", { text: title }, ...(wanted.note ? [" ", element("small", { text: words(wanted.note) })] : [])), place, legend));
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
  const chart = new uPlot({
    width: place.clientWidth || 300,
    height: HEIGHT,
    padding: [10, 18, 0, 0],
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), ZONE),
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    scales: { x: { time: true, range: span }, y: wanted.log ? { distr: 3, log: 10 } : { range: (_, low, high) => [0, Math.max(high || 0, wanted.least) * 1.15] } },
    axes: [
      { ...axis, incrs: [60, 120, 180, 300, 600], size: 30, values: (_, ticks) => ticks.map((seconds) => time(seconds * 1000)), space: 70 },
      { ...axis, ...(wanted.log ? { grid: { ...axis.grid, filter: powers }, filter: powers } : {}), values: (_, ticks) => ticks.map((value) => (value === null ? "" : wanted.unit(value))), size: 66 },
    ],
    series: [{}, ...wanted.lines.map(([key, name]) => ({ label: label(key), stroke: colour(name), width: 1.8, points: { size: 4, width: 0, fill: colour(name) }, spanGaps: false }))],
    hooks: { setCursor: [({ cursor }) => tell(wanted, drawn.get(wanted.name), cursor.idx)] },
  }, [[], ...wanted.lines.map(() => [])], place);
  const kept = { chart, place, legend, title };
  drawn.set(wanted.name, kept);
  return kept;
}

const label = (key) => (key.startsWith("ops.") ? words(key) : key);

// The values under the pointer, or the newest.
function tell(wanted, kept, index) {
  if (!kept) return;
  const hovered = index !== null && index !== undefined;
  const point = points[hovered ? index : points.length - 1];
  const rows = wanted.lines.map(([key, name, of]) => ({ name, text: `${label(key)} ${point ? wanted.unit(of(point)) : NOTHING}` }));
  const values = rows.map(({ text }) => text).join(", ");
  const told = point ? words("ops.chart.told", { title: kept.title, values }) : words("ops.chart.waiting");
  if (!hovered) kept.place.setAttribute("aria-label", told);
  fill(kept.legend,
    ...rows.map(({ name, text }) => {
      const dot = element("i");
      dot.style.background = `var(${name})`;
      return element("li", {}, dot, text);
    }),
    ...(hovered && point ? [element("li", { text: clockTime(point.at) })] : []),
  );
}

function resize() {
  for (const { chart, place } of drawn.values()) chart.setSize({ width: place.clientWidth || 300, height: HEIGHT });
}

addEventListener("resize", resize);
matchMedia("(prefers-color-scheme: dark)").addListener(() => {
  redrawCharts();
  showCharts();
});
