import { findLiterals } from "@gpt-agent/ai/rules/literals/find-literals";
import type { Literal, LiteralType } from "@gpt-agent/ai/rules/literals/literal";
import { soundOf } from "./resolution/sound.ts";
import { fold, wordsOf } from "./resolution/words.ts";
import type { Locator, Place } from "./locate.ts";
import type { Contribution } from "./ports.ts";

type Entity = Contribution["entities"][number];

/** What tells who somebody is, and the relation by which it does. */
export const idPredicates: Partial<Record<LiteralType, string>> = {
  identifier: "has_identifier",
  email: "has_email",
  phone: "has_phone",
  url: "has_website",
};
const owners: ReadonlySet<string> = new Set(["person", "organization"]);
/** Mailboxes of a house, not of a person. */
const generic =
  /^(?:info|sales|office|support|mail|hello|contact|hr|admin|help|press|pr|job|jobs|zakaz|order)[\d._-]*@/;

const mostCodePointsBetween = 200;
/** Lines of bank details beneath a name. */
const mostLinesBetween = 8;
const longestLine = 120;
const label = /(?<!\p{L})(?:тел|моб|факс|эл|г|ул|д|стр|корп|оф|пр|пер|tel|ph|no|st)\./giu;
const newSentence = /[.!?…]\s+\p{Lu}/u;
/** "ИНН 7701234567": a line that gives a value and little else. */
const isDetail = (line: string): boolean => line.length <= longestLine && findLiterals(line).length > 0;

export interface Attachment {
  readonly owner: Entity;
  readonly type: LiteralType;
  /** As {@link Literal.key}. */
  readonly key: string;
  readonly place: Place;
  /** From the owner's mention to the value. */
  readonly quote: Place;
}

interface Candidate {
  readonly owner: Entity;
  readonly mention: Place;
}

/**
 * Whose tax number, e-mail address, telephone or site a chunk gives: that of the person or organisation named last before it, in the
 * same sentence or in the lines of details beneath the name. An address with a person's surname in it is that person's.
 */
export const attachValues = (content: string, locator: Locator, entities: Iterable<Entity>): Attachment[] => {
  const values = findLiterals(content).filter(({ type }) => idPredicates[type] !== undefined);
  if (values.length === 0) return [];
  const candidates: Candidate[] = [...entities]
    .filter(({ type }) => owners.has(type))
    .flatMap((owner) => owner.mentions.map((mention) => ({ owner, mention })));
  if (candidates.length === 0) return [];
  const isBeside = (from: number, to: number): boolean => {
    if (to < from || to - from > mostCodePointsBetween) return false;
    const [own = "", ...lines] = locator.slice({ charStart: from, charEnd: to }).split("\n");
    // The value's own line is only begun.
    const between = lines.slice(0, -1);
    return (
      !newSentence.test(own.replaceAll(label, "")) && between.length <= mostLinesBetween && between.every(isDetail)
    );
  };

  return values.flatMap((value): Attachment[] => {
    const place = locator.place(value.start, value.end);
    const near = candidates
      .filter(({ mention }) => isBeside(mention.charEnd, place.charStart))
      .toSorted((a, b) => b.mention.charEnd - a.mention.charEnd);
    const found =
      near.find(({ owner }) => isNamedIn(value, owner)) ?? near.find(({ owner }) => mayOwn(value, owner, near));
    if (!found) return [];
    const quote = { charStart: found.mention.charStart, charEnd: place.charEnd };
    return [{ owner: found.owner, type: value.type, key: value.key, place, quote }];
  });
};

/** "petrov@romashka.ru" is Пётр Петров's, whoever stands nearer. */
const isNamedIn = ({ type, key }: Literal, { type: ownerType, name }: Entity): boolean => {
  if (type !== "email" || ownerType !== "person") return false;
  const local = key.split("@")[0] ?? "";
  const heard = soundOf([local.replaceAll(/[^\p{L}]/gu, "")]) ?? "";
  return wordsOf(fold(name)).some((word) => {
    const sound = word.length > 3 ? soundOf([word]) : undefined;
    return sound !== undefined && heard.includes(sound);
  });
};

const mayOwn = ({ type, key }: Literal, owner: Entity, near: readonly Candidate[]): boolean => {
  const isForOrganization = type === "url" || (type === "email" && generic.test(key));
  if (isForOrganization || (type === "identifier" && !/^(?:inn \d{12}|ogrn \d{15})$/.test(key)))
    return owner.type === "organization" || (type === "url" && near.length === 1);
  return true;
};
