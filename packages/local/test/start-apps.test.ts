import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startApps } from "../src/platform/start-apps.ts";
import { environment } from "../src/process/environment.ts";

/** An app that leaves a folder behind and says where. */
const untidy = `
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
writeFileSync("left-behind.txt", mkdtempSync(join(tmpdir(), "untidy-")));
createServer((_, res) => res.end("{}")).listen(Number(process.env.PORT));
`;

test("what apps leave in the temporary folder goes with them", { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "gpt-agent-test-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, "src"));
  await writeFile(join(folder, "src", "main.ts"), untidy);

  const running = await startApps([{ name: "untidy", folder, isWorker: true }], { env: environment, fromPort: 20_000 });
  const left = await readFile(join(folder, "left-behind.txt"), "utf8");
  const existed = existsSync(left);
  await running.stop();
  expect(existed).toBe(true);
  expect(existsSync(left)).toBe(false);
});
