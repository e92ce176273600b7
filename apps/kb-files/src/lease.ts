import { PermanentError } from "@gpt-agent/jobs/errors";
import { leaseSeconds } from "@gpt-agent/jobs/lease";
import type { Documents } from "./ports.ts";

/**
 * Runs `work` while renewing the row's lease three times per term. Its signal aborts with the job's, and with
 * PermanentError `stale_lease` once another worker holds the row. A renewal that fails for other reasons is left to
 * the next one: the fencing token guards the writes anyway.
 */
export const keepLease = async <T>(
  {
    renew,
    signal,
    intervalMs = (leaseSeconds * 1_000) / 3,
    ...row
  }: {
    readonly orgId: string;
    readonly documentId: string;
    readonly lease: string;
    readonly renew: Documents["renewLease"];
    readonly signal: AbortSignal;
    readonly intervalMs?: number;
  },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const lost = new AbortController();
  const renewOnce = async (): Promise<void> => {
    const held = await renew({ ...row, stage: "search", leaseSeconds }).catch(() => true);
    if (!held) lost.abort(new PermanentError("stale_lease", "another worker took this document over"));
  };
  const timer = setInterval(() => void renewOnce(), intervalMs);
  try {
    return await work(AbortSignal.any([signal, lost.signal]));
  } finally {
    clearInterval(timer);
  }
};
