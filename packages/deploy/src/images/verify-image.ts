import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { freePort } from "@gpt-agent/local/process/free-port";
import type { StackEnv } from "@gpt-agent/local/stack";
import { makeQueueClient } from "@gpt-agent/queue/client";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { type App, isWeb, namesOf } from "../app.ts";
import type { Buildah, ImageConfig } from "./buildah.ts";
import { findDevelopment, findPackageManagers, findSecretFiles, measure, readManifest } from "./contents.ts";
import { probes } from "./probes.ts";
import { runContainer } from "./run-container.ts";

const megabyte = 1_000_000;
const maxBytes = (app: App): number => (isWeb(app) ? 150 : 120) * megabyte;

/** @throws {Error} with every sentence whose condition does not hold */
const expectAll = (what: string, conditions: Readonly<Record<string, boolean>>): void => {
  const broken = Object.entries(conditions).flatMap(([sentence, holds]) => (holds ? [] : [sentence]));
  if (broken.length > 0) throw new Error(`${what}: ${broken.join("; ")}`);
};

const verifyConfig = (app: App, config: ImageConfig, history: string): void => {
  const secrets = app.variables.filter(({ secret }) => secret).map(({ name }) => name);
  const said = `${config.Env.join("\n")}\n${history}`;
  expectAll("the image's configuration", {
    "it does not run as uid 1000": config.User === "1000:1000",
    "tini is not its first process": config.Entrypoint[0] === "tini",
    "its command is not node with dist/main.js": config.Cmd[0] === "node" && config.Cmd.at(-1) === "dist/main.js",
    "its health check is not in exec form":
      config.Healthcheck.Test[0] === "CMD" && config.Healthcheck.Test[1] === "node",
    "NODE_ENV is not production": config.Env.includes("NODE_ENV=production"),
    "it names a secret": !secrets.some((name) => said.includes(`${name}=`)),
  });
};

/** @returns the size of the application layer in bytes */
const verifyContents = async (app: App, root: string, repository: string): Promise<number> => {
  const folder = join(root, "app");
  const { bytes, paths } = await measure(folder);
  const manifests = ["package.json", join("apps", app.name, "package.json")].map((path) => join(repository, path));
  const development = (await Promise.all(manifests.map(readManifest))).flatMap(({ devDependencies = {} }) =>
    Object.keys(devDependencies),
  );
  const found = {
    secrets: findSecretFiles(paths),
    development: await findDevelopment(folder, paths, development),
    managers: await findPackageManagers(root),
    sources: paths.filter((path) => /(^|\/)(src|test)\/.*\.ts$/.test(path) && !path.includes("node_modules/.pnpm")),
  };
  const megabytes = Math.round(bytes / megabyte);
  expectAll("what is inside", {
    [`secrets: ${found.secrets.join(", ")}`]: found.secrets.length === 0,
    [`development dependencies: ${found.development.join(", ")}`]: found.development.length === 0,
    [`package managers: ${found.managers.join(", ")}`]: found.managers.length === 0,
    [`sources: ${found.sources.slice(0, 5).join(", ")}`]: found.sources.length === 0,
    [`${megabytes} MB of application, above ${maxBytes(app) / megabyte}`]: bytes <= maxBytes(app),
  });
  return bytes;
};

const runAndDrain = async (buildah: Buildah, app: App, container: string, config: ImageConfig, stack: StackEnv) => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const given: Record<string, string> = {
    ...stack,
    PORT: String(port),
    // As in production but for the AI, which is the local one; and reached from this machine alone.
    AI_PROVIDER: "local",
    LISTEN_HOST: "127.0.0.1",
    ENCRYPTION_KEY: `hex:${randomBytes(32).toString("hex")}`,
  };
  const declared = new Set(namesOf(app));
  const env = Object.fromEntries(Object.entries(given).filter(([name]) => declared.has(name)));
  const running = runContainer(buildah, container, config, env);
  const serviceRoleKey = { reveal: () => stack.SUPABASE_SERVICE_ROLE_KEY };
  const supabase = connectSupabase({ url: stack.SUPABASE_URL, serviceRoleKey });
  const queue = makeQueueClient({ url: { reveal: () => stack.REDIS_URL }, baseName: "agent-jobs", prefix: "bull" });
  try {
    await running.healthy(url);
    const uid = await running.uid();
    const check = ["run", "--isolation", "chroot", "--network", "host", "--user", config.User, "--env", `PORT=${port}`];
    await buildah.run(...check, container, "--", ...config.Healthcheck.Test.slice(1));
    const done = (await probes[app.name]?.({ supabase, queue, url })) ?? "no job known for it";
    const code = await running.terminate();
    expectAll("running it", { [`it runs as uid ${uid}`]: uid === 1000, [`SIGTERM ended it with ${code}`]: code === 0 });
    return done;
  } catch (error) {
    throw new Error(`${String(error)}\n${running.output().split("\n").slice(-15).join("\n")}`, { cause: error });
  } finally {
    running.kill();
    await queue.close();
  }
};

export interface Verified {
  readonly bytes: number;
  /** What the container did. */
  readonly done: string;
}

/**
 * Looks into an image and runs it on a stack: health, one job, SIGTERM.
 * @throws {Error} saying everything that does not hold
 */
export const verifyImage = async (
  buildah: Buildah,
  app: App,
  image: string,
  { stack, repository }: { readonly stack: StackEnv; readonly repository: string },
): Promise<Verified> => {
  const { config, history } = await buildah.inspect(image);
  verifyConfig(app, config, history);
  const container = await buildah.run("from", "--pull-never", image);
  try {
    const bytes = await verifyContents(app, await buildah.run("mount", container), repository);
    await buildah.run("umount", container);
    const done = await runAndDrain(buildah, app, container, config, stack);
    return { bytes, done };
  } finally {
    await buildah.run("rm", container);
  }
};
