import type { WebhookJob } from "../handler.ts";
import type { EndpointKey } from "./ports.ts";

/** Of the deliveries' repository, for the whole installation. */
interface Deliveries {
  allDue(): AsyncIterable<EndpointKey>;
  purge(ages: { readonly attemptDays: number; readonly messageDays: number }): Promise<void>;
}

/** Attempts hold what other people's servers said; messages outlast their longest schedule, 75 hours, by far. */
const attemptDays = 30;
const messageDays = 90;

/** Endpoints with something due that nobody sends; then what is too old is removed. */
export const makeDeliverDue = (deliveries: Deliveries) =>
  async function* (): AsyncGenerator<WebhookJob<"deliver">> {
    for await (const { orgId, endpointId } of deliveries.allDue()) yield { kind: "deliver", orgId, endpointId };
    await deliveries.purge({ attemptDays, messageDays });
  };
