import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { appsFolder, compileCacheFolder, dashboardFolder } from "@gpt-agent/local/cli/repository";
import { privateEnvironment } from "@gpt-agent/local/platform/app-environment";
import { buildDashboard } from "@gpt-agent/local/platform/build-dashboard";
import { localEncryptionKey } from "@gpt-agent/local/platform/encryption-key";
import { startApps } from "@gpt-agent/local/platform/start-apps";
import { startStack } from "@gpt-agent/local/stack";
import { temporaryFolder } from "@gpt-agent/local/process/temporary-folder";
import { makeApiKeys } from "@gpt-agent/supabase/api-keys";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeKnowledgeBases } from "@gpt-agent/supabase/knowledge-bases";
import { makeProfiles } from "@gpt-agent/supabase/profiles";

export interface Sizes {
  readonly documents: number;
  readonly entities: number;
  readonly edges: number;
}

const chunksPerDocument = 50;
const edgesPerChunk = 20;

/** Rows alone: what a list shows. */
const addRows = `
create function bench.add_rows(p_org_id uuid, p_base_id uuid, p_count integer) returns void language sql as $$
  insert into agent_jobs.documents (org_id, knowledge_base_id, name, byte_size, object_path, state, graph_state, generation,
                                    live_generation, created_at)
  select p_org_id, p_base_id, format('Договор поставки № %s.docx', n), n * 37, p_org_id || '/bench/' || n, 'ready', 'ready', 1,
         1, now() - n * interval '1 minute'
    from generate_series(1, p_count) n
$$;`;

/** The embedded stack with the API, and an organisation that has many documents and a large graph. */
export const startInstallation = async ({ documents, entities, edges }: Sizes) => {
  const temporary = await temporaryFolder("bench-dashboard");
  const graphSql = join(import.meta.dirname, "../cases/graph/graph.sql");
  const rowsSql = join(temporary.path, "rows.sql");
  await writeFile(rowsSql, addRows);
  const [stack] = await Promise.all([startStack({ sqlFiles: [graphSql, rowsSql] }), buildDashboard(dashboardFolder)]);
  const { SUPABASE_URL: url, SUPABASE_SERVICE_ROLE_KEY: serviceKey } = stack.env;
  const supabase = connectSupabase({ url, serviceRoleKey: { reveal: () => serviceKey } });

  const call = async (name: string, args: Readonly<Record<string, unknown>>): Promise<unknown> => {
    const headers = { apikey: serviceKey, authorization: `Bearer ${serviceKey}`, "content-type": "application/json" };
    const response = await fetch(`${url}/rest/v1/rpc/${name}`, {
      method: "POST",
      headers: { ...headers, "content-profile": "bench" },
      body: JSON.stringify(args),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${name}: ${response.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  };

  const orgId = randomUUID();
  const { id: profileId } = await makeProfiles(supabase).ensure({
    provider: "local",
    model: "bench",
    dimensions: 3,
    version: 1,
    priceUsdPerMtok: 0,
    maxInputTokens: 1_000,
    maxBatchInputs: 100,
    maxBatchTokens: 10_000,
  });
  const { id: baseId } = await makeKnowledgeBases(supabase).ensureDefault({ orgId, profileId });
  await call("add_rows", { p_org_id: orgId, p_base_id: baseId, p_count: documents });
  const plan = { p_entities: entities, p_edges: edges, p_edges_per_chunk: edgesPerChunk };
  const chunks = Number(await call("plan_graph", plan)) + 1;
  for (let from = 0; from < chunks; from += chunksPerDocument) {
    const place = { p_org_id: orgId, p_base_id: baseId, p_from: from, p_to: from + chunksPerDocument - 1 };
    await call("add_document", place);
    process.stderr.write(`\rgraph: ${Math.min(from + chunksPerDocument, chunks)} of ${chunks} passages`);
  }
  process.stderr.write("\n");
  await call("settle", {});

  const { key } = await makeApiKeys(supabase).create({ orgId, name: "bench", scopes: ["*"] });
  const env = {
    ...privateEnvironment({}, stack.env, await localEncryptionKey(undefined)),
    NODE_COMPILE_CACHE: compileCacheFolder,
  };
  const api = { name: "api", folder: join(appsFolder, "api"), isWorker: false };
  const running = await startApps([api], { env, fromPort: 26_000 });
  return {
    url: running.apps[0]?.url ?? "",
    key,
    stop: async (): Promise<void> => {
      await running.stop();
      await stack.stop();
      await temporary.remove();
    },
  };
};
