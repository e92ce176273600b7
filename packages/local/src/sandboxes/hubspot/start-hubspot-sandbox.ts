import type { OAuthApp, OAuthServer } from "../oauth-server.ts";
import { makeOAuthServer } from "../oauth-server.ts";
import type { Author } from "../record-store.ts";
import { makeSlidingLog } from "../request-limits.ts";
import type { SandboxOptions, SandboxParts } from "../sandbox.ts";
import { makeSandboxParts } from "../sandbox.ts";
import type { SandboxAnswer, SandboxRequest } from "../sandbox-server.ts";
import { bearerOf, startSandboxServer } from "../sandbox-server.ts";
import { correlationId, refusal } from "./answers.ts";
import { associationBatch } from "./association-batches.ts";
import type { Associations } from "./associations.ts";
import { makeAssociations } from "./associations.ts";
import { runBatch } from "./batches.ts";
import { accountAnswers, propertyAnswer } from "./definitions.ts";
import { authorize, token } from "./oauth.ts";
import type { HubspotContext } from "./objects.ts";
import { listObjects } from "./objects.ts";
import { oneObject } from "./one-object.ts";
import type { HubspotPortal } from "./portal.ts";
import { objectType, seedPortal } from "./portal.ts";
import { searchObjects } from "./search.ts";
import { makeHubspotWebhooks } from "./webhooks.ts";

export interface HubspotSandboxOptions extends SandboxOptions {
  readonly app?: OAuthApp;
  /** Default 190 in any ten seconds; 0 has no limit. */
  readonly requestsPerTenSeconds?: number;
  /** Default 5 a second, all apps together; 0 has no limit. */
  readonly searchesPerSecond?: number;
  /** Per day; default none, as for OAuth apps. */
  readonly daily?: number;
  readonly searchLagMs?: number;
  readonly accessLifeMs?: number;
  readonly webhookUrl?: string;
}

/**
 * A HubSpot account with its API v3 and v4. `store` types: `contacts`, `companies`, `deals`, `notes`, `tasks`, `calls`
 * (`data` holds properties as texts), `property:<type>`, `pipeline`, `owner`.
 */
export interface HubspotSandbox extends SandboxParts {
  readonly url: string;
  readonly portal: HubspotPortal;
  readonly associations: Associations;
  readonly oauth: OAuthServer;
  readonly app: OAuthApp;
  subscribe(url: string): void;
  stop(): Promise<void>;
}

const defaultApp: OAuthApp = {
  clientId: "hubspot-app",
  clientSecret: "hubspot-secret",
  redirectUrl: "https://app.example.test/v1/crm/oauth/callback",
};
const dayMs = 86_400_000;

const tooMany = (policyName: string, message: string, retryAfterMs: number): SandboxAnswer => ({
  status: 429,
  headers: { "retry-after": String(Math.ceil(retryAfterMs / 1_000)) },
  body: { status: "error", message, errorType: "RATE_LIMIT", correlationId, policyName, requestId: correlationId },
});

