import { randomUUID } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { crmCases, crmRepositories, makeCrmScene } from "./crm-scene.ts";
import {
  claimGraph,
  contributionOf,
  cut,
  embeddingStore,
  files,
  graph,
  graphAnswers,
  graphJudgements,
  graphOntologies,
  graphCosts,
  graphExploration,
  graphMerges,
  graphResolution,
  makePlace,
  process,
  publish,
  queue,
  repositories,
  rowsOf,
  sendWebhook,
  supabase,
  type Leased,
  type Place,
  type SentWebhook,
} from "./fixture.ts";
import { inboundCases, makeInboundScene } from "./webhooks-in.fixture.ts";

// Every method of every repository, called by one organisation with another's ids. What may come back is a refusal
// (tenant_mismatch), undefined, false or an empty list; what the other organisation has must not change.

interface Scene {
  /** Who asks. */
  readonly own: Place;
  /** Whose ids it uses: a ready document, one that is being embedded, a queued and a deleting one; a file, a key. */
  readonly foreign: Place;
  readonly ready: Leased;
  readonly busy: Leased;
  readonly graphLease: Leased;
  /** A document whose file is being read. */
  readonly reading: Leased;
  readonly chunkId: number;
  readonly queued: string;
  readonly deleting: string;
  readonly entityIds: readonly [string, string];
  readonly path: string;
  readonly requestLease: string;
  readonly apiKey: { readonly id: string; readonly key: string };
  readonly crm: Awaited<ReturnType<typeof makeCrmScene>>;
  readonly webhook: SentWebhook;
  readonly inbound: Awaited<ReturnType<typeof makeInboundScene>>;
}

const graphAnswer = {
  provider: "openrouter",
  model: "m",
  requestId: "answer",
  content: "{}",
  isTruncated: false,
  tokens: 1,
  costUsd: 0.000_000_01,
  chunkKeys: ["theirs"],
};

const judgement = { pairKey: "theirs", verdict: "same" } as const;
const judged = {
  provider: "openrouter",
  model: "m",
  requestId: "judged",
  tokens: 1,
  costUsd: 1,
  verdicts: [judgement],
};
const strict = { definition: { mode: "open", entityTypes: [], relations: [] }, fingerprint: "f" };

let scene: Scene;
beforeAll(async () => {
  const [own, foreign] = [await makePlace(), await makePlace()];
  const ready = await publish(foreign, ["Ромашка купила Лютик."]);
  const graphLease = await claimGraph(foreign.orgId, ready.documentId, 1);
  const [chunk] = await graph.pending({ ...graphLease, limit: 1 });
  const chunkId = chunk?.chunkId ?? 0;
  await graph.applyChunk({
    ...graphLease,
    chunkId,
    contribution: contributionOf("Ромашка купила Лютик.", ["Ромашка", "Лютик"]),
  });
  const {
    entities: [a, b],
  } = await graph.entities({ orgId: foreign.orgId, limit: 2 });
  await graphAnswers.store({ ...graphAnswer, orgId: foreign.orgId, documentId: ready.documentId });
  await graphJudgements.store({ ...judged, orgId: foreign.orgId, knowledgeBaseId: foreign.base.id });
  const { id: embedding } = await queue(foreign);
  await process(foreign, embedding, cut(["Василёк"]));
  const claimed = await embeddingStore.claim({
    orgId: foreign.orgId,
    documentId: embedding,
    generation: 1,
    leaseSeconds: 600,
  });
  const { id: deleting } = await queue(foreign);
  await repositories.documents.beginDelete({ orgId: foreign.orgId, documentId: deleting });
  const path = `${foreign.orgId}/documents/${randomUUID()}/a.txt`;
  await files.upload({ orgId: foreign.orgId, path, body: "тайна", contentType: "text/plain" });
  await limits.set({ orgId: foreign.orgId, maxPages: foreignMaxPages });
  await dataKeys.create({ orgId: foreign.orgId, record: foreignKey("theirs") });
  await documentPasswords.set({ ...ready, sealed: "theirs" });
  const { id: documentId } = await documents.create({
    ...content(foreign.orgId),
    orgId: foreign.orgId,
    knowledgeBaseId: foreign.base.id,
    name: "a",
    mime: null,
    sourceKey: foreignSource,
  });
  const claim = await documents.claimProcessing({ orgId: foreign.orgId, documentId, leaseSeconds: 600 });
  const begun = await idempotency.begin({
    orgId: foreign.orgId,
    key: foreignRequest,
    requestSha256: "00".repeat(32),
    leaseSeconds: 600,
  });
  scene = {
    own,
    foreign,
    ready,
    graphLease,
    chunkId,
    deleting,
    path,
    busy: { orgId: foreign.orgId, documentId: embedding, generation: 1, lease: claimed.lease ?? "" },
    reading: { orgId: foreign.orgId, documentId, generation: 1, lease: claim.lease ?? "" },
    queued: (await queue(foreign)).id,
    entityIds: [a?.id ?? "", b?.id ?? ""],
    requestLease: begun.outcome === "run" ? begun.lease : "",
    apiKey: await repositories.apiKeys.create({ orgId: foreign.orgId, name: "их ключ", scopes: ["*"] }),
    crm: await makeCrmScene(foreign.orgId),
    webhook: await sendWebhook(foreign.orgId),
    inbound: await makeInboundScene(foreign.orgId),
  };
});

