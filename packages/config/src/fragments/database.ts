import { fragment } from "../fragment.ts";
import { makeSecret } from "../secret.ts";
import type { Secret } from "../secret.ts";
import { isPlaceholder, parsedBy, refuse, required } from "../variable.ts";
import type { Refusal } from "../variable.ts";

interface Database {
  readonly url: Secret;
  readonly host: string;
  /** Supabase's pooler in transaction mode: sessions and advisory locks do not survive between statements. */
  readonly transactionPooler: boolean;
}

const database = parsedBy((text): Database | Refusal => {
  const url = /\s/.test(text) ? null : URL.parse(text);
  if (url === null) return refuse("is not a URL.", "Percent-encode characters such as @ / # % in the password.");
  if (!/^postgres(ql)?:$/.test(url.protocol)) return refuse("does not begin with postgres:// or postgresql://.");
  if (url.hostname === "") return refuse("names no host.");
  if (isPlaceholder(decodeURIComponent(url.password.replace(/%(?![0-9a-f]{2})/gi, "%25")))) {
    return refuse("still holds the placeholder of an example instead of the password.");
  }
  return { url: makeSecret(text), host: url.hostname, transactionPooler: url.port === "6543" };
});

/** Only `ops migrate` connects to Postgres itself. */
export const databaseEnv = fragment({
  variables: {
    database: required({
      name: "SUPABASE_DB_URL",
      description: "Direct Postgres connection, for applying migrations.",
      form: "`postgres://` or `postgresql://`, the direct connection or the session pooler (port 5432)",
      example: "",
      secret: true,
      fix: "Copy the direct connection string from the project's page, Connect.",
      schema: database,
    }),
  },
  check: ({ database: given }, { warn }) => {
    if (given?.transactionPooler) {
      warn(
        "SUPABASE_DB_URL",
        "names the transaction pooler (port 6543); migrations want the direct connection or port 5432.",
      );
    }
  },
  build: ({ database: { url, host } }) => ({ url, host }),
});
