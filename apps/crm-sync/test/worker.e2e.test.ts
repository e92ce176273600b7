import { crmSync } from "@gpt-agent/jobs/queues/crm-sync";
import { startWorker } from "@gpt-agent/local/testing/start-worker";
import { expect, test } from "vitest";
import { encryptionKey, startPlace } from "./fixture.ts";

const settled = { timeout: 30_000, interval: 50 };

test("the process reads an account at its limit, renews its token, writes an edit once, and drains on SIGTERM", async () => {
  const { sandbox, key, recordOf, edit, connection } = await startPlace({ requestsPerSecond: 7, accessLifeMs: 61_000 });
  const contact = sandbox.store.add("contacts", { name: "Иван" });
  const worker = startWorker("crm-sync", {
    ENCRYPTION_KEY: encryptionKey,
    EGRESS_ALLOW: new URL(sandbox.url).host,
    KOMMO_CLIENT_ID: sandbox.app.clientId,
    KOMMO_CLIENT_SECRET: sandbox.app.clientSecret,
  });
  await worker.queue.enqueue(crmSync, { kind: "sync", ...key });
  await expect.poll(async () => (await connection())?.state, settled).toBe("live");
  const record = await recordOf("contact", contact.id);
  await edit(record?.id ?? "", { name: "Иван Петров" });
  await worker.queue.enqueue(crmSync, { kind: "push", ...key });
  await expect.poll(() => sandbox.store.get("contacts", contact.id)?.data["name"], settled).toBe("Иван Петров");
  await worker.queue.enqueue(crmSync, { kind: "token", ...key });
  await expect.poll(() => sandbox.oauth.counts.refreshes, settled).toBeGreaterThan(0);
  expect(sandbox.store.appWrites("contacts", contact.id)).toBe(1);
  expect(sandbox.journal.countStatus(429)).toBe(0);
  expect(await worker.stop()).toBe(0);
});
