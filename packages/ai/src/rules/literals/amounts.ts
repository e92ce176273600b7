import { literal, type LiteralFinder } from "./literal.ts";

const currencies: readonly (readonly [code: string, words: string])[] = [
  ["rub", String.raw`руб(?:л(?:ей|я|ь|ями|ям))?\.?|₽|RUB|RUR`],
  ["usd", String.raw`долл(?:ар[а-я]{0,3})?\.?(?: США)?|USD|US\$|\$|dollars?`],
  ["eur", "евро|EUR|€|euros?"],
  ["gbp", "GBP|£|pounds?(?: sterling)?"],
  ["kzt", "тенге|KZT|₸"],
  ["byn", "BYN"],
  ["uah", "грив[а-я]{2,4}|UAH|₴"],
  ["cny", "юан[а-я]{1,3}|CNY|RMB|¥"],
];
const scales: readonly (readonly [factor: number, words: string])[] = [
  [1e3, String.raw`тыс(?:яч[а-я]{0,2})?\.?|thousand|[kK](?![\p{L}])`],
  [1e6, String.raw`млн\.?|миллион[а-я]{0,2}|million|mln|[mM](?![\p{L}])`],
  [1e9, String.raw`млрд\.?|миллиард[а-я]{0,2}|billion|bn`],
  [1e12, String.raw`трлн\.?|триллион[а-я]{0,2}|trillion`],
];
const any = (table: readonly (readonly [unknown, string])[]): string => table.map(([, words]) => words).join("|");
const whole = (words: string): RegExp => new RegExp(`^(?:${words})$`, "iu");
const currencyTable = currencies.map(([code, words]) => [code, whole(words)] as const);
const scaleTable = scales.map(([factor, words]) => [factor, whole(words)] as const);

const number = String.raw`\d{1,3}(?:[ \u00A0]\d{3})+(?:[.,]\d{1,2})?|\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d{1,15}(?:[.,]\d{1,4})?`;
const behind = new RegExp(
  String.raw`(?<![\p{L}\p{N}.,])(?<number>${number})[ \u00A0]?(?<scale>${any(scales)})?[ \u00A0]?(?:\([^()\n]{1,80}\)[ \u00A0]?)?(?<currency>${any(currencies)})(?![\p{L}\p{N}])`,
  "giu",
);
const before = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(?<currency>US\$|\$|€|£|₽|USD|EUR|GBP|RUB)[ \u00A0]?(?<number>${number})(?:[ \u00A0]?(?<scale>${any(scales)}))?(?![\p{L}\p{N}])`,
  "giu",
);

const valueOf = (text: string): number => {
  const bare = text.replaceAll(/[ \u00A0]/g, "");
  // A comma is a thousands' mark before three digits with others before it, else a decimal one.
  return Number(/^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(bare) ? bare.replaceAll(",", "") : bare.replace(",", "."));
};

/** "1 500 000 руб.", "12,5 млн рублей", "$3.2 million". */
export const money: LiteralFinder = function* (text) {
  for (const pattern of [behind, before]) {
    for (const match of text.matchAll(pattern)) {
      const { number: written = "", scale, currency = "" } = match.groups ?? {};
      const code = currencyTable.find(([, words]) => words.test(currency))?.[0];
      const factor = scale === undefined ? 1 : (scaleTable.find(([, words]) => words.test(scale))?.[0] ?? 1);
      const value = valueOf(written) * factor;
      // The full stop of "руб." may end the sentence; it is no part of the amount then or else.
      if (code !== undefined && Number.isFinite(value))
        yield literal("money", match, `${Number(value.toPrecision(15))} ${code}`, match[0].replace(/\.$/, "").length);
    }
  }
};

const months = "янв фев мар апр ма июн июл авг сен окт ноя дек".split(" ");
const englishMonths = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const russianMonth = "январ|феврал|март|апрел|ма[йея]|июн|июл|август|сентябр|октябр|ноябр|декабр";
const englishMonth =
  "January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec";
const year = String.raw`(?<year>(?:1[5-9]|20|21)\d{2})`;
const datePatterns = [
  String.raw`(?<day>\d{1,2})[ \u00A0](?<month>(?:${russianMonth})[а-я]{0,3})[ \u00A0]${year}(?:[ \u00A0]?(?:г\.|года?(?![а-я])))?`,
  String.raw`(?<day>\d{1,2})(?:st|nd|rd|th)?[ \u00A0](?<month>${englishMonth})\.?,?[ \u00A0]${year}`,
  String.raw`(?<month>${englishMonth})\.?[ \u00A0](?<day>\d{1,2})(?:st|nd|rd|th)?,[ \u00A0]?${year}`,
  String.raw`${year}-(?<month>\d{2})-(?<day>\d{2})`,
  String.raw`(?<day>\d{1,2})[./](?<month>\d{1,2})[./]${year}(?:[ \u00A0]?(?:г\.|года?(?![а-я])))?`,
].map((source) => new RegExp(String.raw`(?<![\p{L}\p{N}./-])${source}(?![\p{L}\p{N}]|[./-]\d)`, "giu"));

const monthOf = (written: string): number => {
  if (/^\d+$/.test(written)) return Number(written);
  const lower = written.toLowerCase();
  const place = [months, englishMonths].map((all) => all.findIndex((start) => lower.startsWith(start)));
  return Math.max(...place) + 1;
};

/** "1 мая 2024 г.", "May 1, 2024", "01.05.2024", "2024-05-01": days that exist. */
export const dates: LiteralFinder = function* (text) {
  for (const pattern of datePatterns) {
    for (const match of text.matchAll(pattern)) {
      const { day = "", month = "", year: written = "" } = match.groups ?? {};
      const [d, m] = [Number(day), monthOf(month)];
      const date = new Date(Date.UTC(Number(written), m - 1, d));
      if (date.getUTCMonth() !== m - 1 || date.getUTCDate() !== d) continue;
      yield literal("date", match, date.toISOString().slice(0, 10));
    }
  }
};
