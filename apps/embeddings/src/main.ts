import { loadEnv } from "@gpt-agent/config/load-env";
import { env } from "./env.ts";
import { startEmbeddings } from "./start.ts";

await startEmbeddings(loadEnv(env));
