import { randomUUID } from "node:crypto";
import { QueueUnavailableError } from "@gpt-agent/queue/errors";
import { UnavailableError } from "@gpt-agent/supabase/errors";
import { expect, test } from "vitest";
import type { Endpoint } from "./endpoint.ts";
import { errorsOf } from "./openapi.ts";
import type { Ports } from "./ports.ts";
import { type Answer, type Client, makeClient } from "./testing/client.ts";
import { type Fakes, makeDocumentRow, makeFakes } from "./testing/fakes.ts";
import { makeScene, requestsTo, type SceneRequest } from "./testing/scene.ts";
import { startApp } from "./testing/start-app.ts";

type App = Awaited<ReturnType<typeof startApp>>;
type Scene = Awaited<ReturnType<typeof makeScene>>;

/** The same ports, of which those named throw whatever they are asked. */
const failing = (fakes: Fakes, names: readonly (keyof Ports)[], error: Error): Fakes => {
  // Also what is not a promise, so that nothing rejects unseen.
  const refuse = () => {
    throw error;
  };
  const broken = (port: unknown): unknown => {
    if (typeof port === "function") return refuse;
    if (typeof port !== "object" || port === null || Array.isArray(port)) return port;
    return Object.fromEntries(
      Object.entries(port).map(([name, part]) => [name, name === "provider" ? part : broken(part)]),
    );
  };
  const ports = Object.fromEntries(
    Object.entries(fakes.ports).map(([name, port]) => [
      name,
      names.includes(name as keyof Ports) ? broken(port) : port,
    ]),
  );
  return { ...fakes, ports: ports as unknown as Ports };
};

const infrastructure = new Set<keyof Ports>([
  "apiKeys",
  "idempotency",
  "rates",
  "seal",
  "log",
  "board",
  "checks",
  "fleet",
]);

/** What fails in the layers below, by the code that it must be told with, and which ports it strikes. */
const outages = (fakes: Fakes): readonly (readonly [code: string, Fakes])[] => {
  const all = (Object.keys(fakes.ports) as (keyof Ports)[]).filter((name) => !infrastructure.has(name));
  const away = (code: UnavailableError["code"]) => new UnavailableError(code, "away at http://10.0.0.1", {});
  return [
    ["internal_error", failing(fakes, all, new Error("relation is gone at http://10.0.0.1"))],
    ["database_unavailable", failing(fakes, all, away("database_unavailable"))],
    ["storage_unavailable", failing(fakes, ["files", "eraseOrganisation"], away("storage_unavailable"))],
    ["queue_unavailable", failing(fakes, ["enqueue", "jobs", "eraseOrganisation"], new QueueUnavailableError("away"))],
  ];
};

const upload = (name = "а.txt"): FormData => {
  const form = new FormData();
  form.set("file", new File(["текст"], name));
  return form;
};

/** Errors that depend on what a row says. The rest is provoked on every endpoint in the same way. */
const provocations: Readonly<Record<string, (scene: Scene, app: App) => Promise<Answer>>> = {
  "addDocument file_missing": ({ owner }) =>
    owner("POST", "/v1/documents", { name: "a", objectPath: `${owner.orgId}/нет` }),
  "addDocument file_too_large": ({ owner }, { limits }) => {
    limits.set(owner.orgId, { maxFileBytes: 1, maxPages: null, maxChunks: null, maxParseSeconds: null });
    return owner("POST", "/v1/documents", upload());
  },
  "replaceDocumentContent file_too_large": ({ owner, row }, { limits }) => {
    limits.set(owner.orgId, { maxFileBytes: 1, maxPages: null, maxChunks: null, maxParseSeconds: null });
    return owner("PUT", `/v1/documents/${row.id}/content`, upload());
  },
  "downloadDocument file_missing": ({ owner }, { documents }) => {
    const lost = makeDocumentRow({ orgId: owner.orgId, objectPath: `${owner.orgId}/lost` });
    documents.set(lost.id, lost);
    return owner("GET", `/v1/documents/${lost.id}/file`);
  },
  "testWebhookEndpoint endpoint_disabled": async ({ owner, endpoint }) => {
    await owner("POST", `/v1/webhooks/endpoints/${endpoint.id}/disable`);
    return owner("POST", `/v1/webhooks/endpoints/${endpoint.id}/test`);
  },
  "updateCrmRecord superseded": ({ owner, connectionId, record }) =>
    owner("PATCH", `/v1/crm/connections/${connectionId}/records/${record.id}`, {
      fields: { name: "Моё" },
      version: 999,
    }),
};

