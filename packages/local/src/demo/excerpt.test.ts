import fc from "fast-check";
import { expect, test } from "vitest";
import { excerpt } from "./excerpt.ts";

const passage =
  "2.1. Сроки возврата\nПокупатель вправе вернуть исправный прибор в течение 14 календарных дней. " +
  "При покупке через сайт срок увеличен до 30 календарных дней. Фильтры возврату не подлежат.";

test("begins at the sentence that shares the most words with the question, in whatever form they stand", () => {
  expect(excerpt(passage, "До скольких дней увеличен срок при покупке на сайте?", 70)).toBe(
    "При покупке через сайт срок увеличен до 30 календарных дней.",
  );
});

test("begins at the start when nothing is shared", () => {
  expect(excerpt(passage, "Xyz?", 30)).toBe("2.1. Сроки возврата");
});

test("is never longer than asked", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.integer({ min: 1, max: 80 }), (text, question, maxLength) => {
      expect(excerpt(text, question, maxLength).length).toBeLessThanOrEqual(maxLength);
    }),
  );
});
