import type { ProviderName } from "@gpt-agent/crm/provider";
import { startBitrix24Sandbox } from "@gpt-agent/local/sandboxes/bitrix24/start-bitrix24-sandbox";
import { startHubspotSandbox } from "@gpt-agent/local/sandboxes/hubspot/start-hubspot-sandbox";
import { startKommoSandbox } from "@gpt-agent/local/sandboxes/kommo/start-kommo-sandbox";
import { startPipedriveSandbox } from "@gpt-agent/local/sandboxes/pipedrive/start-pipedrive-sandbox";
import { startSalesforceSandbox } from "@gpt-agent/local/sandboxes/salesforce/start-salesforce-sandbox";
import { expect, test } from "vitest";
import { type AnySandbox, connectPlace, hurry, repositories } from "./fixture.ts";

// The same job over every CRM: read, write once, take the echo for what it is, read a change, create through a lost answer.

const free = { capacity: 1_000_000, perSecond: 100_000 };

interface Case {
  readonly provider: ProviderName;
  readonly start: (clock: () => number) => Promise<AnySandbox>;
  /** The sandbox's own words: the type of deals, a deal, the field of its name. */
  readonly deals: string;
  readonly deal: (name: string) => Readonly<Record<string, unknown>>;
  readonly name: string;
  /** What the CRM asks of a new deal beside its name. */
  readonly required?: Readonly<Record<string, string>>;
}

test.each<Case>([
  {
    provider: "kommo",
    start: (clock: () => number) => startKommoSandbox({ clock, requestsPerSecond: 0 }),
    deals: "leads",
    deal: (name: string) => ({ name, price: 1, pipeline_id: 1, status_id: 70_001 }),
    name: "name",
  },
  {
    provider: "bitrix24",
    start: async (clock: () => number) => {
      const sandbox = await startBitrix24Sandbox({ clock, bucket: free });
      return { ...sandbox, accountKey: sandbox.portal.memberId };
    },
    deals: "deal",
    deal: (name: string) => ({ title: name }),
    name: "title",
  },
  {
    provider: "hubspot",
    start: (clock: () => number) => startHubspotSandbox({ clock, requestsPerTenSeconds: 0, searchesPerSecond: 0 }),
    deals: "deals",
    deal: (name: string) => ({ dealname: name }),
    name: "dealname",
  },
  {
    provider: "pipedrive",
    start: (clock: () => number) =>
      startPipedriveSandbox({ clock, requestsPerTwoSeconds: 0, searchesPerTwoSeconds: 0 }),
    deals: "deals",
    deal: (name: string) => ({ title: name }),
    name: "title",
  },
  {
    provider: "salesforce",
    start: (clock: () => number) => startSalesforceSandbox({ clock }),
    deals: "Opportunity",
    deal: (name: string) => ({ Name: name, StageName: "Prospecting", CloseDate: "2027-01-31" }),
    name: "Name",
    required: { stage: "Prospecting", expectedCloseAt: "2027-01-31T00:00:00.000Z" },
  },
])("$provider: both ways, one write per edit", async ({ provider, start, deals, deal, name, required }) => {
  const { sandbox, key, run, recordOf, edit, connection } = await connectPlace(provider, start);
  const { store, faults } = sandbox;
  const { id } = store.add(deals, deal("Поставка"));
  expect(await run("sync")).toBe("completed");
  expect(await connection()).toMatchObject({ state: "live", stateCode: null });
  const record = await recordOf("deal", id);
  expect(record).toMatchObject({ fields: { name: "Поставка" } });

  await edit(record?.id ?? "", { name: "Поставка насосов" });
  await run("push");
  expect(store.get(deals, id)?.data[name]).toBe("Поставка насосов");
  await repositories.refetches.request({ ...key, changes: [{ entity: "deal", remoteId: id }] });
  await run("refetch");
  await run("sync");
  await run("push");
  expect(store.appWrites(deals, id)).toBe(1);

  store.edit(deals, id, { [name]: "Поставка отменена" });
  await run("sync");
  expect(await recordOf("deal", id)).toMatchObject({ fields: { name: "Поставка отменена" } });

  faults.plan({ name: "lost answer", fault: { kind: "dropAfterwards" }, when: ({ body }) => body.includes("4711") });
  await repositories.records.create({
    ...key,
    entity: "deal",
    fields: { name: "Order 4711", ...required },
    idempotencyKey: "new-deal",
  });
  await run("push");
  expect(sandbox.journal.count(({ fault }) => fault === "lost answer")).toBe(1);
  await hurry(key.connectionId);
  for (let round = 0; round < 3; round += 1) {
    await run("push");
    await hurry(key.connectionId);
  }
  expect(store.live(deals).filter(({ data }) => data[name] === "Order 4711")).toHaveLength(1);
  expect(await repositories.outbox.waiting({ ...key, limit: 9 })).toEqual([]);
});
