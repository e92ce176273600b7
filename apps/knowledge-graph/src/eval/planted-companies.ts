import { makeRandom } from "./random.ts";

/** A company name whose truth is known: equal `gold` is one company. */
export interface PlantedName {
  readonly name: string;
  readonly type: "organization";
  readonly gold: string;
}

const russianNouns =
  `Альфа Вектор Горизонт Гранит Дельта Зенит Импульс Искра Кедр Компас Континент Кристалл Лидер Магистраль Маяк Меридиан Метеор Монолит
   Норд Оазис Олимп Орион Парус Планета Полюс Прогресс Радуга Ресурс Родник Ромашка Рубин Сапфир Сатурн Сириус Сокол Союз Спектр Старт Стимул Стрела
   Темп Титан Триумф Факел Феникс Флагман Форум Фрегат Центр Циклон Чайка Эверест Эталон Юпитер Янтарь Амур Байкал Волга Енисей Урал`.split(
    /\s+/,
  );
const russianTrades =
  `Агро Авто Банк Газ Инвест Консалтинг Лизинг Логистика Маркет Медиа Мебель Нефть Пласт Проект Ремонт Сервис Снаб Софт Спорт Сталь Строй Телеком Техника
   Торг Транс Трейд Тур Фарм Финанс Хим Холод Экспо Электро Энерго`.split(/\s+/);
const russianAdjectives =
  `Северный Южный Восточный Западный Первый Новый Большой Малый Городской Областной Речной Морской Горный Лесной Народный Единый Главный Центральный`.split(
    /\s+/,
  );
const longFirst =
  "Научно-производственное Производственное Торговое Строительное Транспортное Промышленное Инвестиционное Сельскохозяйственное".split(
    " ",
  );
const longSecond = "объединение предприятие товарищество управление агентство хозяйство общество бюро".split(" ");
const longThird =
  `цветных металлов; точных приборов; северных территорий; речного флота; дорожных машин; лесных материалов; полимерных изделий;
   городских сетей; бытовой техники; морских перевозок; пищевых добавок; тепловых систем; горных разработок; оптовой торговли`
    .split(";")
    .map((words) => words.trim());
const englishFirst =
  `Acme Apex Atlas Aurora Beacon Bluebird Boreal Bright Cascade Cedar Cobalt Copper Crimson Crystal Delta Eagle Ember Evergreen Falcon Frontier Galaxy Golden
   Granite Harbor Horizon Iron Ivory Juniper Keystone Lakeside Liberty Lighthouse Lunar Maple Meridian Midland Nimbus Northern Oak Orchid Pacific Phoenix
   Pinnacle Pioneer Quantum Redwood Regal River Sapphire Sequoia Silver Solar Summit Sterling Titan Union Valley Vertex Willow Zenith`.split(
    /\s+/,
  );
const englishSecond =
  `Analytics Aviation Bank Biotech Capital Chemicals Consulting Dynamics Energy Engineering Foods Foundry Freight Healthcare Industries Instruments
   Insurance Labs Logistics Marine Materials Media Mining Motors Networks Optics Partners Pharma Plastics Power Robotics Semiconductors Software Solutions Steel
   Systems Telecom Textiles Timber Tools Trading Ventures`.split(/\s+/);
const russianCities = "Москва Казань Самара Омск Пермь Тула Уфа Тверь Томск Рязань".split(" ");
const englishCities = "Boston Denver Austin Leeds Dublin Oslo Turin Lyon".split(" ");

const latin: Readonly<Record<string, string>> = Object.fromEntries(
  "а a б b в v г g д d е e ё yo ж zh з z и i й y к k л l м m н n о o п p р r с s т t у u ф f х kh ц ts ч ch ш sh щ shch ъ _ ы y ь _ э e ю yu я ya"
    .split(" ")
    .flatMap((letter, i, all) => (i % 2 === 0 ? [[letter, all[i + 1] === "_" ? "" : (all[i + 1] ?? "")]] : [])),
);
const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const inLatin = (name: string): string =>
  name
    .split(" ")
    .map((word) => capitalised(Array.from(word.toLowerCase(), (letter) => latin[letter] ?? letter).join("")))
    .join(" ");

