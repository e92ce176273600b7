import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { manualClock } from "../clock.ts";
import type { KommoSandbox, KommoSandboxOptions } from "./start-kommo-sandbox.ts";
import { startKommoSandbox } from "./start-kommo-sandbox.ts";

const startMs = Date.UTC(2026, 10, 1);
let time: ReturnType<typeof manualClock>;
let sandbox: KommoSandbox;

const start = async (options: KommoSandboxOptions = {}): Promise<void> => {
  time = manualClock(startMs);
  sandbox = await startKommoSandbox({ clock: time.clock, ...options });
};
beforeEach(() => start());
afterEach(() => sandbox.stop());

const call = async (method: string, path: string, body?: unknown, token?: string): Promise<Response> =>
  fetch(`${sandbox.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token ?? sandbox.oauth.issue().accessToken}`,
      "content-type": "application/json",
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

interface Body {
  readonly _embedded: Readonly<Record<string, readonly { readonly id: number; readonly request_id: string }[]>>;
  readonly _links: { readonly next?: { readonly href: string } };
  readonly access_token: string;
  readonly refresh_token: string;
  readonly custom_fields_values: unknown;
  readonly "validation-errors": unknown;
}
const json = async (answer: Response): Promise<Body> => (await answer.json()) as Body;

test("lists are pages of 250 that link to the next, filtered by closed windows; an empty one is 204", async () => {
  for (let at = 0; at < 260; at += 1) sandbox.store.add("leads", { name: `Сделка ${at}` });
  time.advance(5_000);
  sandbox.store.add("leads", { name: "Позже" });
  const [from, to] = [startMs / 1_000, startMs / 1_000 + 1];
  const window = `filter[updated_at][from]=${from}&filter[updated_at][to]=${to}&order[id]=asc&limit=250`;
  const first = await json(await call("GET", `/api/v4/leads?${window}`));
  expect(first._embedded["leads"]).toHaveLength(250);
  const second = await json(
    await fetch(first._links.next?.href ?? "", {
      headers: { authorization: `Bearer ${sandbox.oauth.issue().accessToken}` },
    }),
  );
  expect(second._embedded["leads"]).toHaveLength(10);
  expect(second._links.next).toBeUndefined();
  expect((await call("GET", "/api/v4/leads?filter[updated_at][from]=1&filter[updated_at][to]=2")).status).toBe(204);

  sandbox.account.filtersOn = false;
  expect((await call("GET", "/api/v4/leads?filter[updated_at][from]=1&filter[updated_at][to]=2")).status).toBe(200);
});

test("a batch is written whole or not at all, and names its elements by request_id in another order", async () => {
  const fields = [{ field_code: "PHONE", values: [{ value: "+7 900 000-00-00", enum_code: "WORK" }] }];
  const made = await json(
    await call("POST", "/api/v4/contacts", [
      { name: "Иван", request_id: "a", custom_fields_values: fields },
      { name: "Пётр", request_id: "b" },
    ]),
  );
  expect(made._embedded["contacts"]?.map((contact) => contact.request_id)).toEqual(["b", "a"]);
  const ivan = await json(await call("GET", `/api/v4/contacts/${made._embedded["contacts"]?.[1]?.id}`));
  expect(ivan.custom_fields_values).toMatchObject([
    { field_id: 101, field_code: "PHONE", values: [{ value: "+7 900 000-00-00", enum_id: 501, enum_code: "WORK" }] },
  ]);

  const refused = await call("POST", "/api/v4/contacts", [
    { name: "Анна", request_id: "c" },
    { name: "Олег", request_id: "d", custom_fields_values: [{ field_id: 999, values: [{ value: "x" }] }] },
  ]);
  expect(refused.status).toBe(400);
  expect(refused.headers.get("content-type")).toBe("application/problem+json");
  expect((await json(refused))["validation-errors"]).toMatchObject([
    { request_id: "d", errors: [{ code: "NotSupportedChoice", path: "custom_fields_values.0.field_id" }] },
  ]);
  expect(sandbox.store.live("contacts")).toHaveLength(2);
});

test("a deletion is told by the event log alone", async () => {
  const lead = sandbox.store.add("leads", { name: "Лишняя" });
  time.advance(60_000);
  sandbox.store.remove("leads", lead.id);
  expect((await call("GET", `/api/v4/leads/${lead.id}`)).status).toBe(204);
  const from = startMs / 1_000 + 30;
  const events = await json(
    await call(
      "GET",
      `/api/v4/events?filter[type]=lead_deleted&filter[created_at][from]=${from}&filter[created_at][to]=${from + 60}`,
    ),
  );
  expect(events._embedded["events"]).toMatchObject([
    { type: "lead_deleted", entity_id: Number(lead.id), entity_type: "lead" },
  ]);
});

test("seven requests pass in any second, the eighth is refused, and who goes on is blocked", async () => {
  const token = sandbox.oauth.issue().accessToken;
  const status = async (): Promise<number> => (await call("GET", "/api/v4/account", undefined, token)).status;
  for (let at = 0; at < 7; at += 1) expect(await status()).toBe(200);
  expect(await status()).toBe(429);
  time.advance(1_001);
  expect(await status()).toBe(200);
  await sandbox.stop();
  await start({ abuse: { refusals: 2, blockMs: 10_000 } });
  const statuses: number[] = [];
  for (let at = 0; at < 11; at += 1) statuses.push((await call("GET", "/api/v4/account")).status);
  expect(statuses.slice(7)).toEqual([429, 429, 429, 403]);
  time.advance(10_001);
  expect((await call("GET", "/api/v4/account")).status).toBe(200);
});

test("a refresh token works once; expiry follows the sandbox's clock; a lost answer leaves nothing valid", async () => {
  const { app } = sandbox;
  const refresh = (refreshToken: string): Promise<Response> =>
    fetch(`${sandbox.url}/oauth2/access_token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        client_id: app.clientId,
        client_secret: app.clientSecret,
        grant_type: "refresh_token",
        refresh_token: refreshToken,
        redirect_uri: app.redirectUrl,
      }),
    });
  const grant = sandbox.oauth.issue();
  time.advance(86_400_001);
  expect((await call("GET", "/api/v4/account", undefined, grant.accessToken)).status).toBe(401);
  const renewed = await json(await refresh(grant.refreshToken));
  expect((await call("GET", "/api/v4/account", undefined, renewed.access_token)).status).toBe(200);
  expect(await json(await refresh(grant.refreshToken))).toMatchObject({ status: 401, hint: "Token has been revoked" });

  sandbox.faults.plan({ name: "answer lost", fault: { kind: "dropAfterwards" } });
  await expect(refresh(renewed.refresh_token)).rejects.toThrow();
  expect((await refresh(renewed.refresh_token)).status).toBe(401);
  expect(sandbox.oauth.counts).toMatchObject({ refreshes: 2, reuses: 2 });
});

test("a change goes out as a nested form, companies among the contacts; it can be doubled or lost", async () => {
  const bodies: URLSearchParams[] = [];
  const receiver = createServer((incoming, outgoing) => {
    let text = "";
    incoming.on("data", (part: Buffer) => (text += part.toString()));
    incoming.on("end", () => {
      bodies.push(new URLSearchParams(text));
      outgoing.end();
    });
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  sandbox.subscribe(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`);

  const company = sandbox.store.add("companies", { name: "ООО Ромашка" });
  const lead = sandbox.store.add("leads", { name: "Сделка" });
  sandbox.store.edit("leads", lead.id, { status_id: 142 });
  await sandbox.webhooks.settled();
  const keys = bodies.map((body) => [...body.keys()].find((key) => key.endsWith("[0][id]")));
  expect(new Set(keys)).toEqual(
    new Set(["contacts[add][0][id]", "leads[add][0][id]", "leads[status][0][id]", "leads[update][0][id]"]),
  );
  const added = bodies.find((body) => body.has("contacts[add][0][id]"));
  expect(added?.get("contacts[add][0][id]")).toBe(company.id);
  expect(added?.get("contacts[add][0][type]")).toBe("company");
  expect(added?.get("account[subdomain]")).toBe("sandbox");

  sandbox.webhooks.misbehave({ duplicate: 1 });
  sandbox.store.remove("leads", lead.id);
  sandbox.webhooks.misbehave({ lose: 1 });
  sandbox.store.remove("companies", company.id);
  await sandbox.webhooks.settled();
  expect(bodies.filter((body) => body.has("leads[delete][0][id]"))).toHaveLength(2);
  expect(bodies.some((body) => body.has("contacts[delete][0][id]"))).toBe(false);
  receiver.close();
  receiver.closeAllConnections();
});
