import { randomUUID } from "node:crypto";
import { expect, test, vi } from "vitest";
import type { DocumentRow } from "./ports.ts";
import { makeDocumentRow, makeFakes } from "./testing/fakes.ts";
import { startApp } from "./testing/start-app.ts";

interface Event {
  readonly event: string;
  readonly data: { readonly state: string; readonly progress: number };
}

const parseEvents = (text: string): Event[] =>
  [...text.matchAll(/event: (.*)\ndata: (.*)\n\n/g)].map(([, event = "", data = ""]) => ({
    event,
    data: JSON.parse(data),
  }));

/** Generous for a busy machine: only what never happens runs into it. */
const patience = { timeout: 4_000 };

/** An app with one document, whose reads are counted. */
const startWatched = async (fields: Partial<DocumentRow> = {}) => {
  const fakes = makeFakes();
  let reads = 0;
  const get: typeof fakes.ports.documents.get = async (key) => {
    reads += 1;
    return fakes.ports.documents.get(key);
  };
  const app = await startApp({}, { ...fakes, ports: { ...fakes.ports, documents: { ...fakes.ports.documents, get } } });
  const org = app.signUp();
  const row = makeDocumentRow({ orgId: org.orgId, ...fields });
  app.documents.set(row.id, row);
  const change = (next: Partial<DocumentRow>): void => {
    app.documents.set(row.id, { ...(app.documents.get(row.id) ?? row), ...next });
  };
  const open = (signal?: AbortSignal) =>
    fetch(`${app.url}/v1/documents/${row.id}/events`, {
      headers: { authorization: `Bearer ${org.key}` },
      ...(signal && { signal }),
    });
  return { ...app, org, row, change, open, readCount: () => reads };
};

/** The first event of an open stream; the rest can still be read. */
const openAndSeeFirst = async (open: () => Promise<Response>) => {
  const response = await open();
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) throw new Error("no body");
  const { value: first = "" } = await reader.read();
  const rest = async (): Promise<string> => {
    let text = first;
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return text;
      text += value;
    }
  };
  return { response, first, rest };
};

test("events follow a document until search and graph are settled, then the server closes", async () => {
  const app = await startWatched();
  const { response, first, rest } = await openAndSeeFirst(app.open);
  expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  expect(parseEvents(first)).toMatchObject([{ event: "progress", data: { state: "queued", progress: 0 } }]);

  const all = rest();
  app.change({ state: "ready", graphState: "pending", chunkCount: 4, embeddedCount: 4 });
  await vi.waitUntil(() => app.readCount() > 5, patience);
  app.change({ graphState: "ready" });
  const events = parseEvents(await all);
  expect(events.map(({ event, data }) => `${event} ${data.state}`)).toEqual([
    "progress queued",
    "progress ready",
    "progress ready",
    "end undefined",
  ]);
});

test("a settled document is told once", async () => {
  const app = await startWatched({ state: "failed", errorCode: "file_empty" });
  const events = parseEvents(await (await app.open()).text());
  expect(events.map(({ event }) => event)).toEqual(["progress", "end"]);
});

test("a deleted document ends its stream", async () => {
  const app = await startWatched({ state: "deleting" });
  const { rest } = await openAndSeeFirst(app.open);
  app.documents.delete(app.row.id);
  expect(parseEvents(await rest()).map(({ event }) => event)).toEqual(["progress", "deleted", "end"]);
});

test("many watchers cost one read per interval; nobody watching costs none", async () => {
  const app = await startWatched();
  const stop = new AbortController();
  const streams = await Promise.all(Array.from({ length: 20 }, () => openAndSeeFirst(() => app.open(stop.signal))));
  expect(streams.every(({ first }) => first.includes("queued"))).toBe(true);
  // 20 reads before the headers, and what one poll did meanwhile.
  const before = app.readCount();
  await vi.waitUntil(() => app.readCount() >= before + 5, patience);

  stop.abort();
  await Promise.allSettled(streams.map(({ rest }) => rest()));
  // Quiet once a read no longer follows: give the last one the chance to be counted.
  await vi.waitUntil(async () => {
    const seen = app.readCount();
    await fetch(`${app.url}/health`);
    await fetch(`${app.url}/health`);
    return app.readCount() === seen;
  }, patience);
});

test("a stopping process ends open streams", async () => {
  const app = await startWatched();
  const { rest } = await openAndSeeFirst(app.open);
  app.stopping.abort();
  expect(parseEvents(await rest()).map(({ event }) => event)).toEqual(["progress"]);
});

test("nobody watches another organisation's document", async () => {
  const app = await startWatched();
  expect((await app.signUp()("GET", `/v1/documents/${app.row.id}/events`)).status).toBe(404);
  expect((await app.org("GET", `/v1/documents/${randomUUID()}/events`)).status).toBe(404);
});
