import type { BodyKind } from "../../block.ts";
import { paragraph, phrase, type Tongue } from "./prose.ts";
import type { Random } from "./random.ts";
import { tableText, type Truth } from "./truth.ts";

interface Item {
  readonly depth: number;
  readonly text: string;
}

export type Body =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "list"; readonly ordered: boolean; readonly items: readonly Item[] }
  | { readonly kind: "table"; readonly rows: readonly (readonly string[])[] };

export interface Section {
  readonly heading: string;
  /** 2 or 3: the title has level 1. */
  readonly level: number;
  readonly path: readonly string[];
  readonly body: readonly Body[];
}

/** A document as its author thinks of it; each format writes it in its own way. */
export interface Story {
  readonly tongue: Tongue;
  readonly title: string;
  readonly sections: readonly Section[];
}

export interface StoryOptions {
  readonly tongue: Tongue;
  readonly sections?: readonly [from: number, to: number];
  /** Beside paragraphs. */
  readonly kinds: readonly Exclude<BodyKind, "text">[];
  /** Items of lists lie below others. */
  readonly nested?: boolean;
  /** So many times as long; 1 where it is absent. */
  readonly size?: number | undefined;
}

export const makeStory = (random: Random, options: StoryOptions): Story => {
  const { tongue, sections: [from, to] = [2, 6] } = options;
  const title = `${phrase(random, tongue)} ${random.integer(1, 99)}`;
  const sections: Section[] = [];
  let parent: string | undefined;
  for (let index = 0, count = random.integer(from, to) * (options.size ?? 1); index < count; index += 1) {
    const heading = `${index + 1}. ${phrase(random, tongue)}`;
    const isInner = parent !== undefined && random.chance(0.35);
    sections.push({
      heading,
      level: isInner ? 3 : 2,
      path: isInner && parent !== undefined ? [title, parent, heading] : [title, heading],
      body: makeBody(random, options),
    });
    if (!isInner) parent = heading;
  }
  return { tongue, title, sections };
};

const makeBody = (random: Random, options: StoryOptions): Body[] => {
  const { tongue, kinds } = options;
  const body: Body[] = [{ kind: "text", text: paragraph(random, tongue) }];
  for (let more = random.integer(0, 4); more > 0; more -= 1) {
    const kind = kinds.length > 0 && random.chance(0.5) ? random.pick(kinds) : "text";
    // Two lists that touch are one to any reader.
    if (kind !== "text" && body.at(-1)?.kind !== "text") continue;
    if (kind === "text") body.push({ kind, text: paragraph(random, tongue) });
    else if (kind === "list") body.push(makeList(random, options));
    else if (kind === "code") body.push({ kind, text: codeLines(random) });
    else body.push({ kind, rows: makeRows(random, tongue) });
  }
  return body;
};

const makeList = (random: Random, { tongue, nested }: StoryOptions): Body => {
  const items: Item[] = [];
  for (let count = random.integer(2, 6); count > 0; count -= 1) {
    const depth = nested === true && items.length > 0 && random.chance(0.3) ? 1 : 0;
    items.push({ depth, text: `${phrase(random, tongue)} ${random.integer(1_000, 99_999)}` });
  }
  return { kind: "list", ordered: nested !== true && random.chance(0.4), items };
};

/** A header of words, rows that begin with a word and go on in numbers. */
export const makeRows = (random: Random, tongue: Tongue, rows = random.integer(2, 9)): string[][] => {
  const columns = random.integer(2, 5);
  const header = Array.from({ length: columns }, (_, at) => `${phrase(random, tongue, 1, 2)} ${"ABCDE"[at]}`);
  const body = Array.from({ length: rows }, () =>
    Array.from({ length: columns }, (_, at) =>
      at === 0 ? phrase(random, tongue, 1, 3) : String(random.integer(100, 9_999_999)),
    ),
  );
  return [header, ...body];
};

const codeLines = (random: Random): string =>
  Array.from(
    { length: random.integer(2, 6) },
    (_, at) => `${at > 0 ? "  " : ""}let value${random.integer(1_000, 99_999)} = compute(${at});`,
  ).join("\n");

export const bodyText = (body: Body): string => {
  if (body.kind === "table") return tableText(body.rows);
  if (body.kind !== "list") return body.text;
  return body.items
    .map(({ depth, text }, index) => `${"  ".repeat(depth)}${body.ordered ? `${index + 1}.` : "-"} ${text}`)
    .join("\n");
};

/** What reading it must give, in a format without pages that keeps title and headings. */
export const storyTruth = ({ title, sections }: Story): Truth[] => [
  { kind: "heading", text: title, path: [title] },
  ...sections.flatMap(({ heading, path, body }) => [
    { kind: "heading" as const, text: heading, path },
    ...body.map((each) => ({ kind: each.kind, text: bodyText(each), path })),
  ]),
];
