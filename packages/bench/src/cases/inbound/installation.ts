import { createHash, randomBytes, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { appsFolder } from "@gpt-agent/local/cli/repository";
import { privateEnvironment } from "@gpt-agent/local/platform/app-environment";
import { findApps } from "@gpt-agent/local/platform/find-apps";
import { startApps } from "@gpt-agent/local/platform/start-apps";
import { startPostgres } from "@gpt-agent/local/postgres/start-postgres";
import { environment } from "@gpt-agent/local/process/environment";
import { startStack } from "@gpt-agent/local/stack";
import { makeApiKeys } from "@gpt-agent/supabase/api-keys";
import { connectSupabase } from "@gpt-agent/supabase/client";

/** CPU time of a process, user and system, since it began. Linux counts it in hundredths of a second. */
const cpuSecondsOf = async (pid: number): Promise<number> => {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).replace(/^.*\) /s, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
};

/**
 * The API as a process over a real Postgres that syncs every commit to disk, with a signed source. No worker: what is
 * measured is the way from a request to the row.
 */
export const startInstallation = async () => {
  const postgres = await startPostgres({ durable: true });
  const stack = await startStack({ postgresUrl: postgres.url });
  const env = privateEnvironment({ PATH: environment["PATH"] }, stack.env, `hex:${randomBytes(32).toString("hex")}`);
  const apps = (await findApps(appsFolder)).filter(({ name }) => name === "api");
  const running = await startApps(apps, { env, fromPort: 3000 });
  const [api] = running.apps;
  if (api === undefined) throw new Error("there is no app api");

  const supabase = connectSupabase({
    url: stack.env.SUPABASE_URL,
    serviceRoleKey: { reveal: () => stack.env.SUPABASE_SERVICE_ROLE_KEY },
  });
  const { key } = await makeApiKeys(supabase).create({ orgId: randomUUID(), name: "bench", scopes: ["*"] });
  const secret = createHash("sha256").update(key).digest("hex");
  const response = await fetch(`${api.url}/v1/webhooks/sources`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "bench", scheme: "github", secrets: [secret] }),
  });
  if (!response.ok) throw new Error(`POST sources: ${response.status} ${await response.text()}`);
  const { path } = (await response.json()) as { readonly path: string };

  return {
    hook: { url: api.url + path, secret },
    /** Answered by the same process without a body, a signature or a row. */
    health: { url: `${api.url}/health` },
    cpuSeconds: () => cpuSecondsOf(api.process.pid),
    stop: async (): Promise<void> => {
      await running.stop();
      await stack.stop();
      await postgres.stop();
    },
  };
};
