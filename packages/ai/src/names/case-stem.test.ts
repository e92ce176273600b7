import fc from "fast-check";
import { expect, test } from "vitest";
import { caseStem, caseStems } from "./case-stem.ts";

test.each([
  ["Москва Москвы Москве Москву Москвой"],
  ["Иванов Иванова Иванову Ивановым Иванове Ивановой"],
  ["Петровский Петровского Петровскому Петровским Петровском"],
  ["Сергей Сергея Сергею Сергеем Сергее"],
  ["Максим Максима Максиму Максимом Максиме"],
  ["Мария Марии Марию Марией"],
  ["Павел Павла Павлу Павлом Павле"],
  ["Пётр Петра Петру Петром"],
  ["Яндекс Яндекса Яндексу Яндексом Яндексе"],
  ["Газпром Газпрома Газпрому Газпромом Газпроме"],
  ["Ромашка Ромашки Ромашке Ромашку Ромашкой"],
  ["Крым Крыма Крыму Крымом"],
  ["Казань Казани Казанью"],
])("%s: one stem", (forms) => {
  expect(new Set(caseStems(forms)).size).toBe(1);
});

test.each([
  ["Иван", "Иванов"],
  ["Москва", "Московский"],
  ["Роман", "Романов"],
  ["Сбербанк", "Сбер"],
])("%s and %s stay apart", (a, b) => {
  expect(caseStems(a)).not.toEqual(caseStems(b));
});

test("leaves other alphabets alone, keeps three letters, and stems its own stems to themselves", () => {
  expect(caseStems("Acme’s Systems")).toEqual(["acme", "systems"]);
  expect(caseStem("рим")).toBe("рим");
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."аеиойьмхгбвтрск"), minLength: 3, maxLength: 12 }), (word) => {
      const stem = caseStem(word);
      expect(word.startsWith(stem)).toBe(true);
      expect(stem.length).toBeGreaterThanOrEqual(3);
      expect(caseStem(stem)).toBe(stem);
    }),
  );
});
