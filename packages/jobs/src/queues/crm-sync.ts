import { z } from "zod";
import { defineQueue } from "../define-queue.ts";

const connection = { orgId: z.guid(), connectionId: z.guid() };

/**
 * One connection's work of one kind; what exactly is due stands in the rows (cursors, refetch list, outbox). Kinds of
 * one connection run side by side: the limiter gives a person's push way before a backfill.
 *
 * `sync` goes on with the backfill, then reads what changed since; `refetch` reads records that an event named; `push`
 * sends the outbox; `reconcile` sweeps ids for deletions that no event told; `token` keeps a refresh token alive;
 * `disconnect` ends the connection's webhooks at the CRM, then removes it.
 */
export const crmSync = defineQueue({
  name: "crm-sync",
  payload: z.object({ kind: z.enum(["sync", "refetch", "push", "reconcile", "token", "disconnect"]), ...connection }),
  attempts: 8,
  backoff: { delayMs: 2_000, maxDelayMs: 600_000, jitter: 0.5 },
  timeoutMs: 240_000,
  publicKinds: ["sync", "push", "reconcile"],
  dedupe: ({ kind, connectionId }) => `${kind}-${connectionId}`,
});
