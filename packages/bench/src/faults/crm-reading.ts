import { sealTokens } from "@gpt-agent/crm/sealed-tokens";
import { makeKeyRing } from "@gpt-agent/crypto/key-ring";
import { makeOrgSeal } from "@gpt-agent/crypto/org-seal";
import { crmSync } from "@gpt-agent/jobs/queues/crm-sync";
import { privateEnvironment } from "@gpt-agent/local/platform/app-environment";
import { findApps } from "@gpt-agent/local/platform/find-apps";
import { type RunningApp, startApp } from "@gpt-agent/local/platform/start-app";
import { environment } from "@gpt-agent/local/process/environment";
import { freePort } from "@gpt-agent/local/process/free-port";
import { startKommoSandbox } from "@gpt-agent/local/sandboxes/kommo/start-kommo-sandbox";
import { startStack } from "@gpt-agent/local/stack";
import { makeQueueClient } from "@gpt-agent/queue/client";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeCrmConnections } from "@gpt-agent/supabase/crm-connections";
import { makeCrmCursors } from "@gpt-agent/supabase/crm-cursors";
import { makeCrmRecords } from "@gpt-agent/supabase/crm-records";
import { makeCrmTokens } from "@gpt-agent/supabase/crm-tokens";
import { makeDataKeys } from "@gpt-agent/supabase/data-keys";
import { randomBytes, randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A stack, a Kommo account, and the worker as a process that can be killed. */
const startReading = async () => {
  const stack = await startStack();
  const sandbox = await startKommoSandbox();
  const encryptionKey = `hex:${randomBytes(32).toString("hex")}`;
  const supabase = connectSupabase({
    url: stack.env.SUPABASE_URL,
    serviceRoleKey: { reveal: () => stack.env.SUPABASE_SERVICE_ROLE_KEY },
  });
  const seal = makeOrgSeal({
    ring: makeKeyRing({ active: { reveal: () => encryptionKey }, previous: [] }),
    dataKeys: makeDataKeys(supabase),
  });
  const key = { orgId: randomUUID(), connectionId: randomUUID() };
  const connections = makeCrmConnections(supabase);
  await connections.create({ ...key, id: key.connectionId, provider: "kommo", name: "Чтение" });
  const token = { accessToken: sandbox.oauth.issueLongLived(), baseUrl: sandbox.url };
  await makeCrmTokens(supabase).authorize({ ...key, ...(await sealTokens(seal, key, token)), baseUrl: sandbox.url });

  const queue = makeQueueClient({ url: { reveal: () => stack.env.REDIS_URL }, baseName: "agent-jobs", prefix: "bull" });
  const env = {
    ...privateEnvironment({ PATH: environment["PATH"] }, stack.env, encryptionKey),
    EGRESS_ALLOW: new URL(sandbox.url).host,
  };
  const apps = await findApps(fileURLToPath(new URL("../../../../apps", import.meta.url)));
  const app = apps.find(({ name }) => name === "crm-sync");
  if (app === undefined) throw new Error("apps/crm-sync is not there");
  const start = async (): Promise<RunningApp> =>
    startApp(app, { env, port: await freePort(), readyTimeoutMs: 60_000, signal: new AbortController().signal });
  let worker = await start();

  return {
    sandbox,
    sync: () => queue.enqueue(crmSync, { kind: "sync", ...key }),
    connection: () => connections.get(key),
    readSoFar: async (): Promise<number> =>
      (await makeCrmCursors(supabase).list(key))
        .filter(({ entity, kind }) => entity === "contact" && kind === "backfill")
        .reduce((sum, { recordsRead }) => sum + recordsRead, 0),
    /** Our copy of the contacts: name by the CRM's id. @throws {Error} for one that is there twice */
    ours: async (): Promise<Map<string, unknown>> => {
      const all = new Map<string, unknown>();
      for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
        const page = await makeCrmRecords(supabase).list({ ...key, entity: "contact", limit: 900, cursor });
        for (const { remoteId, fields, deletedAt } of page.records) {
          if (remoteId === null || all.has(remoteId)) throw new Error(`contact ${remoteId} is there twice`);
          if (deletedAt === null) all.set(remoteId, fields["name"]);
        }
        cursor = page.nextCursor;
      }
      return all;
    },
    killAndRestart: async (): Promise<void> => {
      process.kill(worker.process.pid, "SIGKILL");
      await worker.process.ended;
      worker = await start();
    },
    stop: async (): Promise<void> => {
      await queue.close();
      await worker.process.stop();
      await Promise.all([sandbox.stop(), stack.stop()]);
    },
  };
};

