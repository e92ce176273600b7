import { defineQueue } from "@gpt-agent/jobs/define-queue";
import { z } from "zod";

/** Work without rows: what a job did is what its instance says. */
export const sharedWork = defineQueue({
  name: "shared-work",
  payload: z.object({ orgId: z.guid(), key: z.int() }),
  attempts: 3,
  backoff: { delayMs: 50, maxDelayMs: 500, jitter: 0.5 },
  timeoutMs: 10_000,
  dedupe: ({ key }) => String(key),
});

/** Of one instance. */
export const concurrency = 10;
