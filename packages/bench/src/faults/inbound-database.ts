import { createHash, randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { startPostgres } from "@gpt-agent/local/postgres/start-postgres";
import { startStack } from "@gpt-agent/local/stack";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeInboundEvents } from "@gpt-agent/supabase/inbound-events";
import { makeWebhookSources } from "@gpt-agent/supabase/webhook-sources";
import { z } from "zod";

const account = z.object({ applied: z.int(), inversions: z.int(), events: z.int(), unfinished: z.int() });

/** A private stack over a real Postgres, and what the scenarios of incoming webhooks ask of it. */
export const startInboundDatabase = async () => {
  const postgres = await startPostgres();
  const sqlFiles = [fileURLToPath(new URL("inbound.sql", import.meta.url))];
  const stack = await startStack({ postgresUrl: postgres.url, sqlFiles });
  const { SUPABASE_URL: url, SUPABASE_SERVICE_ROLE_KEY: key } = stack.env;
  const supabase = connectSupabase({ url, serviceRoleKey: { reveal: () => key } });
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
      const response = await fetch(`${url}/rest/v1/rpc/inbound_account`, {
        method: "POST",
        headers: {
          apikey: key,
          authorization: `Bearer ${key}`,
          "content-type": "application/json",
          "content-profile": "bench",
        },
        body: JSON.stringify({ p_org_id: orgId }),
      });
      return account.parse(await response.json());
    },
    stop: async (): Promise<void> => {
      await stack.stop();
      await postgres.stop();
    },
  };
};

export type InboundDatabase = Awaited<ReturnType<typeof startInboundDatabase>>;
