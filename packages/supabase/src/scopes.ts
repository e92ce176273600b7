/** What a key may be limited to: the first step of an address below `/v1`. */
export const scopeAreas = [
  "documents",
  "embeddings",
  "knowledge-bases",
  "search",
  "graph",
  "crm",
  "webhooks",
  "jobs",
  "usage",
  "limits",
  "organisation",
] as const;
export type ScopeArea = (typeof scopeAreas)[number];

/** What one call needs. */
export type Scope = `${ScopeArea}:${"read" | "write"}`;

/** What a key may hold: one area's, `read` or `write` for every area, `*` for everything. To write includes to read. */
export const grantableScopes: readonly string[] = [
  "*",
  "read",
  "write",
  ...scopeAreas.flatMap((area) => [`${area}:read`, `${area}:write`]),
];

/** A key without scopes may do nothing; one that this release does not know grants nothing. */
export const covers = (granted: readonly string[], needed: Scope): boolean => {
  const [area, verb] = needed.split(":");
  const enough = new Set(["*", "write", `${area}:write`, ...(verb === "read" ? ["read", needed] : [])]);
  // Whoever may write everywhere may not therefore end the organisation.
  if (area === "organisation")
    return granted.some((scope) => scope === "*" || scope === `${area}:write` || scope === needed);
  return granted.some((scope) => enough.has(scope));
};
