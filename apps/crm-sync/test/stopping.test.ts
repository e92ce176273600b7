import type { ProviderName } from "@gpt-agent/crm/provider";
import { startBitrix24Sandbox } from "@gpt-agent/local/sandboxes/bitrix24/start-bitrix24-sandbox";
import type { SandboxAnswer } from "@gpt-agent/local/sandboxes/sandbox-server";
import { startHubspotSandbox } from "@gpt-agent/local/sandboxes/hubspot/start-hubspot-sandbox";
import { startKommoSandbox } from "@gpt-agent/local/sandboxes/kommo/start-kommo-sandbox";
import { startPipedriveSandbox } from "@gpt-agent/local/sandboxes/pipedrive/start-pipedrive-sandbox";
import { startSalesforceSandbox } from "@gpt-agent/local/sandboxes/salesforce/start-salesforce-sandbox";
import { expect, test } from "vitest";
import { type AnySandbox, connectPlace, repositories } from "./fixture.ts";

// A connection that fails for a cause that only a person can remove stops by itself, with a state and a sentence for that
// person; it asks the CRM nothing more, and a healthy connection of the same organisation goes on.

interface Cause {
  readonly cause: string;
  readonly provider: ProviderName;
  readonly start: (clock: () => number) => Promise<AnySandbox & { break(): void; mend?(): void }>;
  readonly state: "needs_reauth" | "suspended";
  readonly code: string;
  readonly says: RegExp;
}

const always = (sandbox: AnySandbox, answer: SandboxAnswer) => ({
  ...sandbox,
  break: () => sandbox.faults.plan({ name: "always", times: 1_000, fault: { kind: "answer", answer } }),
  mend: () => sandbox.faults.clear(),
});

const causes: readonly Cause[] = [
  {
    cause: "401: a person removed the app at Kommo, and no refresh token helps",
    provider: "kommo",
    start: async (clock) => {
      const sandbox = await startKommoSandbox({ clock, requestsPerSecond: 0 });
      return { ...sandbox, break: sandbox.oauth.revokeAll };
    },
    state: "needs_reauth",
    code: "crm_unauthorized",
    says: /Connect the account again/u,
  },
  {
    cause: "401 under Salesforce's token family, ended by its own theft check",
    provider: "salesforce",
    start: async (clock) => {
      const sandbox = await startSalesforceSandbox({ clock });
      return { ...sandbox, break: sandbox.oauth.revokeAll };
    },
    state: "needs_reauth",
    code: "crm_unauthorized",
    says: /Connect the account again/u,
  },
  {
    cause: "402: the Kommo account is not paid for",
    provider: "kommo",
    start: async (clock) => {
      const sandbox = await startKommoSandbox({ clock, requestsPerSecond: 0 });
      const paid = (yes: boolean) => () => void (sandbox.account.paid = yes);
      return { ...sandbox, break: paid(false), mend: paid(true) };
    },
    state: "suspended",
    code: "crm_payment_required",
    says: /not paid for/u,
  },
  {
    cause: "402: the HubSpot account is suspended",
    provider: "hubspot",
    start: async (clock) => {
      const sandbox = await startHubspotSandbox({ clock, requestsPerTenSeconds: 0, searchesPerSecond: 0 });
      const paid = (yes: boolean) => () => void (sandbox.portal.paid = yes);
      return { ...sandbox, break: paid(false), mend: paid(true) };
    },
    state: "suspended",
    code: "crm_payment_required",
    says: /not paid for/u,
  },
  {
    cause: "402: Pipedrive's trial is over",
    provider: "pipedrive",
    start: async (clock) => {
      const sandbox = await startPipedriveSandbox({ clock, requestsPerTwoSeconds: 0, searchesPerTwoSeconds: 0 });
      const paid = (yes: boolean) => () => void (sandbox.company.paid = yes);
      return { ...sandbox, break: paid(false), mend: paid(true) };
    },
    state: "suspended",
    code: "crm_payment_required",
    says: /trial expired/u,
  },
  {
    cause: "a Bitrix24 plan without an API, told by a 403 in words",
    provider: "bitrix24",
    start: async (clock) => {
      const sandbox = await startBitrix24Sandbox({ clock, bucket: { capacity: 1_000_000, perSecond: 100_000 } });
      const paid = (yes: boolean) => () => void (sandbox.portal.paid = yes);
      return { ...sandbox, accountKey: sandbox.portal.memberId, break: paid(false), mend: paid(true) };
    },
    state: "suspended",
    code: "crm_payment_required",
    says: /commercial plans/u,
  },
  {
    cause: "a Salesforce edition without an API",
    provider: "salesforce",
    start: async (clock) => {
      const sandbox = await startSalesforceSandbox({ clock });
      const enabled = (yes: boolean) => () => void (sandbox.org.apiEnabled = yes);
      return { ...sandbox, break: enabled(false), mend: enabled(true) };
    },
    state: "suspended",
    code: "crm_payment_required",
    says: /not enabled/u,
  },
  {
    cause: "403: Kommo blocks our address, in HTML",
    provider: "kommo",
    start: async (clock) => {
      const body = "<h1>403 Forbidden</h1>";
      return always(await startKommoSandbox({ clock, requestsPerSecond: 0 }), {
        status: 403,
        headers: { "content-type": "text/html" },
        body,
      });
    },
    state: "suspended",
    code: "crm_forbidden",
    says: /rights.*blocked/u,
  },
];

