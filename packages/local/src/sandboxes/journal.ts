import type { SandboxClock } from "./clock.ts";

/** One request as a sandbox saw it. Tests count in these; bodies and tokens are not kept. */
export interface JournalEntry {
  readonly atMs: number;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** The query as it came, decoded. */
  readonly query: string;
  /** 0: the connection was cut without an answer. */
  readonly status: number;
  /** The fault that was played, by its name. */
  readonly fault?: string;
}

export interface Journal {
  readonly entries: readonly JournalEntry[];
  add(entry: Omit<JournalEntry, "atMs">, atMs?: number): void;
  count(predicate?: (entry: JournalEntry) => boolean): number;
  countStatus(status: number): number;
  /** Requests whose path matches. */
  countPath(pattern: RegExp): number;
  clear(): void;
}

export const makeJournal = (clock: SandboxClock): Journal => {
  const entries: JournalEntry[] = [];
  const count = (predicate: (entry: JournalEntry) => boolean): number =>
    entries.reduce((sum, entry) => sum + (predicate(entry) ? 1 : 0), 0);
  return {
    entries,
    add: (entry, atMs = clock()) => {
      entries.push({ atMs, ...entry });
    },
    count: (predicate = () => true) => count(predicate),
    countStatus: (status) => count((entry) => entry.status === status),
    countPath: (pattern) => count((entry) => pattern.test(entry.path)),
    clear: () => {
      entries.length = 0;
    },
  };
};