/** Written from developers.hubspot.com and HubSpot's published OpenAPI, not from any client. Serves on loopback until stopped. */
export const startHubspotSandbox = async (options: HubspotSandboxOptions = {}): Promise<HubspotSandbox> => {
  const parts = makeSandboxParts(options);
  const { clock, store, faults, journal, chance } = parts;
  const app = options.app ?? defaultApp;
  const oauth = makeOAuthServer({
    clock,
    apps: [app],
    accessLifeMs: options.accessLifeMs ?? 1_800_000,
    refreshLifeMs: 3_650 * dayMs,
    rotation: "keep",
    pkce: "optional",
  });
  const burst = options.requestsPerTenSeconds ?? 190;
  const searches = options.searchesPerSecond ?? 5;
  const burstLog = makeSlidingLog({ max: burst, windowMs: 10_000, clock });
  const searchLog = makeSlidingLog({ max: searches, windowMs: 1_000, clock });
  const dailyLog = makeSlidingLog({ max: options.daily ?? Number.POSITIVE_INFINITY, windowMs: dayMs, clock });
  const associations = makeAssociations();

  /** What refuses the call, else the headers that its answer carries; searches carry none. */
  const limited = (
    clientId: string,
    isSearch: boolean,
  ): { refused: SandboxAnswer } | { headers: Record<string, string> } => {
    if (isSearch && searches > 0) {
      const taken = searchLog.take("portal");
      if (!taken.allowed)
        return { refused: tooMany("SECONDLY", "You have reached your secondly limit.", taken.retryAfterMs) };
    }
    const daily = dailyLog.take(clientId);
    if (!daily.allowed) return { refused: tooMany("DAILY", "You have reached your daily limit.", daily.retryAfterMs) };
    if (burst === 0) return { headers: {} };
    const taken = burstLog.take(clientId);
    if (!taken.allowed) {
      return {
        refused: tooMany(
          "TEN_SECONDLY_ROLLING",
          "You have reached your ten_secondly_rolling limit.",
          taken.retryAfterMs,
        ),
      };
    }
    if (isSearch) return { headers: {} };
    return {
      headers: {
        "x-hubspot-ratelimit-max": String(burst),
        "x-hubspot-ratelimit-remaining": String(burstLog.remaining(clientId)),
        "x-hubspot-ratelimit-interval-milliseconds": "10000",
        ...(options.daily === undefined
          ? {}
          : {
              "x-hubspot-ratelimit-daily": String(options.daily),
              "x-hubspot-ratelimit-daily-remaining": String(dailyLog.remaining(clientId)),
            }),
      },
    };
  };

  const api = (request: SandboxRequest, by: Author): SandboxAnswer => {
    const { path, method } = request;
    const notFound = refusal(404, "OBJECT_NOT_FOUND", `Unable to infer object type from: ${path}`);
    const fixed = accountAnswers(request, store, portal);
    if (fixed !== undefined) return fixed;
    const property = /^\/crm\/v3\/properties\/([\w-]+)(?:\/(\w+))?$/u.exec(path);
    if (property !== null) {
      const type = objectType(property[1] ?? "");
      return type === undefined ? notFound : propertyAnswer(request, type, property[2], store);
    }
    const association = /^\/crm\/v4\/associations\/([\w-]+)\/([\w-]+)\/batch\/(read|create|associate\/default)$/u.exec(
      path,
    );
    if (association !== null) {
      const [from, to] = [objectType(association[1] ?? ""), objectType(association[2] ?? "")];
      return from === undefined || to === undefined
        ? notFound
        : associationBatch(request, from, to, association[3] ?? "", { store, portal, associations, clock }, by);
    }
    const object = /^\/crm\/(?:v3\/objects|objects\/2026-03)\/([\w-]+)(?:\/(.+))?$/u.exec(path);
    const type = objectType(object?.[1] ?? "");
    if (object === null || type === undefined) return notFound;
    const rest = object[2];
    const context: HubspotContext = { store, portal, associations, clock };
    if (rest === undefined)
      return method === "POST" ? oneObject(request, type, undefined, context, by) : listObjects(request, type, context);
    if (rest === "search") return searchObjects(request, type, context);
    if (rest.startsWith("batch/")) return runBatch(request, type, rest.slice("batch/".length), context, by);
    return oneObject(request, type, decodeURIComponent(rest), context, by);
  };

  const handle = (request: SandboxRequest): SandboxAnswer => {
    if (request.path === "/oauth/authorize") return authorize(request, oauth);
    if (/^\/oauth\/(?:v1|v3|2026-03)\/token$/u.test(request.path)) return token(request, oauth, portal);
    const checked = oauth.check(bearerOf(request));
    if (!checked.ok) {
      const expired = checked.reason === "expired";
      return refusal(
        401,
        expired ? "EXPIRED_AUTHENTICATION" : "INVALID_AUTHENTICATION",
        expired
          ? "The OAuth token used to make this call expired."
          : "Authentication credentials not found. This API supports OAuth 2.0 authentication.",
      );
    }
    if (!portal.paid) return refusal(402, "PAYMENT_REQUIRED", "The account is suspended.");
    const limit = limited(checked.clientId, request.path.endsWith("/search"));
    if ("refused" in limit) return limit.refused;
    const answer = api(request, { kind: "app", clientId: checked.clientId });
    return { ...answer, headers: { ...limit.headers, ...answer.headers } };
  };

  const server = await startSandboxServer({ handle, faults, journal, chance });
  const portal: HubspotPortal = {
    portalId: 62_515,
    appId: 54_321,
    url: server.url,
    searchLagMs: options.searchLagMs ?? 0,
    paid: true,
  };
  seedPortal(store);
  const hooks = makeHubspotWebhooks(store, portal, app.clientSecret, parts.webhooks);
  if (options.webhookUrl !== undefined) hooks.subscribe(options.webhookUrl);
  return { ...parts, url: server.url, portal, associations, oauth, app, subscribe: hooks.subscribe, stop: server.stop };
};
