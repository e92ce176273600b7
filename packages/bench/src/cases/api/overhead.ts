import { fork } from "node:child_process";
import { once } from "node:events";
import { randomBytes, randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { appsFolder } from "@gpt-agent/local/cli/repository";
import { privateEnvironment } from "@gpt-agent/local/platform/app-environment";
import { findApps } from "@gpt-agent/local/platform/find-apps";
import { startApps } from "@gpt-agent/local/platform/start-apps";
import { startPostgres } from "@gpt-agent/local/postgres/start-postgres";
import { environment } from "@gpt-agent/local/process/environment";
import { startStack } from "@gpt-agent/local/stack";
import { makeApiKeys } from "@gpt-agent/supabase/api-keys";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeKnowledgeBases } from "@gpt-agent/supabase/knowledge-bases";
import { Pool } from "undici";
import { type Case, quantile } from "../../measure.ts";
import type { BareAsk } from "./bare-process.ts";

const connections = 8;

interface Target {
  readonly pool: Pool;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Creates so many knowledge bases, each connection as fast as it is answered. */
const load = async ({ pool, path, headers }: Target, count: number) => {
  const latenciesMs: number[] = [];
  let left = count;
  const sender = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const sentAtMs = performance.now();
      const body = JSON.stringify({ name: randomUUID() });
      const answer = await pool.request({ method: "POST", path, headers, body });
      await answer.body.dump();
      if (answer.statusCode !== 201) throw new Error(`POST ${path} answered ${answer.statusCode}`);
      latenciesMs.push(performance.now() - sentAtMs);
    }
  };
  const startedAtMs = performance.now();
  await Promise.all(Array.from({ length: connections }, sender));
  return { latenciesMs, perSecond: (count / (performance.now() - startedAtMs)) * 1_000 };
};

/** The API and a bare express route, each in a process of its own, over one real Postgres; the small one will do for a smoke. */
const startBoth = async (smoke: boolean) => {
  const postgres = smoke ? undefined : await startPostgres();
  const stack = await startStack(postgres ? { postgresUrl: postgres.url } : {});
  const env = privateEnvironment({ PATH: environment["PATH"] }, stack.env, `hex:${randomBytes(32).toString("hex")}`);
  const apps = (await findApps(appsFolder)).filter(({ name }) => name === "api");
  const running = await startApps(apps, { env, fromPort: 3000 });
  const [api] = running.apps;
  if (api === undefined) throw new Error("there is no app api");

  const { SUPABASE_URL: supabaseUrl, SUPABASE_SERVICE_ROLE_KEY: serviceRoleKey } = stack.env;
  const supabase = connectSupabase({ url: supabaseUrl, serviceRoleKey: { reveal: () => serviceRoleKey } });
  const orgId = randomUUID();
  const more = { scopes: ["knowledge-bases:write"], ratePerMinute: 1_000_000 };
  const { key } = await makeApiKeys(supabase).create({ orgId, name: "bench", ...more });
  const headers = { "content-type": "application/json" };
  const ours: Target = {
    pool: new Pool(api.url, { connections }),
    path: "/v1/knowledge-bases",
    headers: { ...headers, authorization: `Bearer ${key}` },
  };
  // The first base also tells which profile such rows have.
  await load(ours, 1);
  const [base] = await makeKnowledgeBases(supabase).list({ orgId });
  if (base === undefined) throw new Error("the API made no knowledge base");

  const child = fork(fileURLToPath(new URL("bare-process.ts", import.meta.url)));
  child.send({ supabaseUrl, serviceRoleKey, orgId: randomUUID(), profileId: base.activeProfileId } satisfies BareAsk);
  const [port] = (await once(child, "message")) as [number];
  const bare: Target = {
    pool: new Pool(`http://127.0.0.1:${port}`, { connections }),
    path: "/knowledge-bases",
    headers,
  };
  return {
    ours,
    bare,
    stop: async (): Promise<void> => {
      await Promise.all([ours.pool.close(), bare.pool.close()]);
      child.kill();
      await running.stop();
      await stack.stop();
      await postgres?.stop();
    },
  };
};

type Figures = Awaited<ReturnType<typeof load>>;

const overhead = (part: Pick<Case, "name" | "unit" | "goal">, figure: (figures: Figures) => number): Case => ({
  ...part,
  baselineName: "a bare express route with the same insert",
  prepare: async ({ smoke }) => {
    const both = await startBoth(smoke);
    const count = smoke ? 40 : 1_000;
    return {
      ours: async () => figure(await load(both.ours, count)),
      baseline: async () => figure(await load(both.bare, count)),
      close: both.stop,
    };
  },
});

/** Key, scope, rate, schemas in and out, log line and headers, beside nothing of it. */
export const apiOverhead = overhead(
  {
    name: "api-overhead",
    unit: `knowledge bases created per second over ${connections} connections`,
    goal: { text: "≥ 0.80 of a bare route", holds: ({ ratio }) => ratio >= 0.8 },
  },
  ({ perSecond }) => perSecond,
);

export const apiOverheadP99 = overhead(
  {
    name: "api-overhead-p99",
    unit: "ms (p99) until a knowledge base is created",
    goal: { text: "reported", holds: () => true },
  },
  ({ latenciesMs }) => quantile(latenciesMs, 0.99),
);