/**
 * Reads an account whose contacts all changed in the same second, while some of them change, go and come; the worker is
 * killed on the way. Then everything changes once more in one second, and the increment reads it.
 * @returns what was measured
 * @throws {Error} for a contact that is missing, double or old; for more than one page read again per kill; for a 429
 */
export const readThroughFaults = async ({
  contacts,
  kills,
}: {
  readonly contacts: number;
  readonly kills: number;
}): Promise<string> => {
  const reading = await startReading();
  const { store, journal } = reading.sandbox;
  const live = async (since: string | null): Promise<void> => {
    const deadline = Date.now() + 300_000;
    for (;;) {
      const row = await reading.connection();
      if (row?.state === "live" && row.syncedAt !== since) return;
      if (row?.stateCode !== null || Date.now() > deadline)
        throw new Error(`the reading stands: ${row?.state} ${row?.stateMessage}`);
      await pause(200);
    }
  };
  const compare = async (): Promise<void> => {
    const ours = await reading.ours();
    const theirs = store.live("contacts");
    const wrong = theirs.filter(({ id, data }) => ours.get(id) !== data["name"]);
    if (wrong.length > 0) throw new Error(`${wrong.length} contacts are missing or old, for instance ${wrong[0]?.id}`);
    const extra = ours.size - theirs.length;
    if (extra > 0) throw new Error(`${extra} contacts are gone in the CRM and still here`);
  };

  /** Refetches and a run that was already waiting may still be under way. */
  const untilEqual = async (): Promise<void> => {
    for (const deadline = Date.now() + 60_000; ;) {
      try {
        return await compare();
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await pause(500);
      }
    }
  };

  try {
    const sameSecond = Date.now() - 3_600_000;
    for (let n = 0; n < contacts; n += 1) store.add("contacts", { name: `Контакт ${n}` }, { atMs: sameSecond });
    const ids = store.live("contacts").map(({ id }) => id);
    const pick = (): string => ids[Math.floor(Math.random() * ids.length)] ?? "";
    const shift = setInterval(() => {
      const id = pick();
      if (store.get("contacts", id)?.deletedAtMs !== undefined) return;
      const chance = Math.random();
      if (chance < 0.2) store.remove("contacts", id);
      else if (chance < 0.3) ids.push(store.add("contacts", { name: "Новый" }).id);
      else store.edit("contacts", id, { name: `Изменён ${Math.random()}` });
    }, 40);
    let killed = 0;
    let repeated = 0;
    try {
      await reading.sync();
      // The search for the last page, which looks at some of them, comes before the first page is stored.
      while ((await reading.readSoFar()) === 0) await pause(20);
      const searched = journal.entries.length;
      for (; killed < kills; killed += 1) {
        const until = ((killed + 1) / (kills + 1)) * contacts;
        while ((await reading.readSoFar()) < until) await pause(50);
        await reading.killAndRestart();
        await reading.sync();
      }
      await live(null);
      const asked = journal.entries
        .slice(searched)
        .filter(({ path, query }) => path === "/api/v4/contacts" && /page\]?=/u.test(query));
      repeated = asked.length - new Set(asked.map(({ query }) => query)).size;
    } finally {
      clearInterval(shift);
    }
    if (repeated > kills) throw new Error(`${repeated} pages were read again after ${kills} kills`);
    const pages = journal.countPath(/^\/api\/v4\/contacts$/u);

    const again = async (): Promise<void> => {
      const since = (await reading.connection())?.syncedAt ?? null;
      await pause(2_500);
      await reading.sync();
      await live(since);
    };
    await again();
    await untilEqual();

    const atMs = Date.now();
    for (const { id } of store.live("contacts")) store.edit("contacts", id, { name: `Снова ${id}` }, { atMs });
    await again();
    await untilEqual();
    const refused = journal.countStatus(429);
    if (refused > 0) throw new Error(`${refused} requests were refused with 429`);
    return `${contacts} contacts of one second, ${pages} pages, ${kills} kills, ${repeated} pages read again, 0 × 429`;
  } finally {
    await reading.stop();
  }
};
