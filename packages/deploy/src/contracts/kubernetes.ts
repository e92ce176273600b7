import { z } from "zod";
import { label, port } from "./forms.ts";

const names = z.strictObject({ "app.kubernetes.io/name": label, "app.kubernetes.io/part-of": label.optional() });
const metadata = z.strictObject({ name: label, labels: names.optional() });
const selector = z.strictObject({ matchLabels: names });

const httpGet = z.strictObject({ path: z.string().startsWith("/"), port: z.literal("http") });
const probe = z.strictObject({
  httpGet,
  periodSeconds: z.int().min(1),
  timeoutSeconds: z.int().min(1),
  failureThreshold: z.int().min(1),
});

const quantity = z.string().regex(/^\d+(m|Mi|Gi)?$/);
const amounts = z.strictObject({
  cpu: quantity.optional(),
  memory: quantity,
  "ephemeral-storage": quantity.optional(),
});

const container = (variableNames: readonly string[]) =>
  z.strictObject({
    name: label,
    image: label,
    ports: z.array(z.strictObject({ name: z.literal("http"), containerPort: port })).length(1),
    env: z.array(z.strictObject({ name: z.enum(variableNames), value: z.string() })),
    envFrom: z.array(z.strictObject({ secretRef: z.strictObject({ name: label }) })).length(1),
    startupProbe: probe,
    livenessProbe: probe,
    readinessProbe: probe,
    resources: z.strictObject({ requests: amounts, limits: amounts }),
    securityContext: z.strictObject({
      allowPrivilegeEscalation: z.literal(false),
      readOnlyRootFilesystem: z.literal(true),
      capabilities: z.strictObject({ drop: z.tuple([z.literal("ALL")]) }),
    }),
    volumeMounts: z.array(z.strictObject({ name: label, mountPath: z.string().startsWith("/") })),
  });

const podSpec = (variableNames: readonly string[]) =>
  z.strictObject({
    automountServiceAccountToken: z.literal(false),
    terminationGracePeriodSeconds: z.int().min(1),
    securityContext: z.strictObject({
      runAsNonRoot: z.literal(true),
      runAsUser: z.literal(1000),
      runAsGroup: z.literal(1000),
      fsGroup: z.literal(1000),
      seccompProfile: z.strictObject({ type: z.literal("RuntimeDefault") }),
    }),
    containers: z.array(container(variableNames)).length(1),
    volumes: z.array(z.strictObject({ name: label, emptyDir: z.strictObject({ sizeLimit: quantity }) })),
  });

const deployment = (variableNames: readonly string[]) =>
  z.strictObject({
    apiVersion: z.literal("apps/v1"),
    kind: z.literal("Deployment"),
    metadata,
    spec: z.strictObject({
      replicas: z.int().min(1).optional(),
      selector,
      strategy: z.strictObject({
        type: z.literal("RollingUpdate"),
        rollingUpdate: z.strictObject({ maxSurge: z.int(), maxUnavailable: z.int() }),
      }),
      template: z.strictObject({
        metadata: z.strictObject({
          labels: names,
          annotations: z
            .strictObject({
              "prometheus.io/scrape": z.literal("true"),
              "prometheus.io/port": z.string().regex(/^\d+$/),
              "prometheus.io/path": z.literal("/metrics"),
            })
            .optional(),
        }),
        spec: podSpec(variableNames),
      }),
    }),
  });

const service = z.strictObject({
  apiVersion: z.literal("v1"),
  kind: z.literal("Service"),
  metadata,
  spec: z.strictObject({
    type: z.enum(["ClusterIP", "LoadBalancer"]),
    selector: names,
    ports: z.array(z.strictObject({ name: z.literal("http"), port, targetPort: z.literal("http") })).length(1),
  }),
});

const disruptionBudget = z.strictObject({
  apiVersion: z.literal("policy/v1"),
  kind: z.literal("PodDisruptionBudget"),
  metadata,
  spec: z.strictObject({ maxUnavailable: z.literal(1), selector }),
});

const networkPolicy = z.strictObject({
  apiVersion: z.literal("networking.k8s.io/v1"),
  kind: z.literal("NetworkPolicy"),
  metadata,
  spec: z.strictObject({
    podSelector: z.union([z.strictObject({}), selector]),
    policyTypes: z.array(z.enum(["Ingress", "Egress"])),
    ingress: z
      .array(
        z.strictObject({
          from: z
            .array(
              z.strictObject({
                namespaceSelector: z.strictObject({
                  matchLabels: z.strictObject({ "kubernetes.io/metadata.name": label }),
                }),
              }),
            )
            .optional(),
          ports: z.array(z.strictObject({ protocol: z.literal("TCP"), port: z.literal("http") })),
        }),
      )
      .optional(),
    egress: z
      .array(
        z.strictObject({
          to: z.array(
            z.strictObject({ ipBlock: z.strictObject({ cidr: z.string(), except: z.array(z.cidrv4()).optional() }) }),
          ),
        }),
      )
      .optional(),
  }),
});

/** The objects that `infra/kubernetes` holds, with the fields that are used. The API server ignores unknown fields. */
export const kubernetesObject = (variableNames: readonly string[]) =>
  z.discriminatedUnion("kind", [deployment(variableNames), service, disruptionBudget, networkPolicy]);
export type KubernetesObject = z.infer<ReturnType<typeof kubernetesObject>>;

export const scaledObject = z.strictObject({
  apiVersion: z.literal("keda.sh/v1alpha1"),
  kind: z.literal("ScaledObject"),
  metadata,
  spec: z.strictObject({
    scaleTargetRef: z.strictObject({ name: label }),
    minReplicaCount: z.int().min(1),
    maxReplicaCount: z.int().min(1),
    pollingInterval: z.int().min(1),
    cooldownPeriod: z.int().min(1),
    triggers: z
      .array(
        z.strictObject({
          type: z.literal("prometheus"),
          metadata: z.strictObject({
            serverAddress: z.url(),
            query: z.string().startsWith("max("),
            threshold: z.string().regex(/^\d+$/),
          }),
        }),
      )
      .length(1),
  }),
});

export const kustomization = z.strictObject({
  apiVersion: z.literal("kustomize.config.k8s.io/v1beta1"),
  kind: z.literal("Kustomization"),
  namespace: label,
  resources: z.array(z.string().regex(/^[\w./-]+$/)).min(1),
  images: z.array(z.strictObject({ name: label, newName: z.string(), newTag: z.string() })).optional(),
});
