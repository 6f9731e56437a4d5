// Durations and amounts as somebody on call reads them.

import { number, words } from "../words.js";

export const NOTHING = "–";

const STEPS = [[1e-3, 1e-6, "ops.microseconds"], [1, 1e-3, "ops.milliseconds"], [120, 1, "ops.seconds"], [7200, 60, "ops.minutes"], [172800, 3600, "ops.hours"]];

export function duration(seconds) {
  if (!seconds) return seconds === 0 ? "0" : NOTHING;
  const [, size, key] = STEPS.find(([limit]) => seconds < limit) || [0, 86400, "ops.days"];
  const amount = seconds / size;
  return words(key, { n: number(Number(amount.toPrecision(amount < 10 ? 2 : 3))) });
}

export const megabytes = (bytes) => (bytes === null ? NOTHING : `${number(Math.round(bytes / 1e6))} MB`);
export const share = (part, whole) => (whole ? `${Math.round((part / whole) * 100)}%` : NOTHING);
export const count = (value) => (value === null || value === undefined ? NOTHING : number(value));
