import { rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { environment } from "../process/environment.ts";
import { matchingPaths } from "../process/matching-paths.ts";
import { startChild } from "../process/start-child.ts";
import { removeWithUs } from "../process/tether.ts";

const changedAt = async (file: string): Promise<number> =>
  stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );

const isFresh = async (folder: string): Promise<boolean> => {
  const sources = await matchingPaths(folder, ["src/**/*.*", "vite.config.ts", "../client/src/**/*.ts"]);
  const [built, ...changed] = await Promise.all([join(folder, "dist/index.html"), ...sources].map(changedAt));
  return built !== undefined && changed.every((at) => at <= built);
};

/**
 * Builds the dashboard that the API serves, where it is missing or older than its sources: a few seconds. Several may
 * build at once, each for itself: the first to finish puts its result in place.
 * @param folder of `packages/dashboard`
 * @throws {Error} with what the build said
 */
export const buildDashboard = async (folder: string): Promise<void> => {
  if (await isFresh(folder)) return;
  const [dist, made] = [join(folder, "dist"), join(folder, "node_modules", `.dist-${process.pid}`)];
  const before = `${made}-before`;
  for (const left of [made, before]) removeWithUs(left);
  // A child of ours keeps nobody waiting by itself.
  const waiting = setInterval(() => {}, 60_000);
  try {
    const build = await startChild(
      {
        command: process.execPath,
        args: ["node_modules/vite/bin/vite.js", "build", "--logLevel", "error", "--outDir", made, "--emptyOutDir"],
        cwd: folder,
        // Of the shell's, NODE_ENV would decide which React is built in.
        onlyEnv: { ...environment, NODE_ENV: "production" },
      },
      { name: "the dashboard's build", stopSignal: "TERM", graceMs: 1_000 },
    );
    const how = await build.ended;
    if (how !== "exit code 0") throw new Error(`The dashboard could not be built (${how}):\n${build.lastLines()}`);
    if (await isFresh(folder)) return;
    // Nothing was built before, or another took it away just now.
    await rename(dist, before).catch(() => {});
    await rename(made, dist).catch(async (error: unknown) => {
      if (!(await isFresh(folder))) throw error;
    });
  } finally {
    clearInterval(waiting);
    for (const left of [made, before]) await rm(left, { recursive: true, force: true });
  }
};
