import type { QueueDefinition } from "@gpt-agent/jobs/define-queue";
import { PermanentError } from "@gpt-agent/jobs/errors";
import { z } from "zod";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import type { Ports } from "../ports.ts";
import { notFound, Problem } from "../problem.ts";
import { publicPayload } from "../public-payload.ts";
import { id } from "../resources/id.ts";

const tag = "Jobs";
const job = z
  .object({
    id: z.string(),
    queue: z.string(),
    state: z.enum(["waiting", "active", "delayed", "completed", "failed"]),
    attempts: z.int().describe("Those that ended in an error."),
    progress: z.json().describe("What the job last said of itself, if anything."),
    error: z.string().nullable().describe("Why its last attempt failed: a code and a sentence."),
  })
  .meta({ id: "Job" });

/** `kb-files` → `enqueueKbFiles`. */
const operationOf = (queue: string): string =>
  `enqueue-${queue}`.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Jobs by hand. Rows cause their own: these are for who wants one again, or sooner. */
export const jobRoutes = (
  ports: Pick<
    Ports,
    "jobs" | "enqueue" | "documents" | "knowledgeBases" | "webhookEndpoints" | "inboundEvents" | "crm"
  >,
): readonly Endpoint[] => [
  ...ports.jobs.queues.flatMap((queue) => enqueueRoute(ports, queue) ?? []),
  defineEndpoint({
    method: "get",
    path: "/v1/jobs/:queue/:jobId",
    operationId: "getJob",
    summary: "Where a job stands",
    description:
      "Finished jobs are forgotten after a day, failed ones after a month. The row that a job is about is the record.",
    tag,
    params: z.object({ queue: z.string().max(100), jobId: z.string().max(200) }),
    answers: { 200: { description: "Found", schema: job } },
    errors: ["not_found", "queue_unavailable"],
    handle: async ({ params: { queue: name, jobId } }, { orgId }) => {
      const queue = ports.jobs.queues.find((one) => one.name === name);
      const status = queue && (await ports.jobs.status(queue, jobId));
      if (!queue || !status || status.orgId !== orgId) throw notFound("job");
      const { state, attemptsMade, progress, failedReason } = status;
      const told = progress as z.output<typeof job>["progress"];
      const body = {
        id: jobId,
        queue: name,
        state,
        attempts: attemptsMade,
        progress: told,
        error: failedReason ?? null,
      };
      return { status: 200, body };
    },
  }),
];

type OwnedRows = Pick<Ports, "documents" | "knowledgeBases" | "webhookEndpoints" | "inboundEvents" | "crm">;

/** How an id in a payload is looked up: a job about another's row would only fail later, and out of sight. */
const lookUps: Readonly<Record<string, (rows: OwnedRows, orgId: string, id: string) => Promise<unknown>>> = {
  documentId: ({ documents }, orgId, documentId) => documents.get({ orgId, documentId }),
  knowledgeBaseId: ({ knowledgeBases }, orgId, knowledgeBaseId) => knowledgeBases.get({ orgId, knowledgeBaseId }),
  connectionId: ({ crm }, orgId, connectionId) => crm.connections.get({ orgId, connectionId }),
  endpointId: ({ webhookEndpoints }, orgId, endpointId) => webhookEndpoints.get({ orgId, endpointId }),
  laneId: async ({ inboundEvents }, orgId, laneId) => (await inboundEvents.list({ orgId, laneId, limit: 1 })).events[0],
};

const requireOwn = async (
  rows: OwnedRows,
  orgId: string,
  payload: Readonly<Record<string, unknown>>,
): Promise<void> => {
  for (const [name, value] of Object.entries(payload)) {
    if (!name.endsWith("Id") || typeof value !== "string") continue;
    const lookUp = lookUps[name];
    if (!lookUp) throw new Error(`nobody knows how to look up ${name}`);
    if (!(await lookUp(rows, orgId, value))) throw notFound(name.replace(/Id$/, ""));
  }
};

const enqueueRoute = (ports: Pick<Ports, "enqueue"> & OwnedRows, queue: QueueDefinition): Endpoint | undefined => {
  const body = publicPayload(queue);
  return (
    body &&
    defineEndpoint({
      method: "post",
      path: `/v1/jobs/${queue.name}`,
      operationId: operationOf(queue.name),
      summary: `Put a job into ${queue.name}`,
      description: "While one about the same row waits, this one is that one.",
      tag,
      body,
      answers: {
        202: {
          description: "It waits",
          schema: z.object({ queue: z.string(), jobId: id }),
          headers: { location: "Its address" },
        },
      },
      errors: ["not_found", "queue_unavailable"],
      handle: async ({ body: payload }, { orgId }) => {
        const fields = payload as Readonly<Record<string, unknown>>;
        await requireOwn(ports, orgId, fields);
        const { jobId } = await ports.enqueue(queue, { ...fields, orgId }).catch((error: unknown) => {
          if (!(error instanceof PermanentError && error.code === "invalid_payload")) throw error;
          throw new Problem("invalid_request", error.message, { cause: error });
        });
        const headers = { location: `/v1/jobs/${queue.name}/${jobId}` };
        return { status: 202, body: { queue: queue.name, jobId }, headers };
      },
    })
  );
};
