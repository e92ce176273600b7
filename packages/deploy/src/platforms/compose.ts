import type { Variable } from "@gpt-agent/config/variable";
import { type App, graceSeconds, isPublic, namesOf, portOf, settingsOf } from "../app.ts";
import { composeFile, type ComposeService } from "../contracts/compose.ts";
import { type GeneratedFile, yamlFile } from "../generated-file.ts";
import { deployedName, installation } from "../installation.ts";
import { supabaseServices } from "./compose-supabase.ts";

const store: ComposeService = {
  image: "valkey/valkey:8-alpine",
  restart: "unless-stopped",
  // BullMQ loses jobs on a server that evicts keys, and on one that forgets its writes.
  command: ["valkey-server", "--maxmemory-policy", "noeviction", "--appendonly", "yes", "--appendfsync", "everysec"],
  volumes: ["queues:/data"],
  ports: ["127.0.0.1:6379:6379"],
  healthcheck: { test: ["CMD", "valkey-cli", "ping"], interval: "10s", timeout: "3s", retries: 3 },
};

/** Where a variable's value comes from. An empty one counts as not set: the app itself says what it lacks and where to get it. */
const valueOf = ({ name }: Variable, settings: Readonly<Record<string, string>>): string => {
  if (name === "REDIS_URL") return "${REDIS_URL:-redis://valkey:6379}";
  if (name === "SUPABASE_URL") return "${SUPABASE_URL:-http://supabase:8000}";
  return settings[name] ?? `\${${name}:-}`;
};

const service = (app: App): ComposeService => {
  const { name, deploy } = app;
  const port = portOf(app);
  const settings = settingsOf(app);
  return {
    image: `${deployedName(name)}:latest`,
    build: { context: "..", dockerfile: `apps/${name}/Dockerfile` },
    restart: "unless-stopped",
    depends_on: {
      valkey: { condition: "service_healthy" },
      supabase: { condition: "service_healthy", required: false },
    },
    environment: Object.fromEntries(app.variables.map((variable) => [variable.name, valueOf(variable, settings)])),
    ...(isPublic(app) ? { ports: [`127.0.0.1:${port}:${port}`] } : {}),
    stop_grace_period: `${graceSeconds}s`,
    mem_limit: `${deploy.memoryMb}m`,
    read_only: true,
    // On disk, for files that are read, and there again after a restart.
    volumes: ["/tmp"],
    cap_drop: ["ALL"],
    security_opt: ["no-new-privileges:true"],
  };
};

/** `docker/compose.yaml`: everything on one machine, each app with its own variables alone. */
export const composeFiles = (apps: readonly App[]): GeneratedFile[] => {
  const services = {
    valkey: store,
    ...Object.fromEntries(apps.map((app) => [app.name, service(app)])),
    ...supabaseServices,
  };
  const theirs = Object.values(supabaseServices).flatMap(({ environment = {} }) => Object.keys(environment));
  const contract = composeFile(Object.keys(services), [...new Set([...apps.flatMap(namesOf), ...theirs])]);
  const value = {
    name: installation.name,
    services,
    volumes: { queues: {}, database: {}, files: {} },
  };
  return [
    yamlFile(
      "docker/compose.yaml",
      contract,
      [value],
      [
        "  docker compose -f docker/compose.yaml up valkey        a to-do list for development: REDIS_URL=redis://127.0.0.1:6379",
        "  docker compose -f docker/compose.yaml up --build       all apps, with docker/.env (docs/deploy.md, Docker)",
        "  … --profile supabase up --build                        with a minimal Supabase of its own",
        "A worker's health: docker compose -f docker/compose.yaml ps",
      ],
    ),
  ];
};
