import { randomUUID } from "node:crypto";
import { loadEnv } from "@gpt-agent/config/load-env";
import { makeApiKeys } from "@gpt-agent/supabase/api-keys";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeOrganisations } from "@gpt-agent/supabase/organisations";
import { type Command, UsageError } from "../command.ts";
import { supabaseOnly } from "../env.ts";
import { orgIdOf } from "../org-option.ts";
import { guardRemote, remoteOption, remoteUsage } from "../remote-guard.ts";
import { renderTable } from "../table.ts";

const pageSize = 500;

export const org: Command = {
  summary: "Makes an organisation with its first API key; lists those that have anything.",
  usage: `pnpm ops org create [--org ID] [--remote]
       pnpm ops org list
  --org ID     your platform's uuid of it; default a new one
  ${remoteUsage}
An organisation is its uuid: nothing else is stored of it until it has something. More keys: pnpm ops key.`,
  options: { org: { type: "string" }, ...remoteOption },
  run: async ({ values, positionals: [action], source }) => {
    if (action !== "create" && action !== "list") throw new UsageError("Say create or list.");
    const orgId = values["org"] === undefined ? randomUUID() : orgIdOf(values["org"]);
    const { supabase: project } = loadEnv(supabaseOnly, source);
    if (action === "create") guardRemote("SUPABASE_URL", new URL(project.url).hostname, values["remote"] === true);
    const supabase = connectSupabase(project);
    if (action === "create") {
      const { id, key } = await makeApiKeys(supabase).create({ orgId, name: "first key", scopes: ["*"] });
      const text = `Organisation ${orgId}\n${key}\nThe key is shown this once; its id is ${id}.`;
      return { text, data: { orgId, key: { id, key } } };
    }
    const organisations = [];
    for (let after: string | undefined; ;) {
      const page = await makeOrganisations(supabase).list({ afterOrgId: after, limit: pageSize });
      organisations.push(...page);
      if (page.length < pageSize) break;
      after = page.at(-1)?.orgId;
    }
    const rows = organisations.map((one) => [one.orgId, one.apiKeys, one.knowledgeBases, one.documents]);
    const text =
      rows.length === 0
        ? "No organisation has anything."
        : renderTable(["organisation", "keys", "bases", "documents"], rows);
    return { text, data: { organisations } };
  },
};
