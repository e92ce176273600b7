import type { Handler, JobContext } from "@gpt-agent/jobs/handler";
import { crmSync } from "@gpt-agent/jobs/queues/crm-sync";
import { disconnect } from "./disconnect.ts";
import { learnAccount } from "./learn-account.ts";
import type { Connection, Ports } from "./ports.ts";
import { push } from "./push.ts";
import { reconcile } from "./reconcile.ts";
import { refetch } from "./refetch.ts";
import { beginRun, type Run, type RunResult } from "./run.ts";
import { stopsForAPerson } from "./states.ts";
import { sync } from "./sync.ts";

const work: Readonly<Record<"sync" | "refetch" | "push" | "reconcile", (run: Run) => Promise<RunResult>>> = {
  sync,
  refetch,
  push,
  reconcile,
};

/**
 * One connection's work of one kind. What is due stands in the rows, so a job is only a wake-up: run twice, or for a row
 * that another run has dealt with, it finds nothing to do. A connection that waits for a person does nothing at all.
 */
export const makeHandler =
  (ports: Ports): Handler<typeof crmSync> =>
  async ({ kind, orgId, connectionId }, ctx) => {
    const connection = await ports.connections.get({ orgId, connectionId });
    if (connection === undefined) return ctx.log.info("the connection is gone");
    if (connection.state === "disconnecting") return disconnect(ports, connection, ctx);
    if (stopsForAPerson(connection.state)) {
      return ctx.log.info("the connection waits for a person", { state: connection.state });
    }
    if (kind === "disconnect") return ctx.log.info("the connection is not to be disconnected");
    if (kind === "token") return ports.renewToken({ orgId, connectionId }, ctx.signal);

    if (connection.accountKey === null) return firstContact(ports, connection, kind, ctx);
    const run = await beginRun(ports, connection, kind, ctx);
    const { more, progressed } = await work[kind](run);
    if (more) return ctx.continue({ progressed });
  };

/**
 * The first calls of a connection are reading's alone: two jobs at once would make the CRM's fields twice. From then on
 * the account's own limits count, which know nothing of these calls: everybody waits for one window.
 */
const firstContact = async (
  ports: Ports,
  connection: Connection,
  kind: "sync" | "refetch" | "push" | "reconcile",
  ctx: JobContext,
): Promise<void> => {
  const key = { orgId: connection.orgId, connectionId: connection.id };
  if (kind !== "sync") return void (await ctx.enqueue(crmSync, { kind: "sync", ...key }));
  await learnAccount(await beginRun(ports, connection, kind, ctx));
  const delayMs = ports.limitWindowMs(connection);
  await ctx.enqueue(crmSync, { kind: "push", ...key }, { delayMs });
  return ctx.continue({ progressed: true, delayMs });
};
