import { redactText } from "@gpt-agent/jobs/redact";
import type { QueueClient } from "@gpt-agent/queue/client";

/** Where a worker is in its life. Only "ok" is healthy; Redis being away changes nothing here. */
export type Lifecycle = "starting" | "ok" | "draining" | "wedged";

/** One thing a worker needs, for /ready: resolves when it answers. */
export type Check = (signal: AbortSignal) => Promise<void>;

/** The exact body of /health. */
export const healthBody = (lifecycle: Lifecycle) => {
  return { status: lifecycle, service: "worker", timestamp: new Date().toISOString(), uptime: process.uptime() };
};

const checkTimeoutMs = 2_000;

/** Rejects after two seconds even where the check pays no attention to its signal. */
const inTime = async (check: Check): Promise<void> => {
  const signal = AbortSignal.timeout(checkTimeoutMs);
  const late = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => late.reject(new Error(`no answer within ${checkTimeoutMs / 1_000} s`)), {
    once: true,
  });
  await Promise.race([check(signal), late.promise]);
};

/** A host may hide the policy; one that shows a policy which drops keys loses jobs. */
const refuseEviction = async (queue: Pick<QueueClient, "evictionPolicy">): Promise<void> => {
  const policy = await queue.evictionPolicy();
  if (policy === undefined || policy === "noeviction") return;
  throw new Error(`maxmemory-policy is ${policy}: Redis would drop jobs when full; set it to noeviction`);
};

/** What keeps a worker from being ready, by name; empty when nothing does. */
export const findProblems = async (
  lifecycle: Lifecycle,
  queue: Pick<QueueClient, "ping" | "evictionPolicy">,
  checks: Readonly<Record<string, Check>>,
): Promise<Record<string, string>> => {
  const redis = { redis: () => queue.ping(), evictionPolicy: () => refuseEviction(queue) };
  const named = Object.entries<Check>({ ...redis, ...checks });
  const results = await Promise.allSettled(named.map(([, check]) => inTime(check)));
  const problems: Record<string, string> = lifecycle === "ok" ? {} : { worker: `The worker is ${lifecycle}` };
  for (const [index, result] of results.entries()) {
    const name = named[index]?.[0];
    if (name === undefined || result.status === "fulfilled") continue;
    const reason: unknown = result.reason;
    problems[name] = redactText(reason instanceof Error ? reason.message : String(reason));
  }
  return problems;
};
