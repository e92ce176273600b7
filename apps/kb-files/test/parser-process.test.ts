import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeParserPool } from "../src/parser/parser-pool.ts";
import { makeParser, parserLimits, type ParserLimits } from "../src/parser/parser-process.ts";
import { maxMailDepth } from "../src/parser/protocol.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kb-files-parser-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const paths = (name: string) => ({
  inputPath: join(folder, name),
  textPath: join(folder, `${name}.text`),
  chunksPath: join(folder, `${name}.chunks`),
  orgId: "one organisation",
  fileName: name,
  maxTokens: 400,
  overlapTokens: 0,
});
const parse = async (
  name: string,
  bytes: string | Buffer,
  limits: Partial<ParserLimits> = {},
  signal = new AbortController().signal,
) => {
  await writeFile(join(folder, name), bytes);
  return makeParser({ ...parserLimits, ...limits })(paths(name), signal);
};
/** Deeply nested markup of 31 MB: seconds of parsing in one synchronous stretch. */
const slow = "<div>".repeat(1_500) + "<p>x <b>y</b></p>\n".repeat(1_800_000);

test("text and chunks come back as files, the summary as the answer", async () => {
  const summary = await parse("a.txt", "Привет 😀.\n\nВторой абзац.");
  expect(summary).toEqual({ format: "text", pageCount: null, charCount: 24, chunkCount: 1, language: "russian" });
  expect(await readFile(join(folder, "a.txt.text"), "utf8")).toBe("Привет 😀.\n\nВторой абзац.");
  const [chunk] = (await readFile(join(folder, "a.txt.chunks"), "utf8")).trim().split("\n");
  expect(JSON.parse(chunk ?? "")).toMatchObject({ ordinal: 0, charStart: 0, charEnd: 24 });
});

test("attachments come back as files of their own, what is left out as warnings", async () => {
  const attachmentsFolder = join(folder, "attachments");
  await mkdir(attachmentsFolder);
  const part = (name: string, body: string): string[] => [
    "--b",
    "Content-Type: application/octet-stream",
    `Content-Disposition: attachment; filename="${name}"`,
    "Content-Transfer-Encoding: base64",
    "",
    Buffer.from(body).toString("base64"),
  ];
  const mail = [
    "From: ann@example.org",
    "Subject: =?utf-8?B?0J7RgtGH0ZHRgg==?=",
    "MIME-Version: 1.0",
    'Content-Type: multipart/mixed; boundary="b"',
    "",
    ...part("../notes.txt", "plain notes"),
    ...part("program.exe", "MZ\u0000\u0001\u0002"),
    "--b--",
  ].join("\r\n");
  await writeFile(join(folder, "mail.eml"), mail);
  const parseMail = (mailDepth: number) =>
    makeParser()({ ...paths("mail.eml"), attachmentsFolder, mailDepth }, new AbortController().signal);
  const { attachments, warnings, format } = await parseMail(0);
  expect(format).toBe("eml");
  expect(attachments).toEqual([
    { file: "attachment-1", name: "notes.txt", mime: "application/octet-stream", byteSize: 11 },
  ]);
  expect(await readFile(join(attachmentsFolder, "attachment-1"), "utf8")).toBe("plain notes");
  expect(warnings).toEqual([{ code: "attachment_skipped", message: expect.stringContaining('"program.exe"') }]);
  const deep = await parseMail(maxMailDepth);
  expect([deep.attachments, deep.warnings?.length]).toEqual([undefined, 2]);
});

test("text recognition that is on and not installed ends as ocr_unavailable", async () => {
  const scan = await readFile(new URL("fixtures/scan-ru.png", import.meta.url));
  await writeFile(join(folder, "scan.png"), scan);
  const parsing = makeParser(parserLimits, { tesseractPath: null })(paths("scan.png"), new AbortController().signal);
  await expect(parsing).rejects.toMatchObject({ name: "PermanentError", code: "ocr_unavailable" });
});

