import { type App, isWorker } from "../app.ts";
import { type RuleFile, ruleFile } from "../contracts/monitoring.ts";
import { type GeneratedFile, yamlFile } from "../generated-file.ts";

type Rule = RuleFile["groups"][number]["rules"][number];

/** A worker falls behind when the next ten instances could not catch up: its own pace of scaling, tenfold. */
const latencyRules = (apps: readonly App[]): Rule[] =>
  apps.filter(isWorker).map(({ name, deploy }) => ({
    alert: "QueueFallsBehind",
    expr: `max by (queue) (queue_latency_seconds{queue="${name}"}) > ${deploy.scaleAtLatencySeconds * 10}`,
    for: "5m",
    labels: { severity: "warning" },
    annotations: {
      summary: "The oldest job of {{ $labels.queue }} has waited for {{ $value | humanizeDuration }}",
      action:
        "Add instances or raise JOB_CONCURRENCY; look at job_run_seconds for what got slower. Runbook: a queue that is stuck.",
    },
  }));

const jobRules: Rule[] = [
  {
    alert: "JobsFail",
    expr: 'sum by (queue) (increase(jobs_total{outcome="permanent"}[15m])) > 10',
    labels: { severity: "warning" },
    annotations: {
      summary: "{{ $value | humanize }} jobs of {{ $labels.queue }} failed for good within 15 minutes",
      action: "pnpm ops failed {{ $labels.queue }} shows code and sentence of each.",
    },
  },
  {
    alert: "JobsStall",
    expr: 'sum by (queue) (increase(jobs_total{outcome="lockLost"}[15m])) > 3',
    labels: { severity: "warning" },
    annotations: {
      summary: "{{ $value | humanize }} jobs of {{ $labels.queue }} were taken from a worker that still ran them",
      action: "Their locks were not renewed in time: look for a blocked event loop, a throttled CPU or a slow Redis.",
    },
  },
  {
    alert: "WorkerWedged",
    expr: "max by (queue) (queue_latency_seconds) > 120 and on (queue) sum by (queue) (worker_active) == 0",
    for: "3m",
    labels: { severity: "critical" },
    annotations: {
      summary: "Jobs of {{ $labels.queue }} wait and no instance works on any",
      action:
        "GET /ready on an instance names what is missing; the watchdog ends a wedged one after about 90 s by itself.",
    },
  },
  {
    alert: "BudgetHoldsBack",
    expr: 'sum by (queue) (rate(jobs_total{outcome="retryLater"}[15m])) > 2 * sum by (queue) (rate(jobs_total{outcome="completed"}[15m]))',
    for: "15m",
    labels: { severity: "warning" },
    annotations: {
      summary: "{{ $labels.queue }} puts off twice as many jobs as it completes",
      action:
        "A provider's limit or a budget holds it back. Raise EMBEDDING_TOKENS_PER_MINUTE or the budget, or let the backlog pass.",
    },
  },
  {
    alert: "EventLoopBlocked",
    expr: "max by (queue, instance) (nodejs_eventloop_lag_p99_seconds) > 5",
    for: "2m",
    labels: { severity: "critical" },
    annotations: {
      summary: "{{ $labels.instance }} does not get round to renewing its locks",
      action: "Its jobs will run twice. Look for CPU-heavy work outside the parser process.",
    },
  },
];

/** From redis_exporter, which knows Valkey too. */
const storeRules: Rule[] = [
  {
    alert: "RedisFillsUp",
    expr: "redis_memory_used_bytes / (redis_memory_max_bytes > 0) > 0.8",
    for: "10m",
    labels: { severity: "warning" },
    annotations: {
      summary: "Redis {{ $labels.instance }} has used {{ $value | humanizePercentage }} of its memory",
      action:
        "Full, it refuses writes (noeviction) and nothing is enqueued: give it more, or find the queue that grows.",
    },
  },
  {
    alert: "RedisEvicts",
    expr: "increase(redis_evicted_keys_total[15m]) > 0",
    labels: { severity: "critical" },
    annotations: {
      summary: "Redis {{ $labels.instance }} has thrown keys away",
      action: "Set maxmemory-policy to noeviction at once. Sweeps queue unfinished rows again within two minutes.",
    },
  },
];

/** `infra/prometheus/rules.yaml`: alerts on what every worker's /metrics says. */
export const prometheusFiles = (apps: readonly App[]): GeneratedFile[] => [
  yamlFile(
    "infra/prometheus/rules.yaml",
    ruleFile,
    [
      {
        groups: [
          { name: "queues", rules: latencyRules(apps) },
          { name: "jobs", rules: jobRules },
          { name: "redis", rules: storeRules },
        ],
      },
    ],
    ["All instances of a worker export the same queue: aggregate its gauges with max(), never with sum()."],
  ),
];
