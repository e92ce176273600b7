import type { WorkerDeploy } from "@gpt-agent/config/deploy";
import { type App, graceSeconds, isPublic, isWorker, namesOf, portOf, settingsBehindProxy } from "../app.ts";
import { flyAutoscalerToml, type FlyToml, flyToml } from "../contracts/fly.ts";
import { type GeneratedFile, tomlFile } from "../generated-file.ts";
import { deployedName, installation } from "../installation.ts";
import { latencyWhere } from "../promql.ts";

const { organisation, region } = installation.fly;

const check = {
  type: "http",
  path: "/health",
  method: "get",
  interval: "30s",
  timeout: "10s",
  grace_period: "30s",
} as const;

const appToml = (app: App): FlyToml => {
  const { name, deploy } = app;
  const port = portOf(app);
  return {
    app: deployedName(name),
    primary_region: region,
    kill_signal: "SIGTERM",
    kill_timeout: graceSeconds,
    build: { dockerfile: `../../apps/${name}/Dockerfile` },
    deploy: { strategy: "rolling", max_unavailable: 1 },
    env: settingsBehindProxy(app),
    restart: [{ policy: "always" }],
    checks: { health: { ...check, port } },
    ...(isPublic(app)
      ? {
          http_service: {
            internal_port: port,
            force_https: true,
            auto_stop_machines: "off",
            auto_start_machines: false,
            min_machines_running: deploy.instances.min,
            checks: [check],
          },
        }
      : {}),
    ...(isWorker(app) ? { metrics: { port, path: "/metrics" } } : {}),
    vm: [{ size: `shared-cpu-${deploy.cpus}x`, memory: `${deploy.memoryMb}mb` }],
  };
};

const appNotes = ({ name, deploy: { instances } }: App): string[] => [
  `  fly deploy . -c infra/fly/${name}.toml --remote-only --ha=false     from the repository's root`,
  `  fly scale count ${instances.min} --app ${deployedName(name)}                          or more, by hand`,
  "Values of its other variables are secrets (infra/fly/secrets.sh), and secrets win over [env] below.",
];

/** One instance, so one file, for each worker: bounds and pace are its own. Asks every 15 s and never goes below the least. */
const autoscalerFile = ({ name, deploy }: App<WorkerDeploy>): GeneratedFile => {
  const { min, max } = deploy.instances;
  return tomlFile(
    `infra/fly/autoscaler/${name}.toml`,
    flyAutoscalerToml,
    {
      app: `${deployedName(name)}-autoscaler`,
      primary_region: region,
      build: { image: "flyio/fly-autoscaler:0.3.2" },
      env: {
        FAS_ORG: organisation,
        FAS_APP_NAME: deployedName(name),
        FAS_REGIONS: region,
        FAS_PROMETHEUS_ADDRESS: `https://api.fly.io/prometheus/${organisation}`,
        FAS_PROMETHEUS_METRIC_NAME: "latency",
        FAS_PROMETHEUS_QUERY: latencyWhere("app", deployedName(name)),
        FAS_CREATED_MACHINE_COUNT: `max(${min}, min(${max}, ceil(latency / ${deploy.scaleAtLatencySeconds})))`,
      },
      restart: [{ policy: "always" }],
      vm: [{ size: "shared-cpu-1x", memory: "256mb" }],
    },
    [
      "Needs the secrets FAS_API_TOKEN (fly tokens create deploy --app …) and FAS_PROMETHEUS_TOKEN (fly tokens create readonly).",
      "max, not sum: every instance tells the same queue's latency.",
    ],
  );
};

/** `infra/fly`: an app each, and an autoscaler for each worker. */
export const flyFiles = (apps: readonly App[]): GeneratedFile[] => [
  ...apps.map((app) => tomlFile(`infra/fly/${app.name}.toml`, flyToml(namesOf(app)), appToml(app), appNotes(app))),
  ...apps.filter(isWorker).map(autoscalerFile),
];
