import { join } from "node:path";
import { expect, test } from "vitest";
import { allFiles } from "./all-files.ts";
import { type GeneratedFile, readYaml } from "./generated-file.ts";
import { readVersions } from "./platforms/dockerfile.ts";
import { readApps } from "./read-apps.ts";
import { misspellKeys } from "./testing/misspell.ts";
import { sampleApi, sampleWorker } from "./testing/sample-apps.ts";

const root = join(import.meta.dirname, "../../..");
const versions = readVersions(root);
const files = allFiles(await readApps(root), versions);
const sample = allFiles([sampleWorker("first"), sampleApi], versions);

const accepts = ({ check }: GeneratedFile, document: unknown): boolean => {
  try {
    check(document);
    return true;
  } catch {
    return false;
  }
};

test.each(files.map((file) => [file.path, file] as const))("%s keeps its platform's contract", (_, file) => {
  expect(() => file.documents(file.text).forEach(file.check)).not.toThrow();
});

test.each(sample.filter(({ path }) => /\.(toml|ya?ml|json)$/.test(path)).map((file) => [file.path, file] as const))(
  "%s: a typo in the name of any field is found",
  (_, file) => {
    const typos = file.documents(file.text).flatMap(misspellKeys);
    expect(typos.length).toBeGreaterThan(3);
    expect(typos.filter(({ value }) => accepts(file, value)).map(({ at }) => at)).toEqual([]);
  },
);

test("a Dockerfile that differs from the others in more than name and port is found", () => {
  const [dockerfile] = files;
  expect(() => dockerfile?.check(dockerfile.text.replace("USER 1000:1000\n", ""))).toThrow(/differs from the other/);
});

test("a worker is private; one line of its deploy.ts opens its health on every platform", () => {
  const text = (health: "private" | "public", path: string) =>
    allFiles([sampleWorker("first", health), sampleApi], versions).find((file) => file.path === path)?.text;
  const shown: readonly (readonly [string, RegExp])[] = [
    ["infra/fly/first.toml", /^\[http_service\]$/m],
    ["render.yaml", /type: web\n {4}healthCheckPath: \/health\n {4}name: gpt-agent-first/],
    ["docker/compose.yaml", /- 127\.0\.0\.1:3001:3001/],
    ["infra/kubernetes/first.yaml", /^kind: Service$/m],
    [".railway/railway.ts", /serviceDomains: \{ \["gpt-agent-first"\]/],
  ];
  for (const [path, opening] of shown) {
    expect(text("private", path)).not.toMatch(opening);
    expect(text("public", path)).toMatch(opening);
  }
});

test("no file holds a secret or a place for one, and every platform waits as long for a drain", () => {
  for (const { path, text } of files) {
    expect(text, `in ${path}`).not.toMatch(/eyJ|sb_secret_|sk-or-|BEGIN [A-Z ]*PRIVATE KEY/);
  }
  const waits = [
    /kill_timeout = 300$/m,
    /maxShutdownDelaySeconds: 300$/m,
    /drainingSeconds: 300,$/m,
    /stop_grace_period: 300s$/m,
  ];
  const all = files.map(({ text }) => text).join("\n");
  for (const wait of [...waits, /terminationGracePeriodSeconds: 300$/m]) expect(all).toMatch(wait);
});

test("what kustomize reads is there", () => {
  const paths = new Set(files.map(({ path }) => path));
  for (const { path, text } of files.filter(({ path }) => path.endsWith("kustomization.yaml"))) {
    const [{ resources }] = readYaml(text) as [{ resources: string[] }];
    for (const resource of resources) expect(paths).toContain(join(path, "..", resource));
  }
});
