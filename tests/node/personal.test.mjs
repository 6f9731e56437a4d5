// What is no id and no title but somebody's number, the pages' own module as it stands.
// usage: node --test personal.test.mjs
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";

const source = await readFile(new URL("../../gateway/static/station/personal.js", import.meta.url), "utf-8");
const { isPersonal, personalField } = await import(`data:text/javascript,${encodeURIComponent(source)}`);

test("phone and ID numbers are known however they are written", () => {
  const numbers = ["13800138000", " 138 0013 8000 ", "138-0013-8000", "+86 13800138000", "008613800138000", "11010519491231002X", "11010519491231002x", "王秀英13800138000", "W-13800138000", "搬运 138 0013 8000 王", "138-0013-8000 老王", "１３８００１３８０００", "11010519491231002X 王"];
  assert.deepEqual(numbers.filter((one) => !isPersonal(one)), []);
});

test("ids, titles and hours are none", () => {
  const others = ["", "0007", "W-511181-06-ab12cd", "W-130102-01-123abc", "J-130102-01-20261127-123456", "E-0042", "5-01-02-01", "采茶工 160 元", "1380013800", "138001380001", "914403001922038216", "92511181580012345X", "W-10012345678", "110105194912310021", "装卸 150 07001900"];
  assert.deepEqual(others.filter(isPersonal), []);
});

test("the field is named as the gateway would", () => {
  assert.equal(personalField({ title: "采茶工", employer_id: "13800138000" }), "employer_id");
  assert.equal(personalField({ place: { lat: 29.5, name: "13800138000" } }), "place.name");
  assert.equal(personalField({ perks: ["meal", "13800138000"] }), "perks[1]");
  assert.equal(personalField({ headcount: 13800138000, title: "采茶工", until: null }), "");
  assert.equal(personalField(undefined), "");
});
