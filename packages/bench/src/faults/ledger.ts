import { createHash } from "node:crypto";
import { textPath } from "@gpt-agent/supabase/files";
import type { Installation } from "./installation.ts";

/** Something to read: `sections` headed paragraphs with names in them, different for every seed. */
export const sampleText = (seed: number, sections: number): string =>
  Array.from({ length: sections }, (_, index) => {
    const number = seed * 1_000 + index;
    return [
      `## Раздел ${number}`,
      `Анна Петрова работает в ООО «Ромашка ${number}». Гарантия по договору ${number} действует ${number % 36} месяцев 🚀.`,
      "Каждый пункт этого раздела относится только к указанному договору. ".repeat(12).trim(),
    ].join("\n\n");
  }).join("\n\n");

const finished: ReadonlySet<string | undefined> = new Set(["ready", "ready_partial", "failed", "blocked"]);

/** Waits until every document has come to an end, for search and for the graph; says which has not after `withinMs`. */
export const untilFinished = async (
  { documents }: Installation,
  orgId: string,
  ids: readonly string[],
  withinMs: number,
): Promise<void> => {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const rows = await Promise.all(ids.map((documentId) => documents.get({ orgId, documentId })));
    const open = rows.filter((row) => !finished.has(row?.state) || row?.graphState === "pending");
    if (open.length === 0) return;
    if (Date.now() > deadline) {
      const states = open.map((row) => `${row?.name}: ${row?.state}, graph ${row?.graphState}`).join("; ");
      throw new Error(`not finished within ${withinMs / 1_000} s: ${states}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
};

/**
 * The account of one finished document: everything that must be there, once. Returns a fingerprint of its contents,
 * equal for equal files whatever happened on the way.
 * @throws {Error} naming what is lost or double.
 */
export const account = async (installation: Installation, orgId: string, documentId: string): Promise<string> => {
  const { documents, chunks, files, supabase } = installation;
  const row = await documents.get({ orgId, documentId });
  if (row === undefined) throw new Error(`document ${documentId} is gone`);
  const expect = (holds: boolean, what: string): void => {
    if (!holds) throw new Error(`${row.name}: ${what}`);
  };
  expect(
    row.state === "ready" && row.graphState === "ready",
    `${row.state}, graph ${row.graphState}: ${row.errorMessage}`,
  );
  expect(row.liveGeneration === row.generation, "the published generation is not the last one");

  const stored = [];
  for (let afterOrdinal = -1; ; afterOrdinal = stored.length - 1) {
    const page = await chunks.list({ orgId, documentId, generation: row.generation, afterOrdinal, limit: 500 });
    stored.push(...page);
    if (page.length < 500) break;
  }
  expect(stored.length === row.chunkCount, `${stored.length} chunks are stored, the row counts ${row.chunkCount}`);
  expect(
    stored.every(({ ordinal }, index) => ordinal === index),
    "a chunk is missing or double",
  );

  const textFile = await files.download({ orgId, path: textPath(orgId, documentId, row.generation) });
  const text = Array.from(await textFile.text());
  for (const { ordinal, content, charStart, charEnd } of stored) {
    expect(text.slice(charStart, charEnd).join("") === content, `chunk ${ordinal} is not the slice it claims to be`);
  }

  const vectors = await supabase
    .from("chunk_embeddings")
    .select("chunk_id, chunks!inner(document_id)", { count: "exact", head: true })
    .eq("chunks.document_id", documentId);
  expect(vectors.count === stored.length, `${vectors.count} vectors for ${stored.length} chunks`);

  const contents = stored.map(({ content, contextHeader }) => [contextHeader, content]);
  const { chunkCount, entityCount, edgeCount } = row;
  return createHash("sha256").update(JSON.stringify({ contents, chunkCount, entityCount, edgeCount })).digest("hex");
};
