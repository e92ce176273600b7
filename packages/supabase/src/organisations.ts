import { z } from "zod";
import type { Supabase } from "./client.ts";
import { bucket } from "./files.ts";
import { failure } from "./errors.ts";
import { row } from "./rows.ts";
import { call } from "./rpc.ts";

const organisation = row({
  orgId: z.string(),
  apiKeys: z.int(),
  knowledgeBases: z.int(),
  documents: z.int(),
});
export type OrganisationRow = z.output<typeof organisation>;

const exported = z.object({ place: z.string(), content: z.record(z.string(), z.unknown()) });

interface Org {
  readonly orgId: string;
}

/** What an organisation has in every table and in the bucket: counted, handed out, removed. */
export interface Organisations {
  /** Those that have anything, by id; page with the last one's. */
  list(input: {
    readonly afterOrgId?: string | undefined;
    readonly limit: number;
  }): Promise<readonly OrganisationRow[]>;
  /** By table; those without any are left out. Counted afresh in every table that has an `org_id`. */
  countRows(org: Org): Promise<Readonly<Record<string, number>>>;
  /** At most `limit` of each table. Repeat until it answers 0. */
  eraseRows(org: Org & { readonly limit: number; readonly keepApiKeys: boolean }): Promise<number>;
  /** Names of at most `limit` objects below the organisation's folder. */
  listObjects(org: Org & { readonly limit: number }): Promise<readonly string[]>;
  /** All objects' names, folder by folder. */
  allObjects(org: Org): AsyncIterable<string>;
  /** Every row of a table, as the database has it. */
  exportRows(org: Org & { readonly table: string }): AsyncIterable<Readonly<Record<string, unknown>>>;
}

const pageRows = 500;
const folderPage = 1_000;

export const makeOrganisations = (supabase: Supabase): Organisations => {
  const store = () => supabase.storage.from(bucket);

  /** Storage lists one folder at a time; what has no id is a folder. */
  const walk = async function* (folder: string): AsyncIterable<string> {
    for (let offset = 0; ; offset += folderPage) {
      const { data, error } = await store().list(folder, { limit: folderPage, offset });
      if (error) throw failure(`listing files of ${folder}`, { message: error.message }, 0, "storage_unavailable");
      for (const { name, id } of data) {
        const path = `${folder}/${name}`;
        if (id === null) yield* walk(path);
        else yield path;
      }
      if (data.length < folderPage) return;
    }
  };

  return {
    list: ({ afterOrgId, limit }) =>
      call(supabase, "list_organisations", { p_after: afterOrgId ?? null, p_limit: limit }, z.array(organisation)),

    countRows: ({ orgId }) =>
      call(supabase, "count_organisation_rows", { p_org_id: orgId }, z.record(z.string(), z.int())),

    eraseRows: ({ orgId, limit, keepApiKeys }) =>
      call(supabase, "erase_organisation", { p_org_id: orgId, p_limit: limit, p_keep_api_keys: keepApiKeys }, z.int()),

    async listObjects({ orgId, limit }) {
      const names: string[] = [];
      for await (const name of walk(orgId)) if (names.push(name) >= limit) break;
      return names;
    },

    allObjects: ({ orgId }) => walk(orgId),

    async *exportRows({ orgId, table }) {
      for (let after: string | null = null; ;) {
        const page: z.output<typeof exported>[] = await call(
          supabase,
          "export_organisation_rows",
          { p_org_id: orgId, p_table: table, p_after: after, p_limit: pageRows },
          z.array(exported),
        );
        for (const { content } of page) yield content;
        const last = page.at(-1);
        if (last === undefined || page.length < pageRows) return;
        after = last.place;
      }
    },
  };
};
