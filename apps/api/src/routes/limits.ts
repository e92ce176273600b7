import { z } from "zod";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import type { Ports } from "../ports.ts";

const limit = z.number().positive().nullable();
const limits = z
  .object({
    maxFileBytes: limit.describe("Of one file."),
    maxPages: limit.describe("Of one file."),
    maxChunks: limit.describe("Passages of one file."),
    maxParseSeconds: limit.describe("For reading one file."),
  })
  .meta({ id: "Limits" });

export const limitRoutes = ({ limits: store }: Pick<Ports, "limits">): readonly Endpoint[] => [
  defineEndpoint({
    method: "get",
    path: "/v1/limits",
    operationId: "getLimits",
    summary: "What the organisation may upload",
    description: "Null: as the installation says (MAX_FILE_MB, MAX_FILE_PAGES, MAX_FILE_CHUNKS).",
    tag: "Limits",
    answers: { 200: { description: "The organisation's own limits", schema: limits } },
    handle: async (_, { orgId }) => {
      const { maxFileBytes, maxPages, maxChunks, maxParseSeconds } = await store.get({ orgId });
      return { status: 200, body: { maxFileBytes, maxPages, maxChunks, maxParseSeconds } };
    },
  }),
];
