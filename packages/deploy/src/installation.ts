/** The names that an installation chooses for itself. Change them, then run `pnpm infra`. */
export const installation = {
  /** Before every app's name: `gpt-agent-embeddings`. Fly wants names that nobody else has. */
  name: "gpt-agent",
  /** Where Railway, Render and the deploy workflow find the sources. */
  repository: "your-organisation/gpt-agent-workers",
  /** Where Kubernetes gets the images from. */
  registry: "ghcr.io/your-organisation",
  fly: { organisation: "personal", region: "fra" },
  render: { region: "frankfurt", branch: "main" },
  kubernetes: {
    namespace: "gpt-agent",
    /** Asked by KEDA; its namespace may read metrics. */
    prometheus: { url: "http://prometheus-operated.monitoring:9090", namespace: "monitoring" },
  },
} as const;

/** `gpt-agent-embeddings`: the app on every platform, and its image. */
export const deployedName = (app: string): string => `${installation.name}-${app}`;
