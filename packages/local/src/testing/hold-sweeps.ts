import { randomUUID } from "node:crypto";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeSweepLease } from "@gpt-agent/supabase/leases";
import { appsFolder } from "../cli/repository.ts";
import { findApps } from "../platform/find-apps.ts";
import type { StackEnv } from "../stack.ts";

const longerThanAnyRunSeconds = 24 * 3_600;

/**
 * Takes every worker's sweep lease for the whole run: all tests share one database, and a worker that one test starts
 * would otherwise sweep up, and take over, the documents that another is working on by hand.
 */
export const holdSweeps = async ({ SUPABASE_URL: url, SUPABASE_SERVICE_ROLE_KEY: key }: StackEnv): Promise<void> => {
  const lease = makeSweepLease(connectSupabase({ url, serviceRoleKey: { reveal: () => key } }));
  const workers = (await findApps(appsFolder)).filter(({ isWorker }) => isWorker);
  await Promise.all(workers.map(({ name }) => lease(`sweep-${name}`, randomUUID(), longerThanAnyRunSeconds)));
};
