import { setTimeout as wait } from "node:timers/promises";
import type { OAuthApp, OAuthServer } from "../oauth-server.ts";
import { makeOAuthServer } from "../oauth-server.ts";
import type { Author } from "../record-store.ts";
import { makeSlidingLog } from "../request-limits.ts";
import type { SandboxOptions, SandboxParts } from "../sandbox.ts";
import { makeSandboxParts } from "../sandbox.ts";
import type { SandboxAnswer, SandboxRequest } from "../sandbox-server.ts";
import { bearerOf, startSandboxServer } from "../sandbox-server.ts";
import { authorize, token } from "./oauth.ts";
import { collections, composite, customField, sobjects } from "./objects-api.ts";
import type { FieldData, SalesforceOrg } from "./org.ts";
import { addField, newSalesforceId, seedOrg } from "./org.ts";
import { errors, makeQueries } from "./reads.ts";

export interface SalesforceSandboxOptions extends SandboxOptions {
  readonly app?: OAuthApp;
  /** Calls in any 24 hours; default 100 000. */
  readonly daily?: number;
  /** Calls under way at once; default 25. Real orgs count those of 20 s and more; here all count. */
  readonly concurrent?: number;
  /** How long every call takes; default 0. */
  readonly workMs?: number;
  readonly accessLifeMs?: number;
}

/**
 * A Salesforce org with its REST API. `store` types: `Contact`, `Account`, `Opportunity`, `Task`, `Note`, `User`,
 * `OpportunityStage`, `Organization` (`data` by the API's field names), `field:<object>`. It sends no webhooks: Salesforce
 * has none of this kind.
 */
export interface SalesforceSandbox extends SandboxParts {
  readonly url: string;
  readonly org: SalesforceOrg;
  readonly oauth: OAuthServer;
  readonly app: OAuthApp;
  /** `peak`: the most calls that were under way at once. */
  readonly load: { readonly peak: number; readonly underWay: number };
  addField(object: string, field: Partial<FieldData> & { readonly name: string }): void;
  stop(): Promise<void>;
}

const defaultApp: OAuthApp = {
  clientId: "salesforce-app",
  clientSecret: "salesforce-secret",
  redirectUrl: "https://app.example.test/v1/crm/oauth/callback",
};
const dayMs = 86_400_000;

/** Written from the REST API Developer Guide at developer.salesforce.com, not from any client. Serves on loopback until stopped. */
export const startSalesforceSandbox = async (options: SalesforceSandboxOptions = {}): Promise<SalesforceSandbox> => {
  const parts = makeSandboxParts(options, newSalesforceId);
  const { clock, store, faults, journal, chance } = parts;
  const app = options.app ?? defaultApp;
  const oauth = makeOAuthServer({
    clock,
    apps: [app],
    accessLifeMs: options.accessLifeMs ?? 7_200_000,
    refreshLifeMs: 365 * dayMs,
    // Refresh tokens rotate, and one that comes back ends them all.
    rotation: "revoke-on-reuse",
    pkce: "optional",
  });
  const daily = options.daily ?? 100_000;
  const dailyLog = makeSlidingLog({ max: daily, windowMs: dayMs, clock });
  const concurrent = options.concurrent ?? 25;
  const load = { peak: 0, underWay: 0 };
  const queries = makeQueries();

  const api = (request: SandboxRequest, by: Author): SandboxAnswer => {
    const [, base = "", resource = "", rest = ""] =
      /^(\/services\/data\/v\d+\.\d)\/([\w]+)\/?(.*)$/u.exec(request.path) ?? [];
    const reading = { store, org, base };
    const writing = { store, by };
    const words = rest === "" ? [] : rest.split("/");
    switch (resource) {
      case "query":
      case "queryAll":
        return words.length > 0
          ? queries.more(rest, base)
          : queries.query(request.query.get("q") ?? "", resource === "queryAll", reading);
      case "sobjects":
        return sobjects(request, words, reading, writing);
      case "composite":
        if (words[0] === "sobjects") return collections(request, words.slice(1), reading, writing);
        return composite(request, (part) => api(part, by));
      case "tooling":
        return rest === "sobjects/CustomField"
          ? customField(request, reading)
          : errors(404, "NOT_FOUND", "The requested resource does not exist");
      case "limits":
        return { status: 200, body: { DailyApiRequests: { Max: daily, Remaining: dailyLog.remaining("org") } } };
      default:
        return errors(404, "NOT_FOUND", "The requested resource does not exist");
    }
  };

  const handle = async (request: SandboxRequest): Promise<SandboxAnswer> => {
    if (request.path === "/services/oauth2/authorize") return authorize(request, oauth);
    if (request.path === "/services/oauth2/token") return token(request, oauth, org, app.clientSecret, clock());
    const checked = oauth.check(bearerOf(request));
    if (!checked.ok) return errors(401, "INVALID_SESSION_ID", "Session expired or invalid");
    if (request.path === "/services/oauth2/userinfo") {
      return {
        status: 200,
        body: { user_id: org.userId, organization_id: org.organizationId, preferred_username: "anna@example.test" },
      };
    }
    if (!org.apiEnabled)
      return errors(403, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization.");
    if (load.underWay >= concurrent) {
      return errors(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded.");
    }
    if (!dailyLog.take("org").allowed) return errors(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.");
    load.underWay += 1;
    load.peak = Math.max(load.peak, load.underWay);
    try {
      if (org.workMs > 0) await wait(org.workMs);
      const answer = api(request, { kind: "app", clientId: checked.clientId });
      const used = daily - dailyLog.remaining("org");
      return { ...answer, headers: { ...answer.headers, "sforce-limit-info": `api-usage=${used}/${daily}` } };
    } finally {
      load.underWay -= 1;
    }
  };

  const server = await startSandboxServer({ handle, faults, journal, chance });
  const org: SalesforceOrg = {
    organizationId: "00D5g000001AbCdEAK",
    userId: "0055g000001XyZaAAK",
    url: server.url,
    workMs: options.workMs ?? 0,
    apiEnabled: true,
  };
  seedOrg(store, org);
  return {
    ...parts,
    url: server.url,
    org,
    oauth,
    app,
    load,
    addField: (object, field) => addField(store, object, field),
    stop: server.stop,
  };
};
