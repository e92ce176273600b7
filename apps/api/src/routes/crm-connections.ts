import { isPinnedHost } from "@gpt-agent/crm/transport/address";
import { sealClientSecret, sealTokens } from "@gpt-agent/crm/sealed-tokens";
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { connectionOf, wakeCrm } from "../crm-access.ts";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import type { Ports } from "../ports.ts";
import { notFound, Problem } from "../problem.ts";
import {
  crmConnection,
  crmConnectionChanges,
  longLivedToken,
  newCrmConnection,
  toCrmConnection,
} from "../resources/crm.ts";
import { id } from "../resources/id.ts";

const params = z.object({ connectionId: id });
const tag = "CRM";
const path = "/v1/crm/connections";

export const crmConnectionRoutes = ({
  crm,
  seal,
  enqueue,
  log,
}: Pick<Ports, "crm" | "seal" | "enqueue" | "log">): readonly Endpoint[] => [
  defineEndpoint({
    method: "get",
    path,
    operationId: "listCrmConnections",
    summary: "All CRM connections of the organisation",
    tag,
    answers: { 200: { description: "Oldest first", schema: z.object({ connections: z.array(crmConnection) }) } },
    handle: async (_input, { orgId }) => {
      const rows = await crm.connections.list({ orgId });
      return { status: 200, body: { connections: rows.map(toCrmConnection) } };
    },
  }),

  defineEndpoint({
    method: "post",
    path,
    operationId: "createCrmConnection",
    summary: "Prepare a connection to a CRM account",
    description:
      "It reads and writes nothing until the account is connected: by signing in (`POST /v1/crm/oauth/start`), or with a " +
      "long-lived token. Secrets are sealed and never returned.",
    tag,
    body: newCrmConnection,
    answers: { 201: { description: "Created", schema: crmConnection, headers: { location: "Its address" } } },
    handle: async ({ body: { app, ...connection } }, { orgId }) => {
      const key = { orgId, connectionId: randomUUID() };
      const own = app && {
        clientId: app.clientId,
        sealedClientSecret: await sealClientSecret(seal, key, app.clientSecret),
      };
      const row = await crm.connections.create({ orgId, id: key.connectionId, ...connection, ...own });
      return { status: 201, body: toCrmConnection(row), headers: { location: `${path}/${row.id}` } };
    },
  }),

  defineEndpoint({
    method: "get",
    path: `${path}/:connectionId`,
    operationId: "getCrmConnection",
    summary: "One connection and its state",
    tag,
    params,
    answers: { 200: { description: "Found", schema: crmConnection } },
    errors: ["not_found"],
    handle: async ({ params: { connectionId } }, { orgId }) => ({
      status: 200,
      body: toCrmConnection(await connectionOf(crm, { orgId, connectionId })),
    }),
  }),

  defineEndpoint({
    method: "patch",
    path: `${path}/:connectionId`,
    operationId: "updateCrmConnection",
    summary: "Change name, policy, plan or settings",
    tag,
    params,
    body: crmConnectionChanges,
    answers: { 200: { description: "Changed", schema: crmConnection } },
    errors: ["not_found"],
    handle: async ({ params: { connectionId }, body }, { orgId }) => {
      await connectionOf(crm, { orgId, connectionId });
      const row = await crm.connections.update({ orgId, connectionId, ...body });
      if (!row) throw notFound("CRM connection");
      return { status: 200, body: toCrmConnection(row) };
    },
  }),

  defineEndpoint({
    method: "delete",
    path: `${path}/:connectionId`,
    operationId: "deleteCrmConnection",
    summary: "Disconnect: forget tokens, records and what waits to be written",
    description:
      "For you it is gone at once. Soon after, the webhooks that we subscribed are removed in the CRM and what we hold is " +
      "deleted. No record is touched in the CRM: deleting there is not offered at all.",
    tag,
    params,
    answers: { 204: { description: "Gone" } },
    errors: ["not_found"],
    handle: async ({ params: { connectionId } }, { orgId }) => {
      if (!(await crm.connections.disconnect({ orgId, connectionId }))) throw notFound("CRM connection");
      await wakeCrm({ enqueue, log }, { kind: "disconnect", orgId, connectionId });
      return { status: 204 };
    },
  }),

  defineEndpoint({
    method: "post",
    path: `${path}/:connectionId/token`,
    operationId: "connectCrmWithToken",
    summary: "Connect with a long-lived token",
    description:
      "For private integrations. The token is sealed and never returned; the first call shows whether it works.",
    tag,
    params,
    body: longLivedToken,
    answers: { 202: { description: "Connected; the first reading begins", schema: crmConnection } },
    errors: ["not_found"],
    handle: async ({ params: { connectionId }, body: { accessToken, baseUrl } }, { orgId }) => {
      const key = { orgId, connectionId };
      const connection = await connectionOf(crm, key);
      if (!isPinnedHost(baseUrl, crm.provider(connection.provider).hostSuffixes)) {
        throw new Problem("invalid_request", `baseUrl is not an address of ${connection.provider}.`);
      }
      const origin = new URL(baseUrl).origin;
      await crm.tokens.authorize({
        ...key,
        ...(await sealTokens(seal, key, { accessToken, baseUrl: origin })),
        baseUrl: origin,
      });
      await wakeCrm({ enqueue, log }, { kind: "sync", ...key });
      return { status: 202, body: toCrmConnection(await connectionOf(crm, key)) };
    },
  }),

  defineEndpoint({
    method: "post",
    path: `${path}/:connectionId/sync`,
    operationId: "syncCrmConnection",
    summary: "Read and write now; also resumes a connection that was suspended",
    tag,
    params,
    answers: { 202: { description: "Queued", schema: crmConnection } },
    errors: ["not_found"],
    handle: async ({ params: { connectionId } }, { orgId }) => {
      const key = { orgId, connectionId };
      await connectionOf(crm, key);
      const row = await crm.connections.resume(key);
      await wakeCrm({ enqueue, log }, { kind: "sync", ...key });
      await wakeCrm({ enqueue, log }, { kind: "push", ...key });
      return { status: 202, body: toCrmConnection(row) };
    },
  }),
];
