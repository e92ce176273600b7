import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findLiterals } from "./find-literals.ts";

const found = (text: string): string[] => findLiterals(text).map(({ type, key }) => `${type} ${key}`);

describe("values, by what they say", () => {
  test.each([
    ["Пишите на Sales@Romashka.ru, а лучше на иван@пример.рф.", ["email sales@romashka.ru", "email иван@пример.рф"]],
    ["Сайт: https://www.Romashka.ru/about/?a=1. Ещё: romashka.ru", ["url romashka.ru/about", "url romashka.ru"]],
    ["Тел.: +7 (495) 123-45-67, 8 495 123 45 67; тел. (495) 123-45-67", Array(3).fill("phone +74951234567")],
    ["Call +49 30 1234567 or +1 (212) 555-0100.", ["phone +49301234567", "phone +12125550100"]],
    [
      "ИНН 7701234567, КПП 770101001, ОГРН 1027700000000",
      ["identifier inn 7701234567", "identifier ogrn 1027700000000"],
    ],
    ["ИНН/КПП: 7701234567/770101001; ИНН 500100732259", ["identifier inn 7701234567", "identifier inn 500100732259"]],
    [
      "VAT No. DE 123456789, LEI 5493001KJTIIGC8Y1R12",
      ["identifier lei 5493001KJTIIGC8Y1R12", "identifier vat DE123456789"],
    ],
    [
      "1 500 000 руб. и 12,5 млн рублей, $3.2 million, 1,200.50 EUR",
      ["money 1500000 rub", "money 12500000 rub", "money 3200000 usd", "money 1200.5 eur"],
    ],
    ["100 000 (сто тысяч) рублей", ["money 100000 rub"]],
    ["1 мая 2024 г., 01.05.2024, 2024-05-01, May 1, 2024, 1 May 2024", Array(5).fill("date 2024-05-01")],
    ["Пункт 31.02.2024, версия 1.2.3, счёт 40702810900000012345, дом 8, 2024", []],
    ["Node.js и file.txt, Acme Inc. и т.д.", []],
  ])("%s", (text, expected) => {
    expect(new Set(found(text))).toEqual(new Set(expected));
  });
});

test("any text has values that stand in it, in order, apart", () => {
  const piece = fc.constantFrom(
    ..."ИНН 7701234567 +7 495 123-45-67 a@b.ru https:// www. romashka.ru 5 млн руб. $ 1 мая 2024 VAT DE (".split(" "),
  );
  const text = fc.oneof(
    fc.array(fc.nat({ max: 0x10ffff }), { maxLength: 60 }).map((points) => String.fromCodePoint(...points)),
    fc.array(piece, { maxLength: 40 }).map((all) => all.join(" ")),
  );
  fc.assert(
    fc.property(text, (any) => {
      let from = 0;
      for (const { start, end, key } of findLiterals(any)) {
        expect(start).toBeGreaterThanOrEqual(from);
        expect(end).toBeGreaterThan(start);
        expect(end).toBeLessThanOrEqual(any.length);
        expect(key).not.toBe("");
        from = end;
      }
    }),
    { numRuns: 40 },
  );
});

test("gets through text made to trouble patterns", () => {
  for (const piece of ["1 ", "1,", "a.", "a@", "+7 ", "www.a.", "ИНН ", "1 мая ", "9"]) {
    expect(() => findLiterals(piece.repeat(5_000))).not.toThrow();
  }
});
