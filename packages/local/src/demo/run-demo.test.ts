import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { ApiClient, DemoDocument } from "./api-client.ts";
import { runDemo } from "./run-demo.ts";

const settled: DemoDocument = {
  id: "d1",
  knowledgeBaseId: "k1",
  state: "ready",
  graphState: "ready",
  settled: true,
  progress: 1,
  counts: { pages: null, chunks: 1, embedded: 1, entities: 0, edges: 0 },
  error: null,
  graphError: null,
};

const run = async (api: Partial<ApiClient>, paths: readonly string[], questions: readonly string[] = []) =>
  runDemo({
    api: {
      upload: async () => settled,
      document: async () => settled,
      search: async () => [],
      graph: async () => ({ entities: [], edges: [] }),
      ...api,
    },
    files: paths.map((path) => ({ given: path, path })),
    questions,
    view: { show: () => {}, refused: () => {} },
    stack: { redis: "", supabase: "", ai: "local" },
    workers: [],
    webhooks: async () => ({ deliveries: [], ms: 0 }),
    crm: async () => ({ provider: "kommo", refusals: 0, ms: 0 }),
  });

test("a path that is no readable file is refused in a sentence, and the others go on", async () => {
  const folder = await mkdtemp(join(tmpdir(), "gpt-agent-test-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const good = join(folder, "заметка с пробелом.md");
  await writeFile(good, "# Сейф");
  const uploaded: [string, string][] = [];
  const upload: ApiClient["upload"] = async (name, content) => {
    uploaded.push([name, await content.text()]);
    return settled;
  };

  const { files } = await run({ upload }, [join(folder, "нет.pdf"), folder, "/dev/null", good]);
  expect(files.map(({ refusal }) => refusal)).toEqual([
    expect.stringMatching(/no readable file .*нет\.pdf/),
    expect.stringContaining("is a folder"),
    expect.stringContaining("no ordinary file"),
    undefined,
  ]);
  expect(files[3]?.document).toEqual(settled);
  expect(uploaded).toEqual([["заметка с пробелом.md", "# Сейф"]]);
});

test("a question that is refused takes no other answer with it, nor does a poll that fails", async () => {
  const search: ApiClient["search"] = async (query) => {
    if (query === "") throw new Error("query: must not be empty");
    return [];
  };
  let polls = 0;
  const document: ApiClient["document"] = async () => {
    polls += 1;
    if (polls === 1) throw new Error("fetch failed");
    return settled;
  };
  const upload: ApiClient["upload"] = async () => ({ ...settled, state: "queued", settled: false });

  const { files, answers } = await run({ search, document, upload }, [import.meta.filename], ["", "Кто?"]);
  expect(files[0]?.document?.state).toBe("ready");
  expect(answers).toEqual([
    { ask: "", hits: [], refusal: "query: must not be empty" },
    { ask: "Кто?", hits: [] },
  ]);
});