/** Storage is asked once there is a file. */
const uploads: typeof provocations = {
  "addDocument storage_unavailable": ({ owner }) => owner("POST", "/v1/documents", upload()),
  "replaceDocumentContent storage_unavailable": ({ owner, row }) =>
    owner("PUT", `/v1/documents/${row.id}/content`, upload()),
};

/** Answered in tests of their own: on the real database (test/api.e2e.test.ts), or after a row has been through more. */
const answeredElsewhere: ReadonlySet<string> = new Set([
  "watchDocument",
  "listNeighbours",
  "findPath",
  "decideEntities",
  "getEntity",
  "listAroundPassages",
  "undoMerge",
  "getDocumentGraphCosts",
  "replaceDocumentContent",
  "retryPassage",
  "retryDocument",
  "deleteKnowledgeBase",
  "switchKnowledgeBaseBack",
]);

const send = (client: Client, { method, path, payload }: SceneRequest, headers?: Record<string, string>) =>
  client(method, path, payload, headers);

/** Every way to fail that all endpoints share, provoked on this one. */
const provokeCommon = async (app: App, { owner, idOf }: Scene, endpoint: Endpoint, seen: (answer: Answer) => void) => {
  const [request] = requestsTo(endpoint, idOf, owner.orgId);
  if (!request) throw new Error("every endpoint takes some request");
  const { method, path } = request;
  seen(await owner(method, `${path}&nonsense=1`, request.payload));
  seen(await send(app.signUp([]), request));
  seen(await owner(method, path, request.payload, { authorization: "Bearer gak_unknown_unknown" }));

  const hasty = app.signUp();
  app.overRate.add(app.keys.get(hasty.key)?.id ?? "");
  seen(await send(hasty, request));

  if (method !== "GET") {
    const key = randomUUID();
    await app.ports.idempotency.begin({ orgId: owner.orgId, key, requestSha256: "another", leaseSeconds: 60 });
    seen(await send(owner, request, { "idempotency-key": key }));
  }
  for (const stolen of requestsTo(endpoint, idOf, randomUUID())) seen(await send(app.signUp(), stolen));
};

test("every endpoint is exercised, and every error that it documents is provoked", async () => {
  const undone: string[] = [];
  const provoked = new Map<string, Set<string>>();
  const note = ({ operationId }: Endpoint) => {
    const codes = provoked.get(operationId) ?? new Set();
    provoked.set(operationId, codes);
    return ({ status, body }: Answer): void => void codes.add(status < 400 ? "success" : String(body.code));
  };

  const app = await startApp({ ratePerMinute: 1_000 });
  for (const endpoint of app.endpoints) await provokeCommon(app, await makeScene(app), endpoint, note(endpoint));

  // Each with rows of its own: some of these end them.
  for (const endpoint of app.endpoints.filter(({ operationId }) => operationId !== "watchDocument")) {
    const { owner, idOf } = await makeScene(app);
    for (const request of requestsTo(endpoint, idOf, owner.orgId)) note(endpoint)(await send(owner, request));
  }

  const fakes = makeFakes();
  const scene = await makeScene(await startApp({}, fakes));
  for (const [code, struck] of outages(fakes)) {
    const broken = await startApp({}, struck);
    const { orgId, key } = scene.owner;
    const owner = makeClient({ url: broken.url, endpoints: broken.endpoints, orgId, key });
    for (const endpoint of broken.endpoints.filter((one) => (errorsOf(one) as readonly string[]).includes(code))) {
      const upload = uploads[`${endpoint.operationId} ${code}`];
      const [request] = requestsTo(endpoint, scene.idOf, orgId);
      const answer = upload ? await upload({ ...scene, owner }, broken) : request && (await send(owner, request));
      if (!answer) throw new Error("every endpoint takes some request");
      expect(JSON.stringify(answer.body)).not.toContain("10.0.0.1");
      note(endpoint)(answer);
    }
  }

  for (const [name, provoke] of Object.entries(provocations)) {
    const [operationId] = name.split(" ");
    const endpoint = app.endpoints.find((one) => one.operationId === operationId);
    if (!endpoint) throw new Error(`there is no operation ${operationId}`);
    const fresh = await startApp();
    note(endpoint)(await provoke(await makeScene(fresh), fresh));
  }

  for (const endpoint of app.endpoints) {
    const codes = provoked.get(endpoint.operationId);
    const expected: string[] = [...errorsOf(endpoint)];
    if (!answeredElsewhere.has(endpoint.operationId)) expected.push("success");
    const missing = expected.filter((code) => !codes?.has(code));
    if (missing.length > 0) undone.push(`${endpoint.operationId}: ${missing.join(", ")}`);
  }
  expect(undone, "documented, and never seen").toEqual([]);
}, 120_000);