/**
 * Names of companies as documents write them, with planted truth: legal forms of several countries, quotation marks, acronyms,
 * slips of the keyboard, the other alphabet; and beside them what must stay apart: subsidiaries, branches by city, plants by
 * number, names that differ by a letter, and different companies with the same initials.
 */
export const plantCompanies = (count: number, seed: number): PlantedName[] => {
  const { next: random, pick, chance } = makeRandom(seed);

  const makeBase = (): { readonly name: string; readonly isRussian: boolean } => {
    const shape = random();
    if (shape < 0.2) return { name: `${pick(russianNouns)} ${pick(russianTrades)}`, isRussian: true };
    if (shape < 0.3) return { name: `${pick(russianNouns)}${pick(russianTrades).toLowerCase()}`, isRussian: true };
    if (shape < 0.4) return { name: `${pick(russianAdjectives)} ${pick(russianNouns).toLowerCase()}`, isRussian: true };
    if (shape < 0.55) {
      return { name: `${pick(longFirst)} ${pick(longSecond)} ${pick(longThird)}`, isRussian: true };
    }
    if (shape < 0.75) return { name: `${pick(englishFirst)} ${pick(englishSecond)}`, isRussian: false };
    if (shape < 0.9)
      return { name: `${pick(englishFirst)} ${pick(englishFirst)} ${pick(englishSecond)}`, isRussian: false };
    return { name: `${pick(russianNouns)}-${pick(russianTrades)} ${pick(russianNouns)}`, isRussian: true };
  };

  const slip = (name: string): string => {
    const at = 2 + Math.floor(random() * Math.max(1, name.length - 3));
    const letter = name[at];
    if (letter === undefined || !/\p{L}/u.test(letter)) return name;
    if (chance(0.4)) return name.slice(0, at) + name.slice(at + 1);
    if (chance(0.5)) return name.slice(0, at) + letter + name.slice(at);
    return name.slice(0, at - 1) + letter + (name[at - 1] ?? "") + name.slice(at + 1);
  };

  const variants = (name: string, isRussian: boolean): string[] => {
    const forms = isRussian
      ? ["ООО", "АО", "ПАО", "ЗАО", "ТОО"]
      : ["Inc", "Inc.", "LLC", "Ltd", "Corp.", "GmbH", "PLC"];
    const all = [name];
    if (chance(0.8)) all.push(isRussian ? `${pick(forms)} «${name}»` : `${name} ${pick(forms)}`);
    if (chance(0.4)) all.push(isRussian ? `${pick(forms)} "${name}"` : `${name}, ${pick(forms)}`);
    if (chance(0.3)) all.push(name.toUpperCase());
    if (chance(0.25)) all.push(slip(name));
    if (isRussian && chance(0.25)) all.push(inLatin(name));
    const words = name.split(/[ -]/);
    if (words.length >= 3 && chance(0.3)) {
      const acronym = words.map((word) => word.charAt(0).toUpperCase()).join("");
      all.push(chance(0.5) ? acronym : `${name} (${acronym})`);
    }
    return all;
  };

  const apart = (name: string, isRussian: boolean): string => {
    const kind = random();
    if (kind < 0.4) return `${name} ${isRussian ? pick(russianTrades) : pick(englishSecond)}`;
    if (kind < 0.7) return `${name} ${isRussian ? pick(russianCities) : pick(englishCities)}`;
    return `${name} ${isRussian ? "№ " : ""}${1 + Math.floor(random() * 9)}`;
  };

  const names: PlantedName[] = [];
  const truths = new Map<string, string>();
  const plant = (base: string, isRussian: boolean): void => {
    // One company per name: two of the same name nobody could tell apart by it.
    if (truths.has(base)) return;
    const gold = `company-${truths.size}`;
    truths.set(base, gold);
    for (const name of new Set(variants(base, isRussian))) names.push({ name, type: "organization", gold });
  };
  while (names.length < count) {
    const { name, isRussian } = makeBase();
    plant(name, isRussian);
    if (chance(0.25)) plant(apart(name, isRussian), isRussian);
  }
  return names.slice(0, count);
};
