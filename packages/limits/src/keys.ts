import type { AcquireRequest, Limit } from "./limiter.ts";

/** What Redis Cluster hashes: the text in the first pair of braces, else all of it. */
export const tagOf = (key: string): string => /\{([^}]+)\}/.exec(key)?.[1] ?? key;

/** Keys of one scope carry its tag first, so that they share a slot whatever their limit is called. */
export const makeKeyNames = (prefix: string) => ({
  turns: (tag: string): string => `${prefix}:limits:{${tag}}:turns`,
  tags: (tag: string): string => `${prefix}:limits:{${tag}}:tags`,
  state: (limit: string): string => `${prefix}:limits:{${tagOf(limit)}}:${limit.replaceAll(/[{}]/g, "")}:state`,
  entries: (limit: string): string => `${prefix}:limits:{${tagOf(limit)}}:${limit.replaceAll(/[{}]/g, "")}:entries`,
  channel: `${prefix}:limits:wake:`,
});
export type KeyNames = ReturnType<typeof makeKeyNames>;

/** The request's limits by tag, tags in one order for everybody, so that two requests never wait for each other. */
export const groupByTag = (limits: readonly Limit[]): [tag: string, limits: readonly Limit[]][] =>
  [...Map.groupBy(limits, ({ key }) => tagOf(key))].toSorted(([a], [b]) => (a < b ? -1 : 1));

export const costUnder = (limit: Limit, request: Pick<AcquireRequest, "cost">): number =>
  limit.rule.kind === "concurrency" ? 1 : (limit.cost ?? request.cost);
