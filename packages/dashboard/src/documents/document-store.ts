import type { Client, Document } from "@gpt-agent/client";

export type StateFilter = Document["state"] | undefined;

export interface Documents {
  /** Newest first. */
  readonly rows: readonly Document[];
  readonly hasMore: boolean;
  readonly error?: unknown;
}

const pageSize = 200;
/** What moves is followed by events, so many at once: a browser opens six connections to a host, and others need some. */
const mostFollowed = 3;
const refreshEveryMs = 3_000;

/**
 * The list of documents: pages as they are scrolled to, the newest followed live, the top read again from time to
 * time, which shows what others add.
 */
export const makeDocumentStore = (client: Client, state: StateFilter) => {
  const stopping = new AbortController();
  const { signal } = stopping;
  const listeners = new Set<() => void>();
  const followed = new Set<string>();
  let order: readonly string[] = [];
  const byId = new Map<string, Document>();
  let cursor: string | undefined;
  let reading: Promise<void> | undefined;
  let snapshot: Documents = { rows: [], hasMore: true };

  const publish = (changes: Partial<Documents> = {}): void => {
    const rows = order.flatMap((id) => byId.get(id) ?? []);
    snapshot = { rows, hasMore: snapshot.hasMore, ...changes };
    for (const listener of listeners) listener();
  };
  const fits = (document: Document): boolean => state === undefined || document.state === state;
  /** Known ones keep their place; new ones come in front of, or behind, the rest. */
  const merge = (documents: readonly Document[], where: "front" | "back"): void => {
    const fresh = documents.filter(({ id }) => !byId.has(id)).map(({ id }) => id);
    for (const document of documents) byId.set(document.id, document);
    order = where === "front" ? [...fresh, ...order] : [...order, ...fresh];
  };
  const remove = (id: string): void => {
    byId.delete(id);
    order = order.filter((one) => one !== id);
    publish();
  };

  const follow = async (documentId: string): Promise<void> => {
    followed.add(documentId);
    try {
      for await (const event of client.watchDocument({ documentId }, { signal })) {
        if (event.event === "deleted") remove(documentId);
        else {
          byId.set(documentId, event.data);
          publish();
        }
      }
    } catch {
      // The next reading of the list tells how it stands.
    } finally {
      followed.delete(documentId);
    }
    if (!signal.aborted) followMoving();
  };
  const followMoving = (): void => {
    for (const { id, settled } of snapshot.rows.slice(0, pageSize)) {
      if (followed.size >= mostFollowed) return;
      if (!settled && !followed.has(id)) void follow(id);
    }
  };

  const readMore = async (): Promise<void> => {
    try {
      const page = await client.listDocuments({ limit: pageSize, cursor, state }, { signal });
      merge(page.documents, "back");
      cursor = page.nextCursor;
      publish({ hasMore: cursor !== undefined });
      followMoving();
    } catch (error) {
      if (!signal.aborted) publish({ error, hasMore: false });
    }
  };
  const loadMore = (): void => {
    reading ??= readMore().finally(() => {
      reading = undefined;
    });
  };
  const refresh = async (): Promise<void> => {
    if (document.hidden || reading) return;
    try {
      const page = await client.listDocuments({ limit: 50, state }, { signal });
      merge(page.documents, "front");
      order = order.filter((id) => fits(byId.get(id) as Document) || followed.has(id));
      publish();
      followMoving();
    } catch {
      // A hiccup: the next round tells.
    }
  };
  const timer = setInterval(() => void refresh(), refreshEveryMs);
  loadMore();

  return {
    subscribe: (listener: () => void): (() => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    read: (): Documents => snapshot,
    loadMore,
    /** Shows a document at once that this page itself has just added. */
    add: (added: Document): void => {
      merge([added], "front");
      publish();
      followMoving();
    },
    stop: (): void => {
      clearInterval(timer);
      stopping.abort();
    },
  };
};

export type DocumentStore = ReturnType<typeof makeDocumentStore>;
