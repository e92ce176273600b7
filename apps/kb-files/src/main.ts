import { loadEnv } from "@gpt-agent/config/load-env";
import { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import { connectSupabase, pingSupabase } from "@gpt-agent/supabase/client";
import { makeSweepLease } from "@gpt-agent/supabase/leases";
import { runWorker } from "@gpt-agent/worker/run-worker";
import { connectStores } from "./connect.ts";
import { env as definition } from "./env.ts";
import { makeHandler } from "./handler.ts";
import { findTesseract } from "./ocr.ts";
import { makeOnFailed } from "./on-failed.ts";
import { makeParser, parserLimits } from "./parser/parser-process.ts";
import { makeDue } from "./sweep.ts";
import { removeStaleWorkFolders } from "./work-folder.ts";

const env = loadEnv(definition);
const supabase = connectSupabase(env.supabase);
const stores = connectStores(supabase, env.encryption);
const parse = makeParser(parserLimits, env.ocr.isOn ? findTesseract() : undefined);

await removeStaleWorkFolders();
await runWorker({
  queue: kbFiles,
  redis: env.redis,
  ...env.worker,
  logLevel: env.log.level,
  handle: makeHandler({ ...stores, parse, defaultLimits: env.files }),
  onFailed: makeOnFailed(stores),
  sweep: { lease: makeSweepLease(supabase), due: makeDue(stores.documents) },
  checks: { supabase: (signal) => pingSupabase(supabase, signal) },
});
