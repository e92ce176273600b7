import type { QueueInspector } from "@gpt-agent/queue/inspect";
import type { Check } from "./check.ts";

const policyFix = "Set maxmemory-policy to noeviction: any other policy throws jobs away when memory runs short.";

export const checkRedis = async (inspector: Pick<QueueInspector, "ping" | "evictionPolicy">): Promise<Check[]> => {
  let pingMs: number;
  try {
    pingMs = await inspector.ping();
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return [{ name: "redis", ok: false, found, fix: "Check REDIS_URL, and that this machine may reach the host." }];
  }
  const redis: Check = { name: "redis", ok: true, found: `answers in ${pingMs.toFixed(1)} ms` };
  // Some hosts forbid INFO: that alone is no reason to fail.
  const policy = await inspector.evictionPolicy().catch(() => undefined);
  const eviction: Check =
    policy === undefined
      ? { name: "redis eviction", ok: true, found: "the host does not tell", fix: policyFix }
      : {
          name: "redis eviction",
          ok: policy === "noeviction",
          found: policy,
          ...(policy === "noeviction" ? {} : { fix: policyFix }),
        };
  return [redis, eviction];
};
