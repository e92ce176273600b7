import type { Migration } from "@gpt-agent/supabase/migrations";

/** A migration under the name that Supabase's own tool gives it: `20261123000001_schema.sql` → version, name. */
export interface PlannedMigration {
  readonly version: string;
  readonly name: string;
  readonly sql: string;
}

/** @throws {TypeError} for a file name without a version in front, and for two files of one version */
export const planMigrations = (migrations: readonly Migration[], applied: ReadonlySet<string>): PlannedMigration[] => {
  const planned = migrations.map(({ name: file, sql }) => {
    const [, version, name] = /^(\d+)_(.+)\.sql$/.exec(file) ?? [];
    if (version === undefined || name === undefined)
      throw new TypeError(`migration ${file}: name it <version>_<name>.sql`);
    return { version, name, sql };
  });
  const versions = new Set(planned.map(({ version }) => version));
  if (versions.size !== planned.length) throw new TypeError("two migrations have the same version");
  return planned.filter(({ version }) => !applied.has(version)).toSorted((a, b) => a.version.localeCompare(b.version));
};
