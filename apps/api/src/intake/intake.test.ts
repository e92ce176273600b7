import { randomUUID } from "node:crypto";
import { intake } from "@gpt-agent/jobs/queues/intake";
import type { LegacyAsset } from "@gpt-agent/supabase/legacy";
import { perform } from "@gpt-agent/worker/testing";
import { describe, expect, test } from "vitest";
import { makeConnectionRow } from "../testing/crm-fakes.ts";
import { makeDocumentRow, makeFakes } from "../testing/fakes.ts";
import { uuidOf } from "./ids.ts";
import { makeIntake } from "./make-intake.ts";

const setUp = () => {
  const fakes = makeFakes();
  const orgId = randomUUID();
  const assets = new Map<string, LegacyAsset>();
  /** The platform's buckets, by bucket and path. */
  const platform = new Map<string, string>();
  const files = {
    ...fakes.ports.files,
    adopt: async ({ fromBucket, fromPath, path }: { fromBucket: string; fromPath: string; path: string }) => {
      const text = platform.get(`${fromBucket}/${fromPath}`) ?? "";
      fakes.objects.set(path, { body: new Blob([text]), contentType: "text/plain" });
    },
  };
  const legacy = {
    asset: async ({ assetId }: { assetId: string }) => assets.get(assetId),
    article: async ({ articleId }: { articleId: string }) => assets.get(articleId),
  };
  const handle = makeIntake({ ...fakes.ports, files, legacy });
  const take = (name: string, data: object, more: { jobId?: string; addedAtMs?: number } = {}) => {
    const { jobId = randomUUID(), addedAtMs = 1 } = more;
    return perform(intake, handle, { name, data, addedAtMs }, { jobId });
  };
  return { ...fakes, orgId, assets, platform, take };
};

const jobsOf = ({ enqueued }: { enqueued: readonly { queue: { name: string }; payload: unknown }[] }) =>
  enqueued.map(({ queue, payload }) => [queue.name, payload]);