const foreignMaxPages = 77;
const foreignRequest = "их запрос";
const foreignKey = (wrapped: string) => `dk1.${"a".repeat(16)}.${"b".repeat(16)}.${wrapped}`;
const foreignSource = "папка/договор.pdf";
const content = (orgId: string) => ({ objectPath: `${orgId}/new`, rawSha256: "00".repeat(32), byteSize: 1 });

type Repositories = typeof repositories;
type Cases = {
  readonly [R in keyof Repositories]: {
    readonly [M in keyof Repositories[R]]: (scene: Scene, orgId: string) => Promise<unknown>;
  };
};

// A method without a case does not compile; one that is added without types is caught by the test below.
const {
  apiKeys,
  chunks,
  dataKeys,
  documentPasswords,
  documents,
  documentStages,
  embeddingBudgets,
  embeddingStore: store,
  idempotency,
  knowledgeBases,
  legacy,
  limits,
  organisations,
  passages,
  quarantine,
  profileMoves,
  search,
  usage,
  versions,
  webhookDeliveries,
  webhookEndpoints,
  webhookMessages,
} = repositories;
const cases: Cases = {
  ...inboundCases,
  apiKeys: {
    create: (_, orgId) => apiKeys.create({ orgId, name: "свой", scopes: ["*"] }).then(() => undefined), // takes no foreign id
    find: ({ apiKey }, orgId) => apiKeys.find({ presentedKey: apiKey.key }).then((found) => found?.orgId === orgId), // the key says whose it is
    list: (_, orgId) => apiKeys.list({ orgId }).then((keys) => keys.filter((key) => key.orgId !== orgId)),
    revoke: ({ apiKey }, orgId) => apiKeys.revoke({ orgId, id: apiKey.id }),
  },
  chunks: {
    store: ({ busy }, orgId) => chunks.store({ ...busy, orgId, first: true, chunks: cut(["чужое"]) }),
    list: ({ ready }, orgId) => chunks.list({ ...ready, orgId, limit: 10 }),
  },
  dataKeys: {
    get: (_, orgId) => dataKeys.get({ orgId }),
    // The other organisation has this very record; ours is made of what we gave.
    create: (_, orgId) =>
      dataKeys.create({ orgId, record: foreignKey("own") }).then((record) => record !== foreignKey("own")),
  },
  documentPasswords: {
    get: ({ ready }, orgId) => documentPasswords.get({ ...ready, orgId }),
    set: ({ ready }, orgId) => documentPasswords.set({ ...ready, orgId, sealed: "own" }),
  },
  documents: {
    create: ({ foreign, queued }, orgId) =>
      documents.create({
        orgId,
        id: queued,
        knowledgeBaseId: foreign.base.id,
        name: "a",
        mime: null,
        byteSize: 1,
        objectPath: `${orgId}/a`,
      }),
    get: ({ ready }, orgId) => documents.get({ ...ready, orgId }),
    list: ({ foreign }, orgId) =>
      documents.list({ orgId, knowledgeBaseId: foreign.base.id, limit: 10 }).then((page) => page.documents),
    reprocess: ({ ready }, orgId) => documents.reprocess({ orgId, documentId: ready.documentId }),
    beginDelete: ({ ready }, orgId) => documents.beginDelete({ orgId, documentId: ready.documentId }),
    finishDelete: ({ deleting }, orgId) => documents.finishDelete({ orgId, documentId: deleting }),
    claimProcessing: ({ queued }, orgId) => documents.claimProcessing({ orgId, documentId: queued, leaseSeconds: 60 }),
    claimDelete: ({ deleting }, orgId) => documents.claimDelete({ orgId, documentId: deleting, leaseSeconds: 60 }),
    renewLease: ({ busy }, orgId) => documents.renewLease({ ...busy, orgId, stage: "search", leaseSeconds: 60 }),
    finishProcessing: ({ busy }, orgId) =>
      documents.finishProcessing({ ...busy, orgId, chunkCount: 1, charCount: 1, pageCount: null, language: null }),
    fail: ({ queued }, orgId) =>
      documents.fail({ orgId, documentId: queued, state: "failed", code: "file_corrupt", message: "" }),
    failGraph: ({ ready }, orgId) =>
      documents.failGraph({ ...ready, orgId, state: "failed", code: "ai_bad_response", message: "" }),
    due: () => Promise.resolve(undefined), // installation-wide by design, for the sweep; takes no organisation
    allDue: () => Promise.resolve(undefined), // the same, all pages
  },
  documentStages: {
    list: ({ ready }, orgId) => documentStages.list({ ...ready, orgId }),
  },
  idempotency: {
    // The other organisation has this very key under way, with this lease.
    begin: (_, orgId) =>
      idempotency
        .begin({ orgId, key: foreignRequest, requestSha256: "11".repeat(32), leaseSeconds: 60 })
        .then(({ outcome }) => outcome !== "run"),
    end: ({ requestLease: lease }, orgId) =>
      idempotency.end({ orgId, key: foreignRequest, lease, status: 200, answer: "" }),
    release: ({ requestLease: lease }, orgId) => idempotency.release({ orgId, key: foreignRequest, lease }),
  },
  legacy: {
    asset: ({ ready }, orgId) => legacy.asset({ orgId, assetId: ready.documentId }),
    article: ({ ready }, orgId) => legacy.article({ orgId, articleId: ready.documentId }),
  },
  organisations: {
    list: () => Promise.resolve(undefined), // installation-wide, for operators
    countRows: ({ own }, orgId) =>
      organisations.countRows({ orgId }).then(({ documents }) => own.orgId === orgId && documents !== undefined),
    eraseRows: () =>
      organisations.eraseRows({ orgId: randomUUID(), limit: 10, keepApiKeys: false }).then((rows) => rows > 0),
    listObjects: (_, orgId) => organisations.listObjects({ orgId, limit: 10 }),
    allObjects: (_, orgId) => Array.fromAsync(organisations.allObjects({ orgId })),
    exportRows: (_, orgId) => Array.fromAsync(organisations.exportRows({ orgId, table: "documents" })),
  },
  passages: {
    list: ({ ready }, orgId) => passages.list({ ...ready, orgId, limit: 10 }).then((page) => page.passages),
  },
  embeddingStore: {
    claim: ({ busy }, orgId) => store.claim({ ...busy, orgId, leaseSeconds: 60 }),
    reuse: ({ busy }, orgId) => store.reuse({ ...busy, orgId }),
    pending: ({ busy }, orgId) => store.pending({ ...busy, orgId, limit: 10 }),
    store: ({ busy, own, chunkId }, orgId) =>
      store.store({
        ...busy,
        orgId,
        profileId: own.profile.id,
        vectors: [{ chunkId, vector: [1, 2, 3] }],
        requestId: "x",
        tokens: 1,
        costUsd: 1,
      }),
    quarantine: ({ busy, chunkId }, orgId) =>
      store.quarantine({ ...busy, orgId, chunkId, code: "ai_bad_request", message: "" }),
  },
  files: {
    upload: ({ path }, orgId) => files.upload({ orgId, path, body: "x", contentType: "text/plain" }),
    download: ({ path }, orgId) => files.download({ orgId, path }),
    find: ({ path }, orgId) => files.find({ orgId, path }),
    adopt: ({ path }, orgId) =>
      files.adopt({ orgId, fromBucket: "agent-jobs", fromPath: path, path: `${orgId}/taken` }),
    remove: ({ path }, orgId) => files.remove({ orgId, paths: [`${orgId}/../${path}`, path] }),
  },
  graph: {
    claim: ({ ready }, orgId) => graph.claim({ ...ready, orgId, leaseSeconds: 60 }),
    pending: ({ busy }, orgId) => graph.pending({ ...busy, orgId, limit: 10 }),
    applyChunk: ({ graphLease, chunkId }, orgId) =>
      graph.applyChunk({
        ...graphLease,
        orgId,
        chunkId,
        contribution: { extractor: "x", entities: [], relations: [], rejected: [] },
      }),
    finish: ({ graphLease }, orgId) => graph.finish({ ...graphLease, orgId }),
    entities: ({ foreign, ready }, orgId) =>
      graph
        .entities({ orgId, knowledgeBaseId: foreign.base.id, documentId: ready.documentId, limit: 10 })
        .then((page) => page.entities),
    neighbours: ({ entityIds: [entityId] }, orgId) => graph.neighbours({ orgId, entityId, hops: 2, limit: 10 }),
    path: ({ entityIds: [fromId, toId] }, orgId) => graph.path({ orgId, fromId, toId, maxHops: 4 }),
    export: ({ foreign }, orgId) =>
      graph.export({ orgId, knowledgeBaseId: foreign.base.id }).then(({ entities, edges }) => [...entities, ...edges]),
  },
  graphAnswers: {
    find: (_, orgId) => graphAnswers.find({ orgId, chunkKeys: ["theirs"] }),
    store: ({ ready }, orgId) => graphAnswers.store({ ...graphAnswer, orgId, documentId: ready.documentId }),
  },
  graphJudgements: {
    find: ({ foreign }, orgId) =>
      graphJudgements.find({ orgId, knowledgeBaseId: foreign.base.id, pairKeys: [judgement.pairKey] }),
    store: ({ foreign }, orgId) => graphJudgements.store({ ...judged, orgId, knowledgeBaseId: foreign.base.id }),
  },
  graphOntologies: {
    versions: ({ foreign }, orgId) => graphOntologies.versions({ orgId, knowledgeBaseId: foreign.base.id, limit: 9 }),
    set: ({ foreign }, orgId) => graphOntologies.set({ ...strict, orgId, knowledgeBaseId: foreign.base.id }),
  },
  graphCosts: {
    document: ({ ready }, orgId) => graphCosts.document({ orgId, documentId: ready.documentId }),
    organisation: (_, orgId) =>
      graphCosts.organisation({ orgId, from: "2000-01-01", to: "2100-01-01", limit: 9 }).then((bill) => bill.documents),
  },
  graphExploration: {
    entity: ({ entityIds: [entityId] }, orgId) => graphExploration.entity({ orgId, entityId }),
    find: ({ entityIds }, orgId) => graphExploration.find({ orgId, entityIds }),
    around: ({ chunkId }, orgId) => graphExploration.around({ orgId, chunkIds: [chunkId], hops: 1, limit: 9 }),
    connected: ({ chunkId }, orgId) =>
      graphExploration.connected({ orgId, passages: [{ chunkId, weight: 1 }], limit: 9 }),
    links: ({ foreign }, orgId) =>
      graphExploration.links({ orgId, knowledgeBaseId: foreign.base.id, limit: 9 }).then(({ ids }) => ids),
  },
  graphMerges: {
    list: ({ foreign }, orgId) =>
      graphMerges.list({ orgId, knowledgeBaseId: foreign.base.id, limit: 9 }).then(({ merges }) => merges),
    undo: ({ foreign }, orgId) => graphMerges.undo({ orgId, knowledgeBaseId: foreign.base.id, mergeId: 1 }),
  },
  graphResolution: {
    latestChange: ({ foreign }, orgId) => graphResolution.latestChange({ orgId, knowledgeBaseId: foreign.base.id }),
    entities: ({ foreign }, orgId) =>
      Array.fromAsync(graphResolution.entities({ orgId, knowledgeBaseId: foreign.base.id })),
    decisions: ({ foreign }, orgId) => graphResolution.decisions({ orgId, knowledgeBaseId: foreign.base.id }),
    assign: ({ foreign, entityIds: [id, canonicalId] }, orgId) =>
      graphResolution.assign({
        orgId,
        knowledgeBaseId: foreign.base.id,
        change: 1,
        assignments: [{ id, canonicalId }],
      }),
    settle: ({ foreign }, orgId) =>
      graphResolution
        .settle({ orgId, knowledgeBaseId: foreign.base.id, change: Number.MAX_SAFE_INTEGER })
        .then(() => undefined),
    decide: ({ foreign, entityIds: [entityId, otherId] }, orgId) =>
      graphResolution.decide({ orgId, knowledgeBaseId: foreign.base.id, entityId, otherId, verdict: "same" }),
    allDue: () => Promise.resolve(undefined), // installation-wide, for the sweep
  },
  knowledgeBases: {
    ensureDefault: ({ own }, orgId) =>
      knowledgeBases.ensureDefault({ orgId, profileId: own.profile.id }).then((base) => base.orgId !== orgId),
    create: ({ own }, orgId) =>
      knowledgeBases.create({ orgId, name: "своя", profileId: own.profile.id }).then((base) => base.orgId !== orgId),
    get: ({ foreign }, orgId) => knowledgeBases.get({ orgId, knowledgeBaseId: foreign.base.id }),
    list: (_, orgId) => knowledgeBases.list({ orgId }).then((bases) => bases.filter((base) => base.orgId !== orgId)),
    update: ({ foreign }, orgId) => knowledgeBases.update({ orgId, knowledgeBaseId: foreign.base.id, name: "взята" }),
    remove: ({ foreign }, orgId) => knowledgeBases.remove({ orgId, knowledgeBaseId: foreign.base.id }),
  },
  embeddingBudgets: {
    // None takes a foreign id; what they change is seen in the rows of the other organisation.
    get: (_, orgId) => embeddingBudgets.get({ orgId }).then(({ usdThisMonth }) => usdThisMonth > 0),
    set: (_, orgId) => embeddingBudgets.set({ orgId, maxUsdPerDay: null, maxUsdPerMonth: null }).then(() => undefined),
    standing: (_, orgId) => embeddingBudgets.standing({ orgId }).then(({ pause }) => pause !== null),
    weights: () => embeddingBudgets.weights().then(() => undefined), // for the sweep, across organisations
    pause: (_, orgId) =>
      embeddingBudgets
        .pause({ orgId, code: "ai_payment_required", message: "m", resumesInSeconds: 60 })
        .then((blocked) => blocked > 0),
    resume: (_, orgId) => embeddingBudgets.resume({ orgId }),
    resumeDue: () => embeddingBudgets.resumeDue().then(() => undefined), // for the sweep, across organisations
  },
  profileMoves: {
    get: ({ foreign }, orgId) => profileMoves.get({ orgId, knowledgeBaseId: foreign.base.id }),
    begin: ({ foreign, own }, orgId) =>
      profileMoves.begin({ orgId, knowledgeBaseId: foreign.base.id, profileId: own.profile.id }),
    waiting: ({ foreign }, orgId) => profileMoves.waiting({ orgId, knowledgeBaseId: foreign.base.id, limit: 10 }),
    forget: ({ foreign }, orgId) => profileMoves.forget({ orgId, knowledgeBaseId: foreign.base.id }),
  },
  limits: {
    get: (_, orgId) => limits.get({ orgId }).then(({ maxPages }) => maxPages === foreignMaxPages),
    set: (_, orgId) => limits.set({ orgId, maxPages: 1 }).then(() => undefined), // takes no foreign id
  },
  quarantine: {
    list: ({ ready }, orgId) => quarantine.list({ ...ready, orgId, limit: 10 }).then(({ passages }) => passages),
    retry: ({ ready, chunkId }, orgId) => quarantine.retry({ ...ready, orgId, chunkId }),
  },
  search: {
    hybrid: ({ foreign, ready }, orgId) =>
      search.hybrid({
        orgId,
        knowledgeBaseId: foreign.base.id,
        documentId: ready.documentId,
        query: "Ромашка",
        vector: [1, 1, 1],
        profileId: foreign.profile.id,
        limit: 10,
      }),
    neighbours: ({ chunkId }, orgId) => search.neighbours({ orgId, chunkIds: [chunkId], count: 3 }),
  },
  usage: {
    record: ({ ready }, orgId) =>
      usage.record({
        orgId,
        requestId: "y",
        documentId: ready.documentId,
        purpose: "graph",
        provider: "local",
        model: "m",
        tokens: 1,
        costUsd: 1,
      }),
    summarise: (_, orgId) => usage.summarise({ orgId, from: "2000-01-01", to: "2100-01-01" }),
  },
  versions: {
    findBySource: ({ foreign }, orgId) =>
      versions.findBySource({ orgId, knowledgeBaseId: foreign.base.id, sourceKey: foreignSource }),
    replaceContent: ({ ready }, orgId) =>
      versions.replaceContent({ ...content(orgId), orgId, documentId: ready.documentId }),
    forgetPaths: ({ ready }, orgId) => versions.forgetPaths({ orgId, documentId: ready.documentId, paths: ["a"] }),
    attach: ({ reading, queued }, orgId) =>
      versions.attach({ ...content(orgId), ...reading, orgId, id: queued, name: "a", mime: null }),
  },
  webhookDeliveries: {
    claim: ({ webhook }, orgId) => webhookDeliveries.claim({ ...webhook, orgId, leaseSeconds: 60, limit: 1 }),
    record: ({ webhook }, orgId) =>
      webhookDeliveries.record({ ...webhook, orgId, attempts: [], leaseSeconds: 60, limit: 1 }),
    release: ({ webhook }, orgId) => webhookDeliveries.release({ ...webhook, orgId }),
    get: ({ webhook }, orgId) => webhookDeliveries.get({ ...webhook, orgId }),
    list: ({ webhook: { endpointId, messageId } }, orgId) =>
      webhookDeliveries.list({ orgId, endpointId, messageId, limit: 10 }).then((page) => page.deliveries),
    attempts: ({ webhook }, orgId) => webhookDeliveries.attempts({ ...webhook, orgId }),
    redeliver: async ({ webhook: { endpointId, deliveryId } }, orgId) => {
      expect(await webhookDeliveries.redeliver({ orgId, endpointId, limit: 10 })).toMatchObject({ redelivered: 0 });
      return webhookDeliveries.redeliver({ orgId, deliveryIds: [deliveryId], limit: 10 });
    },
    cancel: ({ webhook }, orgId) => webhookDeliveries.cancel({ ...webhook, orgId }),
    allDue: () => Promise.resolve(undefined), // installation-wide by design, for the sweep; takes no organisation
    purge: () => Promise.resolve(undefined), // the same
  },
  webhookEndpoints: {
    create: async ({ webhook: { endpointId } }, orgId) => {
      const settings = { url: "https://example.com/", description: "", eventTypes: ["*"], ordered: false };
      const more = { concurrency: 1, ratePerSecond: null, headerNames: [], sealedHeaders: null };
      const secret = { id: randomUUID(), sealed: "v1.sealed" };
      await expect(
        webhookEndpoints.create({ orgId, endpointId, settings: { ...settings, ...more }, secret }),
      ).rejects.toMatchObject({ code: "conflict" });
    },
    get: ({ webhook }, orgId) => webhookEndpoints.get({ ...webhook, orgId }),
    list: (_, orgId) => webhookEndpoints.list({ orgId }).then((rows) => rows.filter((row) => row.orgId !== orgId)),
    update: ({ webhook }, orgId) => webhookEndpoints.update({ ...webhook, orgId, changes: { url: "https://a.b/" } }),
    remove: ({ webhook }, orgId) => webhookEndpoints.remove({ ...webhook, orgId }),
    disable: ({ webhook }, orgId) => webhookEndpoints.disable({ ...webhook, orgId }),
    enable: ({ webhook }, orgId) => webhookEndpoints.enable({ ...webhook, orgId, cancelWaiting: true }),
    rotateSecret: ({ webhook }, orgId) =>
      webhookEndpoints.rotateSecret({
        ...webhook,
        orgId,
        secret: { id: randomUUID(), sealed: "v1.x" },
        overlapSeconds: 0,
      }),
  },
  webhookMessages: {
    create: ({ webhook: { endpointId } }, orgId) =>
      webhookMessages.create({ orgId, eventType: "order.created", payload: {}, endpointId }),
    get: ({ webhook }, orgId) => webhookMessages.get({ ...webhook, orgId }),
    list: (_, orgId) => webhookMessages.list({ orgId, limit: 10 }).then((page) => page.messages),
  },
};

