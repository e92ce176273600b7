import { readdir, readFile } from "node:fs/promises";

export interface Migration {
  /** File name; names sort in the order of application, `20261123000001_schema.sql`. */
  readonly name: string;
  readonly sql: string;
}

/** The same relative place from `src` and from `dist`. */
const folder = new URL("../migrations/", import.meta.url);

/** The schema's migrations, in order. Each is meant to run in a transaction of its own. */
export const readMigrations = async (): Promise<Migration[]> => {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  return Promise.all(names.map(async (name) => ({ name, sql: await readFile(new URL(name, folder), "utf8") })));
};
