import { randomBytes, randomUUID } from "node:crypto";
import { appsFolder } from "@gpt-agent/local/cli/repository";
import { privateEnvironment } from "@gpt-agent/local/platform/app-environment";
import { findApps } from "@gpt-agent/local/platform/find-apps";
import { startApps } from "@gpt-agent/local/platform/start-apps";
import { startPostgres } from "@gpt-agent/local/postgres/start-postgres";
import { environment } from "@gpt-agent/local/process/environment";
import { startStack } from "@gpt-agent/local/stack";
import { makeApiKeys } from "@gpt-agent/supabase/api-keys";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { startReceivers } from "./receivers.ts";

/** API and webhooks worker as processes over a real Postgres, and an organisation with so many endpoints. */
export const startInstallation = async (endpointCount: number) => {
  const [postgres, receivers] = await Promise.all([startPostgres(), startReceivers(endpointCount)]);
  const stack = await startStack({ postgresUrl: postgres.url });
  const env = {
    ...privateEnvironment({ PATH: environment["PATH"] }, stack.env, `hex:${randomBytes(32).toString("hex")}`),
    EGRESS_ALLOW: receivers.ports.map((port) => `127.0.0.1:${port}`).join(","),
  };
  const wanted = new Set(["api", "webhooks"]);
  const apps = (await findApps(appsFolder)).filter(({ name }) => wanted.has(name));
  const running = await startApps(apps, { env, fromPort: 3000 });
  const urlOf = (name: string): string => {
    const found = running.apps.find(({ app }) => app.name === name);
    if (found === undefined) throw new Error(`there is no app ${name}`);
    return found.url;
  };

  const supabase = connectSupabase({
    url: stack.env.SUPABASE_URL,
    serviceRoleKey: { reveal: () => stack.env.SUPABASE_SERVICE_ROLE_KEY },
  });
  const orgId = randomUUID();
  const { key } = await makeApiKeys(supabase).create({ orgId, name: "bench", scopes: ["*"] });
  const post = async (path: string, body: object): Promise<{ readonly id: string }> => {
    const response = await fetch(`${urlOf("api")}/v1/webhooks/${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as { id: string };
  };
  const endpointIds: string[] = [];
  for (const port of receivers.ports) {
    endpointIds.push((await post("endpoints", { url: `http://127.0.0.1:${port}/hook` })).id);
  }

  return {
    receivers,
    endpointIds,
    post,
    /** CPU seconds of the worker's process since it began: its own metric. */
    workerCpuSeconds: async (): Promise<number> => {
      const text = await (await fetch(`${urlOf("webhooks")}/metrics`)).text();
      const seconds = /^process_cpu_seconds_total\{[^}]*\} (\S+)/m.exec(text)?.[1];
      if (seconds === undefined) throw new Error("the worker does not tell process_cpu_seconds_total");
      return Number(seconds);
    },
    /** Until no delivery of these endpoints is in one of these states any more. */
    drained: async (
      of: readonly string[] = endpointIds,
      states: readonly string[] = ["pending", "sending", "retry_wait"],
    ): Promise<void> => {
      for (;;) {
        const { count, error } = await supabase
          .from("webhook_deliveries")
          .select("id", { count: "exact", head: true })
          .eq("org_id", orgId)
          .in("endpoint_id", of)
          .in("state", states);
        if (error) throw new Error(error.message);
        if (count === 0) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    /** Attempts that were logged for the organisation so far. */
    loggedAttempts: async (): Promise<number> => {
      const { count } = await supabase
        .from("webhook_attempts")
        .select("id", { count: "exact", head: true })
        .eq("org_id", orgId);
      return count ?? 0;
    },
    stop: async (): Promise<void> => {
      await running.stop();
      await stack.stop();
      await postgres.stop();
      receivers.stop();
    },
  };
};
