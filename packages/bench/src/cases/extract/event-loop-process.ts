// One process per measurement: a worker's own event loop while its job reads one file. Arguments: the file's path and name.
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Readable } from "node:stream";
import { makeHandler } from "@gpt-agent/app-kb-files/handler";
import { makeParser } from "@gpt-agent/app-kb-files/parser/parser-process";
import type { Ports } from "@gpt-agent/app-kb-files/ports";
import { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import { perform } from "@gpt-agent/worker/testing";

const [path = "", name = ""] = process.argv.slice(2);
const orgId = crypto.randomUUID();
const documentId = crypto.randomUUID();
const document = {
  id: documentId,
  orgId,
  knowledgeBaseId: crypto.randomUUID(),
  name,
  byteSize: (await stat(path)).size,
  objectPath: path,
  supersededPaths: [],
  state: "processing",
  generation: 1,
  liveGeneration: 0,
  attachmentDepth: 0,
};
let chunkCount = 0;
let bytesOut = 0;
const noLimits = { maxFileBytes: null, maxPages: null, maxChunks: null, maxParseSeconds: null };
const ports: Ports = {
  documents: {
    get: async () => undefined,
    list: async () => ({ documents: [] }),
    claimProcessing: async () => ({ document, lease: "lease" }),
    claimDelete: async () => undefined,
    renewLease: async () => true,
    finishProcessing: async () => {},
    finishDelete: async () => {},
    fail: async () => {},
  },
  chunks: {
    store: async ({ chunks }) => {
      chunkCount += chunks.length;
      // What a client of a database does with them.
      bytesOut += JSON.stringify(chunks).length;
    },
  },
  versions: { attach: async () => ({ state: "queued" }), forgetPaths: async () => {} },
  limits: { get: async () => noLimits },
  passwords: { get: async () => undefined },
  knowledgeBases: { get: async () => ({ chunking: { maxTokens: 400, overlapTokens: 0 } }) },
  files: {
    download: async () => Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>,
    upload: async ({ body }) => {
      for await (const piece of body.stream()) bytesOut += piece.length;
    },
    remove: async () => {},
  },
  parse: makeParser(),
  defaultLimits: { maxFileBytes: Infinity, maxPages: Infinity, maxChunks: Infinity, maxParseSeconds: null },
};

const delay = monitorEventLoopDelay({ resolution: 5 });
const handle = makeHandler(ports);
delay.enable();
const outcome = await perform(kbFiles, handle, { kind: "process", orgId, documentId });
delay.disable();
if (outcome.state !== "completed") throw new Error(`${name}: ${JSON.stringify(outcome)}`);
const milliseconds = (nanoseconds: number): number => nanoseconds / 1e6;
process.send?.({
  p99Ms: milliseconds(delay.percentile(99)),
  maxMs: milliseconds(delay.max),
  maxRssMb: process.resourceUsage().maxRSS / 1024,
  chunkCount,
});
process.exit();
