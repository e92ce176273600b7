import { createHash, randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { startPostgres } from "@gpt-agent/local/postgres/start-postgres";
import { startStack } from "@gpt-agent/local/stack";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeInboundEvents } from "@gpt-agent/supabase/inbound-events";
import { makeWebhookSources } from "@gpt-agent/supabase/webhook-sources";
import pg from "pg";
import { z } from "zod";

const account = z.object({ applied: z.int(), inversions: z.int(), events: z.int(), unfinished: z.int() });

/** A private stack over a real Postgres, and what the scenarios of incoming webhooks ask of it. */
export const startInboundDatabase = async () => {
  const postgres = await startPostgres();
  const sqlFiles = [fileURLToPath(new URL("inbound.sql", import.meta.url))];
  const stack = await startStack({ postgresUrl: postgres.url, sqlFiles });
  const { SUPABASE_URL: url, SUPABASE_SERVICE_ROLE_KEY: key } = stack.env;
  const supabase = connectSupabase({ url, serviceRoleKey: { reveal: () => key } });
  const owner = new pg.Client({ connectionString: postgres.url });
  await owner.connect();
  const sources = makeWebhookSources(supabase);
  return {
    env: stack.env,
    supabase,
    events: makeInboundEvents(supabase),
    addSource: async (orgId: string): Promise<string> => {
      const source = await sources.create({
        orgId,
        id: randomUUID(),
        name: "faults",
        scheme: "github",
        tokenHash: createHash("sha256").update(randomUUID()).digest("hex"),
        secrets: [],
        options: {},
        connectionId: null,
        forwardEventType: null,
        laneBy: null,
        onPoison: "block",
        retentionDays: 30,
      });
      return source.id;
    },
    account: async (orgId: string) => {
      const { rows } = await owner.query("select bench.inbound_account($1) as account", [orgId]);
      return account.parse(rows[0]?.account);
    },
    /** Cheap enough to be asked each second. */
    unfinished: async (orgId: string): Promise<number> => {
      const { rows } = await owner.query(
        "select count(*)::int as count from agent_jobs.inbound_events where org_id = $1 and state <> 'done'",
        [orgId],
      );
      return z.int().parse(rows[0]?.count);
    },
    stop: async (): Promise<void> => {
      await owner.end();
      await stack.stop();
      await postgres.stop();
    },
  };
};

export type InboundDatabase = Awaited<ReturnType<typeof startInboundDatabase>>;
