import type { WorkerDeploy } from "@gpt-agent/config/deploy";
import { type App, graceSeconds, isPublic, isWeb, isWorker, namesOf, portOf, settingsOf } from "../app.ts";
import { type KubernetesObject, kubernetesObject, kustomization, scaledObject } from "../contracts/kubernetes.ts";
import { type GeneratedFile, yamlFile } from "../generated-file.ts";
import { deployedName, installation } from "../installation.ts";
import { latencyWhere } from "../promql.ts";

const { namespace, prometheus } = installation.kubernetes;
const folder = "infra/kubernetes";

const probe = (path: string, periodSeconds: number, failureThreshold: number) => ({
  httpGet: { path, port: "http" as const },
  periodSeconds,
  timeoutSeconds: 5,
  failureThreshold,
});

type Deployment = Extract<KubernetesObject, { kind: "Deployment" }>;

const podTemplate = (
  app: App,
  labels: { readonly "app.kubernetes.io/name": string },
): Deployment["spec"]["template"] => {
  const port = portOf(app);
  const memory = `${app.deploy.memoryMb}Mi`;
  return {
    metadata: {
      labels: { ...labels, "app.kubernetes.io/part-of": installation.name },
      ...(isWorker(app)
        ? {
            annotations: {
              "prometheus.io/scrape": "true",
              "prometheus.io/port": String(port),
              "prometheus.io/path": "/metrics",
            },
          }
        : {}),
    },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: graceSeconds,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        runAsGroup: 1000,
        fsGroup: 1000,
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [
        {
          name: app.name,
          image: deployedName(app.name),
          ports: [{ name: "http", containerPort: port }],
          env: Object.entries(settingsOf(app)).map(([name, value]) => ({ name, value })),
          envFrom: [{ secretRef: { name: deployedName(app.name) } }],
          startupProbe: probe("/health", 5, 24),
          // Not /ready: an outage of Redis must not restart a fleet.
          livenessProbe: probe("/health", 30, 3),
          readinessProbe: probe("/ready", 10, 3),
          resources: { requests: { cpu: "100m", memory }, limits: { memory, "ephemeral-storage": "4Gi" } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
          volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
        },
      ],
      volumes: [{ name: "tmp", emptyDir: { sizeLimit: "4Gi" } }],
    },
  };
};

const appObjects = (app: App): KubernetesObject[] => {
  const name = deployedName(app.name);
  const labels = { "app.kubernetes.io/name": name };
  const metadata = { name, labels };
  const selector = { matchLabels: labels };
  return [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        // Workers' replicas belong to KEDA or to `kubectl scale`: a number here would undo theirs at every apply.
        ...(isWeb(app) ? { replicas: app.deploy.instances.min } : {}),
        selector,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        template: podTemplate(app, labels),
      },
    },
    {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata,
      spec: { maxUnavailable: 1, selector },
    },
    ...(isPublic(app)
      ? [
          {
            apiVersion: "v1" as const,
            kind: "Service" as const,
            metadata,
            spec: {
              type: "ClusterIP" as const,
              selector: labels,
              ports: [{ name: "http" as const, port: 80, targetPort: "http" as const }],
            },
          },
        ]
      : []),
  ];
};

const policies = (apps: readonly App[]): KubernetesObject[] => {
  const policy = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" } as const;
  const http = [{ protocol: "TCP" as const, port: "http" as const }];
  return [
    {
      ...policy,
      metadata: { name: "workers" },
      spec: {
        podSelector: {},
        policyTypes: ["Ingress", "Egress"],
        ingress: [
          {
            from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": prometheus.namespace } } }],
            ports: http,
          },
        ],
        // The cloud's metadata service is nobody's business here; a tenant's URL never gets there twice over.
        egress: [
          { to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.0.0/16"] } }, { ipBlock: { cidr: "::/0" } }] },
        ],
      },
    },
    ...apps.filter(isPublic).map(({ name }) => ({
      ...policy,
      metadata: { name: deployedName(name) },
      spec: {
        podSelector: { matchLabels: { "app.kubernetes.io/name": deployedName(name) } },
        policyTypes: ["Ingress" as const],
        ingress: [{ ports: http }],
      },
    })),
  ];
};

const scaler = ({ name, deploy }: App<WorkerDeploy>): GeneratedFile =>
  yamlFile(`${folder}/keda/${name}.yaml`, scaledObject, [
    {
      apiVersion: "keda.sh/v1alpha1",
      kind: "ScaledObject",
      metadata: { name: deployedName(name) },
      spec: {
        scaleTargetRef: { name: deployedName(name) },
        minReplicaCount: deploy.instances.min,
        maxReplicaCount: deploy.instances.max,
        pollingInterval: 15,
        cooldownPeriod: 300,
        triggers: [
          {
            type: "prometheus",
            metadata: {
              serverAddress: prometheus.url,
              query: latencyWhere("queue", name),
              threshold: String(deploy.scaleAtLatencySeconds),
            },
          },
        ],
      },
    },
  ]);

const kustomize = { apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization", namespace } as const;

/** `infra/kubernetes`, for kustomize; the autoscaling apart in `keda`, because KEDA has to be there first. */
export const kubernetesFiles = (apps: readonly App[]): GeneratedFile[] => {
  const workers = apps.filter(isWorker);
  const images = apps.map(({ name }) => ({
    name: deployedName(name),
    newName: `${installation.registry}/${deployedName(name)}`,
    newTag: "latest",
  }));
  return [
    ...apps.map((app) => yamlFile(`${folder}/${app.name}.yaml`, kubernetesObject(namesOf(app)), appObjects(app))),
    yamlFile(`${folder}/network-policy.yaml`, kubernetesObject([]), policies(apps), [
      "Nobody reaches a worker but Prometheus (and the kubelet's probes); everybody reaches what is public.",
    ]),
    yamlFile(
      `${folder}/kustomization.yaml`,
      kustomization,
      [{ ...kustomize, resources: ["network-policy.yaml", ...apps.map(({ name }) => `${name}.yaml`)], images }],
      [
        `Needs the namespace ${namespace} and, for each app, a secret with its variables (docs/deploy.md, Kubernetes). Then:`,
        "  kubectl apply -k infra/kubernetes",
      ],
    ),
    ...workers.map(scaler),
    yamlFile(
      `${folder}/keda/kustomization.yaml`,
      kustomization,
      [{ ...kustomize, resources: workers.map(({ name }) => `${name}.yaml`) }],
      ["Autoscaling by how long jobs wait; needs KEDA and Prometheus. kubectl apply -k infra/kubernetes/keda"],
    ),
  ];
};
