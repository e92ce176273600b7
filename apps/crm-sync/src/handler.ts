import type { Handler } from "@gpt-agent/jobs/handler";
import type { crmSync } from "@gpt-agent/jobs/queues/crm-sync";
import { learnAccount } from "./learn-account.ts";
import type { Ports } from "./ports.ts";
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
    if (stopsForAPerson(connection.state)) {
      return ctx.log.info("the connection waits for a person", { state: connection.state });
    }
    if (kind === "token") return ports.renewToken({ orgId, connectionId }, ctx.signal);

    const run = await beginRun(ports, connection, kind, ctx);
    if (connection.accountKey === null) {
      await learnAccount(run);
      // From here on the account's own limits count; they know nothing of the calls that were just made.
      return ctx.continue({ progressed: true, delayMs: ports.limitWindowMs(connection) });
    }
    const { more, progressed } = await work[kind](run);
    if (more) return ctx.continue({ progressed });
  };
