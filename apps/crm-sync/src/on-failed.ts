import { type ErrorCode, isTakenOver } from "@gpt-agent/jobs/error-codes";
import type { PayloadOf } from "@gpt-agent/jobs/define-queue";
import type { crmSync } from "@gpt-agent/jobs/queues/crm-sync";
import type { Ports } from "./ports.ts";
import { stateAfter } from "./states.ts";

/** Until the sweep tries a failed reading again. */
const retrySeconds = 600;

/** A job failed for good: its connection says so, and only that one stops. */
export const makeOnFailed =
  ({ connections }: Pick<Ports, "connections">) =>
  async (
    { kind, orgId, connectionId }: PayloadOf<typeof crmSync>,
    { code, message }: { readonly code: ErrorCode; readonly message: string },
  ): Promise<void> => {
    if (isTakenOver(code)) return;
    // The CRM cannot be asked to send no more webhooks; their address is void, and it gives up by itself.
    if (kind === "disconnect") return void (await connections.remove({ orgId, connectionId }));
    await connections.stop({ orgId, connectionId, state: stateAfter(code), code, message });
    if (kind === "sync") {
      await connections.schedule({ orgId, connectionId, backfilled: false, nextSyncSeconds: retrySeconds });
    }
  };
