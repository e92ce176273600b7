import { requiredInProduction, required, withDefault } from "@gpt-agent/config/variable";
import type { Variable } from "@gpt-agent/config/variable";
import { z } from "zod";
import type { App } from "../app.ts";

const said = { description: "", form: "", example: "", fix: "", schema: z.string() };

const variables = (port: number): Variable[] => [
  required({ ...said, name: "REDIS_URL", secret: true }),
  required({ ...said, name: "SUPABASE_URL" }),
  required({ ...said, name: "SUPABASE_SERVICE_ROLE_KEY", secret: true }),
  requiredInProduction({ ...said, name: "ENCRYPTION_KEY", secret: true }),
  withDefault({ ...said, name: "PORT", default: String(port) }),
  ...["JOB_CONCURRENCY", "SHUTDOWN_TIMEOUT_MS", "TRUSTED_PROXY_HOPS", "NODE_ENV", "LOG_LEVEL"].map((name) =>
    withDefault({ ...said, name, default: "1" }),
  ),
];

export const sampleWorker = (name: string, health: "private" | "public" = "private"): App => ({
  name,
  deploy: {
    kind: "worker",
    cpus: 1,
    memoryMb: 512,
    concurrency: 7,
    instances: { min: 1, max: 4 },
    scaleAtLatencySeconds: 30,
    health,
  },
  variables: variables(3001),
});

export const sampleApi: App = {
  name: "api",
  deploy: { kind: "web", cpus: 1, memoryMb: 1024, instances: { min: 2, max: 4 } },
  variables: variables(3000),
};
