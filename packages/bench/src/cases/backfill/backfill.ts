import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { ProviderName } from "@gpt-agent/crm/provider";
import { providerEntry } from "@gpt-agent/crm/providers";
import type { LimitRule } from "@gpt-agent/limits/limiter";
import { startRedis } from "@gpt-agent/local/redis/start-redis";
import { startBitrix24Sandbox } from "@gpt-agent/local/sandboxes/bitrix24/start-bitrix24-sandbox";
import { startHubspotSandbox } from "@gpt-agent/local/sandboxes/hubspot/start-hubspot-sandbox";
import { startKommoSandbox } from "@gpt-agent/local/sandboxes/kommo/start-kommo-sandbox";
import { startPipedriveSandbox } from "@gpt-agent/local/sandboxes/pipedrive/start-pipedrive-sandbox";
import type { SandboxParts } from "@gpt-agent/local/sandboxes/sandbox";
import type { Case } from "../../measure.ts";
import { steadyRate } from "../limits/limit-window.ts";
import type { ReaderTask } from "./reader-process.ts";

type Sandbox = SandboxParts & {
  readonly url: string;
  readonly oauth: { issue(): { readonly accessToken: string } };
  stop(): Promise<void>;
};

interface Account {
  readonly provider: ProviderName;
  readonly start: () => Promise<Sandbox>;
  /** Of the records that are read. */
  readonly type: string;
  readonly scope: Pick<ReaderTask, "clientId" | "plan">;
}

const accounts: readonly Account[] = [
  { provider: "kommo", start: startKommoSandbox, type: "contacts", scope: {} },
  {
    provider: "hubspot",
    start: () => startHubspotSandbox({ requestsPerTenSeconds: 110 }),
    type: "contacts",
    scope: { clientId: "app" },
  },
  {
    provider: "pipedrive",
    start: () => startPipedriveSandbox({ dailyBudget: 1e9 }),
    type: "persons",
    // So many seats that the day's budget, which is paced, leaves the burst to be the limit.
    scope: { clientId: "app", plan: { seats: 1_000_000 } },
  },
  { provider: "bitrix24", start: startBitrix24Sandbox, type: "contact", scope: {} },
];

type Counted = Extract<LimitRule, { kind: "window" | "bucket" }>;

/** What reading is bound by, as the client asks the limiter. */
const ruleOf = (provider: ProviderName, scope: Account["scope"]): Counted => {
  const limits = providerEntry(provider).limits({ accountKey: provider, ...scope });
  const rule = limits.find(({ key, rule }) => !key.includes("search") && rule.kind !== "budget")?.rule;
  if (rule?.kind !== "window" && rule?.kind !== "bucket") throw new Error(`${provider} has no limit of this kind.`);
  return rule;
};

const perWindow = (rule: Counted): number => (rule.kind === "window" ? rule.cost : rule.perSecond);
const spanMs = (rule: Counted): number => (rule.kind === "window" ? rule.windowMs + rule.jitterMs : 1_000);
/** A bucket is settled once what it took in advance has leaked. */
const settleMs = (rule: Counted): number =>
  rule.kind === "window" ? 2 * spanMs(rule) : (rule.capacity / rule.perSecond) * 1_000;

const startReader = (task: ReaderTask): ChildProcess => {
  const child = fork(fileURLToPath(new URL("reader-process.ts", import.meta.url)), { stdio: "inherit" });
  child.send(task);
  return child;
};

/**
 * The real client in two processes that share Redis, reading one account of the provider's sandbox, which counts exactly
 * and in real time: each request's way there takes up to 40 ms of the jitter that is guarded against.
 */
const backfillCase = ({ provider, start, type, scope }: Account): Case => {
  const rule = ruleOf(provider, scope);
  return {
    name: `crm-backfill-${provider}`,
    unit: "requests/s",
    baselineName: rule.kind === "window" ? "W/(W+J) of the limit" : "the leak rate",
    goal: { text: "≥ 0.99 of it, and nothing refused", holds: ({ ratio }) => ratio >= 0.99 },
    prepare: async ({ smoke, minutes }) => {
      const redis = await startRedis();
      let rounds = 0;
      const ours = async (): Promise<number> => {
        const sandbox = await start();
        // Few, so that the sandbox is never so busy with answers that requests arrive late: that is no network's jitter.
        for (let n = 0; n < 60; n += 1) sandbox.store.add(type, { name: `${n}`, firstname: `${n}` });
        sandbox.faults.latency = { baseMs: 0, jitterMs: 40 };
        const task: ReaderTask = {
          provider,
          redisUrl: redis.url,
          prefix: randomUUID(),
          accountKey: `${provider}:bench`,
          sandboxUrl: sandbox.url,
          token: sandbox.oauth.issue().accessToken,
          entity: "contact",
          concurrency: Math.ceil(perWindow(rule) / 8) + 2,
          ...scope,
        };
        const readers = [startReader(task), startReader(task)];
        const ended = Promise.all(readers.map((reader) => once(reader, "exit")));
        // The first round only warms up.
        const isLong = minutes !== undefined && (rounds += 1) > 1;
        while (sandbox.journal.entries.length === 0) await sleep(20);
        await sleep(smoke ? 100 : settleMs(rule));
        const settledAtMs = sandbox.clock();
        const lastsMs = smoke ? 1_000 : 5 * Math.max(spanMs(rule), 2_000);
        await sleep(isLong ? minutes * 60_000 : lastsMs);
        for (const reader of readers) reader.kill("SIGKILL");
        await ended;
        await sandbox.stop();
        const refused = sandbox.journal.count(({ status }) => status >= 400);
        if (refused > 0) {
          console.error(`crm-backfill-${provider}: ${refused} requests were refused`);
          return 0;
        }
        const served = sandbox.journal.entries.filter(({ atMs, status }) => status > 0 && atMs > settledAtMs);
        if (smoke) return (served.length / lastsMs) * 1_000;
        return steadyRate(
          served.map(({ atMs }) => atMs),
          perWindow(rule),
        );
      };
      const baseline = async (): Promise<number> => (perWindow(rule) / spanMs(rule)) * 1_000;
      return { ours, baseline, close: () => redis.stop() };
    },
  };
};

export const backfills: readonly Case[] = accounts.map(backfillCase);
