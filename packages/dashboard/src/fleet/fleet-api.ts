/** The two addresses about the installation, which belong to no organisation's key. The browser signs in by itself. */

export interface Worker {
  readonly instance: string;
  readonly queue: string;
  readonly version: string;
  readonly state: "ok" | "wedged" | "draining" | "starting" | "lost";
  readonly lastActivityAt: string | null;
  readonly concurrency: number;
  readonly active: number;
}

export interface Workers {
  readonly queuesWithoutWorker: readonly string[];
  readonly workers: readonly Worker[];
}

interface QueueMinute {
  readonly at: string;
  readonly completed: number;
  readonly failed: number;
  readonly waitMsP95: number;
  readonly runMsP95: number;
}

export interface Queue {
  readonly name: string;
  readonly waiting: number;
  /** Wait too, by their priority. */
  readonly prioritized: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
  /** How long the longest waiting job has been due. */
  readonly latencyMs: number;
  /** A minute each, oldest first. */
  readonly series: readonly QueueMinute[];
}

const get = (path: string, signal: AbortSignal): Promise<Response> =>
  fetch(path, { signal, headers: { accept: "application/json" } });

export const readWorkers = async (signal: AbortSignal): Promise<Workers> => {
  const response = await get("/health/workers", signal);
  if (!response.ok) throw new Error(`/health/workers: HTTP ${response.status}`);
  return (await response.json()) as Workers;
};

/** @returns undefined for who may not see them */
export const readQueues = async (signal: AbortSignal): Promise<readonly Queue[] | undefined> => {
  const response = await get("/admin/api/queues", signal);
  if (response.status === 401 || response.status === 404) return undefined;
  if (!response.ok) throw new Error(`/admin/api/queues: HTTP ${response.status}`);
  return ((await response.json()) as { readonly queues: readonly Queue[] }).queues;
};
