import { randomUUID } from "node:crypto";
import { makeLimiter } from "@gpt-agent/limits/make-limiter";
import { scaledClock } from "@gpt-agent/local/sandboxes/clock";
import { startHubspotSandbox } from "@gpt-agent/local/sandboxes/hubspot/start-hubspot-sandbox";
import { startKommoSandbox } from "@gpt-agent/local/sandboxes/kommo/start-kommo-sandbox";
import { startPipedriveSandbox } from "@gpt-agent/local/sandboxes/pipedrive/start-pipedrive-sandbox";
import type { SandboxParts } from "@gpt-agent/local/sandboxes/sandbox";
import { startSalesforceSandbox } from "@gpt-agent/local/sandboxes/salesforce/start-salesforce-sandbox";
import { expect, inject, onTestFinished, test } from "vitest";
import type { ProviderConnection } from "../src/connect-provider.ts";
import type { CallOptions, CrmProvider } from "../src/provider.ts";
import { providerEntry } from "../src/providers.ts";
import { connectionTo } from "./test-connection.ts";

const options: CallOptions = { signal: new AbortController().signal, lane: "backfill" };

type Sandbox = SandboxParts & {
  readonly url: string;
  readonly oauth: { issue(): { readonly accessToken: string } };
  stop(): Promise<void>;
};

/** Two instances that know each other through Redis alone, each with a client of the same account. */
const twoInstances = (
  name: "kommo" | "hubspot" | "pipedrive" | "salesforce",
  sandbox: Sandbox,
  own: Partial<ProviderConnection>,
) => {
  const prefix = randomUUID();
  const accountKey = `${name}:${randomUUID()}`;
  const { accessToken } = sandbox.oauth.issue();
  onTestFinished(() => sandbox.stop());
  // The way there takes its time, and not always the same.
  sandbox.faults.latency = { baseMs: 5, jitterMs: 25 };
  return [0, 1].map((): CrmProvider => {
    const limiter = makeLimiter({ url: { reveal: () => inject("stack").REDIS_URL }, baseName: "crm", prefix });
    onTestFinished(() => limiter.close());
    return providerEntry(name).connect(
      connectionTo(sandbox.url, { token: () => accessToken, accountKey, limiter, ...own }),
    );
  });
};

const together = async (
  clients: readonly CrmProvider[],
  times: number,
  call: (client: CrmProvider) => Promise<unknown>,
): Promise<void> => {
  await Promise.all(clients.flatMap((client) => Array.from({ length: times }, () => call(client))));
};

const window = { fromMs: Date.now() - 60_000, toMs: Date.now() };

test("two instances that call an account as fast as they may are never refused, whatever the provider counts", async () => {
  // Their clocks run a tenth fast, which is what a busy machine may delay a request by; the bench measures without.
  const clock = scaledClock(1.1);
  const kommo = await startKommoSandbox({ clock });
  const hubspot = await startHubspotSandbox({ clock });
  const pipedrive = await startPipedriveSandbox({ clock, dailyBudget: 1e9 });
  const salesforce = await startSalesforceSandbox({ clock, workMs: 20 });
  const started = Date.now();
  await Promise.all([
    together(twoInstances("kommo", kommo, {}), 8, (client) => client.account(options)),
    together(twoInstances("hubspot", hubspot, { clientId: "app" }), 6, (client) =>
      client.list({ entity: "company", window }, options),
    ),
    together(twoInstances("pipedrive", pipedrive, { clientId: "app", plan: { seats: 100_000 } }), 70, (client) =>
      client.account(options),
    ),
    together(twoInstances("salesforce", salesforce, { plan: { daily: 1e9 } }), 60, (client) =>
      client.list({ entity: "pipeline" }, options),
    ),
  ]);
  const refused = [kommo, hubspot, pipedrive, salesforce].map(({ journal }) =>
    journal.count(({ status }) => status >= 400),
  );
  expect(refused).toEqual([0, 0, 0, 0]);
  expect([kommo.journal.count(), pipedrive.journal.count(), salesforce.journal.count()]).toEqual([16, 140, 120]);
  expect(hubspot.journal.countPath(/search$/u)).toBe(12);
  // Many at once, and never more than there may be.
  expect(salesforce.load.peak).toBeGreaterThan(5);
  expect(salesforce.load.peak).toBeLessThanOrEqual(25);
  // 16 calls of 7 a second, 12 of 5: two windows each, and not much more.
  expect(Date.now() - started).toBeGreaterThan(2_000);
});
