/**
 * How an app is run: what no platform can guess and no variable says. Each app has one in its `deploy.ts`; its variables
 * come from its `env.ts`. `pnpm infra` makes the platforms' files from both.
 */
export type Deploy = WorkerDeploy | WebDeploy;

interface Machine {
  /** Shared virtual CPUs of one instance. */
  readonly cpus: 1 | 2 | 4;
  readonly memoryMb: 512 | 1024 | 2048 | 4096;
  /** How few and how many instances run; a platform that cannot scale by itself starts `min`. */
  readonly instances: { readonly min: number; readonly max: number };
}

export interface WorkerDeploy extends Machine {
  readonly kind: "worker";
  /** Jobs at once in one instance: JOB_CONCURRENCY. */
  readonly concurrency: number;
  /** One instance more for every so many seconds that the oldest job has waited. */
  readonly scaleAtLatencySeconds: number;
  /** `public` opens the health port to the internet, where the platform can; nobody but the platform needs it. */
  readonly health: "private" | "public";
}

export interface WebDeploy extends Machine {
  readonly kind: "web";
}
