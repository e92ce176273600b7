import { open } from "node:fs/promises";
import type { NewChunk } from "@gpt-agent/supabase/chunks";

/** Reads back what the parser process wrote, `size` chunks at a time, so that a large document needs little memory. */
export async function* readChunkBatches(path: string, size: number): AsyncGenerator<readonly NewChunk[]> {
  const file = await open(path);
  try {
    let batch: NewChunk[] = [];
    for await (const line of file.readLines()) {
      batch.push(JSON.parse(line) as NewChunk);
      if (batch.length < size) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  } finally {
    await file.close();
  }
}
