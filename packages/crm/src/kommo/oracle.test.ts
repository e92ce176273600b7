import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type { GuardedRequest } from "@gpt-agent/http/guarded-request";
import { makeOpenLimiter } from "@gpt-agent/limits/testing";
import { expect, test } from "vitest";
import type { CallOptions } from "../provider.ts";
import { connectKommo } from "./connect.ts";

const options: CallOptions = { signal: new AbortController().signal, lane: "delta" };

/** What the vendor's own SDK takes and sends in its tests (MIT). */
const recorded = JSON.parse(
  readFileSync(new URL("../../test/oracles/amocrm-recorded.json", import.meta.url), "utf8"),
) as {
  readonly note: object;
  readonly leads: readonly object[];
  readonly leadAsArray: object;
  readonly webhooks: {
    readonly path: string;
    readonly subscribe: readonly string[];
    readonly unsubscribe: readonly string[];
  };
  readonly filter: {
    readonly filter: {
      readonly id: readonly number[];
      readonly updated_at: { readonly from: number; readonly to: number };
    };
  };
};

/** A client whose calls are answered by `answer`: a body, or nothing for 204. */
const connect = (answer: (request: GuardedRequest) => unknown) => {
  const sent: GuardedRequest[] = [];
  const token = { value: "token", version: 1 };
  const client = connectKommo("amocrm")({
    connectionId: randomUUID(),
    accountKey: "amocrm:1",
    baseUrl: "https://example.amocrm.ru",
    limiter: makeOpenLimiter(),
    tokens: { current: async () => token, renewed: async () => token },
    externalIdFields: { deal: "901", contact: "902", company: "903" },
    send: async (request) => {
      sent.push(request);
      const body = answer(request);
      const text = body === undefined ? "" : JSON.stringify(body);
      return {
        status: body === undefined ? 204 : 200,
        headers: {},
        body: Buffer.from(text),
        truncated: false,
        address: "",
        ms: 1,
      };
    },
  });
  return { client, sent };
};

test("leads as the SDK knows them are read, with minor units where the account has them", async () => {
  const { client } = connect(() => ({ _embedded: { leads: [...recorded.leads, recorded.leadAsArray] } }));
  const { records } = await client.list({ entity: "deal" }, options);
  expect(records.map(({ fields }) => fields["amount"])).toEqual([10_000, 10_000, 300.99, 400, 123.45]);
  expect(records[0]).toMatchObject({
    remoteId: "111",
    fields: {
      name: "Test lead name",
      pipeline: "3333333",
      stage: "222222",
      responsible: "929393",
      createdAt: "2020-04-24T12:29:13.000Z",
    },
  });
  expect(records[4]).toMatchObject({ deleted: false, updatedAtMs: undefined, fields: { name: null, stage: null } });
});

test("a common note as the SDK knows it is read", async () => {
  const { client } = connect(({ url }) =>
    url.includes("/leads/notes") ? { _embedded: { notes: [recorded.note] } } : undefined,
  );
  const { records } = await client.list({ entity: "note" }, options);
  expect(records).toMatchObject([
    {
      remoteId: "leads/1254829",
      updatedAtMs: 1_587_731_353_000,
      fields: { text: "Common note", kind: "common", responsible: "501" },
      links: [{ entity: "deal", remoteId: "8694432" }],
    },
  ]);
});

test("our filters have the SDK's names", async () => {
  const { id, updated_at: range } = recorded.filter.filter;
  const { client, sent } = connect(() => undefined);
  await client.list({ entity: "deal", window: { fromMs: range.from * 1_000, toMs: range.to * 1_000 } }, options);
  await client.read({ entity: "deal", remoteIds: id.map(String) }, options);
  const queries = sent.map(({ url }) => new URL(url).searchParams);
  expect(queries[0]?.get("filter[updated_at][from]")).toBe(String(range.from));
  expect(queries[0]?.get("filter[updated_at][to]")).toBe(String(range.to));
  expect(queries[1]?.getAll("filter[id][]")).toEqual(id.map(String));
});

test("writes have the SDK's form: request_id, times as RFC 3339, minor units in price, links in one call", async () => {
  const { client, sent } = connect(({ method, url }) => {
    if (url.endsWith("/link")) return { _embedded: { links: [] } };
    // The documented answer to a change names the record, not the request.
    const row = method === "PATCH" ? { id: 152_464, updated_at: 1_686_732_474 } : { id: 152_462, request_id: "0" };
    return { _embedded: { leads: [row] } };
  });
  const operation = {
    entity: "deal" as const,
    externalId: "ext-1",
    fields: { name: "Сделка", amount: 100.5 },
    customFields: { "501": "2020-02-27T10:00:00.000Z", "502": null, "503": ["a", "b"] },
  };
  expect(await client.write([operation], options)).toMatchObject([{ state: "written", remoteId: "152462" }]);
  const links = [{ entity: "contact" as const, remoteId: "7" }];
  const change = { ...operation, remoteId: "152464", customFields: {}, links };
  expect(await client.write([change], options)).toEqual([
    { state: "written", remoteId: "152464", updatedAtMs: 1_686_732_474_000 },
  ]);
  const bodies = sent.map(({ method, url, body }) => [
    method,
    new URL(url).pathname,
    JSON.parse(String(body)) as unknown,
  ]);
  expect(bodies).toEqual([
    [
      "POST",
      "/api/v4/leads",
      [
        {
          name: "Сделка",
          price: 100.5,
          custom_fields_values: [
            { field_id: 501, values: [{ value: "2020-02-27T10:00:00+00:00" }] },
            { field_id: 502, values: null },
            { field_id: 503, values: [{ value: "a" }, { value: "b" }] },
            { field_id: 901, values: [{ value: "ext-1" }] },
          ],
          request_id: "0",
        },
      ],
    ],
    ["PATCH", "/api/v4/leads", [{ id: 152_464, name: "Сделка", price: 100.5, request_id: "0" }]],
    ["POST", "/api/v4/leads/link", [{ entity_id: 152_464, to_entity_id: 7, to_entity_type: "contacts" }]],
  ]);
});

test("webhooks are subscribed and ended as the SDK does it", async () => {
  const { client, sent } = connect(() => undefined);
  if (typeof client.webhooks === "string") throw new Error("amoCRM has webhooks");
  const url = "https://agents.example.test/hooks/whk_1?crm=1";
  await client.webhooks.subscribe({ url, secret: { user: "u", password: "p" } }, options);
  await client.webhooks.unsubscribe(url, options);
  const { path, subscribe, unsubscribe } = recorded.webhooks;
  for (const [place, [method, names]] of [["POST", subscribe] as const, ["DELETE", unsubscribe] as const].entries()) {
    const request = sent[place];
    expect([request?.method, new URL(request?.url ?? "").pathname]).toEqual([method, path]);
    const body = JSON.parse(String(request?.body)) as object;
    expect(body).toMatchObject({ destination: url });
    expect(names).toEqual(expect.arrayContaining(Object.keys(body)));
  }
});
