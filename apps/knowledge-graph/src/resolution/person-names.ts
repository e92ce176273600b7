import { declensionsOf } from "@gpt-agent/ai/names/declension";
import { givenName } from "@gpt-agent/ai/rules/person-names";
import type { NameFacts, ShortForm } from "./name-facts.ts";
import { soundFacts } from "./sound.ts";
import { fold, stemOf } from "./words.ts";

const titles = new Set(
  `president king queen prince princess sir lord lady dame dr doctor prof professor mr mrs ms miss the saint general captain judge senator
   президент президента король королева князь княгиня царь император святой святая доктор профессор академик генерал полковник
   майор капитан судья сенатор депутат министр господин госпожа г-н г-жа товарищ граф барон папа`.split(/\s+/),
);
const generations = /^(?:jr|sr|ii|iii|iv|junior|senior|(?:младш|старш)(?:ий|его|ему|им|ем))$/u;
const patronymic = /(?:ович|евич|ьич|ичн|овн|евн)(?:а|у|ем|ом|е|ы|ой|ою)?$/u;

// Short forms of given names, by the full one. Those that belong to several names ("Саша" is a man or a woman) point at one.
const fullGivenNames: ReadonlyMap<string, string> = new Map(
  `william bill will billy liam, robert bob rob bobby, richard dick rick, james jim jimmy jamie, john jack johnny, joseph joe joey, michael mike mick,
   thomas tom tommy, edward ed eddie ted, charles charlie chuck, elizabeth liz beth betty eliza, margaret maggie meg peggy, katherine kate kathy,
   catherine cathy, anthony tony, daniel dan danny, samuel sam, benjamin ben, christopher chris, nicholas nick, andrew andy drew, matthew matt,
   gregory greg, stephen steve, steven steve, timothy tim, jeffrey jeff, kenneth ken, ronald ron, donald don, david dave, patrick pat, lawrence larry,
   александр саша шура, алексей алеша леша, анастасия настя, анатолий толя, андрей андрюша, борис боря, валентина валя, валерий валера,
   василий вася, виктор витя, владимир володя вова, владислав влад, вячеслав слава, галина галя, геннадий гена, георгий гоша жора, григорий гриша, дмитрий дима митя,
   евгений женя, екатерина катя, елена лена, елизавета лиза, иван ваня, ирина ира, константин костя, ксения ксюша, людмила люда мила, максим макс,
   мария маша, михаил миша, надежда надя, наталья наташа наталия, николай коля, ольга оля, павел паша, петр петя, роман рома, светлана света, сергей сережа,
   станислав стас, степан степа, татьяна таня, федор федя, юлия юля, юрий юра, яков яша,
   уильям билл, роберт боб бобби, джозеф джо, джеймс джим джимми, томас том, майкл майк, стивен стив, энтони тони, дэниел дэн, бенджамин бен, эдвард тед`
    .split(/,\s*/)
    .flatMap((line) => {
      const [full = "", ...short] = line.trim().split(/\s+/);
      return short.flatMap((name) => declensionsOf(name).map((form) => [form, fold(givenName(full) ?? full)] as const));
    }),
);

// A known name keeps its ending: the stem of "Виктория" is that of "Виктор".
const givenStem = (word: string): string => {
  const known = givenName(word);
  const full = fullGivenNames.get(word) ?? (known === undefined ? undefined : fold(known));
  return full === undefined ? plain(stemOf(word)) : plain(full);
};

/** Foreign names are written with э or е, with one letter or two. */
const plain = (stem: string): string => stem.replaceAll("э", "е").replaceAll(/(.)\1/gu, "$1");

interface PersonName {
  /** Stems; several words of a foreign name stay in their order. */
  readonly given: string | undefined;
  readonly surname: string | undefined;
  /** Between them: second names, their initials, a patronymic. */
  readonly middle: readonly string[];
  readonly suffix: string;
}

