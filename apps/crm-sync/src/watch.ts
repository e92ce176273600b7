import type { ProviderWebhooks } from "@gpt-agent/crm/provider";
import { PermanentError, RetryLaterError } from "@gpt-agent/jobs/errors";
import type { Run } from "./run.ts";
import type { WebhookAddresses } from "./webhook-addresses.ts";

/** The query of the addresses that we subscribe for a connection: what is left of earlier ones is known by it too. */
const markOf = (connectionId: string): string => `crm=${connectionId}`;

const subscribedFor = async (
  webhooks: ProviderWebhooks,
  { key, call }: Pick<Run, "key" | "call">,
): ReturnType<ProviderWebhooks["subscribed"]> =>
  (await webhooks.subscribed(call)).filter(
    ({ url }) => URL.canParse(url) && new URL(url).search === `?${markOf(key.connectionId)}`,
  );

/**
 * Has the CRM tell us what changes, and looks whether it still does: subscriptions are switched off over there for many
 * reasons. Where that cannot be, the connection says so, and changes are found by reading alone.
 */
export const watch = async (run: Run): Promise<void> => {
  const { ports, key, provider, log } = run;
  const { webhooks } = provider;
  const told = async (kind: "app" | "polling", message: string): Promise<void> => {
    await ports.connections.watch({ ...key, webhooks: kind, message, sourceId: null });
  };
  if (webhooks === "none") return told("polling", "This CRM sends no webhooks: changes are read at intervals.");
  if (webhooks === "app") return told("app", "The CRM sends changes where its app's settings say: /hooks/crm/hubspot.");
  if (ports.addresses === undefined) {
    return told(
      "polling",
      "PUBLIC_URL is not set, so the CRM has nowhere to send changes: they are read at intervals.",
    );
  }
  try {
    await subscribe(run, webhooks, ports.addresses);
  } catch (error) {
    if (error instanceof PermanentError && (error.code === "crm_forbidden" || error.code === "crm_bad_request")) {
      // Of webhooks alone: without the right to them everything else works.
      log.warn("the CRM refuses to send webhooks", { error });
      return told("polling", `The CRM sends no webhooks, so changes are read at intervals. ${error.message}`);
    }
    if (error instanceof PermanentError || error instanceof RetryLaterError || run.call.signal.aborted) throw error;
    // Trouble with this one address must not keep us from reading; the next reading tries again.
    log.warn("webhooks could not be subscribed now", { error });
  }
};

/** A new address first, then the old ones away: nothing that changes meanwhile is lost. */
const subscribe = async (run: Run, webhooks: ProviderWebhooks, addresses: WebhookAddresses): Promise<void> => {
  const { ports, key, connection, call } = run;
  const ours = await subscribedFor(webhooks, run);
  const stands = connection.webhooks === "subscribed" && connection.webhookSourceId !== null;
  if (stands && ours.length === 1 && ours.every(({ works }) => works)) return;
  const { accountKey } = connection;
  // A run with an account to read has made its first contact.
  if (accountKey === null) return;
  const proof = { scheme: webhooks.scheme, accountKey, mark: markOf(connection.id) };
  const { sourceId, address } = await addresses.open(connection, proof);
  try {
    await webhooks.subscribe(address, call);
  } catch (error) {
    await addresses.close({ orgId: key.orgId, sourceId });
    throw error;
  }
  await ports.connections.watch({ ...key, webhooks: "subscribed", message: null, sourceId });
  for (const { url } of ours) await webhooks.unsubscribe(url, call);
};

/** Ends what `watch` began. */
export const unwatch = async (run: Pick<Run, "provider" | "key" | "call">): Promise<number> => {
  const { webhooks } = run.provider;
  if (typeof webhooks === "string") return 0;
  const ours = await subscribedFor(webhooks, run);
  for (const { url } of ours) await webhooks.unsubscribe(url, run.call);
  return ours.length;
};
