import type { Deploy, WebDeploy, WorkerDeploy } from "@gpt-agent/config/deploy";
import type { Variable } from "@gpt-agent/config/variable";

/** An app as its folder describes it: `deploy.ts` and the variables of `src/env.ts`. */
export interface App<D extends Deploy = Deploy> {
  /** Of its folder and, for a worker, of its queue. */
  readonly name: string;
  readonly deploy: D;
  readonly variables: readonly Variable[];
}

export const isWorker = (app: App): app is App<WorkerDeploy> => app.deploy.kind === "worker";
export const isWeb = (app: App): app is App<WebDeploy> => app.deploy.kind === "web";

/** Whether the internet reaches its port. */
export const isPublic = ({ deploy }: App): boolean => deploy.kind === "web" || deploy.health === "public";

/** The default of its own PORT: 3000 for the API, 3001 for workers. */
export const portOf = (app: App): number => {
  const port = app.variables.find(({ name }) => name === "PORT")?.default;
  if (port === undefined) throw new Error(`apps/${app.name}/src/env.ts has no PORT with a default`);
  return Number(port);
};

export const namesOf = (app: App): string[] => app.variables.map(({ name }) => name);

/** Between SIGTERM and SIGKILL; no platform here allows more, and no job takes longer than 240 s. */
export const graceSeconds = 300;

/**
 * What the platforms' files set by themselves, as text; everything else is the installation's. `SHUTDOWN_TIMEOUT_MS` ends
 * before the platform's patience does, which is best effort on some.
 */
export const settingsOf = (app: App): Record<string, string> => ({
  NODE_ENV: "production",
  PORT: String(portOf(app)),
  SHUTDOWN_TIMEOUT_MS: String((graceSeconds - 10) * 1_000),
  ...(isWorker(app) ? { JOB_CONCURRENCY: String(app.deploy.concurrency) } : {}),
});

/** The same behind a platform's own proxy, which is the one hop whose X-Forwarded-For counts. */
export const settingsBehindProxy = (app: App): Record<string, string> =>
  isWeb(app) ? { ...settingsOf(app), TRUSTED_PROXY_HOPS: "1" } : settingsOf(app);

/** What a first deploy needs values for. OpenRouter's key is optional by itself, and required in production without AI_PROVIDER. */
export const neededOf = (app: App): Variable[] =>
  app.variables.filter(({ name, need }) => need !== "optional" || name === "OPENROUTER_API_KEY");
