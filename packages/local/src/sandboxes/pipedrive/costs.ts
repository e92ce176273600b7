import type { SandboxRequest } from "../sandbox-server.ts";

/** What a call costs of the day's budget: v2 takes half of what v1 does. https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting */
export const costOf = ({ method, path }: Pick<SandboxRequest, "method" | "path">): number => {
  const factor = path.startsWith("/api/v2/") ? 1 : 2;
  const parts = path.replace(/^\/(?:api\/)?v[12]\//u, "").split("/");
  if (/search/iu.test(path)) return 20 * factor;
  if (/^(?:pipelines|stages)$/u.test(parts.at(-1) ?? "")) return 5 * factor;
  if (parts.at(-1) === "archived") return 20 * factor;
  if (method === "GET") return (parts.length > 1 && /^\d+$|^me$/u.test(parts[1] ?? "") ? 1 : 10) * factor;
  return (method === "DELETE" ? 3 : 5) * factor;
};
