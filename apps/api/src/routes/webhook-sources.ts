import { randomUUID } from "node:crypto";
import type { Scheme, SchemeOptions } from "@gpt-agent/signatures/scheme";
import { optionsProblem, secretProblem } from "@gpt-agent/signatures/secret-problem";
import { makeWebhookAddress, secretPlace } from "@gpt-agent/supabase/webhook-sources";
import { z } from "zod";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import type { Ports } from "../ports.ts";
import { notFound, Problem } from "../problem.ts";
import { id } from "../resources/id.ts";
import {
  newWebhookSource,
  secret as secretText,
  toWebhookSource,
  webhookAddress,
  webhookSource,
  webhookSourceChanges,
} from "../resources/webhook-source.ts";

const tag = "Webhooks: incoming";
const params = z.object({ sourceId: id });

/** Who may send webhooks to `/hooks/…`, how they prove themselves, and what becomes of what they send. */
export const webhookSourceRoutes = ({
  webhookSources: sources,
  seal,
}: Pick<Ports, "webhookSources" | "seal">): readonly Endpoint[] => {
  const sealed = async (orgId: string, secret: string) => {
    const secretId = randomUUID();
    return { id: secretId, sealed: await seal.seal({ orgId, rowId: secretId, ...secretPlace }, secret) };
  };
  const read = async (orgId: string, sourceId: string) => {
    const source = await sources.get({ orgId, sourceId });
    if (!source) throw notFound("webhook source");
    return source;
  };

  return [
    defineEndpoint({
      method: "get",
      path: "/v1/webhooks/sources",
      operationId: "listWebhookSources",
      summary: "All sources of incoming webhooks",
      tag,
      answers: { 200: { description: "Oldest first", schema: z.object({ sources: z.array(webhookSource) }) } },
      handle: async (_input, { orgId }) => {
        const rows = await sources.list({ orgId });
        return { status: 200, body: { sources: rows.map(toWebhookSource) } };
      },
    }),

    defineEndpoint({
      method: "post",
      path: "/v1/webhooks/sources",
      operationId: "createWebhookSource",
      summary: "Create an address for a sender of webhooks",
      description:
        "The token in the address is shown once. Without a secret everything is refused, except for schemes that have none; " +
        "add it once the sender has told it.",
      tag,
      body: newWebhookSource,
      answers: {
        201: {
          description: "Created",
          schema: z.object({ source: webhookSource, ...webhookAddress.shape }),
          headers: { location: "Where the source is described" },
        },
      },
      errors: ["not_found"],
      handle: async ({ body: { secrets, ...settings } }, { orgId }) => {
        checkSettings(settings.scheme, settings);
        for (const secret of secrets) checkSecret(settings.scheme, secret, settings.options);
        const sourceId = randomUUID();
        const { tokenHash, ...address } = makeWebhookAddress();
        await sources.create({
          orgId,
          id: sourceId,
          ...settings,
          tokenHash,
          secrets: await Promise.all(secrets.map((secret) => sealed(orgId, secret))),
        });
        const source = toWebhookSource(await read(orgId, sourceId));
        const headers = { location: `/v1/webhooks/sources/${sourceId}` };
        return { status: 201, body: { source, ...address }, headers };
      },
    }),

    defineEndpoint({
      method: "get",
      path: "/v1/webhooks/sources/:sourceId",
      operationId: "getWebhookSource",
      summary: "One source",
      tag,
      params,
      answers: { 200: { description: "Found", schema: webhookSource } },
      errors: ["not_found"],
      handle: async ({ params: { sourceId } }, { orgId }) => ({
        status: 200,
        body: toWebhookSource(await read(orgId, sourceId)),
      }),
    }),

    defineEndpoint({
      method: "patch",
      path: "/v1/webhooks/sources/:sourceId",
      operationId: "updateWebhookSource",
      summary: "Change or disable a source",
      description:
        "A disabled source's address is answered like an unknown one. Messages that wait are handled all the same.",
      tag,
      params,
      body: webhookSourceChanges,
      answers: { 200: { description: "Changed", schema: webhookSource } },
      errors: ["not_found"],
      handle: async ({ params: { sourceId }, body: changes }, { orgId }) => {
        const { scheme, ...present } = await read(orgId, sourceId);
        checkSettings(scheme as Scheme, { ...present, ...changes });
        if (!(await sources.update({ orgId, sourceId, ...changes }))) throw notFound("webhook source");
        return { status: 200, body: toWebhookSource(await read(orgId, sourceId)) };
      },
    }),

    defineEndpoint({
      method: "delete",
      path: "/v1/webhooks/sources/:sourceId",
      operationId: "deleteWebhookSource",
      summary: "Delete a source and what it received",
      description: "Its address is void within seconds; what it received is removed bit by bit.",
      tag,
      params,
      answers: { 204: { description: "Gone" } },
      errors: ["not_found"],
      handle: async ({ params: { sourceId } }, { orgId }) => {
        if (!(await sources.remove({ orgId, sourceId }))) throw notFound("webhook source");
        return { status: 204 };
      },
    }),

    defineEndpoint({
      method: "post",
      path: "/v1/webhooks/sources/:sourceId/token",
      operationId: "renewWebhookToken",
      summary: "A new address; the old one is void within seconds",
      tag,
      params,
      answers: { 200: { description: "The new address, shown once", schema: webhookAddress } },
      errors: ["not_found"],
      handle: async ({ params: { sourceId } }, { orgId }) => {
        const { tokenHash, ...address } = makeWebhookAddress();
        const row = await sources.update({ orgId, sourceId, tokenHash });
        if (!row) throw notFound("webhook source");
        return { status: 200, body: address };
      },
    }),

    defineEndpoint({
      method: "post",
      path: "/v1/webhooks/sources/:sourceId/secrets",
      operationId: "addWebhookSecret",
      summary: "Add a secret, for instance during a rotation",
      description: "Messages signed with any secret that stands are taken, ten at most.",
      tag,
      params,
      body: z.strictObject({
        secret: secretText,
        overlapSeconds: z
          .int()
          .min(0)
          .max(2_592_000)
          .optional()
          .describe("How long the present ones still stand; without it, until they are removed."),
      }),
      answers: { 201: { description: "Added", schema: webhookSource } },
      errors: ["not_found"],
      handle: async ({ params: { sourceId }, body: { secret, overlapSeconds } }, { orgId }) => {
        const { scheme, options } = await read(orgId, sourceId);
        checkSecret(scheme as Scheme, secret, options);
        await sources.addSecret({ orgId, sourceId, ...(await sealed(orgId, secret)), overlapSeconds });
        return { status: 201, body: toWebhookSource(await read(orgId, sourceId)) };
      },
    }),

    defineEndpoint({
      method: "delete",
      path: "/v1/webhooks/sources/:sourceId/secrets/:secretId",
      operationId: "removeWebhookSecret",
      summary: "Remove a secret",
      tag,
      params: z.object({ sourceId: id, secretId: id }),
      answers: { 204: { description: "Gone" } },
      errors: ["not_found"],
      handle: async ({ params: { sourceId, secretId } }, { orgId }) => {
        if (!(await sources.removeSecret({ orgId, sourceId, secretId }))) throw notFound("webhook secret");
        return { status: 204 };
      },
    }),
  ];
};

const refuse = (pointer: string, message: string): Problem =>
  new Problem("invalid_request", `The request does not fit the scheme. ${message}`, {
    issues: [{ in: "body", pointer, message }],
  });

const checkSettings = (
  scheme: Scheme,
  {
    options,
    connectionId,
    forwardEventType,
  }: {
    readonly options: SchemeOptions;
    readonly connectionId: string | null;
    readonly forwardEventType: string | null;
  },
): void => {
  const problem = optionsProblem(scheme, options);
  if (problem !== undefined) throw refuse("/options", problem);
  if (connectionId !== null && forwardEventType !== null) {
    throw refuse("/forwardEventType", "Messages belong to a CRM connection or are forwarded, not both.");
  }
};

const checkSecret = (scheme: Scheme, secret: string, options: SchemeOptions): void => {
  const problem = secretProblem(scheme, secret, options);
  if (problem !== undefined) throw refuse("/secrets", problem);
};
