import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findDevelopment, findPackageManagers, findSecretFiles, measure } from "./contents.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "image-contents-"));
  const files = {
    "package.json": { dependencies: { zod: "1" } },
    "node_modules/.pnpm/zod@1/node_modules/zod/package.json": { dependencies: { saxes: "1" } },
    "node_modules/.pnpm/saxes@1/node_modules/saxes/package.json": {},
    "node_modules/.pnpm/vitest@5/node_modules/vitest/package.json": {},
    "node_modules/.pnpm/@types+node@24/node_modules/@types/node/package.json": {},
    "usr/local/bin/node": {},
    "usr/local/bin/npx": {},
  };
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(root, dirname(path)), { recursive: true });
    await writeFile(join(root, path), JSON.stringify(content));
  }
});
afterAll(() => rm(root, { recursive: true }));

test("development dependencies are those that nothing installed asks for", async () => {
  const { paths, bytes } = await measure(root);
  expect(await findDevelopment(root, paths, ["vitest", "saxes", "@types/node", "typescript"])).toEqual([
    "vitest",
    "@types/node",
  ]);
  expect(bytes).toBeGreaterThan(40);
});

test("package managers are found by the names of their programs", async () => {
  expect(await findPackageManagers(root)).toEqual(["npx"]);
});

test.each([
  [".env", true],
  ["dist/.env.production", true],
  [".npmrc", true],
  ["keys/server.pem", true],
  ["node_modules/.pnpm/tls@1/node_modules/tls/test/server.pem", false],
  ["dist/environment.js", false],
])("%s is a secret: %s", (path, isSecret) => {
  expect(findSecretFiles([path])).toEqual(isSecret ? [path] : []);
});
