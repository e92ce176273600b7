import { parseEnv } from "node:util";
import { expect, test } from "vitest";
import { defineEnv, variablesOf } from "./define-env.ts";
import { renderEnvExample, renderEnvironmentPage } from "./describe-env.ts";
import { aiEnv } from "./fragments/ai.ts";
import { apiEnv } from "./fragments/api.ts";
import { encryptionEnv } from "./fragments/encryption.ts";
import { redisEnv } from "./fragments/redis.ts";
import { supabaseEnv } from "./fragments/supabase.ts";
import { workerEnv } from "./fragments/worker.ts";
import { readEnv } from "./read-env.ts";

const worker = defineEnv({ redis: redisEnv, supabase: supabaseEnv, ai: aiEnv, worker: workerEnv("kb-files") });
const api = defineEnv({ redis: redisEnv, encryption: encryptionEnv, api: apiEnv });
const host = { readFile: () => "", inContainer: () => false };

test(".env.example names every variable, and what it sets is accepted but for the secrets left to fill in", () => {
  for (const [folder, definition] of [
    ["apps/kb-files", worker],
    ["apps/api", api],
  ] as const) {
    const text = renderEnvExample({ folder, definition });
    for (const { name } of variablesOf(definition)) expect(text).toMatch(new RegExp(`^(# )?${name}=`, "m"));
    const result = readEnv(definition, parseEnv(text), host);
    const missing = result.ok ? [] : result.problems;
    expect(missing.map(({ variable, what }) => `${variable} ${what}`)).toEqual(
      definition === worker ? ["SUPABASE_SERVICE_ROLE_KEY is not set."] : [],
    );
  }
});

test("examples and defaults pass the rules of their own variable, and no secret has one that would work", () => {
  for (const variable of [...variablesOf(worker), ...variablesOf(api)]) {
    const texts = [variable.example, variable.default ?? ""].filter((text) => text !== "");
    for (const text of texts)
      expect(variable.schema.safeParse(text), `${variable.name}=${text}`).toMatchObject({ success: true });
    if (variable.secret && variable.name !== "REDIS_URL") expect(texts).toEqual([]);
  }
});

test("the page has one row for each variable and default, and says who reads it", () => {
  const page = renderEnvironmentPage([
    { folder: "apps/kb-files", definition: worker },
    { folder: "apps/api", definition: api },
  ]);
  expect(page).toContain("| `REDIS_URL` 🔑 | all | required |");
  expect(page).toContain("| `SUPABASE_URL` | kb-files | required |");
  expect(page).toContain("| `PORT` | kb-files | default `3001` |");
  expect(page).toContain("| `PORT` | api | default `3000` |");
  for (const line of page.split("\n")) if (line.startsWith("| `")) expect(line.match(/(?<!\\)\|/g)).toHaveLength(6);
});
