// Which releases score now, and where.

import { words } from "../words.js";

const MOST_ZONES = 6;

export const isRules = (release) => !release.startsWith("sha256:");
export const shortName = (release) => (isRules(release) ? words("page.rules") : release.slice(7, 15));

// By release the zones that it scores in, the most first; empty when that is not known.
export function atWork(zones) {
  const found = new Map();
  for (const { zone, release } of zones) {
    if (release) found.set(release, [...(found.get(release) || []), zone]);
  }
  return new Map([...found].sort(([, some], [, others]) => others.length - some.length));
}

// As long as it is not known what scores everywhere, nothing is said to be over: zones that are left
// out may be scored by any release.
export function isOver(release, { zones, zones_left_out: left }) {
  const now = atWork(zones);
  return now.size > 0 && !left && !now.has(release);
}

export function placesOf(where, { zones, zones_left_out: left }) {
  if (where.length === zones.length && where.length > 1 && !left) return words("ops.release_everywhere", { n: where.length });
  const named = where.slice(0, MOST_ZONES).join(", ");
  return words(where.length > MOST_ZONES ? "ops.release_many" : "ops.release_in", { zones: named, n: where.length });
}
