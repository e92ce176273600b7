import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { privateEnvironment } from "@gpt-agent/local/platform/app-environment";
import { findApps } from "@gpt-agent/local/platform/find-apps";
import { type RunningApp, startApp } from "@gpt-agent/local/platform/start-app";
import { environment } from "@gpt-agent/local/process/environment";
import { freePort } from "@gpt-agent/local/process/free-port";
import { startRedis } from "@gpt-agent/local/redis/start-redis";
import { inject } from "vitest";

const root = join(import.meta.dirname, "../../..");
export const sample = join(root, "packages/local/samples/reglament-vozvrata.docx");

const until = async <T>(what: string, look: () => Promise<T | undefined>): Promise<T> => {
  const deadline = Date.now() + 120_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`not within 120 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

/** The API and the workers of a document, on a Redis of their own: the lines name the default prefix. */
export const startInstallation = async () => {
  const redis = await startRedis();
  const env = privateEnvironment(
    { PATH: environment["PATH"] },
    { ...inject("stack"), REDIS_URL: redis.url },
    `hex:${randomBytes(32).toString("hex")}`,
  );
  const needed = new Set(["api", "kb-files", "embeddings", "knowledge-graph"]);
  const apps = (await findApps(join(root, "apps"))).filter(({ name }) => needed.has(name));
  const signal = AbortSignal.timeout(100_000);
  const start = async (app: (typeof apps)[number]) =>
    startApp(app, { env, port: await freePort(), readyTimeoutMs: 90_000, signal });
  // One after another took their ports, together they start.
  const running = await Promise.all(apps.map(start));
  const urlOf = (name: string): string => running.find(({ app }) => app.name === name)?.url ?? "";
  const stop = async (): Promise<void> => {
    await Promise.all(running.map(({ process: child }: RunningApp) => child.stop()));
    await redis.stop();
  };
  return { redis, urlOf, stop };
};

/** A document that has been read, embedded and published, with its graph. */
export const publishDocument = async (api: string, headers: Readonly<Record<string, string>>) => {
  const body = new FormData();
  body.set("file", new Blob([readFileSync(sample)]), basename(sample));
  const get = async (path: string) =>
    (await fetch(`${api}${path}`, { headers })).json() as Promise<Record<string, unknown>>;
  const added = await fetch(`${api}/v1/documents`, { method: "POST", headers, body });
  const { id, knowledgeBaseId } = (await added.json()) as { id: string; knowledgeBaseId: string };
  await until("the document is ready", async () => {
    const { state, graphState } = await get(`/v1/documents/${id}`);
    return (state === "ready" && graphState === "ready") || undefined;
  });
  const { entities } = (await get(`/v1/graph/entities?knowledgeBaseId=${knowledgeBaseId}`)) as {
    entities: { id: string }[];
  };
  return { ID: id, KB: knowledgeBaseId, ENTITY: entities[0]?.id ?? "" };
};
