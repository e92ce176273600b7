import { z } from "zod";
import { duration } from "./forms.ts";

/** Prometheus' rule file. */
export const ruleFile = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^[A-Z]\w+$/),
          expr: z.string(),
          for: duration.optional(),
          labels: z.strictObject({ severity: z.enum(["warning", "critical"]) }),
          annotations: z.strictObject({ summary: z.string(), action: z.string() }),
        }),
      ),
    }),
  ),
});
export type RuleFile = z.infer<typeof ruleFile>;

const grid = z.strictObject({ x: z.int().min(0), y: z.int().min(0), w: z.int().min(1).max(24), h: z.int().min(1) });
const source = z.strictObject({ type: z.literal("prometheus"), uid: z.literal("${source}") });

const panel = z.strictObject({
  id: z.int().min(1),
  type: z.enum(["timeseries", "stat"]),
  title: z.string(),
  description: z.string(),
  datasource: source,
  gridPos: grid,
  fieldConfig: z.strictObject({
    defaults: z.strictObject({ unit: z.enum(["s", "short", "bytes", "percentunit", "ops"]), min: z.literal(0) }),
    overrides: z.array(z.never()),
  }),
  targets: z
    .array(z.strictObject({ refId: z.string().regex(/^[A-Z]$/), expr: z.string(), legendFormat: z.string() }))
    .min(1),
});

const templating = z.strictObject({
  list: z.array(
    z.discriminatedUnion("type", [
      z.strictObject({ type: z.literal("datasource"), name: z.literal("source"), query: z.literal("prometheus") }),
      z.strictObject({
        type: z.literal("query"),
        name: z.literal("queue"),
        label: z.string(),
        datasource: source,
        query: z.literal("label_values(queue_latency_seconds, queue)"),
        refresh: z.literal(2),
        multi: z.literal(true),
        includeAll: z.literal(true),
      }),
    ]),
  ),
});

/** The part of Grafana's dashboard model that is used here. */
export const dashboard = z.strictObject({
  uid: z.string(),
  title: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  schemaVersion: z.int().min(39),
  editable: z.boolean(),
  refresh: duration,
  time: z.strictObject({ from: z.string().startsWith("now-"), to: z.literal("now") }),
  templating,
  panels: z.array(panel),
});
export type Dashboard = z.infer<typeof dashboard>;
