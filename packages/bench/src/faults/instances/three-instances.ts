import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startRedis } from "@gpt-agent/local/redis/start-redis";
import { makeQueueClient } from "@gpt-agent/queue/client";
import type { Scenario } from "../scenarios.ts";
import type { Settings } from "./instance-process.ts";
import { concurrency, sharedWork } from "./shared-work.ts";

const jobs = 3_000;
const program = fileURLToPath(new URL("instance-process.ts", import.meta.url));

interface Instance {
  /** Keys of the jobs it has done, in its order. */
  readonly done: number[];
  readonly signal: (name: NodeJS.Signals) => void;
  readonly exited: Promise<number | null>;
}

const startInstance = async (settings: Settings, onDone: () => void): Promise<Instance> => {
  const args = ["--conditions=@gpt-agent/source", program, JSON.stringify(settings)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit").then(([code]) => code as number | null);
  const started = Promise.withResolvers<void>();
  const done: number[] = [];
  createInterface(child.stdout).on("line", (line) => {
    if (line === "started") return started.resolve();
    done.push(Number(line));
    onDone();
  });
  await Promise.race([
    started.promise,
    exited.then((code) => Promise.reject(new Error(`an instance ended with ${code} before it had started`))),
  ]);
  return { done, signal: (name) => void child.kill(name), exited };
};

/** Runs `jobs` jobs on three instances; `disturb` is told after each job how many are done. */
const runOnThree = async (
  settings: Settings,
  disturb: (doneSoFar: number, instances: readonly Instance[]) => void,
): Promise<{ readonly instances: readonly Instance[]; readonly seconds: number }> => {
  const queue = makeQueueClient({
    url: { reveal: () => settings.url },
    baseName: "agent-jobs",
    prefix: settings.prefix,
  });
  const seen = new Set<number>();
  const finished = Promise.withResolvers<void>();
  const instances: Instance[] = [];
  const onDone = (): void => {
    for (const { done } of instances) seen.add(done.at(-1) ?? -1);
    seen.delete(-1);
    disturb(seen.size, instances);
    if (seen.size === jobs) finished.resolve();
  };
  const timeout = setTimeout(() => {
    finished.reject(new Error(`${jobs - seen.size} of ${jobs} jobs are lost: not done within 180 s`));
  }, 180_000);
  try {
    instances.push(...(await Promise.all([1, 2, 3].map(() => startInstance(settings, onDone)))));
    const startedAt = performance.now();
    const keys = Array.from({ length: jobs }, (_, key) => key);
    await queue.enqueueMany(
      sharedWork,
      keys.map((key) => ({ orgId: randomUUID(), key })),
    );
    await finished.promise;
    const seconds = (performance.now() - startedAt) / 1_000;
    // What is still in the queue would run once more.
    for (;;) {
      const { waiting, prioritized, active, delayed } = await queue.state(sharedWork);
      if (waiting + prioritized + active + delayed === 0) break;
      await delay(100);
    }
    return { instances, seconds };
  } finally {
    clearTimeout(timeout);
    for (const { signal } of instances) signal("SIGKILL");
    await Promise.all(instances.map(({ exited }) => exited));
    await queue.close();
  }
};

const inPeace = async (settings: Settings): Promise<string> => {
  const { instances, seconds } = await runOnThree(settings, () => {});
  const shares = instances.map(({ done }) => done.length);
  const total = shares.reduce((sum, share) => sum + share, 0);
  if (total !== jobs) throw new Error(`${total} runs for ${jobs} jobs: some ran twice`);
  const even = jobs / instances.length;
  const uneven = Math.max(...shares.map((share) => Math.abs(share - even) / even));
  if (uneven > 0.2) throw new Error(`the split is uneven by ${Math.round(uneven * 100)} %: ${shares.join(", ")}`);
  return `${jobs} jobs once each, split ${shares.join("/")} in ${seconds.toFixed(1)} s`;
};

const killedAndDrained = async (settings: Settings): Promise<string> => {
  let [killed, drained] = [false, false];
  let [beforeDrain, drainCode]: [number, Promise<number | null>] = [0, Promise.resolve(null)];
  const { instances, seconds } = await runOnThree(settings, (doneSoFar, [first, second]) => {
    if (!killed && doneSoFar >= jobs / 5) {
      killed = true;
      first?.signal("SIGKILL");
    }
    if (!drained && doneSoFar >= (2 * jobs) / 5 && second !== undefined) {
      drained = true;
      beforeDrain = second.done.length;
      second.signal("SIGTERM");
      drainCode = second.exited;
    }
  });
  const code = await drainCode;
  if (code !== 0) throw new Error(`the drained instance ended with ${code}`);
  const runs = instances.flatMap(({ done }) => done);
  const twice = runs.length - new Set(runs).size;
  // What the killed instance had done and not yet reported may be done again; nothing else may.
  if (twice > concurrency) throw new Error(`${twice} jobs ran twice; a kill explains ${concurrency} at most`);
  const during = (instances[1]?.done.length ?? 0) - beforeDrain;
  return `one killed, one drained (${during} jobs finished while draining): none lost, ${twice} run again, ${seconds.toFixed(1)} s`;
};

/** Several instances share a queue: that is all of horizontal scaling. */
export const threeInstances: Scenario = {
  name: "three-instances",
  promise:
    "three instances share 3,000 jobs: each done once, split even within 20 %; one killed, one drained: none lost",
  run: async ({ smoke }) => {
    const redis = await startRedis();
    try {
      const settings = (): Settings => ({
        url: redis.url,
        prefix: `instances-${randomUUID()}`,
        lockDurationMs: smoke ? 3_000 : 30_000,
      });
      return `${await inPeace(settings())}; ${await killedAndDrained(settings())}`;
    } finally {
      await redis.stop();
    }
  },
};
