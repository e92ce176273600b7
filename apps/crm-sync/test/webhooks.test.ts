import { makeWebhookSources } from "@gpt-agent/supabase/webhook-sources";
import { expect, test } from "vitest";
import { repositories, startPlace, supabase } from "./fixture.ts";

// Nobody listens at this address: no record changes once it is subscribed.
const publicUrl = "https://agents.example.test";

const start = async () => {
  const place = await startPlace({ publicUrl });
  const { accessToken } = place.sandbox.oauth.issue();
  const call = (method: string, body?: object) =>
    fetch(`${place.sandbox.url}/api/v4/webhooks`, {
      method,
      headers: { authorization: `Bearer ${accessToken}` },
      ...(body && { body: JSON.stringify(body) }),
    });
  const subscribed = async (): Promise<string[]> => {
    const answer = await call("GET");
    if (answer.status === 204) return [];
    const { _embedded } = (await answer.json()) as { _embedded: { webhooks: { destination: string }[] } };
    return _embedded.webhooks.map(({ destination }) => destination);
  };
  const sources = async () => (await makeWebhookSources(supabase).list(place.key)).map(({ id }) => id);
  return { ...place, call, subscribed, sources };
};

test("without webhooks everything else works, and the connection says why; with the right to them, the daily sweep subscribes", async () => {
  const { sandbox, run, connection, subscribed, sources } = await start();
  const isSubscription = ({ method, path }: { readonly method: string; readonly path: string }) =>
    method === "POST" && path === "/api/v4/webhooks";
  const broken = { status: 502, body: "Bad Gateway" };
  sandbox.faults.plan({ name: "broken", fault: { kind: "answer", answer: broken }, when: isSubscription });
  expect(await run("sync")).toBe("completed");
  expect(await connection()).toMatchObject({ state: "live", webhooks: null });
  const forbidden = { status: 403, body: { title: "Forbidden", status: 403, detail: "Only for administrators" } };
  sandbox.faults.plan({
    name: "no right",
    fault: { kind: "answer", answer: forbidden },
    when: isSubscription,
  });
  expect(await run("sync")).toBe("completed");
  expect(await connection()).toMatchObject({
    state: "live",
    webhooks: "polling",
    webhooksMessage: expect.stringContaining("Only for administrators"),
  });
  expect(await sources()).toEqual([]);
  await run("reconcile");
  expect(await connection()).toMatchObject({ webhooks: "subscribed", webhooksMessage: null });
  expect(await subscribed()).toEqual([expect.stringContaining(`${publicUrl}/hooks/whk_`)]);
});

test("one subscription, however often it is looked at; switched off over there, a new one takes its place", async () => {
  const { key, run, connection, call, subscribed, sources } = await start();
  await call("POST", { destination: "https://somebody.else.test/hook", settings: ["add_lead"] });
  await run("sync");
  const [, first] = await subscribed();
  const before = await sources();
  await run("sync");
  await run("reconcile");
  expect([await subscribed(), await sources()]).toEqual([["https://somebody.else.test/hook", first], before]);

  await call("DELETE", { destination: first });
  await supabase
    .from("crm_cursors")
    .update({ finished_at: null })
    .eq("connection_id", key.connectionId)
    .eq("kind", "sweep");
  await run("reconcile");
  const [, second] = await subscribed();
  expect(second).toMatch(/^https:\/\/agents\.example\.test\/hooks\/whk_/u);
  expect(second).not.toBe(first);
  expect(await sources()).toEqual([(await connection())?.webhookSourceId]);
});

test("disconnected, also where the CRM cannot be asked any more: nobody else's subscription is touched", async () => {
  const [place, revoked] = [await start(), await start()];
  for (const { run, call, sandbox, key, subscribed, connection } of [place, revoked]) {
    await call("POST", { destination: "https://somebody.else.test/hook", settings: ["add_lead"] });
    await run("sync");
    expect(await subscribed()).toHaveLength(2);
    if (sandbox === revoked.sandbox) sandbox.oauth.revokeAll();
    await repositories.connections.disconnect(key);
    expect(await run("sync")).toBe("completed");
    expect(await connection()).toBeUndefined();
  }
  expect(await place.subscribed()).toEqual(["https://somebody.else.test/hook"]);
});
