import { execFile } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";

// The client as another project gets it: built, packed, unpacked, imported by its name.
const run = promisify(execFile);
const folder = join(import.meta.dirname, "..");
const tsc = join(folder, "../../node_modules/.bin/tsc");

const program = `
import { makeClient } from "@gpt-agent/client";
const api = makeClient({ baseUrl: process.argv[2], apiKey: "gak_test" });
console.log(JSON.stringify(await api.getDocument({ documentId: "a/б" })));
`;

test("the tarball holds code and declarations, needs nothing else, and works", async () => {
  const root = await mkdtemp(join(tmpdir(), "client-packed-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const source = join(root, "source");
  await mkdir(source);
  await run(tsc, ["-p", join(folder, "tsconfig.build.json"), "--outDir", join(source, "dist")]);
  for (const name of ["README.md", "package.json"]) await cp(join(folder, name), join(source, name));
  await run("npm", ["pack", "--ignore-scripts", "--pack-destination", root], { cwd: source });
  const tarball = (await readdir(root)).find((name) => name.endsWith(".tgz")) ?? "";
  const installed = join(root, "project/node_modules/@gpt-agent/client");
  await mkdir(installed, { recursive: true });
  await run("tar", ["-xzf", join(root, tarball), "-C", installed, "--strip-components=1"]);

  const { dependencies, engines } = JSON.parse(await readFile(join(installed, "package.json"), "utf8")) as Record<
    string,
    unknown
  >;
  expect({ dependencies, engines }).toEqual({ dependencies: undefined, engines: { node: ">=20" } });
  expect(await readdir(join(installed, "dist"))).toEqual(expect.arrayContaining(["client.js", "client.d.ts"]));
  const code = await readFile(join(installed, "dist/client.js"), "utf8");
  expect(code).not.toMatch(/node:|require\(/);

  const asked: unknown[] = [];
  const server = createServer((req, res) => {
    asked.push([req.method, req.url, req.headers.authorization]);
    res.setHeader("content-type", "application/json").end('{"id":"a"}');
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  await writeFile(join(root, "project/program.mjs"), program);
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { stdout } = await run(process.execPath, [join(root, "project/program.mjs"), address]);
  expect(JSON.parse(stdout)).toEqual({ id: "a" });
  expect(asked).toEqual([["GET", "/v1/documents/a%2F%D0%B1", "Bearer gak_test"]]);

  const typed = `import { makeClient } from "@gpt-agent/client";
const api = makeClient({ baseUrl: "", apiKey: "" });
export const state: "queued" | string = (await api.getDocument({ documentId: "a" })).state;
// @ts-expect-error -- it is called documentId
await api.getDocument({ id: "a" });
`;
  await writeFile(join(root, "project/typed.ts"), typed);
  await writeFile(join(root, "project/package.json"), '{"type":"module"}');
  const options = [
    "--module",
    "nodenext",
    "--target",
    "es2022",
    "--strict",
    "--noEmit",
    "--lib",
    "es2022,dom,dom.asynciterable",
  ];
  await run(tsc, [...options, "typed.ts"], { cwd: join(root, "project") });
}, 120_000);
