import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadEnv } from "@gpt-agent/config/load-env";
import { makeApp } from "./app.ts";
import { connect } from "./connect.ts";
import { env as definition } from "./env.ts";
import { makeLog } from "./log.ts";
import { serve } from "./serve.ts";

const env = loadEnv(definition);
const log = makeLog(env.log.level);
const stopping = new AbortController();
const uploadFolder = await mkdtemp(join(tmpdir(), "gpt-agent-api-"));
const { ports, startIntake, close } = connect(env, log);
const intake = startIntake();

await serve(makeApp(ports, { ...env.api, ...env.runtime, uploadFolder, stopping: stopping.signal }), {
  ...env.api,
  log,
  stopping,
  close: async () => {
    // With what uploads that were cut off left in it.
    await intake?.stop();
    await Promise.all([close(), rm(uploadFolder, { recursive: true, force: true, maxRetries: 5 })]);
  },
});
