import type { ProviderName } from "@gpt-agent/crm/provider";
import { freePort } from "@gpt-agent/local/process/free-port";
import { startBitrix24Sandbox } from "@gpt-agent/local/sandboxes/bitrix24/start-bitrix24-sandbox";
import { startHubspotSandbox } from "@gpt-agent/local/sandboxes/hubspot/start-hubspot-sandbox";
import { startKommoSandbox } from "@gpt-agent/local/sandboxes/kommo/start-kommo-sandbox";
import type { OAuthApp, OAuthServer } from "@gpt-agent/local/sandboxes/oauth-server";
import { startPipedriveSandbox } from "@gpt-agent/local/sandboxes/pipedrive/start-pipedrive-sandbox";
import { startSalesforceSandbox } from "@gpt-agent/local/sandboxes/salesforce/start-salesforce-sandbox";
import type { SandboxParts } from "@gpt-agent/local/sandboxes/sandbox";
import { startWorker } from "@gpt-agent/local/testing/start-worker";
import { makeApiKeys } from "@gpt-agent/supabase/api-keys";
import { randomUUID } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { encryptionKey, repositories, supabase } from "./fixture.ts";

// What a company does, over processes as they run in production and every CRM: sign in there, see the account come alive,
// see a change arrive by the CRM's own webhook, disconnect, and be told nothing more.

const settled = { timeout: 60_000, interval: 250 };

interface SignedIn extends SandboxParts {
  readonly url: string;
  readonly app: OAuthApp;
  readonly oauth: OAuthServer;
  stop(): Promise<void>;
}

interface Case {
  readonly provider: ProviderName;
  readonly start: (app: OAuthApp) => Promise<SignedIn>;
  /** The sandbox's own words for people and their names. */
  readonly type: string;
  readonly name: string;
  readonly webhooks: "subscribed" | "app" | "polling";
}

const cases: readonly Case[] = [
  {
    provider: "kommo",
    start: (app) => startKommoSandbox({ app }),
    type: "contacts",
    name: "name",
    webhooks: "subscribed",
  },
  {
    provider: "bitrix24",
    start: (app) => startBitrix24Sandbox({ app }),
    type: "company",
    name: "title",
    webhooks: "subscribed",
  },
  {
    provider: "pipedrive",
    start: (app) => startPipedriveSandbox({ app }),
    type: "persons",
    name: "name",
    webhooks: "subscribed",
  },
  {
    provider: "hubspot",
    start: (app) => startHubspotSandbox({ app }),
    type: "companies",
    name: "name",
    webhooks: "app",
  },
  {
    provider: "salesforce",
    start: (app) => startSalesforceSandbox({ app }),
    type: "Account",
    name: "Name",
    webhooks: "polling",
  },
];

test("sign in at each CRM, be live, hear of a change, disconnect", async () => {
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const places = await Promise.all(
    cases.map(async (one) => {
      const redirectUrl = `${publicUrl}/v1/crm/oauth/callback`;
      const app = { clientId: `local.${one.provider}`, clientSecret: `secret-of-${one.provider}`, redirectUrl };
      const sandbox = await one.start(app);
      onTestFinished(sandbox.stop);
      return { ...one, sandbox, id: sandbox.store.add(one.type, { [one.name]: "Vetrolad" }).id };
    }),
  );
  const apps = places.flatMap(({ provider, sandbox }) => [
    [`${provider.toUpperCase()}_CLIENT_ID`, sandbox.app.clientId],
    [`${provider.toUpperCase()}_CLIENT_SECRET`, sandbox.app.clientSecret],
  ]);
  const env = {
    ...(Object.fromEntries(apps) as Record<string, string>),
    ENCRYPTION_KEY: encryptionKey,
    PUBLIC_URL: publicUrl,
    EGRESS_ALLOW: places.map(({ sandbox }) => new URL(sandbox.url).host).join(","),
  };
  const worker = startWorker("crm-sync", env);
  const shared = { ...env, JOB_QUEUE_PREFIX: worker.prefix };
  startWorker("webhooks", shared);
  startWorker("api", { ...shared, PORT: String(port) });
  const up = (): Promise<boolean> =>
    fetch(`${publicUrl}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  await expect.poll(up, settled).toBe(true);

  const orgId = randomUUID();
  const { key } = await makeApiKeys(supabase).create({ orgId, name: "test", scopes: ["*"] });
  const call = async (method: string, path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const answer = await fetch(publicUrl + path, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
  };

  await Promise.all(
    places.map(async ({ provider, sandbox, type, name, webhooks, id }) => {
      const { store } = sandbox;
      const made = await call("POST", "/v1/crm/connections", { provider, name: provider });
      const path = `/v1/crm/connections/${made.body.id}`;
      const begun = await call("POST", "/v1/crm/oauth/start", { connectionId: made.body.id, account: sandbox.url });
      // The person agrees at once; the CRM sends the browser back to the API, which asks the CRM for the tokens.
      const landed = await fetch(begun.body.url);
      expect([provider, landed.status, landed.url.split("?")[0]]).toEqual([provider, 200, sandbox.app.redirectUrl]);
      expect((await fetch(landed.url)).status).toBe(400);
      expect(sandbox.oauth.counts.exchanges).toBe(1);

      const state = async () => {
        const { body } = await call("GET", path);
        return [provider, body.state, body.stateMessage, body.webhooks];
      };
      await expect.poll(state, settled).toEqual([provider, "live", null, webhooks]);
      if ("subscribe" in sandbox && webhooks === "app") {
        (sandbox as unknown as { subscribe(url: string): void }).subscribe(`${publicUrl}/hooks/crm/hubspot`);
      }
      store.edit(type, id, { [name]: "Vetrolad & Sons" });
      const names = async (): Promise<unknown[]> => {
        // A window that is read ends two seconds ago: the change may belong to the next one.
        if (webhooks === "polling") await call("POST", `${path}/sync`);
        const { body } = await call("GET", `${path}/records?limit=200`);
        return body.records.filter((one: { remoteId: string }) => one.remoteId === id).map(nameOf);
      };
      await expect.poll(names, settled).toContain("Vetrolad & Sons");

      expect((await call("DELETE", path)).status).toBe(204);
      expect((await call("GET", path)).status).toBe(404);
      const row = () => repositories.connections.get({ orgId, connectionId: made.body.id });
      await expect.poll(row, settled).toBeUndefined();
      if (webhooks !== "subscribed") return;
      const before = sandbox.webhooks.counts.sent;
      store.edit(type, id, { [name]: "Nobody hears this" });
      await sandbox.webhooks.settled();
      expect([provider, sandbox.webhooks.counts.sent]).toEqual([provider, before]);
    }),
  );
  for (const { provider, sandbox } of places)
    expect([provider, sandbox.journal.countStatus(429)]).toEqual([provider, 0]);
}, 180_000);

const nameOf = ({ fields }: { readonly fields: { readonly name?: unknown } }): unknown => fields.name;
