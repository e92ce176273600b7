import { randomUUID } from "node:crypto";
import { connect, createServer, type Socket } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { queueName } from "@gpt-agent/queue/connection";
import { Redis } from "ioredis";
import { expect, inject, onTestFinished, test } from "vitest";
import { freePort } from "../../local/src/process/free-port.ts";
import { startRedis } from "../../local/src/redis/start-redis.ts";
import { temporaryFolder } from "../../local/src/process/temporary-folder.ts";
import { aborted, clientFor, notes, payload, reaches, settingsFor, startWorker } from "./harness.ts";

/** A TCP proxy that can turn its open connections into half-open ones: nothing passes, nobody is told. */
const startProxy = async (url: string) => {
  const target = new URL(url);
  const open = new Set<Socket>();
  let passing = true;
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    const deadOnArrival = !passing;
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.on("data", (bytes) => {
        if (!deadOnArrival && live.has(near)) to.write(bytes);
      });
      from.on("error", () => {});
      from.on("close", () => {
        open.delete(from);
        to.destroy();
      });
    }
    live.add(near);
  });
  const live = new Set<Socket>();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Every connection open now is dead for ever; new ones work. */
    forgetConnections: () => live.clear(),
    /** New ones do not work either. */
    split: () => {
      passing = false;
      live.clear();
    },
    heal: () => {
      passing = true;
    },
  };
};

test("half-open connections: the worker notices by itself and takes jobs again", async () => {
  const prefix = randomUUID();
  const proxy = await startProxy(inject("stack").REDIS_URL);
  const client = clientFor(settingsFor(undefined, prefix));
  await startWorker(notes, settingsFor(proxy.url, prefix), async () => {});
  const { jobId: before } = await client.enqueue(notes, payload());
  await reaches(client, before, "completed");
  proxy.forgetConnections();
  const jobs = await Promise.all(Array.from({ length: 10 }, () => client.enqueue(notes, payload())));
  for (const { jobId } of jobs) await reaches(client, jobId, "completed");
});

test("a split network: the run is aborted once its lock must be gone, and the other side's worker does the job", async () => {
  const prefix = randomUUID();
  const proxy = await startProxy(inject("stack").REDIS_URL);
  const client = clientFor(settingsFor(undefined, prefix));
  const started = Promise.withResolvers<void>();
  const cut = await startWorker(notes, settingsFor(proxy.url, prefix), (_, { signal }) => {
    started.resolve();
    return aborted(signal);
  });
  const { jobId } = await client.enqueue(notes, payload());
  await started.promise;
  proxy.split();
  const record = await cut.runs.until(() => true);
  expect(record.outcome.state).toBe("lockLost");
  await startWorker(notes, settingsFor(undefined, prefix), async () => {});
  expect((await reaches(client, jobId, "completed")).attemptsMade).toBe(1);
  expect(cut.failures).toEqual([]);
  proxy.heal();
});

test("a lock taken away: the signal aborts, the job is left to its new owner", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const redis = new Redis(settings.url.reveal());
  onTestFinished(() => redis.disconnect());
  const started = Promise.withResolvers<void>();
  let runsSoFar = 0;
  const { runs, failures } = await startWorker(notes, settings, async (_, { signal }) => {
    runsSoFar += 1;
    started.resolve();
    if (runsSoFar === 1) await aborted(signal);
  });
  const { jobId } = await client.enqueue(notes, payload());
  await started.promise;
  await redis.set(`${settings.prefix}:${queueName("agent-jobs", notes)}:${jobId}:lock`, "somebody else", "PX", 700);
  expect((await runs.until(() => true)).outcome.state).toBe("lockLost");
  await reaches(client, jobId, "completed");
  expect(failures).toEqual([]);
});

test.each(["SIGTERM", "SIGKILL"] as const)("Redis restarted (%s) with its data: every job is done", async (signal) => {
  const data = await temporaryFolder("redis-restart");
  const options = { port: await freePort(), dataDir: data.path, appendOnly: true };
  let redis = await startRedis(options);
  onTestFinished(async () => {
    await redis.stop();
    await data.remove();
  });
  const settings = settingsFor(redis.url);
  const client = clientFor(settings);
  await startWorker(notes, settings, async () => {});
  const { jobId: before } = await client.enqueue(notes, payload());
  await reaches(client, before, "completed");
  process.kill(redis.pid, signal);
  await redis.stop();
  await expect(client.enqueue(notes, payload())).rejects.toMatchObject({ code: "queue_unavailable" });
  redis = await startRedis(options);
  await expect
    .poll(
      () =>
        client.ping().then(
          () => "up",
          () => "down",
        ),
      { timeout: 10_000 },
    )
    .toBe("up");
  const jobs = await Promise.all(Array.from({ length: 20 }, () => client.enqueue(notes, payload())));
  for (const { jobId } of jobs) await reaches(client, jobId, "completed");
});

test("FLUSHALL: the sweep brings every unfinished row back, the worker goes on without a restart", async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const settings = settingsFor(redis.url);
  const client = clientFor(settings);
  const rows = new Map(Array.from({ length: 5 }, () => payload()).map((row) => [row.key, row]));
  let blocked = true;
  await startWorker(
    notes,
    settings,
    async ({ key }, { signal }) => {
      if (blocked) return aborted(signal);
      rows.delete(key);
    },
    {
      concurrency: 1,
      sweep: {
        lease: async () => !blocked,
        due: async function* () {
          yield* rows.values();
        },
      },
      tuning: { sweepIntervalMs: 100, firstSweepWithinMs: 10 },
    },
  );
  for (const row of rows.values()) await client.enqueue(notes, row);
  await expect.poll(async () => (await client.state(notes)).active).toBe(1);
  const admin = new Redis(redis.url);
  await admin.flushall();
  admin.disconnect();
  blocked = false;
  await expect.poll(() => rows.size, { timeout: 20_000 }).toBe(0);
});