test.each(causes)("$cause", async ({ provider, start, state, code, says }) => {
  let sick: Awaited<ReturnType<Cause["start"]>> | undefined;
  const broken = await connectPlace(provider, async (clock) => (sick = await start(clock)));
  const healthy = await connectPlace(
    "kommo",
    (clock) => startKommoSandbox({ clock, accountId: 2, requestsPerSecond: 0 }),
    {
      orgId: broken.key.orgId,
    },
  );
  expect(await broken.run("sync")).toBe("completed");
  sick?.break();
  expect(await broken.run("sync")).toBe("permanent");
  const stopped = await broken.connection();
  expect(stopped).toMatchObject({ state, stateCode: code, stateMessage: expect.stringMatching(says) });

  broken.sandbox.journal.clear();
  for (const kind of ["sync", "push", "refetch", "reconcile", "token"] as const) {
    expect(await broken.run(kind)).toBe("completed");
  }
  expect(broken.sandbox.journal.count()).toBe(0);
  expect(await dueConnections()).not.toContain(broken.key.connectionId);
  expect(await healthy.run("sync")).toBe("completed");
  expect(await healthy.connection()).toMatchObject({ state: "live", stateCode: null });

  if (sick?.mend === undefined) return;
  sick.mend();
  await repositories.connections.resume(broken.key);
  expect(await broken.run("sync")).toBe("completed");
  expect(await broken.connection()).toMatchObject({ state: "live", stateCode: null, stateMessage: null });
});

const dueConnections = async (): Promise<string[]> => {
  const ids: string[] = [];
  for await (const { connectionId } of repositories.connections.due({ keepAliveSeconds: {} })) ids.push(connectionId);
  return ids;
};

test("a second connection to one account is suspended: each would take the other's writes for somebody else's", async () => {
  const first = await connectPlace("kommo", (clock) => startKommoSandbox({ clock, requestsPerSecond: 0 }));
  const second = await connectPlace("kommo", (clock) => startKommoSandbox({ clock, requestsPerSecond: 0 }), {
    orgId: first.key.orgId,
  });
  expect(await first.run("sync")).toBe("completed");
  expect(await second.run("sync")).toBe("permanent");
  expect(await second.connection()).toMatchObject({ state: "suspended", stateCode: "conflict" });
  expect(await first.connection()).toMatchObject({ state: "live" });
});
