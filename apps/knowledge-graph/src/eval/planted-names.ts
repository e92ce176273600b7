import { type Random, makeRandom } from "./random.ts";

/** A name whose truth is known: equal `gold` is one thing. */
export interface HeldOutName {
  readonly name: string;
  readonly type: "person" | "organization" | "product" | "place";
  readonly gold: string;
}

// Names that no list of the resolver holds, with their declension: nominative, genitive, dative, instrumental.
type Cases = readonly [nominative: string, genitive: string, dative: string, instrumental: string];

const hard = (stem: string): Cases => [stem, `${stem}а`, `${stem}у`, `${stem}ым`];
const men: readonly Cases[] = [
  ["Прохор", "Прохора", "Прохору", "Прохором"],
  ["Лука", "Луки", "Луке", "Лукой"],
  ["Еремей", "Еремея", "Еремею", "Еремеем"],
  ["Гордей", "Гордея", "Гордею", "Гордеем"],
  ["Юлиан", "Юлиана", "Юлиану", "Юлианом"],
  ["Ринат", "Рината", "Ринату", "Ринатом"],
];
const women: readonly Cases[] = [
  ["Пелагея", "Пелагеи", "Пелагее", "Пелагеей"],
  ["Злата", "Златы", "Злате", "Златой"],
  ["Аглая", "Аглаи", "Аглае", "Аглаей"],
  ["Динара", "Динары", "Динаре", "Динарой"],
];
const fathers = ["Прохор", "Лукьян", "Ринат", "Юлиан", "Гордеев", "Еремеев"].map((name) => name.replace(/ев$/, "е"));
const stems =
  "Заболотнов Крутиков Шелестов Вереницын Толмачёв Буравцов Недогонов Курдюмов Ласточкин Переверзев Чумаков Свиньин Тарабрин Хлебников Ягодин Щеглов".split(
    " ",
  );
const trades =
  "Пеленг Сургуч Тумбочка Бригантина Кремень Жаворонок Подсолнух Колибри Гравюра Шестерня Паучок Изумрудница".split(
    " ",
  );
const latinNames = "Quillfeather Brambleton Oxenbury Varnholt Tessaract Nuvola Kestrelware Plimsoll".split(" ");
const forms = ["ООО", "АО", "ПАО", "ТОО", "ЗАО", "ИП"];
const latinForms = [
  "Ltd",
  "GmbH",
  "S.p.A.",
  "Sp. z o.o.",
  "B.V.",
  "Oy",
  "AB",
  "Inc.",
  "LLC",
  "S.A.",
  "Pty Ltd",
  "s.r.o.",
];
const products = "Гиперборея Квазар-Лайт Фотон Лучезар NebulaDesk HoneyBadger TurboVole Паровозик".split(" ");
const towns: readonly (readonly string[])[] = [
  ["Чистополь", "Чистополя", "Чистополе", "Чистополем"],
  ["Кинешма", "Кинешмы", "Кинешме", "Кинешмой"],
  ["Алапаевск", "Алапаевска", "Алапаевске", "алапаевский", "алапаевского"],
  ["Елабуга", "Елабуги", "Елабуге", "елабужский"],
  ["Вышний Волочёк", "Вышнего Волочка", "Вышнем Волочке"],
  ["Бугульма", "Бугульмы", "Бугульме", "бугульминский"],
  ["Тотьма", "Тотьмы", "Тотьме", "Тотьмой"],
];

const feminine = (stem: string): Cases => [`${stem}а`, `${stem}ой`, `${stem}ой`, `${stem}ой`];

const people = function* (random: Random): Generator<HeldOutName> {
  for (const stem of stems) {
    // Homonyms: of every fourth surname there is a brother and a sister, and a surname alone is nobody's.
    const all = random.chance(0.25) ? [true, false] : [random.chance(0.5)];
    for (const isMan of all) {
      const given = random.pick(isMan ? men : women);
      const surname = isMan ? hard(stem) : feminine(stem);
      const father = random.pick(fathers);
      const patronymic = isMan ? `${father}ович`.replace("еович", "еевич") : `${father}овна`.replace("еовна", "еевна");
      const initials = `${given[0].charAt(0)}. ${patronymic.charAt(0)}.`;
      const gold = `${given[0]} ${surname[0]}`;
      const names = [
        `${given[0]} ${surname[0]}`,
        `${surname[0]} ${given[0]} ${patronymic}`,
        ...given.map((form, i) => `${form} ${surname[i]}`),
        `${initials} ${surname[0]}`,
        `${surname[2]} ${initials.replace(" ", "")}`,
        ...(all.length === 1 ? [surname[0], surname[1]] : []),
      ];
      for (const name of new Set(names)) yield { type: "person", name, gold };
    }
  }
};

const organizations = function* (random: Random): Generator<HeldOutName> {
  for (const name of trades) {
    const isFeminine = name.endsWith("а");
    const stem = isFeminine ? name.slice(0, -1) : name.replace(/[ьй]$/, "");
    const oblique = isFeminine ? [`${stem}ой`, `${stem}у`] : name.endsWith("и") ? [name] : [`${stem}а`, `${stem}у`];
    const soft = name.endsWith("ь") ? [`${stem}я`, `${stem}ю`] : oblique;
    const all = [
      name,
      `${random.pick(forms)} «${name}»`,
      `${random.pick(forms)} "${name}"`,
      ...soft.map((one) => `«${one}»`),
      name.toUpperCase(),
    ];
    for (const one of new Set(all)) yield { type: "organization", name: one, gold: name };
    // What must stay apart: a branch, a bank of the same name, a numbered plant.
    yield {
      type: "organization",
      name: `${name} ${random.pick(["Банк", "Логистика", "Казань"])}`,
      gold: `${name} branch`,
    };
    yield { type: "organization", name: `Завод «${name}» № ${1 + random.below(9)}`, gold: `${name} plant` };
  }
  for (const name of latinNames) {
    const all = [name, `${name} ${random.pick(latinForms)}`, `${name}, ${random.pick(latinForms)}`, `The ${name}`];
    for (const one of new Set(all)) yield { type: "organization", name: one, gold: name };
    yield { type: "organization", name: `${name} Capital Partners`, gold: `${name} capital` };
  }
};

const things = function* (random: Random): Generator<HeldOutName> {
  for (const name of products) {
    const version = 2 + random.below(7);
    const all = [name, name.toUpperCase(), `«${name}»`];
    for (const one of new Set(all)) yield { type: "product", name: one, gold: name };
    yield { type: "product", name: `${name} ${version}`, gold: `${name} ${version}` };
    yield { type: "product", name: `${name} ${version + 1}`, gold: `${name} ${version + 1}` };
  }
  for (const [name = "", ...others] of towns) {
    for (const one of [name, `г. ${name}`, ...others]) yield { type: "place", name: one, gold: name };
    // A homonym of another kind.
    yield { type: "organization", name, gold: `company ${name}` };
  }
};

/** People, organisations, products and places under several names, and homonyms beside them; the same for the same seed. */
export const plantNames = (seed: number): HeldOutName[] => {
  const random = makeRandom(seed);
  return [...people(random), ...organizations(random), ...things(random)];
};
