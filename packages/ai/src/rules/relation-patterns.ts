import type { EntityType } from "./mention.ts";

/**
 * One way to state a relation. In `text`, `{source:person}` is a mention of that type (several with `|`) or of unknown
 * type, `{target+:place}` one or more joined by commas and "and", `~` a few words of the same clause without another
 * mention, `…` whatever a contract puts between a party and "represented by", a space any white space. Cyrillic is matched with ё as е.
 */
export interface RelationPattern {
  readonly predicate: string;
  readonly text: string;
}

export type SlotTypes = readonly EntityType[];

const to = (predicate: string, ...texts: readonly string[]): RelationPattern[] =>
  texts.map((text) => ({ predicate, text }));

const ceo = "(?:CEO|chief executive(?: officer)?|managing director|general director)";
const head = "(?:head|president|chairman|chairwoman|chair|director|founding director)";
const job =
  "(?:[\\w-]+ ){0,3}(?:engineer|manager|developer|designer|analyst|consultant|researcher|scientist|architect|lawyer|accountant|professor|CTO|CFO|COO|officer)";
const be = "(?:is|was|are|were|has been|have been)";
const dash = "(?: ?[,—–-])?";

const english: readonly RelationPattern[] = [
  ...to(
    "ceo_of",
    `{source:person},? (?:(?:is|was appointed|became|serves as|as) )?(?:the )?${ceo} (?:of|at) (?:the )?{target:organization}`,
    `{target:organization}(?:['’]s)? ${ceo},? {source:person}`,
    `${ceo} of (?:the )?{target:organization},? {source:person}`,
    `{target:organization}… represented by (?:its |the )?${ceo},? {source:person}`,
  ),
  ...to(
    "leads",
    `{source:person},? (?:(?:is|was appointed|became|serves as|as) )?(?:the )?${head} of (?:the )?{target:organization}`,
    `{source:person} (?:leads|heads|runs) (?:the )?{target:organization|product|process}`,
    `{target:organization} ${be} (?:led|headed|run) by {source:person}`,
    `{target:organization}… represented by (?:its |the )?${head},? {source:person}`,
  ),
  ...to(
    "works_at",
    `{source:person} (?:works|is working|has worked|is employed)~ (?:at|for|by) (?:the )?{target:organization}`,
    `{source:person} joined (?:the )?{target:organization}`,
    `{source:person},? (?:is |was appointed )?(?:an? |the )?${job} (?:at|of|for) (?:the )?{target:organization}`,
  ),
  ...to(
    "founded_by",
    `{target+:person} (?:founded|co-founded|established)~ (?:the )?{source:organization}`,
    `{source:organization},? (?:${be} )?(?:founded|co-founded|established)~ by {target+:person}`,
    `{target:person},? (?:is |was )?(?:an? |the )?(?:co-)?founder(?: and CEO)? of (?:the )?{source:organization}`,
    `{source:organization}(?:['’]s)? (?:co-)?founder,? {target:person}`,
  ),
  ...to(
    "located_in",
    `{source:organization|event},? (?:${be} )?(?:currently )?(?:based|headquartered|located|situated|registered) (?:in|at) (?:the (?:city|town) of )?{target:place}`,
    `{target:place}-based {source:organization}`,
    `headquarters of (?:the )?{source:organization} (?:is|are)~ in {target:place}`,
    `{source:organization} (?:has|opened|operates|runs)~ (?:offices?|plants?|factory|factories|branch|branches|warehouses?|laborator(?:y|ies)) in {target+:place}`,
    `{source:event} (?:takes|took|will take) place in {target:place}`,
  ),
  ...to(
    "acquired",
    `{source:organization} (?:has )?(?:acquired|bought|purchased|took over) (?:the )?{target+:organization|product}`,
    `{target:organization|product},? (?:${be} )?(?:acquired|bought|purchased)~ by (?:the )?{source:organization}`,
    `{source:organization}['’]s acquisition of {target:organization}`,
  ),
  ...to(
    "owns",
    `{source:organization|person} owns~ {target:organization|product}`,
    `{target:organization|product} is~ owned by {source:organization|person}`,
  ),
  ...to(
    "part_of",
    `{source:organization},? (?:is )?(?:an? |the )?(?:part|division|unit|member|subsidiary|wholly owned subsidiary|department) of (?:the )?{target:organization}`,
    `{source:product|feature|service} is part of (?:the )?{target:product|service}`,
  ),
  ...to(
    "partner_of",
    `{source:organization} (?:has )?partnered with (?:the )?{target+:organization}`,
    `{source:organization} signed~ (?:agreement|contract|memorandum)~ with (?:the )?{target:organization}`,
    `partnership between (?:the )?{source:organization} and (?:the )?{target:organization}`,
    `{source:organization} and (?:the )?{target:organization} (?:are partners|signed|announced a partnership)`,
  ),
  ...to(
    "uses",
    `{source:organization|product|service} (?:uses|adopted|relies on|runs on|is built on|is built with|is powered by|is based on|migrated to)~ {target+:technology|product|service}`,
  ),
  ...to(
    "produces",
    `{source:organization} (?:produces|manufactures|makes|develops|developed|released|launched|offers|created)~ {target+:product|service|technology}`,
    `{target:product|service|technology},? (?:${be} )?(?:developed|produced|manufactured|made|created|released|launched)~ by {source:organization}`,
  ),
  ...to("integrates_with", `{source:product|service} integrates with {target+:product|service|technology}`),
  ...to("invested_in", `{source:organization|person} (?:has )?invested~ in {target:organization}`),
  ...to("born_in", `{source:person} was born~ in {target:place}`),
  ...to("studied_at", `{source:person} (?:graduated from|studied~ at) (?:the )?{target:organization}`),
];

