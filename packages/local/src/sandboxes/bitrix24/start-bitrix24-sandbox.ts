import type { SandboxClock } from "../clock.ts";
import { decodeNestedForm } from "../nested-form.ts";
import type { OAuthApp, OAuthServer } from "../oauth-server.ts";
import { makeOAuthServer } from "../oauth-server.ts";
import { plainText } from "../plain-text.ts";
import type { Author } from "../record-store.ts";
import { makeLeakyBucket } from "../request-limits.ts";
import type { SandboxOptions, SandboxParts } from "../sandbox.ts";
import { makeSandboxParts } from "../sandbox.ts";
import type { SandboxAnswer, SandboxRequest } from "../sandbox-server.ts";
import { bearerOf, headerOf, jsonOf, startSandboxServer } from "../sandbox-server.ts";
import { runBatch } from "./batch.ts";
import { makeBitrixEvents } from "./events.ts";
import type { Row } from "./item-filter.ts";
import type { BitrixCall, MethodAnswer } from "./items.ts";
import { itemMethods } from "./items.ts";
import { authorize, token } from "./oauth.ts";
import { olderMethods } from "./older-methods.ts";
import { makeOperating } from "./operating.ts";
import type { BitrixPortal } from "./portal.ts";
import { portalTime, seedPortal } from "./portal.ts";
import { BitrixRefusal } from "./refusal.ts";

const hourMs = 3_600_000;

export interface Bitrix24SandboxOptions extends SandboxOptions {
  readonly app?: OAuthApp;
  /** Default 50 and 2 a second, as every plan but Enterprise has them. */
  readonly bucket?: { readonly capacity: number; readonly perSecond: number };
  /** Seconds of one method within ten minutes; default 480. */
  readonly operatingLimitSeconds?: number;
  readonly searchLagMs?: number;
  readonly accessLifeMs?: number;
  /** Bound from the start, to all events of the CRM. */
  readonly webhookUrl?: string;
}

/**
 * A Bitrix24 portal in the cloud, together with the authorisation server. `store` types: `lead`, `deal`, `contact`,
 * `company` (`data` as `crm.item.*` names fields), `activity` and `comment` (names in upper case), `category`,
 * `status`, `user`, `userfield:deal` (…).
 */
export interface Bitrix24Sandbox extends SandboxParts {
  readonly url: string;
  readonly portal: BitrixPortal;
  readonly oauth: OAuthServer;
  readonly app: OAuthApp;
  /** How full the caller's bucket is, in requests. */
  bucketLevel(): number;
  subscribe(url: string, events?: readonly string[]): void;
  stop(): Promise<void>;
}

const defaultApp: OAuthApp = {
  clientId: "local.bitrix-app",
  clientSecret: "bitrix-secret",
  redirectUrl: "https://app.example.test/v1/crm/oauth/callback",
};

const paramsOf = (request: SandboxRequest): Row => {
  const isJson = /json/u.test(headerOf(request, "content-type") ?? "");
  const body = isJson ? jsonOf(request) : decodeNestedForm(new URLSearchParams(request.body));
  return { ...decodeNestedForm(request.query), ...(typeof body === "object" ? body : {}) };
};

const timeOf = (startedMs: number, clock: SandboxClock, more: object): object => {
  const finishedMs = clock();
  return {
    start: startedMs / 1_000,
    finish: finishedMs / 1_000,
    duration: (finishedMs - startedMs) / 1_000,
    processing: (finishedMs - startedMs) / 1_000,
    date_start: portalTime(startedMs),
    date_finish: portalTime(finishedMs),
    ...more,
  };
};