test("a process reads on for its organisation and for nobody else", () => {
  const pool = makeParserPool({ maxRssBytes: 1e9 }, 256);
  const first = pool.take("one");
  pool.giveBack("one", first);
  const other = pool.take("two");
  expect(other).not.toBe(first);
  expect(pool.take("one")).toBe(first);
  // In use: the next file gets another.
  const second = pool.take("one");
  expect(second).not.toBe(first);
  pool.end(first);
  const third = pool.take("one");
  expect(third).not.toBe(first);
  for (const child of [second, third, other]) pool.end(child);
});

test("after a process was ended, the next file is read by another", async () => {
  const parseWith = makeParser({ ...parserLimits, timeoutMs: 2_500 });
  await writeFile(join(folder, "endless.html"), slow);
  await writeFile(join(folder, "short.txt"), "Привет.");
  const read = (name: string) => parseWith(paths(name), new AbortController().signal);
  expect((await read("short.txt")).chunkCount).toBe(1);
  await expect(read("endless.html")).rejects.toMatchObject({ code: "parser_timeout" });
  expect((await read("short.txt")).chunkCount).toBe(1);
});

test("a file's problem keeps its code and sentence", async () => {
  await expect(parse("b.pdf", "MZ\u0000\u0001")).rejects.toMatchObject({
    name: "PermanentError",
    code: "file_mislabelled",
  });
});

test("too slow: ended, parser_timeout", async () => {
  await expect(parse("slow.html", slow, { timeoutMs: 700 })).rejects.toMatchObject({ code: "parser_timeout" });
});

test("too much heap or memory: ended, parser_memory", async () => {
  await expect(parse("heap.html", slow, { maxHeapMb: 40 })).rejects.toMatchObject({ code: "parser_memory" });
  await expect(parse("rss.html", slow, { maxRssMb: 90 })).rejects.toMatchObject({ code: "parser_memory" });
});

test("an abort ends the process with its reason", async () => {
  const controller = new AbortController();
  await writeFile(join(folder, "abort.html"), slow);
  const parsing = makeParser()(paths("abort.html"), controller.signal);
  setImmediate(() => controller.abort(new Error("shutdown")));
  await expect(parsing).rejects.toThrow("shutdown");
});

test("the worker's event loop stays free while a file is parsed", async () => {
  let turns = 0;
  const counter = setInterval(() => (turns += 1), 5);
  await parse("busy.html", slow, { timeoutMs: 1_000 }).catch(() => {});
  clearInterval(counter);
  // Blocked for the whole parse, it would turn once or twice.
  expect(turns).toBeGreaterThan(20);
});

/** Runs a worker-like parent that starts one parse, and reports the parser process's pid. */
const startParent = async (name: string) => {
  const script = `
    import { makeParser } from ${JSON.stringify(new URL("../src/parser/parser-process.ts", import.meta.url).href)};
    import { ChildProcess } from "node:child_process";
    const spawn = ChildProcess.prototype.spawn;
    ChildProcess.prototype.spawn = function (options) {
      const result = spawn.call(this, options);
      console.log(JSON.stringify({ pid: this.pid, env: options.envPairs }));
      return result;
    };
    await makeParser()(${JSON.stringify(paths(name))}, new AbortController().signal);`;
  const parent = spawn(process.execPath, ["--conditions=@gpt-agent/source", "--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "ignore"],
    env: { SUPABASE_SERVICE_ROLE_KEY: "do-not-leak" },
  });
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  return { parent, ...(JSON.parse(line.toString()) as { pid: number; env: string[] }) };
};

const gone = async (pid: number): Promise<void> => {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

test("the parser process gets no secret, and dies with its worker even while it is busy", async () => {
  await writeFile(join(folder, "orphan.html"), slow);
  const { parent, pid, env } = await startParent("orphan.html");
  expect(env.join("\n")).not.toMatch(/do-not-leak|SUPABASE|REDIS/);
  parent.kill("SIGKILL");
  await once(parent, "exit");
  await gone(pid);
});
