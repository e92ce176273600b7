import type { FailedJob } from "@gpt-agent/queue/inspect";
import { UsageError } from "./command.ts";

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `2h`, `30m`, `7d` ago, or a moment. @throws {UsageError} */
export const momentOf = (text: string, nowMs: number): number => {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return nowMs - Number(count) * (units[unit] ?? 0);
  const moment = Date.parse(text);
  if (!Number.isNaN(moment)) return moment;
  throw new UsageError("--since is a span such as 30m, 2h, 7d, or a moment such as 2026-11-24T12:00:00Z.");
};

/** Those that failed at `sinceMs` or later and have `match` in code, message or payload, in whatever case. */
export const chooseFailed = (
  jobs: readonly FailedJob[],
  { sinceMs, match }: { readonly sinceMs?: number | undefined; readonly match?: string | undefined },
): readonly FailedJob[] =>
  jobs.filter(({ failedAt, code, message, payload }) => {
    if (sinceMs !== undefined && !(failedAt !== undefined && Date.parse(failedAt) >= sinceMs)) return false;
    const text = `${code}: ${message} ${JSON.stringify(payload)}`.toLowerCase();
    return match === undefined || text.includes(match.toLowerCase());
  });
