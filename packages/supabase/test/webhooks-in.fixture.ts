import { createHash, randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { InboundEvents, NewInboundEvent } from "../src/inbound-events.ts";
import type { SourceSettings, WebhookSources } from "../src/webhook-sources.ts";
import { inboundEvents, webhookSources } from "./fixture.ts";

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

export interface Source {
  readonly orgId: string;
  readonly sourceId: string;
  readonly tokenHash: string;
  readonly secretId: string;
}

/** An active source; of a fresh organisation where none is given. */
export const makeSource = async (
  settings: Partial<SourceSettings> = {},
  orgId: string = randomUUID(),
): Promise<Source> => {
  const [sourceId, secretId, tokenHash] = [randomUUID(), randomUUID(), sha256(randomUUID())];
  await webhookSources.create({
    orgId,
    id: sourceId,
    scheme: "hmac",
    tokenHash,
    secrets: [{ id: secretId, sealed: "v1.first" }],
    name: "источник",
    options: {},
    connectionId: null,
    forwardEventType: null,
    laneBy: null,
    onPoison: "skip",
    retentionDays: 30,
    ...settings,
  });
  return { orgId, sourceId, tokenHash, secretId };
};

/** A message as the API hands it over; its body is its key unless another is given. */
export const arrivalOf = (
  { orgId, sourceId }: Source,
  dedupeKey: string,
  { body = dedupeKey, laneKey = "" }: { readonly body?: string; readonly laneKey?: string } = {},
): NewInboundEvent => ({
  orgId,
  sourceId,
  laneKey,
  dedupeKey,
  eventType: null,
  trust: "signed",
  contentType: "application/json",
  headers: { "content-type": "application/json" },
  raw: Buffer.from(body).toString("base64"),
});

/** What the tenancy walk needs: an organisation with a source, a dead event and one that is being handled. */
export const makeInboundScene = async (orgId: string) => {
  const source = await makeSource({ onPoison: "block" }, orgId);
  const { wake } = await inboundEvents.accept([
    arrivalOf(source, "dead", { laneKey: "blocked" }),
    arrivalOf(source, "held", { laneKey: "held" }),
  ]);
  const claims = await Promise.all(
    wake.map(async ({ laneId }) => {
      const { lease = "", events } = await inboundEvents.claim({ orgId, laneId, leaseSeconds: 600, limit: 10 });
      return {
        orgId,
        laneId,
        lease,
        leaseSeconds: 600,
        limit: 10,
        eventId: events[0]?.id ?? "",
        key: String(events[0]?.raw),
      };
    }),
  );
  const [dead, held] = [claims.find(({ key }) => key === "dead"), claims.find(({ key }) => key === "held")];
  if (!dead || !held) throw new Error("two lanes with an event each");
  const error = { code: "webhook_unreadable", message: "", permanent: true };
  await inboundEvents.settle({ ...dead, results: [{ eventId: dead.eventId, error }] });
  return { source, dead, held };
};

interface InboundScene {
  readonly inbound: Awaited<ReturnType<typeof makeInboundScene>>;
  readonly crm: { readonly place: { readonly connectionId: string } };
}
type CasesOf<Repository> = {
  readonly [Method in keyof Repository]: (scene: InboundScene, orgId: string) => Promise<unknown>;
};

export const inboundCases: {
  readonly inboundEvents: CasesOf<InboundEvents>;
  readonly webhookSources: CasesOf<WebhookSources>;
} = {
  inboundEvents: {
    accept: async ({ inbound: { source } }, orgId) => {
      const { stored } = await inboundEvents.accept([arrivalOf({ ...source, orgId }, "forged")]);
      return stored > 0;
    },
    claim: ({ inbound: { held } }, orgId) => inboundEvents.claim({ ...held, orgId }),
    settle: ({ inbound: { held } }, orgId) => inboundEvents.settle({ ...held, orgId, results: [] }),
    list: ({ inbound: { source, held } }, orgId) =>
      inboundEvents
        .list({ orgId, sourceId: source.sourceId, laneId: held.laneId, limit: 10 })
        .then(({ events }) => events),
    get: ({ inbound: { held } }, orgId) => inboundEvents.get({ ...held, orgId }),
    body: ({ inbound: { held } }, orgId) => inboundEvents.body({ ...held, orgId }),
    retry: ({ inbound: { dead } }, orgId) => inboundEvents.retry({ ...dead, orgId }),
    blockedLanes: (_, orgId) => inboundEvents.blockedLanes({ orgId, limit: 10 }),
    unblock: ({ inbound: { dead } }, orgId) => inboundEvents.unblock({ ...dead, orgId }),
    dueLanes: () => Promise.resolve(undefined), // installation-wide by design, for the sweep; takes no organisation
    tidy: () => Promise.resolve(undefined), // the same
  },
  webhookSources: {
    // The token says whose it is.
    find: ({ inbound: { source } }, orgId) => webhookSources.find(source).then((found) => found?.orgId === orgId),
    create: (
      {
        crm: {
          place: { connectionId },
        },
      },
      orgId,
    ) => makeSource({ connectionId }, orgId),
    list: (_, orgId) => webhookSources.list({ orgId }).then((rows) => rows.filter((row) => row.orgId !== orgId)),
    get: ({ inbound: { source } }, orgId) => webhookSources.get({ ...source, orgId }),
    update: async (
      {
        inbound: { source },
        crm: {
          place: { connectionId },
        },
      },
      orgId,
    ) => {
      const { sourceId } = await makeSource({}, orgId);
      await expect(webhookSources.update({ orgId, sourceId, connectionId })).rejects.toMatchObject({
        code: "tenant_mismatch",
      });
      return webhookSources.update({ ...source, orgId, name: "чужое" });
    },
    remove: ({ inbound: { source } }, orgId) => webhookSources.remove({ ...source, orgId }),
    addSecret: ({ inbound: { source } }, orgId) =>
      webhookSources.addSecret({ ...source, orgId, id: randomUUID(), sealed: "v1.x" }),
    removeSecret: ({ inbound: { source } }, orgId) => webhookSources.removeSecret({ ...source, orgId }),
  },
};
