import type { PayloadOf } from "@gpt-agent/jobs/define-queue";
import type { Handler, JobContext } from "@gpt-agent/jobs/handler";
import type { webhooks } from "@gpt-agent/jobs/queues/webhooks";

export type Payload = PayloadOf<typeof webhooks>;
/** The payload of one kind of job. */
export type WebhookJob<Kind extends Payload["kind"]> = Extract<Payload, { readonly kind: Kind }>;

/** What each kind of job does. */
export interface Kinds {
  /** Drains one lane of received events: `inbound/handle.ts`. */
  readonly inbound: (job: WebhookJob<"inbound">, ctx: JobContext) => Promise<void>;
  /** Sends one endpoint's due deliveries: `deliver/handle.ts`. */
  readonly deliver: (job: WebhookJob<"deliver">, ctx: JobContext) => Promise<void>;
}

/** One queue, two jobs. Both are wake-ups: what is due stands in the rows, so that neither minds being repeated. */
export const makeHandler =
  ({ inbound, deliver }: Kinds): Handler<typeof webhooks> =>
  (job, ctx) =>
    job.kind === "inbound" ? inbound(job, ctx) : deliver(job, ctx);
