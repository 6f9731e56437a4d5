// Holds manifests of operators' kinds against the schemas of their definitions, strictly.
// usage: node manifests.mjs < JSON list of manifests; prints a line for each that is wrong, exits 1 then.
import { readFile } from "node:fs/promises";

const PACKAGES = {
  "keda.sh": "@kubernetes-models/keda",
  "kafka.strimzi.io": "@kubernetes-models/strimzi-kafka-operator",
};

// The schemas let a key pass that they do not know: it is one that no rule has asked for. An object of
// which no key was asked is open (settings of a topic).
function watched(value, path, asked) {
  if (Array.isArray(value)) {
    return value.map((one, index) => watched(one, `${path}/${index}`, asked));
  }
  if (value === null || typeof value !== "object") {
    return value;
  }
  const keys = new Set();
  const inside = Object.entries(value).map(([key, one]) => [key, watched(one, `${path}/${key}`, asked)]);
  asked.push({ path, value, keys });
  return new Proxy(Object.fromEntries(inside), {
    get: (target, key) => {
      keys.add(key);
      return target[key];
    },
  });
}

async function complaints(manifest) {
  const { apiVersion, kind } = manifest;
  const name = PACKAGES[apiVersion.split("/")[0]];
  const known = name === undefined ? {} : await import(`${name}/${apiVersion}`).catch(() => ({}));
  if (known[kind] === undefined) {
    return [`${apiVersion} has no kind ${kind}`];
  }
  const asked = [];
  try {
    known[kind].prototype.validate.call(watched(manifest, "", asked));
  } catch (error) {
    return [error.message];
  }
  return asked.flatMap(({ path, value, keys }) =>
    Object.keys(value)
      .filter((key) => keys.size > 0 && !keys.has(key))
      .map((key) => `${path} has no ${key}`),
  );
}

for (const manifest of JSON.parse(await readFile("/dev/stdin", "utf-8"))) {
  for (const complaint of await complaints(manifest)) {
    console.log(`${manifest.kind}/${manifest.metadata.name}: ${complaint}`);
    process.exitCode = 1;
  }
}
