import { z } from "zod";

const failure = z.object({ code: z.string(), message: z.string() }).nullable();

const document = z.object({
  id: z.string(),
  knowledgeBaseId: z.string(),
  state: z.string(),
  graphState: z.string(),
  settled: z.boolean(),
  progress: z.number(),
  counts: z.object({
    pages: z.number().nullable(),
    chunks: z.number(),
    embedded: z.number(),
    entities: z.number(),
    edges: z.number(),
  }),
  error: failure,
  graphError: failure,
});
export type DemoDocument = z.output<typeof document>;

const hit = z.object({
  documentId: z.string(),
  documentName: z.string(),
  text: z.string(),
  score: z.number(),
  page: z.number().nullable(),
  headingPath: z.array(z.string()),
  charStart: z.number(),
  charEnd: z.number(),
});
export type DemoHit = z.output<typeof hit>;

const edge = z.object({
  sourceId: z.string(),
  predicate: z.string(),
  targetId: z.string(),
  evidence: z.array(z.object({ quote: z.string(), documentName: z.string() })),
});
const graphPage = z.object({
  entities: z.array(z.object({ id: z.string(), name: z.string() })),
  edges: z.array(edge),
  nextCursor: z.string().optional(),
});
export type DemoGraph = Pick<z.output<typeof graphPage>, "entities" | "edges">;

const problem = z.object({ detail: z.string(), code: z.string() });

export interface ApiClient {
  upload(name: string, content: Blob): Promise<DemoDocument>;
  document(id: string): Promise<DemoDocument>;
  search(query: string, limit: number): Promise<DemoHit[]>;
  graph(knowledgeBaseId: string): Promise<DemoGraph>;
}

/** One call of the HTTP API. @throws {Error} with what the API says is wrong */
export type ApiCall = <S extends z.ZodType>(schema: S, path: string, init?: RequestInit) => Promise<z.output<S>>;

export const makeApiCall =
  (url: string, key: string): ApiCall =>
  async (schema, path, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${key}`);
    const response = await fetch(new URL(path, url), { ...init, headers, signal: AbortSignal.timeout(60_000) });
    const body: unknown = response.status === 204 ? undefined : await response.json();
    if (response.ok) return schema.parse(body);
    const told = problem.safeParse(body);
    throw new Error(told.success ? `${told.data.detail} (${told.data.code})` : `${path} answered ${response.status}`);
  };

export const jsonPost = (body: unknown): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

/** The few calls of the HTTP API that the demo makes, the way any client would. */
export const makeApiClient = (call: ApiCall): ApiClient => {
  return {
    upload: async (name, content) => {
      const form = new FormData();
      form.set("file", content, name);
      return call(document, "/v1/documents", { method: "POST", body: form });
    },
    document: (id) => call(document, `/v1/documents/${id}`),
    search: async (query, limit) =>
      (await call(z.object({ hits: z.array(hit) }), "/v1/search", jsonPost({ query, limit }))).hits,
    graph: async (knowledgeBaseId) => {
      const entities: DemoGraph["entities"] = [];
      const edges: DemoGraph["edges"] = [];
      let cursor: string | undefined;
      do {
        const query = new URLSearchParams({ knowledgeBaseId, ...(cursor === undefined ? {} : { cursor }) });
        const page = await call(graphPage, `/v1/graph/export?${query.toString()}`);
        entities.push(...page.entities);
        edges.push(...page.edges);
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      return { entities, edges };
    },
  };
};
