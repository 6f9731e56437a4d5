// Processes, partitions, stages: what runs, what waits, what takes how long.

import { byId, element } from "../dom.js";
import { number, words } from "../words.js";
import { table } from "./table.js";
import { count, duration, megabytes, NOTHING } from "./units.js";

// One that is up and says of itself that it does no work is not well.
function stateOf({ up, why, since }, at) {
  const [className, key] = up ? (why ? ["bad", "ops.unready"] : ["good", "ops.up"]) : ["bad", "ops.down"];
  return element("span", { className, text: words(key), title: words("ops.since", { age: duration((at - since) / 1000) }) });
}

export function showMachines(figures) {
  const { at, processes, partitions, ranking, stages } = figures;
  table(byId("processes"), ["ops.processes", "ops.connection", "ops.memory", "ops.cpu", "ops.address"], processes.map((one) => ({
    "data-process": one.name,
    "data-up": one.up,
    "data-ready": one.up && !one.why,
    cells: [
      words(`ops.process.${one.name}`),
      stateOf(one, at),
      megabytes(one.memory_bytes),
      one.cpu === null ? NOTHING : `${Math.round(one.cpu * 100)}%`,
      one.why ? element("span", { className: "why", text: one.why, title: one.address }) : element("small", { text: one.address }),
    ],
  })));
  table(byId("partitions"), ["ops.partition", "ops.lag", "ops.oldest", "ops.snapshot", "ops.projector_lag"], partitions.map((one) => ({
    "data-partition": one.partition,
    cells: [String(one.partition), number(one.lag), one.lag ? duration(one.oldest_s) : NOTHING, count(one.since_snapshot), count(one.projector_lag)],
  })));
  table(byId("stages"), ["ops.stage", "ops.a_second", "p50", "p95", "p99"], [...stages, ranking].map((one) => ({
    "data-stage": one.stage,
    cells: [words(`ops.stage.${one.stage}`), number(one.a_second), duration(one.p50), duration(one.p95), duration(one.p99)],
  })));
}
