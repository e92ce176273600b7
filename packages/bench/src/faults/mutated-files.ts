import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeParser } from "@gpt-agent/app-kb-files/parser/parser-process";
import { corpusFormats, makeCorpus } from "@gpt-agent/app-kb-files/testing/corpus/corpus";
import { makeRandom } from "@gpt-agent/app-kb-files/testing/corpus/random";
import { mutate } from "@gpt-agent/app-kb-files/testing/mutate";

/** Files that are read at the same time; each line has processes of its own. */
const lines = 2;
/** Far above what any of these small files takes: longer is a hang. */
const hangMs = 30_000;

/**
 * Damaged files of every format through the worker's own parser: none may crash or hang a parser process, and each ends
 * with a code or is read.
 * @throws {Error} naming the files that did not
 */
export const mutatedFiles = async ({ smoke }: { readonly smoke: boolean }): Promise<string> => {
  const count = smoke ? 300 : 10_000;
  const folder = await mkdtemp(join(tmpdir(), "faults-mutated-"));
  const originals = await Array.fromAsync(makeCorpus(smoke ? 2 : 6));
  const parse = makeParser();
  const ends = new Map<string, number>();
  const broken: string[] = [];
  let slowest = { ms: 0, name: "" };
  let next = 0;

  const read = async (index: number, line: number): Promise<void> => {
    const random = makeRandom(index);
    const { name, bytes, how } = mutate(random, random.pick(originals), random.pick(originals).bytes);
    const path = (file: string): string => join(folder, `${line}-${file}`);
    await writeFile(path("original"), bytes);
    const request = {
      inputPath: path("original"),
      textPath: path("text"),
      chunksPath: path("chunks"),
      orgId: String(line),
      fileName: name,
      maxTokens: 400,
      overlapTokens: 0,
      timeoutMs: hangMs,
    };
    const startedAt = performance.now();
    const end = await parse(request, new AbortController().signal).then(
      () => "read",
      (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : `crash: ${String(error)}`),
    );
    const ms = performance.now() - startedAt;
    if (ms > slowest.ms) slowest = { ms, name: `${name}, ${how}` };
    const isSound = end === "read" || (/^(file|ocr)_/.test(end) && end !== "file_missing");
    if (!isSound) broken.push(`${index} (${name}, ${how}): ${end}`);
    ends.set(end, (ends.get(end) ?? 0) + 1);
  };
  try {
    const work = async (line: number): Promise<void> => {
      while (next < count) await read(next++, line);
    };
    await Promise.all(Array.from({ length: lines }, (_, line) => work(line)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if (broken.length > 0)
    throw new Error(`${broken.length} of ${count} crashed or hung:\n${broken.slice(0, 20).join("\n")}`);
  const counted = [...ends].toSorted((a, b) => b[1] - a[1]).map(([end, times]) => `${end} ${times}`);
  const slow = `slowest ${(slowest.ms / 1_000).toFixed(1)} s (${slowest.name})`;
  return `${count} files of ${corpusFormats.length} kinds: ${counted.join(", ")}; ${slow}`;
};
