// A room whose matter is gone, the pages' own modules as they stand. usage: node --test gone.test.mjs
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

const read = (name) => readFile(new URL(`../../gateway/static/${name}`, import.meta.url), "utf-8");
const address = (source) => `data:text/javascript,${encodeURIComponent(source)}`;
const gateway = address(await read("gateway.js"));
const { Refused } = await import(gateway);
const { unlessGone } = await import(address((await read("station/gone.js")).replace('"../gateway.js"', JSON.stringify(gateway))));

const refused = (status) => new Refused({ title: `${status}` }, status);

function room(t, answers) {
  t.mock.timers.enable({ apis: ["Date"], now: 1000000 });
  const told = [];
  let asked = 0;
  const refresh = unlessGone(async () => {
    asked += 1;
    const answer = answers.shift();
    if (answer) throw answer;
  }, (error) => told.push(error.message));
  return { refresh, told, asked: () => asked, later: (ms) => t.mock.timers.tick(ms) };
}

test("what is gone is told to the room, and asked for again after a while only", async (t) => {
  const { refresh, told, asked, later } = room(t, [null, refused(404), refused(403), null]);
  await refresh();
  await refresh();
  await refresh();
  assert.deepEqual([told, asked()], [["404"], 2]);
  later(60000);
  await refresh();
  later(60000);
  await refresh();
  assert.deepEqual([told, asked()], [["404", "403"], 4]);
});

test("whatever else is wrong is the desk's", async (t) => {
  const { refresh, told } = room(t, [refused(401), new TypeError("no line"), null]);
  await assert.rejects(refresh(), /401/);
  await assert.rejects(refresh(), /no line/);
  await refresh();
  assert.deepEqual(told, []);
});
