import type { OAuthApp, OAuthServer } from "../oauth-server.ts";
import { makeOAuthServer } from "../oauth-server.ts";
import type { Author } from "../record-store.ts";
import { makeSlidingLog } from "../request-limits.ts";
import type { SandboxOptions, SandboxParts } from "../sandbox.ts";
import { makeSandboxParts } from "../sandbox.ts";
import type { SandboxAnswer, SandboxRequest } from "../sandbox-server.ts";
import { bearerOf, startSandboxServer } from "../sandbox-server.ts";
import { failure, success } from "./answers.ts";
import type { PipedriveCompany } from "./company.ts";
import { kinds, second, seedCompany } from "./company.ts";
import { costOf } from "./costs.ts";
import { authorize, token } from "./oauth.ts";
import type { PipedriveContext } from "./records.ts";
import { fields, notes } from "./notes-and-fields.ts";
import { listRecords, oneRecord, searchRecords } from "./records.ts";
import { makePipedriveWebhooks } from "./webhooks.ts";

export interface PipedriveSandboxOptions extends SandboxOptions {
  readonly app?: OAuthApp;
  /** Calls in any two seconds; default 80, as OAuth apps have on the smallest plan; 0 has no limit. */
  readonly requestsPerTwoSeconds?: number;
  /** Default 10; 0 has no limit. */
  readonly searchesPerTwoSeconds?: number;
  /** Tokens until midnight UTC; default 30 000. */
  readonly dailyBudget?: number;
  readonly searchLagMs?: number;
  readonly accessLifeMs?: number;
  /** What a refresh does with the refresh token; the documentation leaves it open. */
  readonly rotation?: "keep" | "single-use";
  readonly webhookUrl?: string;
}

/**
 * A Pipedrive company with API v2 and what of v1 has no successor. `store` types: `deals`, `persons`, `organizations`,
 * `activities`, `notes` (`data` as the API takes it), `field:deal` (`:person`, `:organization`), `pipeline`, `stage`, `user`.
 */
export interface PipedriveSandbox extends SandboxParts {
  readonly url: string;
  readonly company: PipedriveCompany;
  readonly oauth: OAuthServer;
  readonly app: OAuthApp;
  /** Tokens spent since midnight UTC. */
  spent(): number;
  subscribe(url: string, basic?: { readonly user: string; readonly password: string }): void;
  stop(): Promise<void>;
}

const defaultApp: OAuthApp = {
  clientId: "pipedrive-app",
  clientSecret: "pipedrive-secret",
  redirectUrl: "https://app.example.test/v1/crm/oauth/callback",
};
const dayMs = 86_400_000;

