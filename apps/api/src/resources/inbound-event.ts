import type { InboundEventRow } from "@gpt-agent/supabase/inbound-events";
import { z } from "zod";
import { id } from "./id.ts";

const time = z.iso.datetime({ offset: true });

export const inboundEvent = z
  .object({
    id,
    sourceId: id,
    laneId: id.describe("Events of one lane are handled one after another."),
    dedupeKey: z.string(),
    eventType: z.string().nullable(),
    trust: z
      .enum(["signed", "secret", "hint"])
      .describe("What the sender proved: signed the bytes; knows a secret; nothing that counts (read it again)."),
    contentType: z.string(),
    byteSize: z.int(),
    state: z.enum(["queued", "done", "dead"]),
    attempts: z.int(),
    outcome: z.string().nullable().describe("What a done one led to: `refetch`, `message` or `none`."),
    errorCode: z.string().nullable(),
    errorMessage: z.string().nullable(),
    receivedAt: time,
    finishedAt: time.nullable(),
  })
  .meta({ id: "InboundEvent" });

export const inboundEventWithBody = inboundEvent
  .extend({
    headers: z.record(z.string(), z.string()).describe("Those that say what it is; no proofs."),
    body: z
      .object({ encoding: z.enum(["utf8", "base64"]), content: z.string() })
      .nullable()
      .describe("As it came; null once its retention is over."),
  })
  .meta({ id: "InboundEventWithBody" });

export const toInboundEvent = ({
  orgId: _orgId,
  seq: _seq,
  trust,
  ...row
}: InboundEventRow): z.output<typeof inboundEvent> => ({
  ...row,
  trust: trust === "signed" || trust === "secret" ? trust : "hint",
});

/** Text where it is text. */
export const toBody = (raw: Buffer | null): z.output<typeof inboundEventWithBody>["body"] => {
  if (raw === null) return null;
  const content = raw.toString("utf8");
  return Buffer.from(content, "utf8").equals(raw)
    ? { encoding: "utf8", content }
    : { encoding: "base64", content: raw.toString("base64") };
};
