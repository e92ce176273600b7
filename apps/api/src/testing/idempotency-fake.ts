import { randomUUID } from "node:crypto";
import type { Idempotency } from "@gpt-agent/supabase/idempotency";

interface Kept {
  readonly requestSha256: string;
  lease: string;
  status?: number;
  answer?: string;
}

/** Stored answers in memory; a lease never runs out. */
export const makeIdempotencyFake = (): Idempotency => {
  const kept = new Map<string, Kept>();
  const nameOf = ({ orgId, key }: { readonly orgId: string; readonly key: string }): string => `${orgId}/${key}`;
  return {
    begin: async ({ requestSha256, ...place }) => {
      const found = kept.get(nameOf(place));
      if (found === undefined) {
        const lease = randomUUID();
        kept.set(nameOf(place), { requestSha256, lease });
        return { outcome: "run", lease };
      }
      if (found.requestSha256 !== requestSha256) return { outcome: "conflict" };
      const { status, answer } = found;
      return status === undefined || answer === undefined
        ? { outcome: "running" }
        : { outcome: "replay", status, answer };
    },
    end: async ({ lease, status, answer, ...place }) => {
      const found = kept.get(nameOf(place));
      if (found?.lease !== lease) return false;
      kept.set(nameOf(place), { ...found, status, answer });
      return true;
    },
    release: async ({ lease, ...place }) => kept.get(nameOf(place))?.lease === lease && kept.delete(nameOf(place)),
  };
};
