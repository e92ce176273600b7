import { expect, test } from "vitest";
import { selectSecrets } from "./select-secrets.ts";
import { sampleWorker } from "./testing/sample-apps.ts";

const worker = sampleWorker("first");
const values = {
  REDIS_URL: "rediss://default:x@example.com:6379",
  SUPABASE_URL: "https://abc.supabase.co",
  SUPABASE_SERVICE_ROLE_KEY: "sb_secret_x",
  ENCRYPTION_KEY: "k".repeat(32),
};

test("an app gets what it declares, never what its platform file sets or another app's variable", () => {
  const all = {
    ...values,
    JOB_CONCURRENCY: "500",
    NODE_ENV: "test",
    ADMIN_TOKEN: "somebody else's",
    LOG_LEVEL: "debug",
  };
  const { lines, problems } = selectSecrets(worker, all);
  expect(problems).toEqual([]);
  expect(lines).toEqual([...Object.entries(values).map(([name, value]) => `${name}=${value}`), "LOG_LEVEL=debug"]);
});

test("what is needed and missing is named, all at once", () => {
  const { problems } = selectSecrets(worker, { REDIS_URL: values.REDIS_URL, ENCRYPTION_KEY: "" });
  expect(problems).toEqual(
    ["SUPABASE_URL", "SUPABASE_SERVICE_ROLE_KEY", "ENCRYPTION_KEY"].map(
      (name) => `${name} is not in the file, and first needs it.`,
    ),
  );
});

test("a value of several lines is refused: it would become several variables", () => {
  const { problems } = selectSecrets(worker, { ...values, SUPABASE_SERVICE_ROLE_KEY: "a\nB=c" });
  expect(problems).toEqual([expect.stringContaining("SUPABASE_SERVICE_ROLE_KEY has a line break")]);
});