describe("an asset", () => {
  test("of the platform is copied, gets a row and a job; the same job again does nothing", async () => {
    const { orgId, assets, platform, objects, documents, take } = setUp();
    assets.set("42", { bucket: "assets", path: "a/b.pdf", name: "Договор.pdf", mime: null, knowledgeBaseId: null });
    platform.set("assets/a/b.pdf", "текст");
    const job = { assetId: 42, organizationId: orgId };
    const taken = await take("process-asset", job, { jobId: "j" });
    const documentId = uuidOf(orgId, "asset", "42");
    expect(jobsOf(taken)).toEqual([["kb-files", { kind: "process", orgId, documentId }]]);
    expect(documents.get(documentId)).toMatchObject({ name: "Договор.pdf", byteSize: 10, metadata: { assetId: "42" } });
    expect([...objects.keys()]).toEqual([`${orgId}/documents/${documentId}/original`]);
    expect(jobsOf(await take("process-asset", job, { jobId: "j" }))).toEqual([]);
    expect(documents.size).toBe(1);
  });

  test("that was read gets its next version when its file has changed, else another generation", async () => {
    const { orgId, assets, platform, documents, take } = setUp();
    assets.set("42", { bucket: "assets", path: "a", name: "a", mime: null, knowledgeBaseId: null });
    platform.set("assets/a", "раз");
    const job = { assetId: "42", organizationId: orgId };
    await take("process-asset", job);
    const [row] = documents.values();
    if (!row) throw new Error("the first job made a document");
    documents.set(row.id, { ...row, state: "ready" });
    platform.set("assets/a", "два");
    await take("process-asset", job);
    const second = documents.get(row.id);
    expect(second).toMatchObject({ generation: 2, rawSha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    documents.set(row.id, { ...row, ...second, state: "failed" });
    await take("process-asset", job);
    expect(documents.get(row.id)).toMatchObject({ generation: 3, rawSha256: second?.rawSha256 });
  });

  test("nobody knows: the job fails and says whom to ask", async () => {
    const { orgId, take } = setUp();
    const { state, code, error } = await take("process-asset", { assetId: "x", organizationId: orgId });
    expect([state, code]).toEqual(["permanent", "asset_unknown"]);
    expect(error?.message).toContain("legacy_asset");
  });

  test("that is searchable gets its graph; any other is read first", async () => {
    const { orgId, documents, take } = setUp();
    const ready = makeDocumentRow({ orgId, state: "ready", generation: 2, liveGeneration: 2 });
    const queued = makeDocumentRow({ orgId });
    for (const row of [ready, queued]) documents.set(row.id, row);
    const graphJob = ["knowledge-graph", { kind: "read", orgId, documentId: ready.id, generation: 2 }];
    const name = "extract-knowledge-graph";
    expect(jobsOf(await take(name, { assetId: ready.id, organizationId: orgId }))).toEqual([graphJob]);
    expect(jobsOf(await take(name, { articleId: ready.id, organizationId: orgId, agentId: "a" }))).toEqual([graphJob]);
    expect(jobsOf(await take(name, { assetId: queued.id, organizationId: orgId }))).toEqual([
      ["kb-files", { kind: "process", orgId, documentId: queued.id }],
    ]);
    const another = await take(name, { assetId: ready.id, organizationId: randomUUID() });
    expect(another).toMatchObject({ state: "permanent", code: "asset_unknown" });
  });
});

describe("a CRM's job", () => {
  const connect = (scene: ReturnType<typeof setUp>, more: object = {}) => {
    const row = makeConnectionRow({
      orgId: scene.orgId,
      provider: "kommo",
      baseUrl: "https://acme.kommo.com",
      ...more,
    });
    scene.crm.connections.set(row.id, row);
    scene.inbound.connectionIds.set(row.id, scene.orgId);
    return row.id;
  };

  test.each(["crm:sync-pipelines", "kommo:sync-pipelines", "crm:sync-contacts"])(
    "%s reads the connection",
    async (name) => {
      const scene = setUp();
      const { orgId, take } = scene;
      const connectionId = connect(scene);
      connect(scene, { provider: "hubspot", baseUrl: "https://api.hubapi.com" });
      const expected = [["crm-sync", { kind: "sync", orgId, connectionId }]];
      expect(jobsOf(await take(name, { orgId, provider: "kommo", baseDomain: "acme.kommo.com" }))).toEqual(expected);
      expect(jobsOf(await take(name, { orgId, connectionId }))).toEqual(expected);
      const stolen = await take(name, { orgId: randomUUID(), connectionId });
      expect(stolen).toMatchObject({ state: "permanent", code: "connection_unknown" });
      const elsewhere = await take(name, { orgId, provider: "kommo", baseDomain: "evil.example" });
      expect(elsewhere).toMatchObject({ state: "permanent", code: "connection_unknown" });
    },
  );

  test("kommo:send-message becomes a row in the outbox, once", async () => {
    const scene = setUp();
    const { orgId, take, crm } = scene;
    const connectionId = connect(scene);
    const attachments = [{ url: "https://example.com/a.pdf", name: "a.pdf" }];
    const data = { orgId, dealId: 7, channel: "chat", message: { body: "Здравствуйте", attachments } };
    const sent = await take("kommo:send-message", data, { jobId: "m" });
    expect(jobsOf(sent)).toEqual([["crm-sync", { kind: "push", orgId, connectionId }]]);
    expect(jobsOf(await take("kommo:send-message", data, { jobId: "m" }))).toEqual([]);
    expect([...crm.records.values()]).toMatchObject([{ entity: "note", fields: { text: "Здравствуйте" } }]);
    connect(scene, { baseUrl: "https://other.kommo.com" });
    expect(await take("kommo:send-message", data)).toMatchObject({ state: "permanent", code: "connection_unknown" });
  });

  test("kommo:webhook becomes an inbound event of the connection's source, which is made where there is none", async () => {
    const scene = setUp();
    const { orgId, take, inbound } = scene;
    const connectionId = connect(scene);
    const payload = { leads: { update: { "0": { id: "5" } } }, account: { subdomain: "acme" } };
    await take("kommo:webhook", { provider: "kommo", orgId, payload });
    await take("kommo:webhook", { orgId, payload });
    expect([...inbound.sources.values()]).toMatchObject([{ connectionId, scheme: "kommo" }]);
    const events = [...inbound.events.values()];
    expect(events).toMatchObject([{ eventType: "leads.update", trust: "hint" }, { eventType: "leads.update" }]);
  });
});

test.each([
  ["an unknown name", "process-everything", {}, "job_unknown"],
  ["a known one without what it needs", "process-asset", { assetId: "1" }, "invalid_payload"],
  [
    "two sources at once",
    "extract-knowledge-graph",
    { assetId: "1", articleId: "2", organizationId: randomUUID() },
    "invalid_payload",
  ],
])("%s fails at once and is kept", async (_, name, data, code) => {
  const { state, error, ...taken } = await setUp().take(name, data);
  expect([state, taken.code]).toEqual(["permanent", code]);
  if (code === "job_unknown") expect(error?.message).toContain("process-asset, extract-knowledge-graph");
});
