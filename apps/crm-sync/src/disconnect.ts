import type { JobContext } from "@gpt-agent/jobs/handler";
import { PermanentError } from "@gpt-agent/jobs/errors";
import type { Connection, Ports } from "./ports.ts";
import { unwatch } from "./watch.ts";

/**
 * A person disconnected the account: its webhooks end at the CRM, then the row goes with its tokens. What the CRM refuses
 * for good (tokens that were revoked, an account that is closed) does not keep the connection alive.
 */
export const disconnect = async (
  { connections, providerOf }: Pick<Ports, "connections" | "providerOf">,
  connection: Connection,
  { signal, log }: Pick<JobContext, "signal" | "log">,
): Promise<void> => {
  const key = { orgId: connection.orgId, connectionId: connection.id };
  if (connection.webhookSourceId === null) return void (await connections.remove(key));
  try {
    const ended = await unwatch({ provider: providerOf(connection), key, call: { signal, lane: "interactive" } });
    log.info("the CRM sends no more webhooks", { ended });
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    log.warn("webhooks could not be ended at the CRM; their address is void", { error });
  }
  await connections.remove(key);
};
