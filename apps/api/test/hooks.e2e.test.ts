import { randomBytes, randomUUID } from "node:crypto";
import { webhooks } from "@gpt-agent/jobs/queues/webhooks";
import { makeQueueClient } from "@gpt-agent/queue/client";
import { type Scheme, type SchemeOptions, schemes } from "@gpt-agent/signatures/scheme";
import { sendAs } from "@gpt-agent/signatures/send-as";
import { makeApiKeys } from "@gpt-agent/supabase/api-keys";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { expect, inject, onTestFinished, test } from "vitest";
import { makeEndpoints } from "../src/app.ts";
import { makeClient } from "../src/testing/client.ts";
import { makeFakes } from "../src/testing/fakes.ts";
import { startApi } from "./start-process.ts";

const { REDIS_URL, SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY } = inject("stack");
const supabase = connectSupabase({ url: SUPABASE_URL, serviceRoleKey: { reveal: () => SUPABASE_SERVICE_ROLE_KEY } });
const endpoints = makeEndpoints(makeFakes().ports);
/** Where senders were told to send: behind a proxy that is not there, so that HubSpot's signature is over this. */
const publicUrl = "https://agents.example.com";

const setUp = async (env: Readonly<Record<string, string>> = {}) => {
  const prefix = `test-${randomUUID()}`;
  const api = await startApi({
    REDIS_URL,
    SUPABASE_URL,
    SUPABASE_SERVICE_ROLE_KEY,
    JOB_QUEUE_PREFIX: prefix,
    ENCRYPTION_KEY: `hex:${randomBytes(32).toString("hex")}`,
    PUBLIC_URL: publicUrl,
    TRUSTED_PROXY_HOPS: "1",
    ...env,
  });
  const queue = makeQueueClient({ url: { reveal: () => REDIS_URL }, baseName: "agent-jobs", prefix });
  onTestFinished(() => queue.close());
  const orgId = randomUUID();
  const { key } = await makeApiKeys(supabase).create({ orgId, name: "test", scopes: ["*"] });
  return { ...api, queue, org: makeClient({ url: api.url, endpoints, orgId, key }) };
};

const secrets: Partial<Record<Scheme, string>> = {
  standard: `whsec_${randomBytes(24).toString("base64")}`,
  svix: `whsec_${randomBytes(24).toString("base64")}`,
  pipedrive: "hook:пароль",
  kommo: "",
  yookassa: "",
};
const options: Partial<Record<Scheme, SchemeOptions>> = {
  kommo: { account: { id: "31415", subdomain: "romashka" } },
  bitrix24: { memberId: "da45a03b" },
  hmac: { hmac: { algorithm: "sha512", encoding: "base64url", header: "x-proof", idHeader: "x-id" } },
};

test("every scheme: stored once, forged and repeated ones not; a job for each lane; the sender hears what it waits for", async () => {
  const { url, org, queue, output } = await setUp();
  const tryScheme = async (scheme: Scheme): Promise<void> => {
    const secret = secrets[scheme] ?? `s3cret-${scheme}`;
    const created = await org("POST", "/v1/webhooks/sources", {
      name: scheme,
      scheme,
      options: options[scheme] ?? {},
      secrets: secret === "" ? [] : [secret],
    });
    const { path, source } = created.body;
    const sending = { url: publicUrl + path, id: "100500", sentAtMs: Date.now(), payload: { note: "привет" }, secret };
    const sent = sendAs(scheme, { ...sending, ...(options[scheme] && { options: options[scheme] }) });
    const post = (more: { readonly body?: string; readonly headers?: object } = {}, from = "185.71.76.1") =>
      fetch(url + path, { ...sent, ...more, headers: { ...sent.headers, ...more.headers, "x-forwarded-for": from } });

    const answer = await post();
    expect([scheme, answer.status, await answer.text()]).toEqual([scheme, 200, scheme === "tbank" ? "OK" : ""]);
    expect([scheme, (await post()).status]).toEqual([scheme, 200]);
    const { events } = (await org("GET", `/v1/webhooks/events?sourceId=${source.id}`)).body;
    expect([scheme, events.length]).toEqual([scheme, 1]);
    const { body } = (await org("GET", `/v1/webhooks/events/${events[0].id}`)).body;
    expect([scheme, body.content.length]).toEqual([scheme, sent.body.length]);
    if (secret !== "") expect([scheme, body.content.includes(secret)]).toEqual([scheme, false]);

    // Nobody proves anything with Kommo but the address and the account; what counts for YooKassa is where it comes from.
    const forged =
      scheme === "yookassa"
        ? await post({}, "203.0.113.7")
        : scheme === "kommo"
          ? await post({ body: sent.body.replaceAll("31415", "27182") })
          : await post({
              body: sent.body.replaceAll("привет", "пока!!").replace(secret, "x"),
              headers: withoutProof(sent.headers),
            });
    expect([scheme, forged.status]).toEqual([scheme, 401]);
  };
  await Promise.all(schemes.map(tryScheme));
  await expect.poll(async () => (await queue.state(webhooks)).waiting).toBe(schemes.length);
  for (const secret of Object.values(secrets)) if (secret !== "") expect(output()).not.toContain(secret);
  expect(output()).not.toContain("whk_");
});

/** The same headers with nothing true in those that prove anything. */
const withoutProof = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      /signature|hmac|proof|authorization|secret-token/.test(name) ? `${value.slice(0, -6)}AAAAAA` : value,
    ]),
  );

test("a burst is stored whole, without Redis as well", async () => {
  const { url, org } = await setUp({ REDIS_URL: "redis://127.0.0.1:1" });
  const { path, source } = (
    await org("POST", "/v1/webhooks/sources", { name: "Поток", scheme: "github", secrets: ["s"] })
  ).body;
  const statuses = await Promise.all(
    Array.from({ length: 150 }, async (_, n) => {
      const sent = sendAs("github", { url, id: String(n), sentAtMs: Date.now(), payload: { n }, secret: "s" });
      return (await fetch(url + path, { ...sent, headers: { ...sent.headers } })).status;
    }),
  );
  expect(new Set(statuses)).toEqual(new Set([200]));
  const keys = new Set<string>();
  for (let cursor = ""; ;) {
    const page = (await org("GET", `/v1/webhooks/events?sourceId=${source.id}&limit=100${cursor}`)).body;
    for (const { dedupeKey } of page.events) keys.add(dedupeKey);
    if (!page.nextCursor) break;
    cursor = `&cursor=${page.nextCursor}`;
  }
  expect(keys.size).toBe(150);
});