const ruCeo = "генеральн[а-я]+ директор[а-я]*";
const ruHead = "(?:директор|президент|руководител|глав|председател|заведующ|начальник)[а-я]*";
const ruJob =
  "(?:[а-я-]+ ){0,2}(?:инженер|менеджер|разработчик|программист|аналитик|бухгалтер|юрист|консультант|архитектор|дизайнер|специалист|сотрудни|" +
  "(?:техническ|финансов|коммерческ|исполнительн|операционн)[а-я]{2,3} директор)[а-я]*";
const was = "(?:был[аио]? )?";

const russian: readonly RelationPattern[] = [
  ...to(
    "ceo_of",
    `{source:person}${dash} (?:является |стал[а]? |назначен[а]? )?${ruCeo} {target:organization}`,
    `${ruCeo} {target:organization}${dash} {source:person}`,
    `{target:organization}… в лице ${ruCeo},? {source:person}`,
  ),
  ...to(
    "leads",
    `{source:person} (?:возглавляет|возглавил[а]?|руководит) {target:organization}`,
    `{target:organization} (?:возглавляет|возглавил[а]?|руководит) {source:person}`,
    `{source:person}${dash} (?:является |стал[а]? |назначен[а]? )?${ruHead} {target:organization}`,
    `(?<!генеральн[а-я]{2,3} )${ruHead} {target:organization}${dash} {source:person}`,
    `{target:organization}… в лице ${ruHead}(?: правления)?,? {source:person}`,
  ),
  ...to(
    "works_at",
    `{source:person} (?:работает|трудится)~ (?:в|на) {target:organization}`,
    `{source:person} (?:устроил(?:ся|ась)|переш(?:ел|ла)|присоединил(?:ся|ась))~ (?:в|к) {target:organization}`,
    `{source:person}${dash} (?:является )?${ruJob} {target:organization}`,
    `${ruJob} {target:organization} {source:person}`,
  ),
  ...to(
    "founded_by",
    `{target+:person} (?:основал|учредил|создал)[аи]? {source:organization}`,
    `{source:organization} (?:основал|учредил|создал)[аи]? {target+:person}`,
    `{source:organization},? ${was}(?:основан|учрежден|создан)[аоы]?~ {target+:person}`,
    `основател[а-я]* {source:organization}(?: является| стал[аи]?)?${dash} {target+:person}`,
    `{target:person}${dash} (?:является )?(?:со)?основател[а-я]* {source:organization}`,
  ),
  ...to(
    "located_in",
    `{source:organization|event}~ (?:находится|расположен[аоы]?|базируется|размещается|зарегистрирован[аоы]?)~ (?:в|на) {target:place}`,
    `штаб-квартира {source:organization}~ в {target:place}`,
    `офис[а-я]* {source:organization}~ в {target+:place}`,
    `{source:organization} (?:открыл[аио]?|имеет)~ (?:офис|филиал|завод|склад|представительств)[а-я]* в {target+:place}`,
    `{source:event} (?:пройдет|прошл[аио]?|прошел|состоится|состоял(?:ся|ась|ось)|проходит)~ в {target:place}`,
  ),
  ...to(
    "acquired",
    `{source:organization} (?:приобрел|купил|поглотил|выкупил)[аио]?~ {target+:organization|product}`,
    `{target:organization|product},? ${was}(?:приобретен|куплен|поглощен|выкуплен)[аоы]?~ {source:organization}`,
  ),
  ...to(
    "owns",
    `{source:organization|person} владеет~ {target:organization|product}`,
    `{target:organization|product} принадлежит~ {source:organization|person}`,
  ),
  ...to(
    "part_of",
    `{source:organization} входит в~ {target:organization}`,
    `{source:organization}${dash} (?:является )?(?:част(?:ь|ью)|дочерн[а-я]+ компани[а-я]+|подразделени[а-я]+|филиал[а-я]*) {target:organization}`,
  ),
  ...to(
    "partner_of",
    `{source:organization} (?:заключил|подписал)[аио]?~ (?:договор|соглашение|контракт|меморандум)~ с {target+:organization}`,
    `{source:organization} сотрудничает~ с {target+:organization}`,
    `{source:organization} и {target:organization} (?:заключили|подписали|сотрудничают|объявили о партнерстве)`,
  ),
  ...to(
    "uses",
    `{source:organization|product|service} (?:использует|применяет|внедрил[аио]?|работает на|построен[аоы]? на|переш(?:ел|ла|ло|ли) на)~ {target+:technology|product|service}`,
  ),
  ...to(
    "produces",
    `{source:organization} (?:выпускает|производит|разрабатывает|разработал[аио]?|выпустил[аио]?|создал[аио]?|представил[аио]?|запустил[аио]?)~ {target+:product|service|technology}`,
    `{target:product|service|technology},? ${was}(?:разработан|создан|выпущен|произведен)[аоы]?~ {source:organization}`,
  ),
  ...to("integrates_with", `{source:product|service} интегрирован[аоы]? с {target+:product|service|technology}`),
  ...to("invested_in", `{source:organization|person} (?:инвестировал|вложил)[аио]?~ в {target:organization}`),
  ...to("born_in", `{source:person} родил(?:ся|ась)~ в {target:place}`),
  ...to("studied_at", `{source:person} (?:окончил[а]?|учил(?:ся|ась) в) {target:organization}`),
];

export const relationPatterns: readonly RelationPattern[] = [...english, ...russian];
