import { resolve } from "node:path";
import { aiProviderOf, privateEnvironment } from "../platform/app-environment.ts";
import { buildDashboard } from "../platform/build-dashboard.ts";
import { localEncryptionKey } from "../platform/encryption-key.ts";
import { findApps } from "../platform/find-apps.ts";
import { createLocalKey } from "../platform/local-organisation.ts";
import { startApps } from "../platform/start-apps.ts";
import { makeApiCall, makeApiClient } from "../demo/api-client.ts";
import type { DemoFile } from "../demo/follow-documents.ts";
import { makeProgressView } from "../demo/progress-view.ts";
import { aiLabel, isSuccess, toJson, toText } from "../demo/report.ts";
import { runCrm, startDemoCrm } from "../demo/run-crm.ts";
import { runDemo } from "../demo/run-demo.ts";
import { runWebhooks, startDemoReceivers } from "../demo/run-webhooks.ts";
import { sampleFiles, sampleQuestions } from "../demo/samples.ts";
import { environment } from "../process/environment.ts";
import { untilStopped } from "../process/until-stopped.ts";
import { startStack } from "../stack.ts";
import { readOptions } from "./read-options.ts";
import { appsFolder, compileCacheFolder, dashboardFolder, keptDataFolder } from "./repository.ts";
import { runMain } from "./run-main.ts";

const help = `Usage: pnpm demo [options]
Starts a private Redis and Supabase and all workers, turns files into searchable knowledge, asks questions.

  --file PATH   a file of yours (repeatable); default: three samples
  --ask TEXT    a question (repeatable); default: one for each sample
  --json        one JSON object on standard output, everything else on standard error; then exit
  --no-wait     exit when done in place of waiting for Ctrl-C
  --keep        keep data in .stack between runs
  --port N      first port to try for the API; default 3000
  --help        this text

Exit code 1 when a document fails. The shell's REDIS_URL and SUPABASE_* are ignored.`;

const values = readOptions({
  options: {
    file: { type: "string", multiple: true },
    ask: { type: "string", multiple: true },
    json: { type: "boolean", default: false },
    wait: { type: "boolean", default: true },
    keep: { type: "boolean", default: false },
    port: { type: "string", default: "3000" },
    help: { type: "boolean", default: false },
  },
  allowNegative: true,
});

const output = values.json ? process.stderr : process.stdout;
const say = (line: string): void => void output.write(`${line}\n`);

// A package manager runs scripts from the root; paths are meant from where the command was typed.
const chosenFiles = (): readonly DemoFile[] =>
  values.file?.map((given) => ({ given, path: resolve(environment["INIT_CWD"] ?? ".", given) })) ?? sampleFiles;

const chosenQuestions = (): readonly string[] => values.ask ?? (values.file === undefined ? sampleQuestions : []);

/** @returns the exit code */
const main = async (): Promise<number> => {
  const startedAt = performance.now();
  const seconds = (): string => `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`;
  const files = chosenFiles();
  const fromPort = Number(values.port);
  if (!Number.isInteger(fromPort) || fromPort < 1 || fromPort > 65_000) {
    throw new Error("--port takes a number from 1 to 65000.");
  }
  const stopped = untilStopped().then((): never => {
    throw new Error("Stopped.");
  });
  stopped.catch(() => {}); // Heard wherever it is raced.

  const ai = aiProviderOf(environment);
  say(`GPT-agent workers, a demo on this machine only.\n${aiLabel(ai)}\n`);
  const dataDir = values.keep ? keptDataFolder : undefined;
  const closing: (() => Promise<void>)[] = [];
  // Beside everything else; without it the demo still is one.
  const dashboard = buildDashboard(dashboardFolder).then(
    () => "",
    (error: unknown) => `  (${String(error)})`,
  );
  try {
    const stack = await Promise.race([startStack(dataDir === undefined ? {} : { dataDir }), stopped]);
    closing.unshift(() => stack.stop());
    say(`Redis and Supabase are up (${seconds()})`);

    const encryptionKey = await localEncryptionKey(dataDir);
    const receivers = await startDemoReceivers();
    closing.unshift(() => receivers.stop());
    const crm = await startDemoCrm();
    closing.unshift(() => crm.stop());
    const env = {
      ...privateEnvironment(environment, stack.env, encryptionKey),
      NODE_COMPILE_CACHE: compileCacheFolder,
      EGRESS_ALLOW: `${receivers.allow},${crm.allow}`,
    };
    const [running, key] = await Promise.race([
      Promise.all([startApps(await findApps(appsFolder), { env, fromPort }), createLocalKey(stack.env, "demo")]),
      stopped,
    ]);
    closing.unshift(() => running.stop());
    const api = running.apps.find(({ app }) => !app.isWorker);
    if (api === undefined) throw new Error(`There is no API to talk to: ${appsFolder} has no api/src/main.ts.`);
    const workers = running.apps.filter(({ app }) => app.isWorker).map(({ app }) => app.name);
    say(`API and workers are up: ${workers.join(", ")} (${seconds()})\n`);

    const call = makeApiCall(api.url, key);
    const found = await Promise.race([
      runDemo({
        api: makeApiClient(call),
        files,
        questions: chosenQuestions(),
        view: makeProgressView(
          output,
          files.map(({ path }) => path),
        ),
        stack: { redis: stack.env.REDIS_URL, supabase: stack.env.SUPABASE_URL, ai },
        workers,
        webhooks: () => runWebhooks(call, api.url, receivers),
        crm: () => runCrm(call, crm),
      }),
      running.failure,
      stack.failure,
      stopped,
    ]);
    const run = { ...found, ms: Math.round(performance.now() - startedAt) };
    say(toText(run, output.columns));
    if (values.json) process.stdout.write(`${JSON.stringify(toJson(run))}\n`);
    else if (values.wait) {
      say(
        `API        ${api.url}/v1  (${api.url}/openapi.json)\nDashboard  ${api.url}/${await dashboard}\nAPI key    ${key}\n`,
      );
      say("Ctrl-C ends everything.");
      await Promise.race([running.failure, stack.failure, stopped.catch(() => {})]);
    }
    return isSuccess(run) ? 0 : 1;
  } finally {
    for (const close of closing) await close();
  }
};

if (values.help) console.log(help);
else runMain(main);
