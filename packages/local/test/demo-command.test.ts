import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import type { toJson } from "../src/demo/report.ts";

const command = join(import.meta.dirname, "../src/cli/demo.ts");

const runDemo = async (args: readonly string[]) => {
  const child = spawn(process.execPath, ["--conditions=@gpt-agent/source", command, "--json", ...args]);
  onTestFinished(() => void child.kill("SIGKILL"));
  const code = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (output === "") throw new Error(errors);
  return { code: await code, result: JSON.parse(output) as ReturnType<typeof toJson> };
};

test(
  "files in three formats become answers with their place; every worker takes part",
  { timeout: 120_000 },
  async () => {
    const { code, result } = await runDemo([]);
    expect(code).toBe(0);
    expect(result.workers).toMatchObject({ "kb-files": "ok", embeddings: "ok", "knowledge-graph": "ok" });
    expect(result.documents.map(({ state, graphState }) => [state, graphState])).toEqual(
      Array.from({ length: 3 }, () => ["ready", "ready"]),
    );
    const best = result.answers.map(({ hits: [hit] }) => hit);
    expect(best[0]).toMatchObject({
      file: "reglament-vozvrata.docx",
      text: expect.stringContaining("30 календарных дней"),
    });
    expect(best[0]?.headingPath.at(-1)).toBe("2.1. Сроки возврата");
    expect(best[1]).toMatchObject({
      file: "aero-300-manual.pdf",
      page: 4,
      text: expect.stringContaining("every six months"),
    });
    expect(best[2]).toMatchObject({ file: "o-kompanii.html", text: expect.stringContaining("Елена Воронцова") });
    expect(result.graph.entities).toBeGreaterThan(10);
    expect(result.graph.edges).toBeGreaterThan(0);
    expect(result.workers).toMatchObject({ webhooks: "ok", "crm-sync": "ok" });
    expect(result.crm).not.toHaveProperty("error");
    expect(result.crm).toMatchObject({
      state: "live",
      records: { contact: 40, deal: 3 },
      conflict: { field: "name", resolution: "ours", written: "Поставка насосов (договор 17)" },
      secondRun: { changedHere: 0, writtenThere: 0 },
    });
    expect(result.webhooks).not.toHaveProperty("error");
    expect(result.webhooks).toMatchObject({
      received: { scheme: "stripe", state: "done" },
      deliveries: [
        { eventType: "order.created", state: "delivered", attempts: 1 },
        { eventType: "payment.received", state: "delivered" },
        { endpoint: "fails once", state: "delivered", attempts: 2 },
      ],
    });
  },
);

test("a bad file fails alone: the others are finished, the exit code tells", { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "gpt-agent-test-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [good, empty] = [join(folder, "заметка.md"), join(folder, "пустой.txt")];
  await writeFile(good, "# Сейф\n\nКассета с плёнкой хранится в сейфе номер семь.\n");
  await writeFile(empty, "");

  const { code, result } = await runDemo(["--file", empty, "--file", good, "--ask", "Где лежит кассета?"]);
  expect(code).toBe(1);
  expect(result.documents).toMatchObject([
    { file: empty, state: "failed", errorCode: "file_empty" },
    { file: good, state: "ready", chunks: 1, embedded: 1 },
  ]);
  expect(result.answers[0]?.hits[0]).toMatchObject({ file: good, headingPath: ["Сейф"] });
});
