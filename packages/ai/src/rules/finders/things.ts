import { technologies } from "../gazetteer.ts";
import { byPattern, cap, caps, type Finder, isName, led, noLetterAfter, noLetterBefore, trimmed } from "./finder.ts";

/** Products, services, technologies, events and documents. */
export const things: readonly Finder[] = [
  ...led(
    "product",
    "[Пп]риложени|[Пп]родукт|[Пп]рограмм|[Пп]латформ|[Сс]истем|[Рр]ешени|[Чч]ат-бот|[Сс]мартфон|[Уу]стройств|[Пп]рибор|[Дд]атчик|[Кк]онтроллер|" +
      "[Дд]вигател|[Сс]танок|[Сс]танк|[Нн]асос|[Пп]ринтер|[Пп]ланшет|[Нн]оутбук|[Рр]екуператор|[Бб]ризер|[Уу]влажнител",
  ),
  ...led("service", "[Сс]ервис"),
  ...led("technology", "[Фф]реймворк|[Бб]иблиотек|[Тт]ехнологи"),
  ...led("event", "[Кк]онференци|[Фф]орум|[Вв]ыставк|[Фф]естивал|[Сс]аммит|[Хх]акатон"),
  byPattern(
    "product",
    0.5,
    `(?<=[Tt]he )(?<name>${caps(3)}) (?:app|application|platform|product|software|suite|chatbot|tool)${noLetterAfter}`,
    isName,
  ),
  byPattern("service", 0.5, `(?<=[Tt]he )(?<name>${caps(3)}) service${noLetterAfter}`, isName),
  trimmed(
    byPattern(
      "event",
      0.5,
      `${noLetterBefore}(?:${cap} ){1,4}(?:Conference|Summit|Forum|Expo|Hackathon|Festival|Congress)(?: \\d{4})?${noLetterAfter}`,
    ),
  ),
  byPattern("document", 0.6, `${noLetterBefore}(?:ГОСТ(?: Р)?(?: ИСО)?|ISO(?:/IEC)?|СНиП|RFC) ?\\d[\\d.:–-]*\\d`),
  byPattern(
    "document",
    0.6,
    `${noLetterBefore}Федеральн[а-яё]+ закон[а-яё]*(?: от \\d[\\d.]+\\d(?: г\\.)?)? № ?\\d+(?:-ФЗ)?`,
  ),
  byPattern(
    "document",
    0.55,
    `${noLetterBefore}(?:[Дд]оговор|[Пп]риказ|[Кк]онтракт|[Сс]ч[её]т)[а-яё]{0,3} № ?[\\p{L}\\p{N}][\\p{L}\\p{N}/-]*`,
  ),
  byPattern(
    "document",
    0.55,
    `${noLetterBefore}(?:Contract|Agreement|Order|Invoice) (?:No\\.? ?|# ?)[\\p{L}\\p{N}][\\p{L}\\p{N}/-]*`,
  ),
  byPattern(
    "technology",
    0.5,
    `${noLetterBefore}(?:${technologies.map((name) => name.replace(/[.+]/g, "\\$&")).join("|")})${noLetterAfter}`,
  ),
];
