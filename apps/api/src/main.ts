import { loadEnv } from "@gpt-agent/config/load-env";
import { makeApp } from "./app.ts";
import { connect } from "./connect.ts";
import { env as definition } from "./env.ts";
import { makeLog } from "./log.ts";
import { serve } from "./serve.ts";

const env = loadEnv(definition);
const log = makeLog(env.log.level);
const stopping = new AbortController();
const { ports, close } = connect(env, log);
const app = makeApp(ports, { ...env.api, production: env.runtime.production, stopping: stopping.signal });

await serve(app, { ...env.api, log, stopping, close });
