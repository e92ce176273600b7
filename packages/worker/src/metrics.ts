import type { QueueState } from "@gpt-agent/queue/queue-state";
import { collectDefaultMetrics, Counter, Gauge, type GaugeConfiguration, Histogram, Registry } from "prom-client";
import type { JobRecord } from "./record.ts";

export interface MetricsParts {
  readonly queue: string;
  readonly concurrency: number;
  readonly active: () => number;
  readonly readState: () => Promise<QueueState>;
}

export interface Metrics {
  record(job: JobRecord): void;
  /** Prometheus text. While Redis is away the gauges that need it are missing, the rest is there. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** From a no-op to the longest allowed run; waits may last hours. */
const runBuckets = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 240];
const waitBuckets = [0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 14_400];
/** Several scrapers, one look at Redis. */
const stateMaxAgeMs = 5_000;

/** The metrics of INTERFACE.md. Every instance tells the same queue-wide gauges: aggregate those with max(). */
export const makeMetrics = ({ queue, concurrency, active, readState }: MetricsParts): Metrics => {
  const registry = new Registry();
  const registers = [registry];
  registry.setDefaultLabels({ queue });
  // Event-loop lag, memory, CPU and handles of the process.
  collectDefaultMetrics({ register: registry });

  let latest: { readonly atMs: number; readonly state: Promise<QueueState | undefined> } | undefined;
  const freshState = (): Promise<QueueState | undefined> => {
    if (latest === undefined || performance.now() - latest.atMs > stateMaxAgeMs) {
      latest = { atMs: performance.now(), state: readState().catch(() => undefined) };
    }
    return latest.state;
  };

  // Counted in numbers and told when asked: a label costs a lookup by its text each time.
  const counts = new Map<string, number>();
  registry.registerMetric(
    new Counter({
      name: "jobs_total",
      help: "Runs of jobs by what became of them",
      labelNames: ["outcome"],
      registers: [],
      collect() {
        this.reset();
        for (const [outcome, count] of counts) this.inc({ outcome }, count);
      },
    }),
  );
  const wait = new Histogram({
    name: "job_wait_seconds",
    help: "From when a job was due until it was taken",
    buckets: waitBuckets,
    registers,
  });
  const run = new Histogram({
    name: "job_run_seconds",
    help: "How long one run of a job took",
    buckets: runBuckets,
    registers,
  });
  const attempts = new Histogram({
    name: "job_attempts",
    help: "Attempts a job took until it completed or failed for good",
    buckets: [1, 2, 3, 5, 8, 13],
    registers,
  });
  const addGauge = <Label extends string>(options: GaugeConfiguration<Label>): void =>
    registry.registerMetric(new Gauge({ ...options, registers: [] }));
  addGauge({
    name: "queue_jobs",
    help: "Jobs in the queue by state",
    labelNames: ["state"],
    async collect() {
      this.reset();
      const state = await freshState();
      if (state === undefined) return;
      const { waiting, prioritized, active: taken, delayed, completed, failed } = state;
      for (const [name, value] of Object.entries({ waiting, prioritized, active: taken, delayed, completed, failed })) {
        this.set({ state: name }, value);
      }
    },
  });
  addGauge({
    name: "queue_latency_seconds",
    help: "How long the longest waiting job, of any priority, has been due",
    async collect() {
      const state = await freshState();
      if (state === undefined) this.remove();
      else this.set(state.latencyMs / 1_000);
    },
  });
  addGauge({
    name: "worker_concurrency",
    help: "Slots of this process",
    collect() {
      this.set(concurrency);
    },
  });
  addGauge({
    name: "worker_active",
    help: "Jobs this process is working on",
    collect() {
      this.set(active());
    },
  });

  return {
    record: ({ outcome, waitMs, ms, attempt }) => {
      counts.set(outcome.state, (counts.get(outcome.state) ?? 0) + 1);
      wait.observe(waitMs / 1_000);
      run.observe(ms / 1_000);
      if (outcome.state === "completed" || outcome.state === "permanent") attempts.observe(attempt);
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
};
