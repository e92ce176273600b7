import { expect, test } from "vitest";
import {
  graph,
  graphResolution,
  limits,
  makePlace,
  publish,
  readGraph,
  rowsOf,
  sendWebhook,
  supabase,
  tables,
  userClient,
  type Place,
} from "./fixture.ts";

const readable = [
  "knowledge_bases",
  "documents",
  "document_stages",
  "chunks",
  "graph_entities",
  "graph_mentions",
  "graph_edges",
  "graph_evidence",
  "graph_extractions",
  "graph_decisions",
  "usage_events",
  "organisation_limits",
  "webhook_messages",
  "webhook_deliveries",
] as const;

const filled = async (): Promise<Place> => {
  const place = await makePlace();
  const leased = await publish(place, ["Ромашка купила Лютик."]);
  await limits.set({ orgId: place.orgId, maxPages: 10 });
  await readGraph(place, leased, ["Ромашка", "Лютик"]);
  const { entities } = await graph.entities({ orgId: place.orgId, limit: 2 });
  const [entityId = "", otherId = ""] = entities.map(({ id }) => id);
  const knowledgeBaseId = place.base.id;
  await graphResolution.decide({ orgId: place.orgId, knowledgeBaseId, entityId, otherId, verdict: "apart" });
  await sendWebhook(place.orgId);
  return place;
};

test("anonymous visitors see nothing and call nothing", async () => {
  const { orgId } = await filled();
  const visitor = userClient();
  for (const table of [...tables, "embedding_profiles", "sweep_leases", "live_chunks"]) {
    const { data, error } = await visitor.from(table).select().limit(1);
    expect([table, data ?? [], error?.code]).toEqual([table, [], "42501"]);
  }
  const { error } = await visitor.rpc("search_chunks", {
    p_org_id: orgId,
    p_knowledge_base_id: null,
    p_document_id: null,
    p_query: "Ромашка",
    p_vector: null,
    p_profile_id: null,
    p_limit: 1,
    p_min_score: null,
  });
  expect(error).not.toBeNull();
});

test("a member reads its own organisation's rows and no others", async () => {
  const [own, foreign] = [await filled(), await filled()];
  for (const metadata of [{ org_ids: [own.orgId] }, { org_id: own.orgId }]) {
    const member = userClient({ app_metadata: metadata });
    for (const table of readable) {
      const { data, error } = await member.from(table).select("org_id").in("org_id", [own.orgId, foreign.orgId]);
      expect([table, error, data?.length === 0, data?.some(({ org_id }) => org_id !== own.orgId)]).toEqual([
        table,
        null,
        false,
        false,
      ]);
    }
    expect((await member.from("live_chunks").select("id").eq("org_id", own.orgId)).data).toHaveLength(1);
    expect((await member.from("live_chunks").select("id").eq("org_id", foreign.orgId)).data).toEqual([]);
    for (const closed of ["chunk_embeddings", "api_keys", "sweep_leases", "webhook_endpoints", "webhook_attempts"]) {
      expect((await member.from(closed).select().limit(1)).error?.code).toBe("42501");
    }
  }
});

test("what a user may write about itself opens nothing", async () => {
  const { orgId } = await filled();
  for (const claims of [{}, { user_metadata: { org_ids: [orgId] } }, { app_metadata: { org_ids: "everything" } }]) {
    const { data, error } = await userClient(claims).from("documents").select("id").eq("org_id", orgId);
    expect([data, error]).toEqual([[], null]);
  }
});

test("a member writes nothing", async () => {
  const { orgId, base } = await filled();
  const before = await rowsOf(orgId);
  const member = userClient({ app_metadata: { org_ids: [orgId] } });
  for (const table of tables) {
    expect([table, (await member.from(table).insert({ org_id: orgId })).error?.code]).toEqual([table, "42501"]);
    expect([table, (await member.from(table).update({ org_id: orgId }).eq("org_id", orgId)).error?.code]).toEqual([
      table,
      "42501",
    ]);
    expect([table, (await member.from(table).delete().eq("org_id", orgId)).error?.code]).toEqual([table, "42501"]);
  }
  const { error } = await member.rpc("remove_knowledge_base", { p_org_id: orgId, p_knowledge_base_id: base.id });
  expect(error).not.toBeNull();
  expect(await rowsOf(orgId)).toEqual(before);
});

test("a reference into another organisation cannot be written, not even by the service role", async () => {
  const [own, foreign] = [await filled(), await filled()];
  const { data: chunk } = await supabase.from("chunks").select("id").eq("org_id", foreign.orgId).limit(1).single();
  const crossing = await supabase.from("chunk_embeddings").insert({
    chunk_id: chunk?.["id"],
    profile_id: own.profile.id,
    org_id: own.orgId,
    knowledge_base_id: own.base.id,
    embedding: "[1,2,3]",
  });
  expect(["23503", "23505"]).toContain(crossing.error?.code);
  const moved = await supabase.from("documents").update({ knowledge_base_id: foreign.base.id }).eq("org_id", own.orgId);
  expect(moved.error?.code).toBe("23503");
});
