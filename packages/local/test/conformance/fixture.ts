import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SqlFile } from "../../src/supabase/prepare-database.ts";

/** For a database of the suite's own: the schema, exposed in this database and no other of the cluster. */
export const fixtureSql = async (): Promise<readonly SqlFile[]> => [
  { name: "conformance", sql: await readFile(join(import.meta.dirname, "fixture.sql"), "utf8") },
  {
    name: "conformance-exposed",
    sql: `do $$ begin
      execute format('alter role authenticator in database %I set pgrst.db_schemas = ''public, conformance''', current_database());
    end $$`,
  },
];
