import { expect, test } from "vitest";
import { extractFile } from "./extract-file.ts";
import { hostileFiles, makeBombs } from "./testing/hostile/files.ts";

// `pnpm bench --only bombs` reads them all, of full size, in parser processes, and measures time and memory.
const files = [...makeBombs(30), ...hostileFiles].filter(({ isSlow }) => isSlow !== true);

test.each(files)("$name ends as $ends", async ({ name, ends, bytes }) => {
  const end = await extractFile(bytes(), { fileName: name, maxTokens: 400, overlapTokens: 0 }).then(
    () => "read",
    // What a parser throws by itself ends as file_corrupt: see child.ts.
    (error: unknown) => (error instanceof Error && "code" in error ? error.code : "file_corrupt"),
  );
  expect(ends).toContain(end);
});
