// A worker who is a guest at the hall's screen, the pages' own modules as they stand. usage: node --test guest.test.mjs
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

globalThis.document = { documentElement: { lang: "zh-CN" } };
const read = (name) => readFile(new URL(`../../gateway/static/${name}`, import.meta.url), "utf-8");
const address = (source) => `data:text/javascript,${encodeURIComponent(source)}`;
const gateway = address(await read("gateway.js"));
const outbox = address((await read("outbox.js")).replace('"./gateway.js"', JSON.stringify(gateway)));
const texts = address("export const words = (key) => key; export const why = ({ message }) => message;");
const imports = { "../gateway.js": gateway, "../outbox.js": outbox, "../words.js": texts };
const source = Object.entries(imports).reduce((all, [name, found]) => all.replace(`"${name}"`, JSON.stringify(found)), await read("kiosk/guest.js"));
const { guestsOf, UNTOLD } = await import(address(source));

const CODE = "12345678";
const told = (body, status = 200) => ({ ok: status < 400, status, json: async () => body });
const own = (...ids) => told({ offers: ids.map((id) => ({ offer_id: id })), bookings: [] });

// A screen at which a code is asked for, and a gateway that answers by path; its requests.
function screen(t, answers) {
  const asked = [];
  t.mock.method(globalThis, "fetch", async (path, request) => {
    asked.push([path, request]);
    const name = path.split("/").at(-1);
    return answers[name](request);
  });
  let at = { room: "code", digits: CODE, ...UNTOLD };
  const guests = guestsOf(() => at, (changes) => { at = { ...at, ...(changes.room ? UNTOLD : {}), ...changes }; });
  const attempts = () => asked.filter(([path, { method }]) => path.endsWith("/guest") && method === "POST").map(([, { body }]) => JSON.parse(body).attempt);
  return { guests, at: () => at, attempts, asked };
}

test("a code whose answer came while the line broke is the same attempt when it is typed again", async (t) => {
  let isBroken = true;
  const matches = () => {
    if (isBroken) throw new TypeError("no line");
    return own();
  };
  const { guests, at, attempts } = screen(t, { guest: () => told({ token: "gs.x" }), matches });
  await guests.letIn(CODE);
  assert.deepEqual([at().room, at().told, at().isSending], ["code", "no line", false]);
  isBroken = false;
  await guests.letIn(CODE);
  assert.equal(at().room, "mine");
  const [first, second] = attempts();
  assert.equal(first, second);
  await guests.letIn(CODE);
  assert.notEqual(attempts()[2], first);
});

test("a code that is refused is another attempt the next time", async (t) => {
  const { guests, at, attempts } = screen(t, { guest: () => told({ title: "用过了" }, 401) });
  await guests.letIn(CODE);
  assert.deepEqual([at().room, at().told], ["code", "用过了"]);
  await guests.letIn(CODE);
  assert.notEqual(attempts()[0], attempts()[1]);
});

test("an offer that has gone meanwhile is told without its id, and leaves", async (t) => {
  const views = [own("O-1"), own()];
  const gone = () => told({ title: "没有报价 O-1" }, 404);
  const { guests, at } = screen(t, { guest: () => told({ token: "gs.x" }), matches: () => views.shift(), acceptance: gone });
  await guests.letIn(CODE);
  await guests.answer("accept", "O-1", "采茶工");
  assert.deepEqual([at().told, at().isGood, guests.view().offers.length], ["station.kiosk_not_booked", false, 0]);
});

test("what was asked for before an answer was decided does not bring the offer back", async (t) => {
  let late = null;
  const views = [() => own("O-1"), () => new Promise((done) => { late = done; }), () => own()];
  const { guests } = screen(t, { guest: () => told({ token: "gs.x" }), matches: () => views.shift()(), refusal: () => told({}, 202) });
  await guests.letIn(CODE);
  const looking = guests.look();
  await guests.answer("refuse", "O-1", "采茶工");
  late(own("O-1"));
  await looking;
  assert.equal(guests.view().offers.length, 0);
});
