import { webhooks } from "@gpt-agent/jobs/queues/webhooks";
import { z } from "zod";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import type { Ports } from "../ports.ts";
import { notFound, Problem } from "../problem.ts";
import { id } from "../resources/id.ts";
import { inboundEvent, inboundEventWithBody, toBody, toInboundEvent } from "../resources/inbound-event.ts";
import { pageQuery } from "../resources/page.ts";

const tag = "Webhooks: incoming";
const params = z.object({ eventId: id });
const blockedLane = z.object({
  id,
  key: z.string().describe("What its events are about."),
  scopeId: id.describe("Their source, or its CRM connection."),
  blockedAt: z.iso.datetime({ offset: true }),
});

/** What was received, what became of it, and what a person can do about what failed. */
export const inboundEventRoutes = ({
  inboundEvents: events,
  webhookSources: sources,
  enqueue,
  log,
}: Pick<Ports, "inboundEvents" | "webhookSources" | "enqueue" | "log">): readonly Endpoint[] => {
  /** The row is what counts; without Redis the sweep finds the lane. */
  const wake = async (orgId: string, laneId: string): Promise<void> => {
    try {
      await enqueue(webhooks, { kind: "inbound", orgId, laneId });
    } catch (error) {
      log.warn("a lane waits for the sweep: Redis takes no job", { orgId, laneId, error });
    }
  };

  return [
    defineEndpoint({
      method: "get",
      path: "/v1/webhooks/events",
      operationId: "listInboundEvents",
      summary: "Received events, newest first",
      tag,
      query: z.strictObject({
        sourceId: id.optional(),
        laneId: id.optional(),
        state: z.enum(["queued", "done", "dead"]).optional(),
        ...pageQuery(200, 50),
      }),
      answers: {
        200: {
          description: "A page; without bodies",
          schema: z.object({ events: z.array(inboundEvent), nextCursor: z.string().optional() }),
        },
      },
      errors: ["not_found"],
      handle: async ({ query }, { orgId }) => {
        const { sourceId, laneId } = query;
        if (sourceId && !(await sources.get({ orgId, sourceId }))) throw notFound("webhook source");
        // A lane is made with its first event.
        if (laneId && (await events.list({ orgId, laneId, limit: 1 })).events.length === 0) throw notFound("lane");
        const { events: rows, ...page } = await events.list({ orgId, ...query });
        return { status: 200, body: { events: rows.map(toInboundEvent), ...page } };
      },
    }),

    defineEndpoint({
      method: "get",
      path: "/v1/webhooks/events/:eventId",
      operationId: "getInboundEvent",
      summary: "One event with its body",
      tag,
      params,
      answers: { 200: { description: "Found", schema: inboundEventWithBody } },
      errors: ["not_found"],
      handle: async ({ params: { eventId } }, { orgId }) => {
        const [row, stored] = await Promise.all([events.get({ orgId, eventId }), events.body({ orgId, eventId })]);
        if (!row || !stored) throw notFound("event");
        const { headers, raw } = stored;
        return { status: 200, body: { ...toInboundEvent(row), headers, body: toBody(raw) } };
      },
    }),

    defineEndpoint({
      method: "post",
      path: "/v1/webhooks/events/:eventId/retry",
      operationId: "retryInboundEvent",
      summary: "Handle a dead event again",
      description: "In its old place, before what waits in its lane. A lane that it blocks goes on with it.",
      tag,
      params,
      answers: { 202: { description: "Queued", schema: inboundEvent } },
      errors: ["not_found", "conflict"],
      handle: async ({ params: { eventId } }, { orgId }) => {
        const laneId = await events.retry({ orgId, eventId });
        if (laneId === undefined) throw new Problem("conflict", "The event is not dead, or its body is gone.");
        await wake(orgId, laneId);
        const row = await events.get({ orgId, eventId });
        if (!row) throw notFound("event");
        return { status: 202, body: toInboundEvent(row) };
      },
    }),

    defineEndpoint({
      method: "get",
      path: "/v1/webhooks/lanes",
      operationId: "listBlockedLanes",
      summary: "Lanes that wait for a person behind a dead event",
      tag,
      answers: {
        200: {
          description: "The longest blocked first, at most 200",
          schema: z.object({ lanes: z.array(blockedLane) }),
        },
      },
      handle: async (_input, { orgId }) => ({
        status: 200,
        body: { lanes: await events.blockedLanes({ orgId, limit: 200 }) },
      }),
    }),

    defineEndpoint({
      method: "post",
      path: "/v1/webhooks/lanes/:laneId/unblock",
      operationId: "unblockLane",
      summary: "Let a lane go on without its dead event",
      tag,
      params: z.object({ laneId: id }),
      answers: { 204: { description: "It goes on" } },
      errors: ["not_found", "conflict"],
      handle: async ({ params: { laneId } }, { orgId }) => {
        if (!(await events.unblock({ orgId, laneId }))) throw new Problem("conflict", "The lane is not blocked.");
        await wake(orgId, laneId);
        return { status: 204 };
      },
    }),
  ];
};
