import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { startPostgres } from "@gpt-agent/local/postgres/start-postgres";
import { startStack } from "@gpt-agent/local/stack";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeDocuments } from "@gpt-agent/supabase/documents";
import { makeGraph } from "@gpt-agent/supabase/graph";
import { makeKnowledgeBases } from "@gpt-agent/supabase/knowledge-bases";
import { makeProfiles } from "@gpt-agent/supabase/profiles";
import { z } from "zod";

const edgesPerChunk = 10;
const chunksPerDocument = 10;
const sizes = {
  full: { entities: 60_000, edges: 120_000 },
  smoke: { entities: 1_000, edges: 2_000 },
};

/** One knowledge base on a real Postgres: companies, a few of them known to thousands, and 100 statements a document. */
const startGraph = async ({ smoke }: { readonly smoke: boolean }) => {
  const postgres = await startPostgres();
  const sqlFiles = [fileURLToPath(new URL("graph.sql", import.meta.url))];
  const stack = await startStack({ postgresUrl: postgres.url, sqlFiles });
  const { SUPABASE_URL: url, SUPABASE_SERVICE_ROLE_KEY: key } = stack.env;
  const supabase = connectSupabase({ url, serviceRoleKey: { reveal: () => key } });

  const call = async (name: string, args: Readonly<Record<string, unknown>>): Promise<unknown> => {
    const headers = { apikey: key, authorization: `Bearer ${key}`, "content-type": "application/json" };
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
  const profile = await makeProfiles(supabase).ensure({
    provider: "local",
    model: "bench",
    dimensions: 3,
    version: 1,
    priceUsdPerMtok: 0,
    maxInputTokens: 1_000,
    maxBatchInputs: 100,
    maxBatchTokens: 10_000,
  });
  const { id: baseId } = await makeKnowledgeBases(supabase).ensureDefault({ orgId, profileId: profile.id });
  const { entities, edges } = smoke ? sizes.smoke : sizes.full;
  const plan = { p_entities: entities, p_edges: edges, p_edges_per_chunk: edgesPerChunk };
  const chunks = z.int().parse(await call("plan_graph", plan)) + 1;
  const documentIds: string[] = [];
  for (let from = 0; from < chunks; from += chunksPerDocument) {
    const place = { p_org_id: orgId, p_base_id: baseId, p_from: from, p_to: from + chunksPerDocument - 1 };
    documentIds.push(z.string().parse(await call("add_document", place)));
  }
  await call("settle", {});

  return {
    orgId,
    baseId,
    documentIds,
    call,
    documents: makeDocuments(supabase),
    graph: makeGraph(supabase),
    pickEntities: async (count: number): Promise<string[]> =>
      z.array(z.string()).parse(await call("pick_entities", { p_base_id: baseId, p_count: count })),
    stop: async (): Promise<void> => {
      await stack.stop();
      await postgres.stop();
    },
  };
};

type Graph = Awaited<ReturnType<typeof startGraph>>;
let current: { readonly graph: Promise<Graph>; lastUse?: NodeJS.Timeout } | undefined;

/** The graph of the case before, if it has just ended: filling it takes longer than measuring. */
export const shareGraph = async (size: { readonly smoke: boolean }): Promise<Graph> => {
  clearTimeout(current?.lastUse);
  current ??= { graph: startGraph(size) };
  const shared = current;
  const graph = await shared.graph;
  const stop = async (): Promise<void> => {
    shared.lastUse = setTimeout(() => {
      current = undefined;
      void graph.stop();
    }, 1_000);
  };
  return { ...graph, stop };
};

export const timeMs = async (work: () => Promise<unknown>): Promise<number> => {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
};