/** Written from the b24-rest-docs repository and apidocs.bitrix24.ru, not from any client. */
export const startBitrix24Sandbox = async (options: Bitrix24SandboxOptions = {}): Promise<Bitrix24Sandbox> => {
  const parts = makeSandboxParts(options);
  const { clock, store, faults, journal, chance } = parts;
  const app = options.app ?? defaultApp;
  const oauth = makeOAuthServer({
    clock,
    apps: [app],
    accessLifeMs: options.accessLifeMs ?? hourMs,
    refreshLifeMs: 180 * 24 * hourMs,
    rotation: "single-use",
    codeLifeMs: 30_000,
  });
  const bucket = makeLeakyBucket({ ...(options.bucket ?? { capacity: 50, perSecond: 2 }), clock });
  const operating = makeOperating(clock, options.operatingLimitSeconds ?? 480);

  /** One method, alone or as a part of a batch: its own `operating` is checked and counted either way. */
  const runMethod = (method: string, params: Row, by: Author): MethodAnswer & { readonly time: object } => {
    const item = /^crm\.item\.(\w+)$/u.exec(method)?.[1];
    const run = item === undefined ? (olderMethods[method] ?? events.methods[method]) : itemMethods[item];
    if (run === undefined) throw new BitrixRefusal(404, "ERROR_METHOD_NOT_FOUND", "Method not found!");
    if (operating.isOver(method)) {
      throw new BitrixRefusal(429, "OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit.");
    }
    const startedMs = clock();
    const connector = plainText(params["auth_connector"]);
    const call: BitrixCall = {
      store,
      portal,
      clock,
      params,
      by: by.kind === "app" && connector !== "" ? { ...by, source: connector } : by,
    };
    const answer = run(call);
    operating.add(method, portal.operatingSeconds.get(method) ?? 0.02);
    return { ...answer, time: timeOf(startedMs, clock, operating.state(method)) };
  };

  const authorOf = (request: SandboxRequest, params: Row): Author => {
    // The caller's address and the portal share one bucket, whatever app it is.
    if (!bucket.take("portal").allowed) throw new BitrixRefusal(503, "QUERY_LIMIT_EXCEEDED", "Too many requests");
    const checked = oauth.check(plainText(params["auth"]) || bearerOf(request) || undefined);
    if (!checked.ok) {
      throw checked.reason === "expired"
        ? new BitrixRefusal(401, "expired_token", "The access token provided has expired.")
        : new BitrixRefusal(401, "NO_AUTH_FOUND", "Wrong authorization data");
    }
    if (!portal.paid) throw new BitrixRefusal(403, "ACCESS_DENIED", "REST API is available only on commercial plans");
    return { kind: "app", clientId: checked.clientId };
  };

  const rest = (request: SandboxRequest, method: string): SandboxAnswer => {
    const params = paramsOf(request);
    const by = authorOf(request, params);
    const startedMs = clock();
    if (method === "batch") {
      const result = runBatch(params, (name, own) => runMethod(name, own, by));
      return { status: 200, body: { result, time: timeOf(startedMs, clock, {}) } };
    }
    const { result, total, next, time } = runMethod(method, params, by);
    return { status: 200, body: { result, total, next, time } };
  };

  const handle = (request: SandboxRequest): SandboxAnswer => {
    if (/^\/oauth\/authorize\/?$/u.test(request.path)) return authorize(request, oauth, portal, app.redirectUrl);
    if (/^\/oauth\/token\/?$/u.test(request.path)) return token(request, oauth, portal, app.redirectUrl);
    const method = /^\/rest\/([\w.]+?)(?:\.json)?\/?$/u.exec(request.path)?.[1];
    if (method === undefined)
      return { status: 404, body: { error: "ERROR_METHOD_NOT_FOUND", error_description: "Method not found!" } };
    try {
      return rest(request, method);
    } catch (error) {
      if (error instanceof BitrixRefusal) return { status: error.status, body: error.body };
      throw error;
    }
  };

  const server = await startSandboxServer({ handle, faults, journal, chance });
  const portal: BitrixPortal = {
    memberId: "a223c6b3710f85df22e9377d6c4f7553",
    applicationToken: "51856fefc120afa4b628cc82d3935cce",
    host: server.host,
    url: server.url,
    userId: 1,
    paid: true,
    operatingSeconds: new Map(),
    searchLagMs: options.searchLagMs ?? 0,
  };
  seedPortal(store, portal.userId);
  const events = makeBitrixEvents(store, portal, parts.webhooks);
  if (options.webhookUrl !== undefined) events.subscribe(options.webhookUrl);
  return {
    ...parts,
    url: server.url,
    portal,
    oauth,
    app,
    bucketLevel: () => bucket.level("portal"),
    subscribe: events.subscribe,
    stop: server.stop,
  };
};
