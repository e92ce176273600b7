import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { appsFolder } from "@gpt-agent/local/cli/repository";
import { privateEnvironment } from "@gpt-agent/local/platform/app-environment";
import { type App, findApps } from "@gpt-agent/local/platform/find-apps";
import { type RunningApp, startApp } from "@gpt-agent/local/platform/start-app";
import { environment } from "@gpt-agent/local/process/environment";
import { freePort } from "@gpt-agent/local/process/free-port";
import { makeApiKeys } from "@gpt-agent/supabase/api-keys";
import { type InboundDatabase, startInboundDatabase } from "./inbound-database.ts";
import type { Scenario } from "./scenarios.ts";

const senders = 8;
const pauseMs = 60;

/** API and worker as processes that can be killed and come back on their port. */
const startProcesses = async ({ env: stackEnv }: InboundDatabase) => {
  const env = privateEnvironment({ PATH: environment["PATH"] }, stackEnv, `hex:${randomBytes(32).toString("hex")}`);
  const running = new Map<string, RunningApp>();
  const start = async (app: App, port: number): Promise<void> => {
    const options = { env, port, readyTimeoutMs: 60_000, signal: new AbortController().signal };
    running.set(app.name, await startApp(app, options));
  };
  const apps = (await findApps(appsFolder)).filter(({ name }) => name === "api" || name === "webhooks");
  const ports = new Map<string, number>();
  for (const app of apps) {
    const port = await freePort();
    ports.set(app.name, port);
    await start(app, port);
  }
  return {
    url: `http://127.0.0.1:${ports.get("api") ?? 0}`,
    killAndRestart: async (name: string): Promise<void> => {
      const victim = running.get(name);
      if (victim === undefined) throw new Error(`there is no ${name}`);
      process.kill(victim.process.pid, "SIGKILL");
      await victim.process.ended;
      await start(victim.app, ports.get(name) ?? 0);
    },
    stop: async (): Promise<void> => {
      await Promise.all([...running.values()].map(({ process: child }) => child.stop()));
    },
  };
};

/** Sends numbered messages until told to stop, each until it is acknowledged; some once more after that. */
const startSending = (url: string, secret: string) => {
  const acknowledged = new Set<number>();
  const stopping = new AbortController();
  let [next, refused] = [0, 0];
  const post = async (n: number): Promise<boolean> => {
    const body = JSON.stringify({ n, action: "created", repository: { id: n % 40 } });
    try {
      const answer = await fetch(url, {
        method: "POST",
        body,
        headers: {
          "content-type": "application/json",
          "x-github-event": "order",
          "x-github-delivery": String(n),
          "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
        },
        signal: AbortSignal.timeout(10_000),
      });
      // A refusal would make a sender give up: only our own faults may be answered, as such.
      if (answer.status >= 400 && answer.status < 500) refused += 1;
      return answer.status === 200;
    } catch {
      return false;
    }
  };
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const n = next;
      next += 1;
      while (!(await post(n))) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      acknowledged.add(n);
      if (n % 5 === 0) await post(n);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * pauseMs));
    }
  };
  const sending = Promise.all(Array.from({ length: senders }, loop));
  return {
    stop: async (): Promise<{ readonly acknowledged: ReadonlySet<number>; readonly refused: number }> => {
      stopping.abort();
      await sending;
      return { acknowledged, refused };
    },
  };
};

/** How many outbound messages each number has become. */
const effects = async ({ supabase }: InboundDatabase, orgId: string): Promise<Map<number, number>> => {
  const counts = new Map<number, number>();
  for (let from = 0; ; from += 1_000) {
    const { data, error } = await supabase
      .from("webhook_messages")
      .select("id, payload")
      .eq("org_id", orgId)
      .order("id")
      .range(from, from + 999);
    if (error) throw error;
    for (const { payload } of data) {
      const { n } = payload as { readonly n: number };
      counts.set(n, (counts.get(n) ?? 0) + 1);
    }
    if (data.length < 1_000) return counts;
  }
};

const untilHandled = async (database: InboundDatabase, orgId: string): Promise<void> => {
  const deadline = Date.now() + 240_000;
  for (;;) {
    const unfinished = await database.unfinished(orgId);
    if (unfinished === 0) return;
    if (Date.now() > deadline) throw new Error(`${unfinished} acknowledged events are not handled after four minutes`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
};

export const inboundKill: Scenario = {
  name: "inbound-kill",
  promise: "API and worker killed 200 times at random points: every acknowledged webhook has its effect, once",
  run: async ({ smoke }) => {
    const database = await startInboundDatabase();
    const processes = await startProcesses(database).catch(async (error: unknown) => {
      await database.stop();
      throw error;
    });
    try {
      const orgId = randomUUID();
      const { key } = await makeApiKeys(database.supabase).create({ orgId, name: "faults", scopes: ["*"] });
      const response = await fetch(`${processes.url}/v1/webhooks/sources`, {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        body: JSON.stringify({ name: "faults", scheme: "github", secrets: ["faults"], forwardEventType: "{type}" }),
      });
      if (!response.ok) throw new Error(`POST sources: ${response.status} ${await response.text()}`);
      const { path } = (await response.json()) as { readonly path: string };

      const sending = startSending(processes.url + path, "faults");
      const kills = smoke ? 4 : 200;
      for (let kill = 0; kill < kills; kill += 1) {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 1_200));
        await processes.killAndRestart(Math.random() < 0.5 ? "api" : "webhooks");
      }
      const { acknowledged, refused } = await sending.stop();
      await untilHandled(database, orgId);

      const counts = await effects(database, orgId);
      const lost = [...acknowledged].filter((n) => !counts.has(n)).length;
      const twice = [...counts.values()].filter((count) => count > 1).length;
      if (lost > 0 || twice > 0 || refused > 0) {
        throw new Error(`of ${acknowledged.size}: ${lost} lost, ${twice} handled twice, ${refused} answered 4xx`);
      }
      return `${kills} kills, ${acknowledged.size} acknowledged, 0 lost, 0 twice`;
    } finally {
      await processes.stop();
      await database.stop();
    }
  },
};