/** Written from developers.pipedrive.com and pipedrive.readme.io, not from any client. Serves on loopback until stopped. */
export const startPipedriveSandbox = async (options: PipedriveSandboxOptions = {}): Promise<PipedriveSandbox> => {
  const parts = makeSandboxParts(options);
  const { clock, store, faults, journal, chance } = parts;
  const app = options.app ?? defaultApp;
  const oauth = makeOAuthServer({
    clock,
    apps: [app],
    accessLifeMs: options.accessLifeMs ?? 3_600_000,
    refreshLifeMs: 60 * dayMs,
    rotation: options.rotation ?? "keep",
    codeLifeMs: 300_000,
  });
  const burst = options.requestsPerTwoSeconds ?? 80;
  const searches = options.searchesPerTwoSeconds ?? 10;
  const budget = options.dailyBudget ?? 30_000;
  const burstLog = makeSlidingLog({ max: burst, windowMs: 2_000, clock });
  const searchLog = makeSlidingLog({ max: searches, windowMs: 2_000, clock });
  let day = -1;
  let used = 0;
  const spentToday = (): number => {
    const today = Math.floor(clock() / dayMs);
    if (today !== day) [day, used] = [today, 0];
    return used;
  };

  /** No Retry-After; what is left of the day stands nowhere. */
  const limited = (
    request: SandboxRequest,
    key: string,
  ): { refused: SandboxAnswer } | { headers: Record<string, string> } => {
    const isSearch = /search/iu.test(request.path);
    const [log, max] = isSearch ? [searchLog, searches] : [burstLog, burst];
    const taken = max === 0 ? undefined : log.take(key);
    const headers: Record<string, string> =
      max === 0
        ? {}
        : {
            "x-ratelimit-limit": String(max),
            "x-ratelimit-remaining": String(log.remaining(key)),
            "x-ratelimit-reset": "2",
          };
    if (taken?.allowed === false) {
      return { refused: { ...failure(429, "request over limit"), headers } };
    }
    const cost = costOf(request);
    if (spentToday() + cost > budget)
      return { refused: { ...failure(429, "You have exceeded your daily API token budget"), headers } };
    used += cost;
    return { headers };
  };

  const fixed = (path: string): SandboxAnswer | undefined => {
    const timed = (type: string): readonly object[] =>
      store.live(type).map(({ id, data, createdAtMs, updatedAtMs }) => ({
        id: Number(id),
        ...data,
        is_deleted: false,
        add_time: second(createdAtMs),
        update_time: second(updatedAtMs),
      }));
    const users = (): readonly object[] =>
      store.live("user").map(({ id, data }) => ({
        id: Number(id),
        ...data,
        is_you: Number(id) === company.userId,
        lang: 1,
        locale: "en_US",
      }));
    switch (path) {
      case "/api/v2/pipelines":
        return success(timed("pipeline"), { next_cursor: null });
      case "/api/v2/stages":
        return success(timed("stage"), { next_cursor: null });
      case "/api/v1/users":
      case "/v1/users":
        return success(users());
      case "/api/v1/users/me":
      case "/v1/users/me":
        return success({
          ...users()[0],
          company_id: company.companyId,
          company_name: company.name,
          company_domain: company.domain,
          default_currency: "EUR",
        });
      default:
        return undefined;
    }
  };

  const api = (request: SandboxRequest, by: Author): SandboxAnswer => {
    const { path, method } = request;
    const context: PipedriveContext = { store, company, clock };
    const known = method === "GET" ? fixed(path) : undefined;
    if (known !== undefined) return known;
    const v1 = /^\/(?:api\/)?v1\/(notes|webhooks)(?:\/([\w-]+))?$/u.exec(path);
    if (v1?.[1] === "notes") return notes(request, v1[2], context, by);
    if (v1?.[1] === "webhooks") return hooks.handle(request, v1[2]);
    const field = /^\/(?:api\/)?v([12])\/(deal|person|organization)Fields$/u.exec(path);
    if (field !== null) return fields(request, field[2] ?? "", field[1] === "1" ? 1 : 2, context, by);
    const [, name, rest] = /^\/api\/v2\/(deals|persons|organizations|activities)(?:\/(\w+))?$/u.exec(path) ?? [];
    const kind = kinds.find((one) => one.name === name);
    if (kind === undefined) return failure(404, "Unknown method.");
    if (rest === "search") return searchRecords(request, kind, context);
    if (rest === "archived" && kind.name === "deals") return listRecords(request, kind, context, true);
    if (rest === undefined && method === "GET") return listRecords(request, kind, context, false);
    return oneRecord(request, kind, rest, context, by);
  };

  const handle = (request: SandboxRequest): SandboxAnswer => {
    if (request.path === "/oauth/authorize") return authorize(request, oauth);
    if (request.path === "/oauth/token") return token(request, oauth, company);
    const access = bearerOf(request);
    const checked = oauth.check(access);
    if (!checked.ok) return failure(401, "unauthorized access");
    if (!company.paid)
      return failure(402, "Company account is not open (possible reason: trial expired, payment details not entered)");
    // The burst is counted by token, the day's budget by company.
    const limit = limited(request, access ?? "");
    if ("refused" in limit) return limit.refused;
    const answer = api(request, { kind: "app", clientId: checked.clientId });
    return { ...answer, headers: { ...limit.headers, ...answer.headers } };
  };

  const server = await startSandboxServer({ handle, faults, journal, chance });
  const company: PipedriveCompany = {
    companyId: 7_777_001,
    userId: 11_001,
    name: "Песочница",
    domain: "sandbox",
    url: server.url,
    searchLagMs: options.searchLagMs ?? 0,
    paid: true,
  };
  seedCompany(store, company.userId);
  const hooks = makePipedriveWebhooks(store, company, parts.webhooks);
  if (options.webhookUrl !== undefined) hooks.subscribe(options.webhookUrl);
  return {
    ...parts,
    url: server.url,
    company,
    oauth,
    app,
    spent: spentToday,
    subscribe: hooks.subscribe,
    stop: server.stop,
  };
};
