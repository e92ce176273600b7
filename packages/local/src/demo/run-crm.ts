import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { startKommoSandbox } from "../sandboxes/kommo/start-kommo-sandbox.ts";
import { type ApiCall, jsonPost } from "./api-client.ts";

/** What became of the demo's CRM: a public interface, with `--json`. */
export interface CrmRun {
  readonly provider: "kommo";
  readonly state?: string;
  /** Read into our copy, by entity. */
  readonly records?: Readonly<Record<string, number>>;
  /** A deal that a colleague renamed in the CRM while an agent renamed it here. */
  readonly conflict?: {
    readonly field: string;
    readonly ours: unknown;
    readonly crm: unknown;
    readonly resolution: string;
    /** What the CRM holds in the end. */
    readonly written: unknown;
  };
  /** Reading and writing once more: how many records changed here, how many there. */
  readonly secondRun?: { readonly changedHere: number; readonly writtenThere: number };
  /** Answers of the CRM that asked to slow down. */
  readonly refusals: number;
  readonly ms: number;
  /** Why not everything went as it should. */
  readonly error?: string;
}

const pollEveryMs = 150;
const giveUpAfterMs = 45_000;

const people = ["Елена Воронцова", "Ben Carter", "Игорь Сафронов", "Мария Ким", "Anna Lindqvist"];
const renamedThere = "Поставка насосов, 2-я очередь";
const renamedHere = "Поставка насосов (договор 17)";

/** A Kommo account on this machine, with contacts and deals. The apps are started with a way to it, so it comes first. */
export const startDemoCrm = async () => {
  const sandbox = await startKommoSandbox();
  const { store } = sandbox;
  for (let n = 0; n < 40; n += 1) store.add("contacts", { name: `${people[n % people.length]} ${n + 1}` });
  store.add("companies", { name: "ООО «Ветролад»" });
  const deals = ["Поставка насосов", "Сервис на год", "Запасные части"].map((name, n) =>
    store.add("leads", { name, price: 100_000 * (n + 1), pipeline_id: 1, status_id: 70_001 }),
  );
  /** For EGRESS_ALLOW. */
  const allow = new URL(sandbox.url).host;
  return { sandbox, deal: deals[0]?.id ?? "", allow, stop: sandbox.stop };
};

const connection = z.object({
  id: z.string(),
  state: z.string(),
  stateMessage: z.string().nullable(),
  syncedAt: z.string().nullable(),
});
const records = z.object({
  records: z.array(
    z.object({
      id: z.string(),
      entity: z.string(),
      remoteId: z.string().nullable(),
      fields: z.record(z.string(), z.unknown()),
      deletedAt: z.string().nullable(),
    }),
  ),
  nextCursor: z.string().optional(),
});
const conflicts = z.object({
  conflicts: z.array(z.object({ id: z.string(), field: z.string(), ours: z.unknown(), crm: z.unknown() })),
});

/** Connects the account, reads it, lets both sides change one deal, and shows that a second run changes nothing. */
export const runCrm = async (
  call: ApiCall,
  { sandbox, deal }: Awaited<ReturnType<typeof startDemoCrm>>,
): Promise<CrmRun> => {
  const startedAt = performance.now();
  const found: { -readonly [K in keyof CrmRun]?: CrmRun[K] } = {};
  let path: string | undefined;

  const until = async <T>(what: string, look: () => Promise<T | undefined>): Promise<T> => {
    for (;;) {
      const seen = await look();
      if (seen !== undefined) return seen;
      if (performance.now() - startedAt > giveUpAfterMs) throw new Error(`${what} did not happen within 45 s.`);
      await delay(pollEveryMs);
    }
  };
  const read = async (at: string) => {
    const all: z.output<typeof records>["records"] = [];
    for (let cursor: string | undefined = ""; cursor !== undefined;) {
      const page: z.output<typeof records> = await call(records, `${at}/records?limit=200${cursor}`);
      all.push(...page.records);
      cursor = page.nextCursor && `&cursor=${page.nextCursor}`;
    }
    return all;
  };
  /** Waits for a whole run of reading that began after now. */
  const sync = async (at: string): Promise<z.output<typeof connection>> => {
    const before = (await call(connection, at)).syncedAt;
    await call(connection, `${at}/sync`, { method: "POST" });
    return until("Reading the CRM", async () => {
      const now = await call(connection, at);
      if (now.state === "needs_reauth" || now.state === "suspended") throw new Error(now.stateMessage ?? now.state);
      return now.state === "live" && now.syncedAt !== before ? now : undefined;
    });
  };
  const written = (): number =>
    ["contacts", "companies", "leads", "tasks"].reduce(
      (sum, type) =>
        sum + sandbox.store.all(type).reduce((writes, { id }) => writes + sandbox.store.appWrites(type, id), 0),
      0,
    );

  try {
    const settings = { provider: "kommo", name: "Demo", policy: "manual" };
    path = `/v1/crm/connections/${(await call(connection, "/v1/crm/connections", jsonPost(settings))).id}`;
    const token = { accessToken: sandbox.oauth.issueLongLived(), baseUrl: sandbox.url };
    await call(connection, `${path}/token`, jsonPost(token));
    found.state = (await sync(path)).state;
    const first = await read(path);
    found.records = Object.fromEntries(
      [...Map.groupBy(first, ({ entity }) => entity)].map(([entity, rows]) => [entity, rows.length]),
    );

    const ours = first.find(({ entity, remoteId }) => entity === "deal" && remoteId === deal);
    if (ours === undefined) throw new Error("The deal was not read.");
    sandbox.store.edit("leads", deal, { name: renamedThere });
    await call(z.unknown(), `${path}/records/${ours.id}`, {
      ...jsonPost({ fields: { name: renamedHere } }),
      method: "PATCH",
    });
    const at = path;
    const [conflict] = await until("The conflict", async () => {
      const open = (await call(conflicts, `${at}/conflicts?state=open`)).conflicts;
      return open.length > 0 ? open : undefined;
    });
    const resolution = "ours";
    await call(z.unknown(), `${path}/conflicts/${conflict?.id}/resolve`, jsonPost({ resolution }));
    const inTheCrm = () => sandbox.store.get("leads", deal)?.data["name"];
    await until("Writing the decision", async () => (inTheCrm() === renamedHere ? true : undefined));
    found.conflict = { field: "name", ours: conflict?.ours, crm: conflict?.crm, resolution, written: inTheCrm() };

    const [before, writesBefore] = [await read(path), written()];
    await sync(path);
    const known = new Map(before.map((record) => [record.id, JSON.stringify(record)]));
    const changedHere = (await read(path)).filter((record) => known.get(record.id) !== JSON.stringify(record)).length;
    found.secondRun = { changedHere, writtenThere: written() - writesBefore };
  } catch (thrown) {
    found.error = thrown instanceof Error ? thrown.message : String(thrown);
  }
  if (path !== undefined) await call(z.undefined(), path, { method: "DELETE" }).catch(() => {});
  const refusals = sandbox.journal.countStatus(429);
  return { provider: "kommo", ...found, refusals, ms: Math.round(performance.now() - startedAt) };
};
