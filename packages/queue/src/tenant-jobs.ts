import type { QueueDefinition } from "@gpt-agent/jobs/define-queue";
import type { Job, Queue } from "bullmq";
import type { RedisSettings } from "./connection.ts";
import { openQueues } from "./open-queues.ts";
import { orgIdOf } from "./payload.ts";

/** The jobs of one organisation, in every queue and state: for its erasure, and for the proof of it. */
export interface TenantJobs {
  /** Those that are being worked on stay; their writes are refused once their rows are gone. */
  remove(orgId: string): Promise<{ readonly removed: number; readonly active: number }>;
  /** Redis keys with the organisation's id in their name, and jobs with it in their payload. Walks all of Redis. */
  count(orgId: string): Promise<{ readonly jobs: number; readonly keys: number }>;
  close(): Promise<void>;
}

const states = ["waiting", "prioritized", "delayed", "active", "completed", "failed"] as const;
const pageSize = 500;
const scanSize = 1_000;

/** Old producers call it `organizationId`. */
const isOf = (orgId: string, data: unknown): boolean =>
  orgIdOf(data) === orgId ||
  (typeof data === "object" && data !== null && "organizationId" in data && data.organizationId === orgId);

export const makeTenantJobs = (settings: RedisSettings, definitions: readonly QueueDefinition[]): TenantJobs => {
  const queues = openQueues(settings, { onError: () => {}, writesMeta: false });
  const { connection } = queues;

  /** Collected before anything is removed: removal shifts the pages. */
  const jobsOf = async (queue: Queue, orgId: string): Promise<Job[]> => {
    const found: Job[] = [];
    for (const state of states) {
      for (let start = 0; ; start += pageSize) {
        const page = (await queue.getJobs([state], start, start + pageSize - 1)) as (Job | undefined)[];
        for (const job of page) if (job !== undefined && isOf(orgId, job.data)) found.push(job);
        if (page.length < pageSize) break;
      }
    }
    return found;
  };

  const countKeys = async (orgId: string): Promise<number> => {
    let [cursor, keys] = ["0", 0];
    do {
      const [next, page] = await connection.scan(cursor, "MATCH", `*${orgId}*`, "COUNT", scanSize);
      cursor = next;
      keys += page.length;
    } while (cursor !== "0");
    return keys;
  };

  return {
    remove: async (orgId) => {
      let [removed, active] = [0, 0];
      for (const definition of definitions) {
        for (const job of await jobsOf(queues.of(definition), orgId)) {
          // Refused for a job that a worker holds.
          const gone = await job.remove().then(
            () => true,
            () => false,
          );
          if (gone) removed += 1;
          else active += 1;
        }
      }
      return { removed, active };
    },
    count: async (orgId) => {
      let jobs = 0;
      for (const definition of definitions) jobs += (await jobsOf(queues.of(definition), orgId)).length;
      return { jobs, keys: await countKeys(orgId) };
    },
    close: queues.close,
  };
};
