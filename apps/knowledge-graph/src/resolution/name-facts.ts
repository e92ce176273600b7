import { literalTypes } from "@gpt-agent/ai/rules/literals/literal";

/** What a name alone says. Keys are compared within one kind of thing. */
export interface NameFacts {
  /** Equal keys of one kind are one thing without a further look. */
  readonly keys: readonly string[];
  /** A short or looser form of a name: one thing with the only cluster that offers the key; the first that anybody offers counts. */
  readonly shortFor: readonly ShortForm[];
  /** The short forms by which others may call this one. */
  readonly offers: readonly string[];
  /** As it is written, for slips of the keyboard; absent where they are too easily another name: people, places. */
  readonly spelling?: string;
}

export interface ShortForm {
  readonly key: string;
  /** Whoever offers this makes the short form doubtful: "Джон" may be a surname, and somebody's given name. */
  readonly unless?: string;
  readonly level: Level;
}

/** The surer a short form says what it stands for, the earlier it is looked up: later ones then meet whole clusters. */
export const levels = ["derived", "middle", "given", "sound", "initial", "surname", "acronym"] as const;
export type Level = (typeof levels)[number];

/** What kind of thing a type is, for its names: several type names mean the same. */
export type NameKind = "person" | "organization" | "place" | "event" | "value" | "other";

const kinds: Readonly<Record<string, NameKind>> = {
  person: "person",
  people: "person",
  organization: "organization",
  organisation: "organization",
  org: "organization",
  company: "organization",
  place: "place",
  location: "place",
  event: "event",
  ...Object.fromEntries(literalTypes.map((type) => [type, "value"])),
};

export const kindOf = (type: string): NameKind => kinds[type.toLowerCase()] ?? "other";
