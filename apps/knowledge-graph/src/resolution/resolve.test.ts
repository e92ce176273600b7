import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plantCompanies } from "../eval/planted-companies.ts";
import { scorePairs } from "../eval/score.ts";
import { resolveNames } from "./resolve.ts";

const areOne = (type: string, ...names: string[]): boolean =>
  new Set(resolveNames(names.map((name) => ({ name, type })))).size === 1;

describe("one thing under several names", () => {
  test.each([
    ["person", "Барак Обама", "Барака Обамы", "Обаме", "Б. Обама"],
    ["person", "Иванов Иван Ильич", "Иван Иванов", "И. И. Иванов", "Иванову И.И."],
    ["person", "Bill Clinton", "William Jefferson Clinton", "William J. Clinton", "President Clinton"],
    ["person", "Саша Петров", "Александр Петров", "Александром Петровым"],
    ["person", "Roman Tkachenko", "Роман Ткаченко", "Романа Ткаченко"],
    ["organization", "ООО «Ромашка»", "Ромашкой", "АО Ромашка", "Romashka LLC"],
    ["organization", "Министерство внутренних дел", "МВД", "министерства внутренних дел"],
    ["organization", "International Business Machines Corporation (Armonk, NY)", "IBM", "IBM Corp."],
    ["organization", "World Health Organization (WHO)", "ВОЗ", "World Health Organisation"],
    ["organization", "Microsoft Corporation", "Micrsoft", "Microsfot"],
    ["place", "Москва", "Москве", "московские", "г. Москва", "Moscow", "Moskau"],
    ["place", "РФ", "Российской Федерации", "российских", "Russia"],
    ["place", "Италия", "итальянского", "Италией"],
    ["place", "Уфа", "Уфе", "уфимской"],
    ["event", "FIFA World Cup 2022", "2022 FIFA World Cup", "FIFA World Cup (2022)"],
  ])("%s: %s", (type, ...names) => {
    expect(areOne(type, ...names)).toBe(true);
  });
});

describe("what stays apart", () => {
  test.each([
    ["person", "Виктор", "Виктория"],
    ["person", "Анна Петрова", "Ольга Петрова"],
    ["person", "Пётр Ильич Орлов", "Пётр Сергеевич Орлов"],
    ["organization", "Газпром", "Газпром нефть"],
    ["organization", "Завод № 3", "Завод № 5"],
    ["organization", "Ромашка Казань", "Ромашка Самара"],
    ["organization", "Сенат США", "Сенат"],
    ["product", "AERO-300", "AERO-200"],
    ["place", "Дубай", "Дубенский"],
  ])("%s: %s, %s", (type, ...names) => {
    expect(new Set(resolveNames(names.map((name) => ({ name, type }))))).toHaveLength(names.length);
  });

  test("a short form that two could claim joins neither", () => {
    const names = ["Анна Орлова", "Пётр Орлов", "Орловой", "Элтон Джон", "Джон Смит", "Джон"];
    const [anna, peter, surname, elton, smith, john] = resolveNames(names.map((name) => ({ name, type: "person" })));
    expect(new Set([anna, peter, surname, elton, smith, john]).size).toBe(6);
  });

  test("initials of two companies join neither", () => {
    const names = ["Городские тепловые сети", "Горные транспортные системы", "ГТС"];
    expect(new Set(resolveNames(names.map((name) => ({ name, type: "organization" })))).size).toBe(3);
  });

  test("things of different types, whatever they are called", () => {
    const things = [
      { name: "Рим", type: "place" },
      { name: "Рим", type: "organization" },
      { name: "Рим", type: "product" },
    ];
    expect(resolveNames(things)).toEqual([0, 1, 2]);
  });
});

const names = fc.array(
  fc.record({
    name: fc.oneof(
      fc.string({ unit: "binary", maxLength: 12 }),
      fc.constantFrom("ООО", "МВД", "Иван", "Иван И. Иванов", "the", ""),
    ),
    type: fc.constantFrom("person", "organization", "place", "event", "product", "?"),
  }),
  { maxLength: 12 },
);

test("any names have clusters, the same in any order, and equal names of one type are together", () => {
  fc.assert(
    fc.property(names, (things) => {
      const clusters = resolveNames(things);
      expect(clusters).toHaveLength(things.length);
      const reversed = resolveNames(things.toReversed()).toReversed();
      things.forEach((a, i) => {
        things.forEach((b, j) => {
          if (a.name === b.name && a.type === b.type) expect(clusters[i]).toBe(clusters[j]);
          expect(clusters[i] === clusters[j]).toBe(reversed[i] === reversed[j]);
        });
      });
    }),
  );
});

test("of thousands of company names, merges are right and clusters small", () => {
  const planted = plantCompanies(4_000, 7);
  const clusters = resolveNames(planted);
  const score = scorePairs(
    clusters,
    planted.map(({ gold }) => gold),
  );
  expect(score.precision).toBeGreaterThan(0.97);
  expect(score.recall).toBeGreaterThan(0.8);
  const sizes = new Map<number, number>();
  for (const cluster of clusters) sizes.set(cluster, (sizes.get(cluster) ?? 0) + 1);
  expect(Math.max(...sizes.values())).toBeLessThanOrEqual(30);
});
