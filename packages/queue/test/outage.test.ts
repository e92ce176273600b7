import { randomUUID } from "node:crypto";
import { embeddings } from "@gpt-agent/jobs/queues/embeddings";
import { afterEach, expect, inject, onTestFinished, test } from "vitest";
import { type PrivateRedis, startRedis } from "../../local/src/redis/start-redis.ts";
import { freePort } from "../../local/src/process/free-port.ts";
import { makeQueueClient, type QueueClient } from "../src/client.ts";
import { QueueUnavailableError } from "../src/errors.ts";

const payload = () => ({ orgId: randomUUID(), documentId: randomUUID(), generation: 1 });

const clientFor = (url: string): QueueClient => {
  const client = makeQueueClient({ url: { reveal: () => url }, baseName: "agent-jobs", prefix: randomUUID() });
  onTestFinished(() => client.close());
  return client;
};

/** How an enqueue was refused. The deadline is the contract under test here, so the clock is part of the answer. */
const refusal = async (work: Promise<unknown>) => {
  const startedAt = performance.now();
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const inTime = performance.now() - startedAt < 2_000;
  return { inTime, code: error instanceof QueueUnavailableError ? error.code : error };
};
const refused = { inTime: true, code: "queue_unavailable" };

const untilItTakesJobs = async (client: QueueClient): Promise<void> => {
  await expect
    .poll(
      () =>
        client.enqueue(embeddings, payload()).then(
          () => "taken",
          () => "refused",
        ),
      {
        timeout: 20_000,
        interval: 100,
      },
    )
    .toBe("taken");
};

let redis: PrivateRedis | undefined;
afterEach(async () => {
  await redis?.stop();
  redis = undefined;
});

test("Redis down since before the start: refused in time, and taken once it is there", async () => {
  const port = await freePort();
  const client = clientFor(`redis://127.0.0.1:${port}`);
  expect(await refusal(client.enqueue(embeddings, payload()))).toEqual(refused);
  expect(await refusal(client.ping())).toEqual(refused);
  redis = await startRedis({ port });
  await untilItTakesJobs(client);
});

test("Redis killed later: refused in time, and taken once it is back", async () => {
  redis = await startRedis();
  const { url, port } = redis;
  const client = clientFor(url);
  await untilItTakesJobs(client);
  process.kill(redis.pid, "SIGKILL");
  expect(await refusal(client.enqueue(embeddings, payload()))).toEqual(refused);
  expect(await refusal(client.enqueueMany(embeddings, [payload(), payload()]))).toEqual(refused);
  await redis.stop();
  redis = await startRedis({ port });
  await untilItTakesJobs(client);
});

test("Redis frozen: refused in time, for an old client and for a new one, and taken once it thaws", async () => {
  redis = await startRedis();
  const { pid, url } = redis;
  const client = clientFor(url);
  await untilItTakesJobs(client);
  process.kill(pid, "SIGSTOP");
  try {
    expect(await refusal(client.enqueue(embeddings, payload()))).toEqual(refused);
    expect(await refusal(client.status(embeddings, "some-job"))).toEqual(refused);
    expect(await refusal(clientFor(url).enqueue(embeddings, payload()))).toEqual(refused);
  } finally {
    process.kill(pid, "SIGCONT");
  }
  await untilItTakesJobs(client);
});

test("a wrong payload is the caller's fault, whatever Redis does", async () => {
  const client = clientFor(inject("stack").REDIS_URL);
  const wrong = { ...payload(), generation: -1 };
  await expect(client.enqueue(embeddings, wrong)).rejects.toMatchObject({ code: "invalid_payload" });
});
