import { randomUUID } from "node:crypto";
import { makeGuardedSend } from "@gpt-agent/http/make-guarded-send";
import type { Limiter } from "@gpt-agent/limits/limiter";
import { makeOpenLimiter } from "@gpt-agent/limits/testing";
import type { ProviderConnection } from "../src/connect-provider.ts";
import type { CallOptions, CrmEntity, CrmProvider, PageCursor, RemoteRecord, TimeWindow } from "../src/provider.ts";

export const options: CallOptions = { signal: new AbortController().signal, lane: "interactive" };

/** The guarded client with this one address let through, as `EGRESS_ALLOW` would. */
export const sendTo = (url: string) => {
  const { hostname, port } = new URL(url);
  return makeGuardedSend({ allow: [{ host: hostname, port: Number(port) }] });
};

/** What a client needs for a sandbox; `token` is asked for each call, `renew` after a refusal. */
export const connectionTo = (
  url: string,
  own: Partial<ProviderConnection> & {
    readonly token: () => string;
    readonly renew?: () => string;
    readonly limiter?: Limiter;
  },
): ProviderConnection => {
  const { token, renew = token, ...rest } = own;
  return {
    connectionId: randomUUID(),
    accountKey: `test:${randomUUID()}`,
    baseUrl: url,
    send: sendTo(url),
    limiter: makeOpenLimiter(),
    tokens: {
      current: async () => ({ value: token(), version: 1 }),
      renewed: async () => ({ value: renew(), version: 2 }),
    },
    ...rest,
  };
};

/** Every record of a list, page by page, with the number of pages; `between` runs after each page. */
export const readAll = async (
  provider: CrmProvider,
  request: { readonly entity: CrmEntity; readonly window?: TimeWindow },
  between: (pages: number) => void = () => undefined,
): Promise<{ readonly records: readonly RemoteRecord[]; readonly pages: number }> => {
  const records: RemoteRecord[] = [];
  let pages = 0;
  for (let cursor: PageCursor | undefined; ;) {
    // A cursor survives JSON: it is stored between pages.
    const stored = cursor === undefined ? {} : { cursor: JSON.parse(JSON.stringify(cursor)) as PageCursor };
    const page = await provider.list({ ...request, ...stored }, options);
    records.push(...page.records);
    pages += 1;
    if (page.next === undefined) return { records, pages };
    if (pages > 2_000) throw new Error("The reading does not end.");
    between(pages);
    cursor = page.next;
  }
};