test("every method of every repository has a case", () => {
  const methods = (value: object) =>
    Object.entries(value).flatMap(([name, of]) => Object.keys(of as object).map((method) => `${name}.${method}`));
  expect(methods({ ...cases, ...crmCases }).sort()).toEqual(methods({ ...repositories, ...crmRepositories }).sort());
});

const walk = Object.entries({ ...cases, ...crmCases }).flatMap(([repository, methods]) =>
  Object.entries(methods).map(([method, attempt]) => [`${repository}.${method}`, attempt] as const),
);

test.each(walk)("%s gives another organisation nothing", async (_, attempt) => {
  const before = await rowsOf(scene.foreign.orgId);
  const answer = await attempt(scene, scene.own.orgId).catch((error: unknown) => {
    expect(error).toMatchObject({ code: "tenant_mismatch" });
    return undefined;
  });
  expect(
    answer === undefined || answer === false || (Array.isArray(answer) && answer.length === 0) ? "nothing" : answer,
  ).toBe("nothing");
  expect(await rowsOf(scene.foreign.orgId)).toEqual(before);
  expect(await (await files.download({ orgId: scene.foreign.orgId, path: scene.path })).text()).toBe("тайна");
});

test("the walk's ids are real: their own organisation is answered", async () => {
  const {
    foreign,
    ready,
    queued,
    entityIds: [fromId, toId],
  } = scene;
  const { orgId } = foreign;
  expect(await documents.get({ orgId, documentId: ready.documentId })).toBeDefined();
  expect(await documents.get({ orgId, documentId: queued })).toMatchObject({ state: "queued" });
  expect(await limits.get({ orgId })).toMatchObject({ maxPages: foreignMaxPages });
  expect(await dataKeys.get({ orgId })).toBe(foreignKey("theirs"));
  expect(await documentPasswords.get({ ...scene.ready, orgId })).toBe("theirs");
  expect(
    await versions.findBySource({ orgId, knowledgeBaseId: foreign.base.id, sourceKey: foreignSource }),
  ).toBeDefined();
  expect(await search.hybrid({ orgId, query: "Ромашка", limit: 1 })).toHaveLength(1);
  expect(await graph.path({ orgId, fromId, toId, maxHops: 1 })).toMatchObject({ edges: [{ weight: 1 }] });
  expect((await supabase.from("api_keys").select("id").eq("org_id", orgId)).data).toHaveLength(1);
});
