import {
  byPattern,
  cap,
  caps,
  type Finder,
  led,
  noLetterAfter,
  noLetterBefore,
  quotes,
  spanOf,
  trimmed,
} from "./finder.ts";

const legalForms = "ООО|ОАО|ПАО|ЗАО|НАО|АО|АНО|НКО|ФГУП|ФГБУ|ФГБОУ|ГУП|МУП|ТОО|ГК|НПО|СРО|ИП";
const organizationSuffixes =
  `University|Institute|Bank|Group|Foundation|Agency|Laboratories|Labs|Technologies|Systems|Software|
Solutions|Partners|Ventures|Capital|Logistics|Airlines|Motors|Pharmaceuticals|Hospital|College|Association|Union|Council|
Commission|Holdings|Industries|Energy|Robotics|Analytics|Media|Studios|Consulting|Insurance|Biotech|Ministry`.replaceAll(
    "\n",
    "",
  );

const society = "[Оо]бществ(?:о|а|у|ом|е)";
const jointStock = `[Аа]кционерн(?:ое|ого|ому|ым|ом) ${society}`;
const unabbreviated: readonly (readonly [form: string, abbreviation: string])[] = [
  [`${society} с ограниченной ответственностью`, "ООО"],
  [`[Пп]убличн[а-я]{2,3} ${jointStock}`, "ПАО"],
  [`[Нн]епубличн[а-я]{2,3} ${jointStock}`, "НАО"],
  [`[Зз]акрыт[а-я]{2,3} ${jointStock}`, "ЗАО"],
  [`[Оо]ткрыт[а-я]{2,3} ${jointStock}`, "ОАО"],
  [jointStock, "АО"],
];

/** "Общество с ограниченной ответственностью «Ромашка»", one with "ООО «Ромашка»". */
const unabbreviatedForms: readonly Finder[] = unabbreviated.map(([form, abbreviation]) => {
  const words = form.replaceAll(" ", "[ \\n]+");
  const pattern = new RegExp(
    `${noLetterBefore}${words}[ \\n]*${quotes.open}(?<name>${quotes.inner})${quotes.close}`,
    "dgu",
  );
  return function* (sentence) {
    for (const match of sentence.matchAll(pattern)) {
      const name = `${abbreviation} «${match.groups?.["name"]}»`;
      yield { ...spanOf(match), type: "organization", name, confidence: 0.6 };
    }
  };
});

export const organizations: readonly Finder[] = [
  ...unabbreviatedForms,
  byPattern(
    "organization",
    0.6,
    `${noLetterBefore}(?:(?:${legalForms})[ \\n]){1,2}${quotes.open}${quotes.inner}${quotes.close}`,
  ),
  byPattern("organization", 0.55, `${noLetterBefore}(?:${legalForms}) ${caps(3)}${noLetterAfter}`),
  trimmed(
    byPattern(
      "organization",
      0.6,
      `${noLetterBefore}${cap}(?:[ \\n](?:(?:of|&) )?${cap}){0,4},? (?:Inc|LLC|Ltd|Corp|Corporation|GmbH|AG|PLC|LLP|Limited|Co)${noLetterAfter}\\.?`,
    ),
  ),
  trimmed(
    byPattern(
      "organization",
      0.5,
      `${noLetterBefore}(?:${cap} ){1,4}(?:${organizationSuffixes})${noLetterAfter}(?: of ${caps(2)})?`,
    ),
  ),
  byPattern(
    "organization",
    0.5,
    `${noLetterBefore}(?:University|Bank|Ministry|Institute|Department|Academy) of ${caps(3)}`,
  ),
  byPattern(
    "organization",
    0.5,
    `${noLetterBefore}Министерств[а-яё]{1,3} [а-яё]+(?: и [а-яё]+)?(?: (?:РФ|Российской Федерации|России))?`,
  ),
  byPattern(
    "organization",
    0.5,
    `${noLetterBefore}[А-ЯЁ][а-яё-]+ск(?:ий|ого|ому|им|ом|ая|ой|ую)(?: [а-яё-]+(?:ый|ий|ой|ого|ому|ым|им|ом|ая|ую)){0,3} (?:университет|институт|завод|комбинат|банк|академи|фонд|агентств)[а-яё]*`,
  ),
  ...led(
    "organization",
    "[Кк]омпани|[Фф]ирм|[Кк]орпораци|[Хх]олдинг|[Бб]анк|[Зз]авод|[Фф]абрик|[Кк]омбинат|[Фф]онд|[Аа]гентств|[Ии]нститут|" +
      "[Уу]ниверситет|[Ии]здательств|[Сс]туди|[Кк]онцерн|[Сс]тартап|[Ии]нтегратор|[Пп]редприяти|[Аа]ссоциаци|[Кк]линик|" +
      "[Гг]рупп[а-яё]* компани|[Рр]азработчик|[Пп]роизводител|[Зз]астройщик",
  ),
];
