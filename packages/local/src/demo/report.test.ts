import { expect, test } from "vitest";
import type { DemoDocument } from "./api-client.ts";
import { type DemoRun, isSuccess, toJson, toText } from "./report.ts";

const ready: DemoDocument = {
  id: "d1",
  knowledgeBaseId: "k1",
  state: "ready",
  graphState: "ready",
  settled: true,
  progress: 1,
  counts: { pages: 5, chunks: 12, embedded: 12, entities: 2, edges: 1 },
  error: null,
  graphError: null,
};
const blocked: DemoDocument = {
  ...ready,
  id: "d2",
  state: "blocked",
  graphState: "pending",
  error: { code: "password_required", message: "Protected by a password." },
};
const run: DemoRun = {
  stack: { redis: "redis://127.0.0.1:1", supabase: "http://127.0.0.1:2", ai: "local" },
  workers: ["embeddings", "kb-files"],
  files: [
    { file: { given: "a.pdf", path: "/x/a.pdf" }, document: ready, refusal: undefined, ms: 900 },
    { file: { given: "b.docx", path: "/x/b.docx" }, document: blocked, refusal: undefined, ms: 400 },
    { file: { given: "c.bin", path: "/x/c.bin" }, document: undefined, refusal: "Too large.", ms: 10 },
  ],
  answers: [
    {
      ask: "Кто?",
      hits: [
        {
          documentId: "d1",
          documentName: "a.pdf",
          text: "Елена Воронцова.",
          score: 0.9,
          page: 3,
          headingPath: ["О компании"],
          charStart: 10,
          charEnd: 26,
        },
      ],
    },
  ],
  graph: {
    entities: [
      { id: "e1", name: "Ветролад" },
      { id: "e2", name: "Воронцова" },
    ],
    edges: [{ sourceId: "e2", predicate: "ceo_of", targetId: "e1", evidence: [] }],
  },
  crm: {
    provider: "kommo",
    state: "live",
    records: { contact: 40, deal: 3 },
    conflict: { field: "name", ours: "Наше", crm: "Их", resolution: "ours", written: "Наше" },
    secondRun: { changedHere: 0, writtenThere: 0 },
    refusals: 0,
    ms: 9,
  },
  webhooks: {
    received: { scheme: "stripe", state: "done", forwardedAs: "payment.received" },
    deliveries: [
      { endpoint: "fails once", eventType: "order.created", state: "delivered", attempts: 2, lastStatus: 204 },
    ],
    ms: 900,
  },
  ms: 5_000,
};

test("the JSON names every document, finished or not, with its code", () => {
  expect(toJson(run)).toEqual({
    stack: { redis: "redis://127.0.0.1:1", supabase: "http://127.0.0.1:2", ai: "local" },
    workers: { embeddings: "ok", "kb-files": "ok" },
    documents: [
      expect.objectContaining({
        file: "a.pdf",
        documentId: "d1",
        state: "ready",
        errorCode: null,
        pages: 5,
        chunks: 12,
      }),
      expect.objectContaining({ file: "b.docx", state: "blocked", errorCode: "password_required", ms: 400 }),
      expect.objectContaining({ file: "c.bin", documentId: null, state: "failed", errorMessage: "Too large." }),
    ],
    answers: [
      {
        ask: "Кто?",
        hits: [
          {
            documentId: "d1",
            file: "a.pdf",
            text: "Елена Воронцова.",
            score: 0.9,
            page: 3,
            headingPath: ["О компании"],
            charStart: 10,
            charEnd: 26,
          },
        ],
      },
    ],
    graph: { entities: 2, edges: 1 },
    webhooks: run.webhooks,
    crm: run.crm,
    ms: 5_000,
  });
});

test("the text tells where an answer stands and what was not processed", () => {
  const text = toText(run);
  expect(text).toContain("“Елена Воронцова.”\n    — a.pdf, page 3, О компании");
  expect(text).toContain("Воронцова —ceo_of→ Ветролад");
  expect(text).toContain("b.docx: Protected by a password.");
  expect(text).toContain("c.bin: Too large.");
  expect(text).toContain("1 of 3 documents ready");
});

test("the text keeps to the terminal's width, broken between words", () => {
  const hit = run.answers[0]?.hits[0];
  const hits = hit === undefined ? [] : [{ ...hit, text: "Срок возврата — тридцать дней. ".repeat(8) }];
  const text = toText({ ...run, answers: [{ ask: "Какой срок?", hits }] }, 60);
  const lines = text.split("\n");
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(60);
  expect(text.replaceAll(/\s+/g, " ")).toContain("Срок возврата — тридцать дней. Срок возврата");
});

test("one failed document is no success; a partly ready one is", () => {
  const [only] = run.files;
  expect(isSuccess(run)).toBe(false);
  expect(isSuccess({ ...run, files: only === undefined ? [] : [only] })).toBe(true);
  const partly = run.files.slice(0, 1).map((one) => ({ ...one, document: { ...ready, state: "ready_partial" } }));
  expect(isSuccess({ ...run, files: partly })).toBe(true);
});
