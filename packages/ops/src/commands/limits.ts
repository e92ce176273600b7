import { loadEnv } from "@gpt-agent/config/load-env";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeLimits } from "@gpt-agent/supabase/limits";
import { type Command, UsageError } from "../command.ts";
import { supabaseOnly } from "../env.ts";
import { guardRemote, remoteOption, remoteUsage } from "../remote-guard.ts";
import { renderTable } from "../table.ts";

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Options and what they set; megabytes become bytes. */
const options = {
  "file-mb": { limit: "maxFileBytes", factor: 1024 * 1024 },
  pages: { limit: "maxPages", factor: 1 },
  chunks: { limit: "maxChunks", factor: 1 },
  "parse-seconds": { limit: "maxParseSeconds", factor: 1 },
} as const;

const valueOf = (name: string, text: string, factor: number): number | null => {
  if (text === "none") return null;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text) * factor;
  throw new UsageError(`--${name} is a whole number above 0, or "none" for what the installation says.`);
};

export const limits: Command = {
  summary: "Shows and sets what an organisation may upload.",
  usage: `pnpm ops limits --org ID [--file-mb N] [--pages N] [--chunks N] [--parse-seconds N] [--remote]
  --org ID           the organisation, by your platform's uuid
  --file-mb N        largest file, in MB
  --pages N          most pages of one file
  --chunks N         most passages of one file
  --parse-seconds N  longest time for reading one file
  "none" in place of N: as the installation says. Without any of them the limits are shown.
  ${remoteUsage}`,
  options: {
    org: { type: "string" },
    ...Object.fromEntries(Object.keys(options).map((name) => [name, { type: "string" }] as const)),
    ...remoteOption,
  },
  run: async ({ values, source }) => {
    const orgId = values["org"];
    if (typeof orgId !== "string" || !uuid.test(orgId))
      throw new UsageError("Name the organisation with --org: a uuid.");
    const changes = Object.fromEntries(
      Object.entries(options).flatMap(([name, { limit, factor }]) => {
        const text = values[name];
        return typeof text === "string" ? [[limit, valueOf(name, text, factor)]] : [];
      }),
    );
    const { supabase } = loadEnv(supabaseOnly, source);
    const store = makeLimits(connectSupabase(supabase));
    const isChange = Object.keys(changes).length > 0;
    if (isChange) guardRemote("SUPABASE_URL", new URL(supabase.url).hostname, values["remote"] === true);
    const { maxFileBytes, maxPages, maxChunks, maxParseSeconds } = isChange
      ? await store.set({ orgId, ...changes })
      : await store.get({ orgId });
    const data = { maxFileBytes, maxPages, maxChunks, maxParseSeconds };
    const rows = Object.entries(data).map(([name, value]) => [
      name,
      value === null ? "as the installation says" : String(value),
    ]);
    return { text: renderTable(["limit", "value"], rows), data };
  },
};
