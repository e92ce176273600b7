import { join } from "node:path";
import { aiLabel } from "../demo/report.ts";
import { aiProviderOf, privateEnvironment } from "../platform/app-environment.ts";
import { devTarget } from "../platform/dev-target.ts";
import { localEncryptionKey } from "../platform/encryption-key.ts";
import { type App, findApps } from "../platform/find-apps.ts";
import { createLocalKey } from "../platform/local-organisation.ts";
import { environment } from "../process/environment.ts";
import { freePorts } from "../process/free-port.ts";
import { startChild } from "../process/start-child.ts";
import { untilStopped } from "../process/until-stopped.ts";
import { startStack } from "../stack.ts";
import { readOptions } from "./read-options.ts";
import { appsFolder, keptDataFolder, repository } from "./repository.ts";
import { runMain } from "./run-main.ts";

const help = `Usage: pnpm dev [options]
Runs the API and all workers from their sources, each restarted when a source changes.
Uses REDIS_URL and SUPABASE_URL of the shell if both are set, an embedded stack if neither is.

  --keep     keep the embedded stack's data in .stack between runs
  --remote   allow a Redis or Supabase that is not on this machine
  --help     this text`;

const values = readOptions({
  options: {
    keep: { type: "boolean", default: false },
    remote: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

interface DevEnvironment {
  readonly env: NodeJS.ProcessEnv;
  /** Undefined on a target that is not ours: there the operator's commands make keys. */
  readonly apiKey: string | undefined;
  readonly failure: Promise<never>;
  stop(): Promise<void>;
}

const openEnvironment = async (): Promise<DevEnvironment> => {
  if (devTarget(environment, values.remote) === "shell") {
    return { env: { ...environment }, apiKey: undefined, failure: new Promise(() => {}), stop: async () => {} };
  }
  const dataDir = values.keep ? keptDataFolder : undefined;
  const stack = await startStack(dataDir === undefined ? {} : { dataDir });
  const apiKey = await createLocalKey(stack.env, "dev");
  const encryptionKey = await localEncryptionKey(dataDir);
  const env = privateEnvironment(environment, stack.env, encryptionKey);
  return { env, apiKey, failure: stack.failure, stop: () => stack.stop() };
};

/** PORT would be the same for all apps of one `turbo run`; each app's dev script reads a variable of its own. */
const portVariable = ({ name }: App): string => `PORT_${name.toUpperCase().replaceAll("-", "_")}`;

const choosePorts = async (apps: readonly App[]): Promise<Map<App, number>> => {
  const ports = await freePorts(apps.length, 3_000);
  return new Map(apps.map((app, index) => [app, ports[index] ?? 0]));
};

const printAddresses = ({ env, apiKey }: DevEnvironment, ports: ReadonlyMap<App, number>): void => {
  const isOurs = apiKey !== undefined;
  const lines: readonly (readonly [string, string | undefined])[] = [
    ["REDIS_URL", isOurs ? env["REDIS_URL"] : "from the shell"],
    ["SUPABASE_URL", isOurs ? env["SUPABASE_URL"] : "from the shell"],
    ...[...ports].map(([{ name }, port]) => [name, `http://127.0.0.1:${port}`] as const),
    ["API key", apiKey ?? "make one with: pnpm ops key create --org ID --name dev"],
  ];
  console.log(aiLabel(aiProviderOf(environment)));
  for (const [name, value] of lines) console.log(`  ${name.padEnd(16)} ${value}`);
};

/** @returns the exit code */
const main = async (): Promise<number> => {
  const stopped = untilStopped();
  const dev = await openEnvironment();
  try {
    const ports = await choosePorts(await findApps(appsFolder));
    const portsByName = Object.fromEntries([...ports].map(([app, port]) => [portVariable(app), String(port)]));
    const turbo = await startChild(
      {
        command: join(repository, "node_modules", ".bin", "turbo"),
        args: ["run", "dev", "--env-mode=loose", "--ui=stream"],
        onlyEnv: { LISTEN_HOST: "127.0.0.1", ...dev.env, ...portsByName, TURBO_TELEMETRY_DISABLED: "1" },
        cwd: repository,
      },
      {
        name: "turbo run dev",
        stopSignal: "TERM",
        graceMs: 15_000,
        onOutput: (text) => void process.stdout.write(text),
      },
    );
    printAddresses(dev, ports);
    try {
      const how = await Promise.race([turbo.ended, stopped, dev.failure]);
      if (how !== undefined) console.error(`turbo run dev ended (${how}).`);
      return how === undefined ? 0 : 1;
    } finally {
      await turbo.stop();
    }
  } finally {
    await dev.stop();
  }
};

if (values.help) console.log(help);
else runMain(main);
