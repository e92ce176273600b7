import { schemes } from "@gpt-agent/signatures/scheme";
import type { SourceWithSecrets } from "@gpt-agent/supabase/webhook-sources";
import { z } from "zod";
import { id } from "./id.ts";
import { line } from "./text.ts";

/** A secret as its sender shows it; printable, so that it survives being pasted. */
export const secret = z
  .string()
  .min(1)
  .max(1_000)
  .refine((value) => value.isWellFormed() && !value.includes("\0"), "must be well-formed Unicode without NUL");

const headerName = z.string().regex(/^[a-z0-9-]{1,100}$/, "write the header's name in lower case");
const pointer = z
  .string()
  .max(300)
  .regex(/^(\/([^~/\0]|~[01])*)+$/, "must be a JSON pointer such as /data/id");

const hmac = z
  .strictObject({
    algorithm: z.enum(["sha1", "sha256", "sha384", "sha512"]),
    encoding: z.enum(["hex", "base64", "base64url"]),
    header: headerName.describe("The header with the signature."),
    prefix: z.string().max(50).optional().describe("What stands before the signature, such as `sha256=`."),
    template: z
      .string()
      .max(200)
      .optional()
      .describe(
        "What is signed: `{body}`, and around it `{timestamp}`, `{id}`, `{method}`, `{url}`. Default `{body}`.",
      ),
    secretEncoding: z.enum(["utf8", "hex", "base64"]).optional(),
    timestampHeader: headerName.optional().describe("With it, messages outside the replay window are refused."),
    timestampUnit: z.enum(["s", "ms"]).optional(),
    idHeader: headerName.optional().describe("What knows a repeated message again."),
    idPointer: pointer.optional().describe("The same, inside a JSON body. Without either, the body itself."),
  })
  .describe("For the scheme `hmac`.");

const options = z
  .strictObject({
    toleranceMs: z.int().min(1_000).max(3_600_000).optional().describe("Replay window on either side; 300 000."),
    account: z
      .strictObject({ id: line(100).optional(), subdomain: line(100).optional() })
      .optional()
      .describe("For `kommo`, whose hooks are not signed: the account that they must name."),
    memberId: line(100).optional().describe("For `bitrix24`: the portal."),
    addresses: z
      .array(z.string().max(50))
      .max(50)
      .optional()
      .describe("For `yookassa`: in place of its published ones."),
    hmac: hmac.optional(),
  })
  .describe("What the scheme needs beside its secrets.");

const laneBy = z
  .array(pointer)
  .max(8)
  .nullable()
  .describe(
    "JSON pointers whose values name what a message is about; messages about one thing are handled in their order. " +
      "null: what the scheme says. []: all of the source in one order.",
  );
const onPoison = z
  .enum(["skip", "block"])
  .describe("A message that fails five times: go on with the next about the same thing, or wait for a person.");
const forwardEventType = z
  .string()
  .regex(/^([A-Za-z0-9_.:-]|\{type\}){1,200}$/, "use A-Z a-z 0-9 _ . : - and {type}")
  .nullable()
  .describe("Every message becomes an outbound one of this type; `{type}` stands for its own.");
const connectionId = id.nullable().describe("The CRM connection whose records its messages are about.");
const retentionDays = z.int().min(1).max(400).describe("How long bodies are kept.");

export const newWebhookSource = z.strictObject({
  name: line(200),
  scheme: z.enum(schemes),
  options: options.default({}),
  secrets: z.array(secret).max(10).default([]).describe("Sealed at once and never shown again."),
  connectionId: connectionId.default(null),
  forwardEventType: forwardEventType.default(null),
  laneBy: laneBy.default(null),
  onPoison: onPoison.default("skip"),
  retentionDays: retentionDays.default(30),
});

export const webhookSourceChanges = z
  .strictObject({
    name: line(200).optional(),
    options: options.optional(),
    connectionId: connectionId.optional(),
    forwardEventType: forwardEventType.optional(),
    laneBy: laneBy.optional(),
    onPoison: onPoison.optional(),
    retentionDays: retentionDays.optional(),
    state: z.enum(["active", "disabled"]).optional(),
  })
  .refine((changes) => Object.keys(changes).length > 0, "name at least one field to change");

const time = z.iso.datetime({ offset: true });

export const webhookSource = z
  .object({
    id,
    name: z.string(),
    scheme: z.string(),
    options: z.record(z.string(), z.unknown()),
    secrets: z.array(z.object({ id, createdAt: time, expiresAt: time.nullable() })),
    connectionId: id.nullable(),
    forwardEventType: z.string().nullable(),
    laneBy: z.array(z.string()).nullable(),
    onPoison: z.enum(["skip", "block"]),
    retentionDays: z.int(),
    state: z.enum(["active", "disabled"]),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: "WebhookSource" });

export const toWebhookSource = ({
  orgId: _orgId,
  state,
  ...row
}: SourceWithSecrets): z.output<typeof webhookSource> => ({
  ...row,
  secrets: row.secrets.map(({ id, createdAt, expiresAt }) => ({ id, createdAt, expiresAt })),
  laneBy: row.laneBy && [...row.laneBy],
  state: state === "active" ? "active" : "disabled",
});

/** Where to send messages to; shown once. */
export const webhookAddress = z
  .object({
    token: z.string().describe("Shown this once: only its hash is kept."),
    path: z.string().describe("`/hooks/` and the token, under the API's own address."),
  })
  .meta({ id: "WebhookAddress" });
