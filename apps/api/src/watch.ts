import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "@gpt-agent/jobs/handler";
import type { DocumentRow, DocumentStore } from "./ports.ts";
import { isSettled } from "./resources/document.ts";

interface Key {
  readonly orgId: string;
  readonly documentId: string;
}

/** Yields a document's row at once and after every change; ends after a settled row, or after undefined: it is gone. */
export type DocumentWatch = (key: Key, signal: AbortSignal) => AsyncIterable<DocumentRow | undefined>;

/**
 * However many clients watch one document, its row is read once per interval; a slow client skips to the latest row.
 * A read that fails is tried again at the next interval: watching outlives a database restart.
 */
export const makeDocumentWatch = (documents: Pick<DocumentStore, "get">, log: Log, intervalMs = 300): DocumentWatch => {
  const polls = new Map<string, Poll>();

  return async function* watch(key, signal) {
    const name = `${key.orgId}/${key.documentId}`;
    const poll = polls.get(name) ?? startPoll(() => documents.get(key), intervalMs, log);
    polls.set(name, poll);
    poll.watchers += 1;
    try {
      for (let seen = 0; ;) {
        const latest = await poll.after(seen, signal);
        if (!latest) return;
        seen = latest.version;
        yield latest.row;
        if (!latest.row || isSettled(latest.row)) return;
      }
    } finally {
      poll.watchers -= 1;
      if (poll.watchers === 0) {
        polls.delete(name);
        poll.stop();
      }
    }
  };
};

interface Version {
  readonly version: number;
  readonly row: DocumentRow | undefined;
}

interface Poll {
  watchers: number;
  /** The latest version once it is above `seen`; undefined when the signal aborts first. */
  after(seen: number, signal: AbortSignal): Promise<Version | undefined>;
  stop(): void;
}

const startPoll = (read: () => Promise<DocumentRow | undefined>, intervalMs: number, log: Log): Poll => {
  const stopped = new AbortController();
  let latest: Version | undefined;
  let changed = Promise.withResolvers<void>();

  const loop = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      try {
        const row = await read();
        if (!latest || JSON.stringify(row) !== JSON.stringify(latest.row)) {
          latest = { version: (latest?.version ?? 0) + 1, row };
          changed.resolve();
          changed = Promise.withResolvers();
        }
      } catch (error) {
        log.warn("reading a watched document failed, trying again", { error });
      }
      await delay(intervalMs, undefined, { signal: stopped.signal }).catch(() => {});
    }
  };
  void loop();

  return {
    watchers: 0,
    stop: () => {
      stopped.abort();
    },
    after: async (seen, signal) => {
      while (!signal.aborted) {
        if (latest && latest.version > seen) return latest;
        await settledOrAborted(changed.promise, signal);
      }
      return undefined;
    },
  };
};

const settledOrAborted = async (promise: Promise<void>, signal: AbortSignal): Promise<void> => {
  const aborted = Promise.withResolvers<void>();
  const onAbort = (): void => {
    aborted.resolve();
  };
  signal.addEventListener("abort", onAbort, { once: true });
  await Promise.race([promise, aborted.promise]);
  signal.removeEventListener("abort", onAbort);
};
