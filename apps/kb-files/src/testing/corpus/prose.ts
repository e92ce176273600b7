import type { Random } from "./random.ts";

export type Tongue = "russian" | "english";

const words: Readonly<Record<Tongue, readonly string[]>> = {
  russian: (
    "договор поставка срок гарантия сторона оплата счёт товар склад приёмка качество возврат претензия уведомление изменение " +
    "приложение порядок расчёт ответственность исполнение заказчик исполнитель объём работа услуга этап отчёт проверка " +
    "согласование оборудование монтаж наладка инструкция измерение температура давление прибор станция журнал запись " +
    "дежурный смена авария ремонт замена деталь чертёж проект смета бюджет налог ставка валюта курс платёж перевод банк " +
    "быстро подробно ежемесячно письменно своевременно полностью заранее обычно новый старый общий особый морской " +
    "северный зимний надёжный следует действует проводится хранится передаётся указывается считается подписывается после " +
    "перед для через между без при над объединённый сверхнормативный электромонтажный водоснабжение жизнедеятельность"
  ).split(" "),
  english: (
    "contract delivery term warranty party payment invoice goods warehouse acceptance quality return claim notice change " +
    "appendix procedure settlement liability performance customer contractor scope work service stage report inspection " +
    "agreement equipment installation commissioning manual measurement temperature pressure instrument station journal " +
    "record operator shift failure repair replacement part drawing project estimate budget tax rate currency transfer " +
    "quickly thoroughly monthly promptly entirely beforehand usually new old common special marine northern winter " +
    "reliable applies remains happens includes requires covers after before for through between without under over " +
    "responsibility characteristics documentation telecommunication straightforward"
  ).split(" "),
};
const asides: Readonly<Record<Tongue, readonly string[]>> = {
  russian: [
    "«Северный ветер»",
    "№ 17",
    "7,5 %",
    "ГОСТ 2.105",
    "АБ-123/4",
    "12 мая 2024 г",
    "100 000 ₽",
    "ёлка — дерево",
  ],
  english: ["“North Wind”", "No. 17", "7.5 %", "ISO 9001", "AB-123/4", "12 May 2024", "€100,000", "naïve café"],
};

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A few words: a heading, a cell, an item. No sign at its end. */
export const phrase = (random: Random, tongue: Tongue, from = 2, to = 5): string =>
  capital(Array.from({ length: random.integer(from, to) }, () => random.pick(words[tongue])).join(" "));

const sentence = (random: Random, tongue: Tongue): string => {
  const parts = Array.from({ length: random.integer(6, 16) }, () => random.pick(words[tongue]));
  if (random.chance(0.3)) parts.splice(random.integer(1, parts.length - 1), 0, random.pick(asides[tongue]));
  if (random.chance(0.4)) parts.splice(2, 1, `${parts[2]},`);
  // A number of its own: no two sentences are alike, so that a passage is found once.
  return `${capital(parts.join(" "))} ${random.integer(100_000, 9_999_999)}.`;
};

export const paragraph = (random: Random, tongue: Tongue, from = 1, to = 6): string =>
  Array.from({ length: random.integer(from, to) }, () => sentence(random, tongue)).join(" ");
