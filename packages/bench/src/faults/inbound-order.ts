import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { type InboundDatabase, startInboundDatabase } from "./inbound-database.ts";
import type { Scenario } from "./scenarios.ts";

const program = fileURLToPath(new URL("inbound-order-process.ts", import.meta.url));
const workers = 8;
const senders = 4;
const batchSize = 200;

const sendAll = async ({ events }: InboundDatabase, orgId: string, sourceId: string, total: number, lanes: number) => {
  let sent = 0;
  await Promise.all(
    Array.from({ length: senders }, async () => {
      while (sent < total) {
        const from = sent;
        sent += batchSize;
        await events.accept(
          Array.from({ length: batchSize }, (_, n) => ({
            orgId,
            sourceId,
            laneKey: String(Math.floor(Math.random() * lanes)),
            dedupeKey: String(from + n),
            eventType: null,
            trust: "signed" as const,
            contentType: "application/json",
            headers: {},
            raw: "e30=",
          })),
        );
      }
    }),
  );
};

/** Workers that are killed at random and replaced; resolves with the number of kills once `stop` was called. */
const startCrashingWorkers = (env: NodeJS.ProcessEnv) => {
  const start = (): ChildProcess => fork(program, { env, stdio: "ignore" });
  const running = Array.from({ length: workers }, start);
  let isStopping = false;
  const crash = async (): Promise<number> => {
    for (let kills = 0; ; kills += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 900));
      if (isStopping) return kills;
      const index = Math.floor(Math.random() * workers);
      running[index]?.kill("SIGKILL");
      running[index] = start();
    }
  };
  const crashing = crash();
  return {
    stop: async (): Promise<number> => {
      isStopping = true;
      const kills = await crashing;
      const alive = running.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
      const ended = alive.map((child) => once(child, "exit"));
      for (const child of running) child.kill("SIGKILL");
      await Promise.all(ended);
      return kills;
    },
  };
};

const untilHandled = async (database: InboundDatabase, orgId: string): Promise<void> => {
  for (let [left, quietSince] = [Infinity, Date.now()]; ;) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const unfinished = await database.unfinished(orgId);
    if (unfinished === 0) return;
    if (unfinished < left) [left, quietSince] = [unfinished, Date.now()];
    if (Date.now() - quietSince > 60_000) throw new Error(`${unfinished} events are not handled, and none is any more`);
  }
};

export const inboundOrder: Scenario = {
  name: "inbound-order",
  promise: "200,000 webhooks over 8 workers with random crashes: each handled once, each lane in the order of arrival",
  run: async ({ smoke }) => {
    const [total, lanes] = smoke ? [2_000, 50] : [200_000, 1_000];
    const database = await startInboundDatabase();
    const { SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY } = database.env;
    const crashing = startCrashingWorkers({ SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY });
    try {
      const orgId = randomUUID();
      const sourceId = await database.addSource(orgId);
      await sendAll(database, orgId, sourceId, total, lanes);
      await untilHandled(database, orgId);
      const kills = await crashing.stop();
      const { applied, inversions, events } = await database.account(orgId);
      if (events !== total || applied !== total) throw new Error(`${events} events, ${applied} applied, of ${total}`);
      if (inversions > 0) throw new Error(`${inversions} inversions`);
      return `${total} events in ${lanes} lanes, ${kills} kills, 0 inversions`;
    } finally {
      await crashing.stop();
      await database.stop();
    }
  },
};
