import { z } from "zod";
import { duration, label, port, variables } from "./forms.ts";

const check = z.strictObject({
  type: z.literal("http"),
  port: port.optional(),
  path: z.string().startsWith("/"),
  method: z.literal("get"),
  interval: duration,
  timeout: duration,
  grace_period: duration,
});

/** Shared CPUs come with 256 MB to 2 GB each. */
const machine = z
  .strictObject({
    size: z.enum(["shared-cpu-1x", "shared-cpu-2x", "shared-cpu-4x"]),
    memory: z.string().regex(/^\d+mb$/),
  })
  .refine(({ size, memory }) => {
    const cpus = Number(size.at(-2));
    return Number.parseInt(memory) >= cpus * 256 && Number.parseInt(memory) <= cpus * 2_048;
  }, "this size cannot have so much or so little memory");

const region = z.string().regex(/^[a-z]{3}$/);

/**
 * The part of fly.toml that is used here, as flyctl's appconfig reads it; it ignores what it does not know, so a typo there
 * goes unnoticed. `auto_stop_machines` would stop a worker that is busy without traffic: it is never anything but off.
 */
export const flyToml = (names: readonly string[]) =>
  z.strictObject({
    app: label,
    primary_region: region,
    kill_signal: z.literal("SIGTERM"),
    kill_timeout: z.int().min(1).max(300),
    build: z.strictObject({ dockerfile: z.string().startsWith("../../apps/") }),
    deploy: z.strictObject({ strategy: z.literal("rolling"), max_unavailable: z.int().min(1) }),
    env: variables(names, z.string()),
    restart: z.array(z.strictObject({ policy: z.literal("always") })).length(1),
    checks: z.strictObject({ health: check.required() }),
    http_service: z
      .strictObject({
        internal_port: port,
        force_https: z.boolean(),
        auto_stop_machines: z.literal("off"),
        auto_start_machines: z.literal(false),
        min_machines_running: z.int().min(1),
        checks: z.array(check.omit({ port: true })).min(1),
      })
      .optional(),
    metrics: z.strictObject({ port, path: z.literal("/metrics") }).optional(),
    vm: z.array(machine).length(1),
  });
export type FlyToml = z.infer<ReturnType<typeof flyToml>>;

/** fly-autoscaler's own variables, as its config.go reads them. */
export const flyAutoscalerToml = z.strictObject({
  app: label,
  primary_region: region,
  build: z.strictObject({ image: z.string().regex(/^flyio\/fly-autoscaler:\d+\.\d+\.\d+$/) }),
  env: z.strictObject({
    FAS_ORG: z.string(),
    FAS_APP_NAME: label,
    FAS_REGIONS: region,
    FAS_PROMETHEUS_ADDRESS: z.url(),
    FAS_PROMETHEUS_METRIC_NAME: z.literal("latency"),
    FAS_PROMETHEUS_QUERY: z.string().startsWith("max("),
    FAS_CREATED_MACHINE_COUNT: z.string(),
  }),
  restart: z.array(z.strictObject({ policy: z.literal("always") })).length(1),
  vm: z.array(machine).length(1),
});
