// Builds every image as a platform would, without Docker, and tries it: see `usage`.
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { runMain } from "@gpt-agent/local/cli/run-main";
import { startStack } from "@gpt-agent/local/stack";
import type { App } from "../app.ts";
import { makeBaseImage } from "../images/base-image.ts";
import { type Buildah, openBuildah } from "../images/buildah.ts";
import { verifyImage } from "../images/verify-image.ts";
import { deployedName } from "../installation.ts";
import { readApps } from "../read-apps.ts";

const usage = `pnpm images:verify [app…]
  Builds the apps' Dockerfiles with the distribution's buildah (as root, no Docker), looks into the images, and runs each
  as uid 1000 on a private stack: /health answers, a job is done, SIGTERM drains, exit 0. A few minutes an app.
`;

const root = resolve(import.meta.dirname, "../../../..");

const build = async (buildah: Buildah, app: App, base: string): Promise<string> => {
  const image = `localhost/${deployedName(app.name)}:latest`;
  // Downloads of one build serve the next; the Dockerfile itself needs no such thing.
  const store = join(`${buildah.root}.images`, "pnpm-store");
  await mkdir(store, { recursive: true });
  const options = {
    isolation: "chroot",
    network: "host",
    format: "docker",
    volume: `${store}:/root/.local/share/pnpm/store:rw`,
    "build-arg": `NODE_IMAGE=${base}`,
    file: join(root, "apps", app.name, "Dockerfile"),
    tag: image,
  };
  const given = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  await buildah.run("build", "--layers", "--pull-never", ...given, root);
  return image;
};

const seconds = (since: number): string => `${Math.round((performance.now() - since) / 1_000)} s`;

/** @returns how many of them do not hold */
const verifyAll = async (apps: readonly App[]): Promise<number> => {
  const startedAt = performance.now();
  const buildah = await openBuildah();
  const base = await makeBaseImage(buildah);
  console.log(`base    ${base}, ${seconds(startedAt)}`);
  const stack = await startStack();
  let failed = 0;
  try {
    for (const app of apps) {
      const from = performance.now();
      try {
        const image = await build(buildah, app, base);
        const built = `built in ${seconds(from)}`;
        const { bytes, done } = await verifyImage(buildah, app, image, { stack: stack.env, repository: root });
        const size = `${(bytes / 1e6).toFixed(1)} MB of application`;
        console.log(`holds   ${app.name}: ${size}, ${built}; ${done}; ${seconds(from)} in all`);
      } catch (error) {
        failed += 1;
        console.error(`BROKEN  ${app.name}:`, error instanceof Error ? error.message : error);
      }
    }
  } finally {
    await stack.stop();
  }
  return failed;
};

runMain(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: "boolean", default: false } },
  });
  const apps = await readApps(root);
  const unknown = positionals.filter((name) => !apps.some((app) => app.name === name));
  if (values.help || unknown.length > 0) {
    console.error(unknown.length > 0 ? `There is no app ${unknown.join(", ")}.\n\n${usage}` : usage);
    return values.help ? 0 : 2;
  }
  const chosen = positionals.length === 0 ? apps : apps.filter(({ name }) => positionals.includes(name));
  const failed = await verifyAll(chosen);
  console.log(`\n${chosen.length - failed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
});
