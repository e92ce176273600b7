import { loadEnv } from "@gpt-agent/config/load-env";
import { type ApiKeys, makeApiKeys } from "@gpt-agent/supabase/api-keys";
import { grantableScopes, scopeAreas } from "@gpt-agent/supabase/scopes";
import { connectSupabase } from "@gpt-agent/supabase/client";
import type { Command, Report } from "../command.ts";
import { OpsError, UsageError } from "../command.ts";
import { supabaseOnly } from "../env.ts";
import { guardRemote, remoteOption, remoteUsage } from "../remote-guard.ts";
import { renderTable } from "../table.ts";

interface NewKey {
  readonly orgId: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly ratePerMinute: number | undefined;
}

const create = async (keys: ApiKeys, { orgId, name, scopes, ratePerMinute }: NewKey): Promise<Report> => {
  const { id, key } = await keys.create({ orgId, name, scopes, ...(ratePerMinute !== undefined && { ratePerMinute }) });
  return { text: `${key}\nIt is shown this once; its id is ${id}.`, data: { id, key, scopes } };
};

const list = async (keys: ApiKeys, orgId: string): Promise<Report> => {
  const found = await keys.list({ orgId });
  const rows = found.map(({ id, name, scopes, ratePerMinute, createdAt, revokedAt }) => {
    return [id, name, scopes.join(" ") || "nothing", ratePerMinute ?? "-", createdAt, revokedAt ?? "-"];
  });
  const text =
    rows.length === 0
      ? "The organisation has no key."
      : renderTable(["id", "name", "may", "a minute", "made", "revoked"], rows);
  return { text, data: { keys: found } };
};

const revoke = async (keys: ApiKeys, orgId: string, id: string): Promise<Report> => {
  if (!(await keys.revoke({ orgId, id }))) {
    throw new OpsError("not_found", `Organisation ${orgId} has no key ${id} that is still valid.`);
  }
  return { text: `Key ${id} is revoked; the API forgets it within 30 s.`, data: { id } };
};

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const scopesOf = (given: unknown): readonly string[] => {
  const scopes = given === undefined ? ["*"] : [given].flat().map(String);
  const unknown = scopes.filter((scope) => !grantableScopes.includes(scope));
  if (unknown.length === 0) return scopes;
  throw new UsageError(`There is no scope ${unknown.join(", ")}. Known: ${grantableScopes.join(", ")}.`);
};

const rateOf = (text: unknown): number | undefined => {
  if (text === undefined) return undefined;
  if (typeof text === "string" && /^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new UsageError("--rate is a whole number of requests a minute, above 0.");
};

const uuidOf = (what: string, text: unknown): string => {
  if (typeof text === "string" && uuid.test(text)) return text;
  throw new UsageError(`Name ${what}: a uuid.`);
};

export const key: Command = {
  summary: "Makes, lists and revokes an organisation's API keys.",
  usage: `pnpm ops key create --org ID --name NAME [--scope SCOPE]... [--rate N] [--remote]
       pnpm ops key list --org ID
       pnpm ops key revoke KEY-ID --org ID [--remote]
  --org ID     the organisation, by your platform's uuid
  --name NAME  what the key is for
  --scope SCOPE  what it may do; repeatable; default *, everything. To write includes to read:
               read, write, or of one area: ${scopeAreas.join(", ")}
               as in documents:read, crm:write
  --rate N     requests a minute; default as the installation says (API_RATE_PER_MINUTE)
  ${remoteUsage}`,
  options: {
    org: { type: "string" },
    name: { type: "string" },
    scope: { type: "string", multiple: true },
    rate: { type: "string" },
    ...remoteOption,
  },
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
    if (action === "revoke") return revoke(keys, orgId, keyId);
    return create(keys, { orgId, name, scopes: scopesOf(values["scope"]), ratePerMinute: rateOf(values["rate"]) });
  },
};
