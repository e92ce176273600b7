import { loadEnv } from "@gpt-agent/config/load-env";
import { type ApiKeys, makeApiKeys } from "@gpt-agent/supabase/api-keys";
import { connectSupabase } from "@gpt-agent/supabase/client";
import type { Command, Report } from "../command.ts";
import { OpsError, UsageError } from "../command.ts";
import { supabaseOnly } from "../env.ts";
import { guardRemote, remoteOption, remoteUsage } from "../remote-guard.ts";
import { renderTable } from "../table.ts";

const create = async (keys: ApiKeys, orgId: string, name: string): Promise<Report> => {
  const { id, key } = await keys.create({ orgId, name, scopes: [] });
  return { text: `${key}\nIt is shown this once; its id is ${id}.`, data: { id, key } };
};

const list = async (keys: ApiKeys, orgId: string): Promise<Report> => {
  const found = await keys.list({ orgId });
  const rows = found.map(({ id, name, createdAt, revokedAt }) => [id, name, createdAt, revokedAt ?? "-"]);
  const text =
    rows.length === 0 ? "The organisation has no key." : renderTable(["id", "name", "made", "revoked"], rows);
  return { text, data: { keys: found } };
};

const revoke = async (keys: ApiKeys, orgId: string, id: string): Promise<Report> => {
  if (!(await keys.revoke({ orgId, id }))) {
    throw new OpsError("not_found", `Organisation ${orgId} has no key ${id} that is still valid.`);
  }
  return { text: `Key ${id} is revoked; the API forgets it within 30 s.`, data: { id } };
};

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const uuidOf = (what: string, text: unknown): string => {
  if (typeof text === "string" && uuid.test(text)) return text;
  throw new UsageError(`Name ${what}: a uuid.`);
};

export const key: Command = {
  summary: "Makes, lists and revokes an organisation's API keys.",
  usage: `pnpm ops key create --org ID --name NAME [--remote]
       pnpm ops key list --org ID
       pnpm ops key revoke KEY-ID --org ID [--remote]
  --org ID     the organisation, by your platform's uuid
  --name NAME  what the key is for
  ${remoteUsage}`,
  options: { org: { type: "string" }, name: { type: "string" }, ...remoteOption },
  run: async ({ values, positionals: [action, id], source }) => {
    if (action !== "create" && action !== "list" && action !== "revoke") {
      throw new UsageError("Say create, list or revoke.");
    }
    const orgId = uuidOf("the organisation with --org", values["org"]);
    const { supabase } = loadEnv(supabaseOnly, source);
    const keys = makeApiKeys(connectSupabase(supabase));
    if (action === "list") return list(keys, orgId);

    const name = String(values["name"] ?? "").trim();
    if (action === "create" && name === "") throw new UsageError("Say with --name what the key is for.");
    const keyId = action === "revoke" ? uuidOf("the key", id) : "";
    guardRemote("SUPABASE_URL", new URL(supabase.url).hostname, values["remote"] === true);
    return action === "create" ? create(keys, orgId, name) : revoke(keys, orgId, keyId);
  },
};