/** What the words of a name are. */
export const personParts = (name: string): PersonName => {
  const folded = fold(
    name
      .replaceAll(".", ". ")
      .replaceAll(/-(?=(?:младш|старш)\p{L}+)/giu, " ")
      .replaceAll(/[("«„“][^)"»”]*[)"»”]/gu, " "),
  );
  const words = folded.match(/\p{L}[\p{L}\p{M}]*(?:['-]\p{L}+)*/gu) ?? [];
  const suffix = words
    .filter((word) => generations.test(word))
    .map(stemOf)
    .join(" ");
  const bare = words.filter((word) => !generations.test(word) && !titles.has(word));
  const kept = bare.length > 0 ? bare : words;
  // "Петров Иван", "Петров Иван Ильич", "Петров И. И.": the surname comes first.
  const surnameFirst =
    kept.length > 1 &&
    kept[0] !== undefined &&
    kept[0].length > 1 &&
    (kept.at(-1)?.length === 1 ||
      (kept.length === 3 && patronymic.test(kept[2] ?? "")) ||
      (kept.length === 2 && givenName(kept[0]) === undefined && givenName(kept[1] ?? "") !== undefined));
  const ordered = surnameFirst ? [...kept.slice(1), ...kept.slice(0, 1)] : kept;
  if (ordered.length === 1) return { given: undefined, surname: plain(stemOf(ordered[0] ?? "")), middle: [], suffix };
  // "Елизавета Петровна": no surname is said.
  const last = ordered.at(-1) ?? "";
  const unsaid = ordered.length === 2 && patronymic.test(last) && givenName(ordered[0] ?? "") !== undefined;
  return {
    given: givenStem(ordered[0] ?? ""),
    middle: ordered.slice(1, unsaid ? undefined : -1).map(stemOf),
    surname: unsaid ? undefined : plain(stemOf(last)),
    suffix,
  };
};

/**
 * A person is given name and surname; what stands between them, and whether the given name is spelled out, may vary. A
 * surname alone is the one person who has it, an initial with a surname the one whom it fits. A given name alone says nothing.
 */
export const personFacts = (name: string): NameFacts => {
  const { given, middle, surname, suffix } = personParts(name);
  const key = [given, ...middle, surname, suffix].filter(Boolean).join(" ");
  if (given === undefined || surname === undefined) {
    const alone = givenName(fold(name)) ?? fullGivenNames.get(surname ?? "");
    const asks = surname !== undefined && alone === undefined;
    const shortFor: ShortForm[] = [];
    if (asks) shortFor.push({ key: `surname ${surname}`, unless: `first ${surname}`, level: "surname" });
    if (given !== undefined && middle.length > 0)
      shortFor.push({ key: `patronymic ${given} ${middle.join(" ")}`, level: "given" });
    return { keys: [alone === undefined ? key : plain(fold(alone))], shortFor, offers: [] };
  }
  const initials = middle.map((word) => word[0]).join(" ");
  const isSpelledOut = given.length > 1;
  const shortFor: ShortForm[] = [];
  const offers = [`surname ${surname}`, `initial ${given[0]} ${surname}`];
  if (middle.length > 0) offers.push(`initials ${given[0]} ${initials} ${surname}`);
  if (isSpelledOut) {
    offers.push(`first ${given}`);
    if (middle.length > 0) {
      offers.push(`given ${given} ${surname}`, `middle ${given} ${initials} ${surname}`);
      offers.push(`patronymic ${given} ${middle.join(" ")}`);
    }
    if (middle.some((word) => word.length === 1))
      shortFor.push({ key: `middle ${given} ${initials} ${surname}`, level: "middle" });
    const sound = soundFacts([given, surname]);
    shortFor.push(...sound.asks.map((asked) => ({ key: asked, level: "sound" as const })));
    offers.push(...sound.offers);
    if (middle.length === 0) shortFor.push({ key: `given ${given} ${surname}`, level: "given" });
    return { keys: [key], shortFor, offers };
  }
  if (middle.length > 0) shortFor.push({ key: `initials ${given} ${initials} ${surname}`, level: "initial" });
  shortFor.push({ key: `initial ${given} ${surname}`, level: "initial" });
  return { keys: [key], shortFor, offers: [] };
};
