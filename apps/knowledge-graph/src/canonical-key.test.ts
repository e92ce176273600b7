import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalKey } from "./canonical-key.ts";

const anyName = fc
  .array(fc.nat({ max: 0x10ffff }), { minLength: 1, maxLength: 12 })
  .map((points) => String.fromCodePoint(...points));
const keys = (type: string, names: readonly string[]): Set<string> =>
  new Set(names.map((name) => canonicalKey(type, name)));

describe("canonicalKey", () => {
  test.each([
    [
      "organization",
      ["ООО «Ромашка»", "Ромашка", "«Ромашкой»", 'ООО "РОМАШКА"', "Общество с ограниченной ответственностью «Ромашка»"],
    ],
    ["organization", ["ПАО Сбербанк", "Сбербанка", "сбербанком", "Публичное акционерное общество «Сбербанк»"]],
    ["organization", ["Acme, Inc.", "ACME", "Acme LLC", "Acme’s", "Ａｃｍｅ"]],
    ["organization", ["Bosch GmbH", "Bosch G.m.b.H.", "bosch"]],
    ["person", ["Иван Петров", "Ивана Петрова", "Петров Иван", "Петрову Ивану", "Иваном Петровым"]],
    ["person", ["Пётр Семёнов", "Петр Семенов"]],
    ["person", ["И. П. Сидоров", "Сидоров И.П.", "Сидорову И. П."]],
    ["place", ["Москва", "Москве", "МОСКВУ"]],
    ["place", ["Нижний Новгород", "Нижнего Новгорода", "Нижнем Новгороде"]],
  ])("makes one %s of %j", (type, names) => {
    expect(keys(type, names).size).toBe(1);
  });

  test.each([
    ["person", ["Иван Петров", "Пётр Иванов"]],
    ["person", ["И. П. Сидоров", "И. В. Сидоров", "Сидоров"]],
    ["organization", ["Acme", "Acme Labs"]],
    ["organization", ["Альфа 1", "Альфа 2"]],
    ["product", ["GPT-4", "GPT-4o", "GPT-5"]],
    ["product", ["Limited", "Limited Edition"]],
  ])("keeps apart, as %s, %j", (type, names) => {
    expect(keys(type, names).size).toBe(names.length);
  });

  test("is never empty for a name that is not, and always the same", () => {
    fc.assert(
      fc.property(fc.constantFrom("person", "organization", "place"), anyName, (type, name) => {
        const key = canonicalKey(type, name);
        expect(key).not.toBe("");
        expect(canonicalKey(type, name)).toBe(key);
      }),
    );
    expect(canonicalKey("organization", "ООО")).toBe("ооо");
    expect(canonicalKey("organization", "«»")).toBe("«»");
  });
});
