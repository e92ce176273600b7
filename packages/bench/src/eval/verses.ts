import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { makeRandom } from "../cases/search/corpus.ts";

/** 6,236 verses in Russian and English, told apart by the same numbers: CC BY 4.0, hence fetched and not kept here. */
const packed = "quran-json@3.1.2";

export interface Verse {
  /** Chapter and verse: the same in both languages. */
  readonly id: string;
  readonly russian: string;
  readonly english: string;
}

const chapters = z.array(
  z.object({ id: z.int(), verses: z.array(z.object({ id: z.int(), translation: z.string() })) }),
);

const readVerses = async (folder: string): Promise<Verse[]> => {
  const read = async (language: string) =>
    chapters
      .parse(JSON.parse(await readFile(join(folder, "dist", `quran_${language}.json`), "utf8")))
      .flatMap(({ id, verses }) => verses.map((verse) => ({ id: `${id}:${verse.id}`, text: verse.translation })));
  const [russian, english] = await Promise.all([read("ru"), read("en")]);
  const inEnglish = new Map(english.map(({ id, text }) => [id, text]));
  return russian.map(({ id, text }) => ({ id, russian: text, english: inEnglish.get(id) ?? "" }));
};

/** @param folder an unpacked package; without it npm fetches one, which goes again. */
export const loadVerses = async (folder: string | undefined): Promise<Verse[]> => {
  if (folder !== undefined) return readVerses(folder);
  const temporary = await mkdtemp(join(tmpdir(), "bench-verses-"));
  try {
    const run = promisify(execFile);
    await run("npm", ["pack", "--silent", packed], { cwd: temporary });
    await run("tar", ["xzf", packed.replace("@", "-").concat(".tgz")], { cwd: temporary });
    return await readVerses(join(temporary, "package"));
  } finally {
    await rm(temporary, { recursive: true });
  }
};

export interface LabelledSet {
  readonly name: string;
  readonly language: "russian" | "english";
  readonly questions: readonly { readonly query: string; readonly id: string }[];
}

const longWords = (text: string): string[] => text.match(/\p{L}{5,}/gu) ?? [];

/** What a person remembers of a passage: some of its longer words, in no order, without their endings, one mistyped. */
const remembered = (text: string, random: () => number): string => {
  const words = [...new Set(longWords(text))].toSorted(() => random() - 0.5).slice(0, 4);
  return words
    .map((word, n) => {
      const shorter = word.length > 6 ? word.slice(0, -2) : word;
      const at = 1 + Math.floor(random() * (shorter.length - 2));
      return n === 0 ? shorter.slice(0, at) + shorter.slice(at + 1) : shorter;
    })
    .join(" ");
};

/** Questions with the one verse that answers each. */
export const labelledSets = (verses: readonly Verse[], size: number): LabelledSet[] => {
  const random = makeRandom(5);
  const chosen = verses
    .filter(({ russian, english }) => longWords(russian).length >= 6 && longWords(english).length >= 6)
    .toSorted(() => random() - 0.5)
    .slice(0, size);
  const memory = (language: "russian" | "english") => ({
    name: `${language}: words remembered, without endings, one mistyped`,
    language,
    questions: chosen.map((verse) => ({ id: verse.id, query: remembered(verse[language], random) })),
  });
  const first = (language: "russian" | "english") => ({
    name: `${language}: the verse's first six words`,
    language,
    questions: chosen.map((verse) => ({ id: verse.id, query: verse[language].split(/\s+/).slice(0, 6).join(" ") })),
  });
  return [
    memory("russian"),
    memory("english"),
    first("russian"),
    first("english"),
    {
      name: "cross-lingual: an English verse, its Russian translation wanted",
      language: "russian",
      questions: chosen.map(({ id, english }) => ({ id, query: english })),
    },
  ];
};
