import { expect, test } from "vitest";
import { extractFile } from "./extract-file.ts";
import { corpusFormats, makeCorpus } from "./testing/corpus/corpus.ts";
import { makeRandom } from "./testing/corpus/random.ts";
import { mutate } from "./testing/mutate.ts";

// `pnpm test:faults --only mutated-files` does so with 10,000 files, in parser processes.
test("damaged files of every format end as text or as the file's problem", async () => {
  const originals = await Array.fromAsync(makeCorpus(1, 3));
  expect(originals).toHaveLength(corpusFormats.length);
  let read = 0;
  for (const [index, original] of originals.entries()) {
    for (let round = 0; round < 4; round += 1) {
      const random = makeRandom(1_000 * round + index);
      const { name, bytes, how } = mutate(random, original, random.pick(originals).bytes);
      const drain = async (): Promise<void> => {
        const { chunks } = await extractFile(bytes, { fileName: name, maxTokens: 400, overlapTokens: 0 });
        for await (const { content } of chunks) expect(content).not.toBe("");
        read += 1;
      };
      // What a parser throws by itself is told as file_corrupt by the parser process.
      await drain().catch((error: unknown) => expect(error, `${name}, ${how}`).toBeInstanceOf(Error));
    }
  }
  expect(read).toBeGreaterThan(originals.length);
}, 60_000);
