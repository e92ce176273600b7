import { sealTokens } from "@gpt-agent/crm/sealed-tokens";
import type { RefreshStep } from "@gpt-agent/crm/token-keeper";
import { makeKeyRing } from "@gpt-agent/crypto/key-ring";
import { makeOrgSeal } from "@gpt-agent/crypto/org-seal";
import { startKommoSandbox } from "@gpt-agent/local/sandboxes/kommo/start-kommo-sandbox";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeCrmConnections } from "@gpt-agent/supabase/crm-connections";
import { makeCrmTokens } from "@gpt-agent/supabase/crm-tokens";
import { makeDataKeys } from "@gpt-agent/supabase/data-keys";
import { type ChildProcess, fork } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Order, Report } from "./crm-tokens-process.ts";

const script = fileURLToPath(new URL("crm-tokens-process.ts", import.meta.url));

export interface Database {
  readonly SUPABASE_URL: string;
  readonly SUPABASE_SERVICE_ROLE_KEY: string;
}

/** A connection whose access token has just ended, at a CRM whose refresh tokens work once. */
const startScene = async ({ SUPABASE_URL: supabaseUrl, SUPABASE_SERVICE_ROLE_KEY: serviceRoleKey }: Database) => {
  const sandbox = await startKommoSandbox({ requestsPerSecond: 0 });
  const supabase = connectSupabase({ url: supabaseUrl, serviceRoleKey: { reveal: () => serviceRoleKey } });
  const encryptionKey = `hex:${randomBytes(32).toString("hex")}`;
  const ring = makeKeyRing({ active: { reveal: () => encryptionKey }, previous: [] });
  const seal = makeOrgSeal({ ring, dataKeys: makeDataKeys(supabase) });
  const key = { orgId: randomUUID(), connectionId: randomUUID() };
  const connections = makeCrmConnections(supabase);
  await connections.create({ ...key, id: key.connectionId, provider: "kommo", name: "Токены" });
  const { accessToken, refreshToken } = sandbox.oauth.issue();
  const ended = { accessToken, refreshToken, expiresAtMs: Date.now() - 1, baseUrl: sandbox.url };
  await makeCrmTokens(supabase).authorize({ ...key, ...(await sealTokens(seal, key, ended)), baseUrl: sandbox.url });

  const folder = await mkdtemp(join(tmpdir(), "crm-tokens-"));
  const children = new Set<ChildProcess>();
  const start = async (): Promise<ChildProcess> => {
    const child = fork(script, {
      execArgv: ["--conditions=@gpt-agent/source"],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    children.add(child);
    await once(child, "message");
    return child;
  };
  const begin = (child: ChildProcess, more: Pick<Order, "callers" | "killAt">): void => {
    const { url, app } = sandbox;
    child.send({
      supabaseUrl,
      serviceRoleKey,
      encryptionKey,
      connection: key,
      crm: { url, ...app },
      folder,
      ...more,
    } satisfies Order);
  };
  /** Everybody's answer; none of a process that died. */
  const reportOf = async (child: ChildProcess): Promise<Report | undefined> => {
    const died = once(child, "exit").then(() => undefined);
    const told = once(child, "message").then(([report]) => report as Report);
    return Promise.race([told, died]);
  };
  /** What a process that died held is free: as if its time had run out. */
  const endLease = async (): Promise<void> => {
    await supabase
      .from("crm_tokens")
      .update({ refresh_lease_until: new Date(0).toISOString() })
      .eq("connection_id", key.connectionId);
  };
  return {
    sandbox,
    start,
    begin,
    reportOf,
    endLease,
    state: async () => (await connections.get(key))?.state,
    close: async () => {
      for (const child of children) child.kill("SIGKILL");
      await Promise.all([sandbox.stop(), rm(folder, { recursive: true, force: true })]);
    },
  };
};

const only = (reports: readonly (Report | undefined)[]): string => {
  const errors = reports.flatMap((report) => report?.errors ?? ["a process died"]);
  if (errors.length > 0) throw new Error(`callers failed: ${errors.join("; ")}`);
  const tokens = new Set(reports.flatMap((report) => report?.tokens ?? []));
  const [token] = tokens;
  if (tokens.size !== 1 || token === undefined) throw new Error(`callers got ${tokens.size} different tokens`);
  return token;
};

/**
 * Many callers in several processes need a new token at the same moment.
 * @returns how many refresh requests the CRM saw
 * @throws {Error} where somebody got none, or another one, or one that the CRM does not take
 */
export const raceForToken = async (
  database: Database,
  size: { processes: number; callers: number },
): Promise<number> => {
  const scene = await startScene(database);
  try {
    const children = await Promise.all(Array.from({ length: size.processes }, scene.start));
    const reports = children.map(scene.reportOf);
    for (const child of children) scene.begin(child, { callers: size.callers });
    const token = only(await Promise.all(reports));
    if (!scene.sandbox.oauth.check(token).ok) throw new Error("the CRM does not take the token that everybody got");
    return scene.sandbox.oauth.counts.refreshes;
  } finally {
    await scene.close();
  }
};

/** Where a refreshing process is killed. `in flight`: the CRM has answered, the answer never arrives. */
export const killPoints = ["leased", "begun", "in flight", "answered", "rescued", "committed"] as const;
export type KillPoint = (typeof killPoints)[number];

/**
 * A process dies in the middle of a refresh; another one needs the token then.
 * @returns whether it got one that works; false: the connection asks to be connected again
 * @throws {Error} for anything else
 */
export const refreshAfterKill = async (database: Database, point: KillPoint): Promise<boolean> => {
  const scene = await startScene(database);
  try {
    const [first, second] = [await scene.start(), await scene.start()];
    const { faults, journal, oauth } = scene.sandbox;
    if (point === "in flight") faults.plan({ name: "no answer", fault: { kind: "silentAfterwards" } });
    const died = once(first, "exit");
    scene.begin(first, { callers: 3, killAt: point === "in flight" ? undefined : (point satisfies RefreshStep) });
    if (point === "in flight") {
      while (oauth.counts.refreshes === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      first.kill("SIGKILL");
    }
    await died;
    await scene.endLease();
    const report = scene.reportOf(second);
    scene.begin(second, { callers: 3 });
    const answer = await report;
    if (answer?.errors.length) {
      if ((await scene.state()) !== "needs_reauth")
        throw new Error(`no token, and no word of it: ${answer.errors.join()}`);
      return false;
    }
    if (!oauth.check(only([answer])).ok)
      throw new Error(`the CRM does not take the token (${journal.count()} requests)`);
    return true;
  } finally {
    await scene.close();
  }
};
