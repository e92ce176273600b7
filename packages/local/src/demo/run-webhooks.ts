import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { failing, recovering, verifying } from "../receivers/behaviour.ts";
import { sendToSource } from "../receivers/send-to-source.ts";
import { startReceiver } from "../receivers/start-receiver.ts";
import { type ApiCall, jsonPost } from "./api-client.ts";

/** What became of the demo's webhooks: a public interface, with `--json`. */
export interface WebhooksRun {
  /** One from a payment provider, and what it became for our own endpoints. */
  readonly received?: { readonly scheme: string; readonly state: string; readonly forwardedAs: string };
  readonly deliveries: readonly {
    readonly endpoint: string;
    readonly eventType: string;
    readonly state: string;
    readonly attempts: number;
    readonly lastStatus: number | null;
  }[];
  readonly ms: number;
  /** Why not everything arrived. */
  readonly error?: string;
}

const pollEveryMs = 150;
const giveUpAfterMs = 30_000;

/** Two customers' endpoints. The apps are started with a way to them, so they come first. */
export const startDemoReceivers = async () => {
  const [accepting, shaky] = await Promise.all([startReceiver(failing(401)), startReceiver(recovering(1))]);
  return {
    accepting,
    shaky,
    /** For EGRESS_ALLOW. */
    allow: `127.0.0.1:${accepting.port},127.0.0.1:${shaky.port}`,
    stop: async () => void (await Promise.all([accepting.stop(), shaky.stop()])),
  };
};

const created = z.object({ id: z.string() });
const createdEndpoint = z.object({ id: z.string(), secret: z.string() });
const createdSource = z.object({ source: created, path: z.string() });
const deliveries = z.object({
  deliveries: z.array(
    z.object({ eventType: z.string(), state: z.string(), attemptsMade: z.int(), lastStatus: z.int().nullable() }),
  ),
});
const events = z.object({ events: z.array(z.object({ state: z.string() })) });

/**
 * A signed webhook comes in and is passed on, an order goes out: one endpoint verifies what it gets, the other fails
 * first. What it makes goes with it.
 */
export const runWebhooks = async (
  call: ApiCall,
  apiUrl: string,
  { accepting, shaky }: Awaited<ReturnType<typeof startDemoReceivers>>,
): Promise<WebhooksRun> => {
  const startedAt = performance.now();
  const endpoints: { readonly id: string; readonly name: string }[] = [];
  const made: string[] = [];
  const addEndpoint = async (name: string, url: string, eventTypes: readonly string[]): Promise<string> => {
    const { id, secret } = await call(createdEndpoint, "/v1/webhooks/endpoints", jsonPost({ url, eventTypes }));
    endpoints.push({ id, name });
    made.push(`/v1/webhooks/endpoints/${id}`);
    return secret;
  };
  const found = { deliveries: [] as WebhooksRun["deliveries"], eventState: undefined as string | undefined };
  let forwardedAs = "";

  const send = async (): Promise<void> => {
    accepting.behave(verifying([await addEndpoint("verifies", accepting.url, ["*"])]));
    await addEndpoint("fails once", shaky.url, ["order.*"]);
    const order = { eventType: "order.created", payload: { number: 17, customer: "ООО «Ветролад»" } };
    await call(created, "/v1/webhooks/messages", {
      ...jsonPost(order),
      headers: { "content-type": "application/json", "idempotency-key": randomUUID() },
    });

    forwardedAs = "payment.received";
    const secret = `whsec_${randomBytes(24).toString("base64")}`;
    const settings = { name: "Demo", scheme: "stripe", secrets: [secret], forwardEventType: forwardedAs };
    const { source, path } = await call(createdSource, "/v1/webhooks/sources", jsonPost(settings));
    made.push(`/v1/webhooks/sources/${source.id}`);
    const payload = { id: `evt_${randomUUID()}`, type: "charge.succeeded", data: { object: { amount: 990 } } };
    const url = new URL(path, apiUrl).href;
    const answer = await sendToSource("stripe", { url, id: payload.id, sentAtMs: Date.now(), payload, secret });
    if (answer.status !== 200) throw new Error(`The webhook was answered with ${answer.status}: ${answer.body}`);
  };

  const look = async (): Promise<boolean> => {
    const lists = await Promise.all(
      endpoints.map(async ({ id, name }) => {
        const list = await call(deliveries, `/v1/webhooks/deliveries?endpointId=${id}`);
        return list.deliveries.map(({ attemptsMade, ...rest }) => ({
          endpoint: name,
          ...rest,
          attempts: attemptsMade,
        }));
      }),
    );
    found.deliveries = lists.flatMap((list) => list.toReversed());
    const source = made.at(-1)?.split("/").at(-1) ?? "";
    found.eventState = (await call(events, `/v1/webhooks/events?sourceId=${source}`)).events[0]?.state;
    const arrived = found.deliveries.filter(({ state }) => state === "delivered").length;
    return arrived === 3 && found.eventState === "done";
  };

  let error: string | undefined;
  try {
    await send();
    while (!(await look())) {
      if (performance.now() - startedAt > giveUpAfterMs) throw new Error("Not every webhook arrived within 30 s.");
      await delay(pollEveryMs);
    }
  } catch (thrown) {
    error = thrown instanceof Error ? thrown.message : String(thrown);
  }
  for (const path of made) await call(z.undefined(), path, { method: "DELETE" }).catch(() => {});
  return {
    ...(found.eventState !== undefined && { received: { scheme: "stripe", state: found.eventState, forwardedAs } }),
    deliveries: found.deliveries,
    ms: Math.round(performance.now() - startedAt),
    ...(error !== undefined && { error }),
  };
};
