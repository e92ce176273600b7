// One of the instances that read the same CRM account: over and over, as fast as limiter and client let it.
import { randomUUID } from "node:crypto";
import type { CrmEntity, PageCursor, ProviderName } from "@gpt-agent/crm/provider";
import { providerEntry } from "@gpt-agent/crm/providers";
import { makeGuardedSend } from "@gpt-agent/http/make-guarded-send";
import { makeLimiter } from "@gpt-agent/limits/make-limiter";

export interface ReaderTask {
  readonly provider: ProviderName;
  readonly redisUrl: string;
  readonly prefix: string;
  readonly accountKey: string;
  readonly sandboxUrl: string;
  readonly token: string;
  readonly clientId?: string;
  readonly plan?: Readonly<Record<string, string | number>>;
  readonly entity: CrmEntity;
  /** Readings at the same time. */
  readonly concurrency: number;
}

const run = async (task: ReaderTask): Promise<void> => {
  const { provider, sandboxUrl, token, entity } = task;
  const { hostname: host, port } = new URL(sandboxUrl);
  const current = async () => ({ value: token, version: 1 });
  const client = providerEntry(provider).connect({
    connectionId: randomUUID(),
    accountKey: task.accountKey,
    baseUrl: sandboxUrl,
    tokens: { current, renewed: current },
    send: makeGuardedSend({ allow: [{ host, port: Number(port) }] }),
    limiter: makeLimiter({ url: { reveal: () => task.redisUrl }, baseName: "bench", prefix: task.prefix }),
    ...(task.clientId === undefined ? {} : { clientId: task.clientId }),
    ...(task.plan === undefined ? {} : { plan: task.plan }),
  });
  const options = { signal: new AbortController().signal, lane: "backfill" } as const;
  const readOn = async (): Promise<never> => {
    let cursor: PageCursor | undefined;
    for (;;) {
      const page = await client.list({ entity, ...(cursor === undefined ? {} : { cursor }) }, options);
      cursor = page.next;
    }
  };
  await Promise.all(Array.from({ length: task.concurrency }, readOn));
};

process.on("message", (task: ReaderTask) => {
  run(task).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
