import { loadEnv } from "@gpt-agent/config/load-env";
import { makeQueueInspector } from "@gpt-agent/queue/inspect";
import type { Command } from "../command.ts";
import { checkRedis } from "../doctor/check-redis.ts";
import { checkSupabase } from "../doctor/check-supabase.ts";
import { stores } from "../env.ts";

export const doctor: Command = {
  summary: "Looks at Redis and Supabase from here and says what to do about what is wrong.",
  usage: "pnpm ops doctor",
  options: {},
  run: async ({ source }) => {
    const { redis, supabase } = loadEnv(stores, source);
    const inspector = makeQueueInspector(redis);
    try {
      const checks = (await Promise.all([checkRedis(inspector), checkSupabase(supabase)])).flat();
      const lines = checks.map(({ name, ok, found, fix }) => {
        return `${ok ? "ok   " : "WRONG"} ${name}: ${found}${fix === undefined ? "" : `\n      ${fix}`}`;
      });
      return { text: lines.join("\n"), data: { checks }, failed: checks.some(({ ok }) => !ok) };
    } finally {
      await inspector.close();
    }
  },
};
