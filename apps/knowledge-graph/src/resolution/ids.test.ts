import { expect, test } from "vitest";
import { splitIds } from "./ids.ts";
import { type NamedThing, resolveNames } from "./resolve.ts";

const organization = (name: string, ...ids: string[]): NamedThing => ({ type: "organization", name, ids });
const person = (name: string, ...ids: string[]): NamedThing => ({ type: "person", name, ids });
const inn = (digits: string): string => `identifier inn ${digits}`;

test.each<[string, NamedThing[], number[]]>([
  [
    "one number is one thing",
    [organization("Ромашка", inn("7701234567")), organization("Торговый дом Весна", inn("7701234567"))],
    [0, 0],
  ],
  [
    "two numbers are two things of one name",
    [organization("Ромашка", inn("7701234567")), organization("ООО «Ромашка»", inn("7707654321"))],
    [0, 1],
  ],
  [
    "who has no number is none of several",
    [
      organization("Ромашка", inn("7701234567")),
      organization("Ромашка"),
      organization("Ромашкой", inn("7707654321")),
      organization("АО Ромашка"),
    ],
    [0, 1, 2, 1],
  ],
  [
    "who has no number is the only one that has",
    [organization("Ромашка", inn("7701234567")), organization("ООО «Ромашка»")],
    [0, 0],
  ],
  [
    "numbers of two registers do not quarrel",
    [organization("Ромашка", inn("7701234567")), organization("Ромашка", "identifier ogrn 1027700000000")],
    [0, 0],
  ],
  [
    "two numbers of one register say nothing",
    [organization("Ромашка", inn("7701234567"), inn("7707654321")), organization("Ромашка", inn("7711111111"))],
    [0, 0],
  ],
  [
    "an address joins like names",
    [person("Иван Петров", "email p@a.ru"), person("Петров И.", "email p@a.ru"), person("Анна Петрова")],
    [0, 0, 1],
  ],
  [
    "an address does not join unlike ones",
    [person("Иван Петров", "phone +74951234567"), person("Анна Орлова", "phone +74951234567")],
    [0, 1],
  ],
  [
    "a site does not join a branch",
    [organization("Ромашка", "url romashka.ru"), organization("Ромашка Банк", "url romashka.ru")],
    [0, 1],
  ],
  [
    "initials of the same site",
    [
      organization("Городские тепловые сети", "url gts.ru"),
      organization("Горные транспортные системы"),
      organization("ГТС", "url gts.ru"),
    ],
    [0, 1, 0],
  ],
  [
    "numbers stand in names, too",
    [
      organization("ООО «Ромашка» (ИНН 7701234567)"),
      organization("Ромашка, ИНН 7707654321"),
      organization("Весна ИНН: 7701234567"),
    ],
    [0, 1, 0],
  ],
  [
    "values are what they say",
    [
      { type: "email", name: "a@b.ru" },
      { type: "email", name: "A@B.ru" },
      { type: "email", name: "aa@b.ru" },
    ],
    [0, 0, 1],
  ],
  [
    "one telephone, written twice",
    [
      { type: "phone", name: "+7 495 123-45-67" },
      { type: "phone", name: "8 (495) 123 45 67" },
    ],
    [0, 0],
  ],
])("%s", (_, things, clusters) => {
  expect(resolveNames(things)).toEqual(clusters);
  const turned = resolveNames(things.toReversed()).toReversed();
  for (const [i, cluster] of clusters.entries()) {
    for (const [j, other] of clusters.entries()) expect(turned[i] === turned[j]).toBe(cluster === other);
  }
});

test("a person's word goes before numbers", () => {
  const things = [organization("Ромашка", inn("7701234567")), organization("Весна", inn("7701234567"))];
  expect(resolveNames(things, [{ first: 0, second: 1, verdict: "apart" }])).toEqual([0, 1]);
});

test.each([
  ["ООО «Ромашка» (ИНН 7701234567)", "ООО «Ромашка»"],
  ["Иван Петров <petrov@a.ru>", "Иван Петров"],
  ["Booking.com", "Booking.com"],
  ["a@b.ru", "a@b.ru"],
  ["Завод № 5", "Завод № 5"],
])("%s is called %s", (name, bare) => {
  expect(splitIds(name).name).toBe(bare);
});
