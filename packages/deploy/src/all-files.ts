import type { App } from "./app.ts";
import type { GeneratedFile } from "./generated-file.ts";
import { composeFiles } from "./platforms/compose.ts";
import { dockerFiles, type Versions } from "./platforms/dockerfile.ts";
import { flyFiles } from "./platforms/fly.ts";
import { githubFiles } from "./platforms/github.ts";
import { grafanaFiles } from "./platforms/grafana.ts";
import { kubernetesFiles } from "./platforms/kubernetes.ts";
import { prometheusFiles } from "./platforms/prometheus.ts";
import { railwayFiles } from "./platforms/railway.ts";
import { renderFiles } from "./platforms/render.ts";

/** Every platform's files for these apps. Pure: the same apps and versions give the same texts. */
export const allFiles = (apps: readonly App[], versions: Versions): GeneratedFile[] => [
  ...dockerFiles(apps, versions),
  ...flyFiles(apps),
  ...railwayFiles(apps),
  ...renderFiles(apps),
  ...kubernetesFiles(apps),
  ...composeFiles(apps),
  ...prometheusFiles(apps),
  ...grafanaFiles(),
  ...githubFiles(versions),
];
