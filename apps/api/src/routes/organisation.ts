import { z } from "zod";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import type { Ports } from "../ports.ts";
import { Problem } from "../problem.ts";
import { id } from "../resources/id.ts";

/** A request should be answered before a proxy gives it up. */
const workForMs = 20_000;

export const organisationRoutes = ({ eraseOrganisation }: Pick<Ports, "eraseOrganisation">): readonly Endpoint[] => [
  defineEndpoint({
    method: "delete",
    path: "/v1/organisation/data",
    operationId: "eraseOrganisationData",
    summary: "Remove everything of the organisation, for good",
    description:
      "Documents, vectors, graph, files, CRM connections and records, webhooks, usage, waiting jobs. Its API keys stay, for " +
      "this call to be made again until `done`. Nothing in a CRM itself is touched.",
    tag: "Organisation",
    query: z.strictObject({ confirm: id.describe("The organisation's own id: this cannot be taken back.") }),
    answers: {
      200: {
        description: "What was removed by this call",
        schema: z.object({ done: z.boolean(), rows: z.int(), files: z.int(), jobs: z.int() }),
      },
    },
    errors: ["storage_unavailable", "queue_unavailable"],
    handle: async ({ query: { confirm } }, { orgId, signal, log }) => {
      if (confirm.toLowerCase() !== orgId.toLowerCase()) {
        throw new Problem("invalid_request", "`confirm` is not the id of the organisation that this key belongs to.");
      }
      const until = AbortSignal.any([signal, AbortSignal.timeout(workForMs)]);
      const { done, rows, files, jobs } = await eraseOrganisation({ orgId, keepApiKeys: true, until });
      log.warn("an organisation's data was erased", { done, rows, files, jobs });
      return { status: 200, body: { done, rows, files, jobs } };
    },
  }),
];
