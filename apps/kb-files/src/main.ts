import { loadEnv } from "@gpt-agent/config/load-env";
import { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import { makeChunks } from "@gpt-agent/supabase/chunks";
import { connectSupabase, pingSupabase } from "@gpt-agent/supabase/client";
import { makeDocuments } from "@gpt-agent/supabase/documents";
import { makeFiles } from "@gpt-agent/supabase/files";
import { makeKnowledgeBases } from "@gpt-agent/supabase/knowledge-bases";
import { makeLimits } from "@gpt-agent/supabase/limits";
import { makeSweepLease } from "@gpt-agent/supabase/leases";
import { makeVersions } from "@gpt-agent/supabase/versions";
import { runWorker } from "@gpt-agent/worker/run-worker";
import { env as definition } from "./env.ts";
import { makeHandler } from "./handler.ts";
import { makeOnFailed } from "./on-failed.ts";
import { makeParser } from "./parser/parser-process.ts";
import { makeDue } from "./sweep.ts";
import { removeStaleWorkFolders } from "./work-folder.ts";

const env = loadEnv(definition);
const supabase = connectSupabase(env.supabase);
const documents = makeDocuments(supabase);
const ports = {
  documents,
  chunks: makeChunks(supabase),
  knowledgeBases: makeKnowledgeBases(supabase),
  files: makeFiles(supabase),
  parse: makeParser(),
  versions: makeVersions(supabase),
  limits: makeLimits(supabase),
  defaultLimits: env.files,
};

await removeStaleWorkFolders();
await runWorker({
  queue: kbFiles,
  redis: env.redis,
  ...env.worker,
  logLevel: env.log.level,
  handle: makeHandler(ports),
  onFailed: makeOnFailed({ documents }),
  sweep: { lease: makeSweepLease(supabase), due: makeDue(documents) },
  checks: { supabase: (signal) => pingSupabase(supabase, signal) },
});
