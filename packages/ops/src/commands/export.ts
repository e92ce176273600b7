import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { loadEnv } from "@gpt-agent/config/load-env";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeFiles } from "@gpt-agent/supabase/files";
import { makeOrganisations } from "@gpt-agent/supabase/organisations";
import { type Command, UsageError } from "../command.ts";
import { supabaseOnly } from "../env.ts";
import { orgIdOf } from "../org-option.ts";

/** What would let its reader act as somebody, or is of no use outside this installation. */
const leftOut = new Set(["api_keys", "data_keys", "idempotency_keys", "crm_oauth_states"]);

export const exportOrg: Command = {
  summary: "Writes everything of one organisation to a folder: each table as JSON lines, and its files.",
  usage: `pnpm ops export --org ID --to FOLDER
  --org ID     the organisation, by your platform's uuid
  --to FOLDER  made if it is not there; tables/NAME.jsonl and files/…
Keys of the API and of encryption are left out; sealed credentials stay sealed.`,
  options: { org: { type: "string" }, to: { type: "string" } },
  run: async ({ values, source }) => {
    const orgId = orgIdOf(values["org"]);
    if (typeof values["to"] !== "string" || values["to"] === "") throw new UsageError("Name the folder with --to.");
    const folder = resolve(values["to"]);
    const supabase = connectSupabase(loadEnv(supabaseOnly, source).supabase);
    const [organisations, files] = [makeOrganisations(supabase), makeFiles(supabase)];

    await mkdir(join(folder, "tables"), { recursive: true });
    const tables: Record<string, number> = {};
    for (const table of Object.keys(await organisations.countRows({ orgId }))) {
      if (leftOut.has(table)) continue;
      let count = 0;
      const lines = async function* () {
        for await (const row of organisations.exportRows({ orgId, table })) {
          count += 1;
          yield `${JSON.stringify(row)}\n`;
        }
      };
      await pipeline(Readable.from(lines()), createWriteStream(join(folder, "tables", `${table}.jsonl`)));
      tables[table] = count;
    }
    let fileCount = 0;
    for await (const path of organisations.allObjects({ orgId })) {
      const target = join(folder, "files", path.slice(orgId.length + 1));
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, Buffer.from(await (await files.download({ orgId, path })).arrayBuffer()));
      fileCount += 1;
    }
    const rows = Object.values(tables).reduce((sum, count) => sum + count, 0);
    return {
      text: `${rows} rows of ${Object.keys(tables).length} tables and ${fileCount} files are in ${folder}.`,
      data: { folder, tables, files: fileCount },
    };
  },
};
