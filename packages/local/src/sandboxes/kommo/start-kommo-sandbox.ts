import type { OAuthApp, OAuthServer } from "../oauth-server.ts";
import { makeOAuthServer } from "../oauth-server.ts";
import type { Author } from "../record-store.ts";
import { makeSlidingLog } from "../request-limits.ts";
import type { SandboxOptions, SandboxParts } from "../sandbox.ts";
import { makeSandboxParts } from "../sandbox.ts";
import type { SandboxAnswer, SandboxRequest } from "../sandbox-server.ts";
import { bearerOf, startSandboxServer } from "../sandbox-server.ts";
import type { KommoAccount } from "./account.ts";
import { isLinkedType, seedAccount } from "./account.ts";
import { hal, nothing, problem } from "./answers.ts";
import { makeEventLog } from "./events.ts";
import { makeKommoLinks } from "./links.ts";
import { listRecords, pagedFields, readRecord, wholeList } from "./listing.ts";
import { modelOf } from "./models.ts";
import { authorize, token } from "./oauth.ts";
import { makeKommoWebhooks } from "./webhooks.ts";
import { createFields } from "./fields.ts";
import { changeLinks, createRecords, readLinks, updateRecords } from "./writing.ts";

const dayMs = 86_400_000;

export interface KommoSandboxOptions extends SandboxOptions {
  readonly subdomain?: string;
  /** Default 28000001. */
  readonly accountId?: number;
  readonly app?: OAuthApp;
  /** Default 7 in any second, as published; `undefined` takes the default, 0 has no limit. */
  readonly requestsPerSecond?: number;
  /** So many refusals within a minute block the caller's address for `blockMs`; default 50 and five minutes. */
  readonly abuse?: { readonly refusals: number; readonly blockMs: number };
  /** False: filters of leads, contacts and companies are taken and ignored. */
  readonly filtersOn?: boolean;
  readonly searchLagMs?: number;
  readonly accessLifeMs?: number;
  /** Subscribed from the start, to all topics. */
  readonly webhookUrl?: string;
}

/**
 * A Kommo or amoCRM account. `store` types: `leads`, `contacts`, `companies`, `tasks`, `notes:leads` (`:contacts`,
 * `:companies`), `pipelines`, `users`, `custom_fields:leads` (…); `data` is in the API's own form.
 */
export interface KommoSandbox extends SandboxParts {
  readonly url: string;
  readonly account: KommoAccount;
  readonly oauth: OAuthServer;
  readonly app: OAuthApp;
  /** Sends all changes there from now on. */
  subscribe(url: string, topics?: readonly string[]): void;
  stop(): Promise<void>;
}

const defaultApp: OAuthApp = {
  clientId: "kommo-app",
  clientSecret: "kommo-secret",
  redirectUrl: "https://app.example.test/v1/crm/oauth/callback",
};

/** 429 comes from the proxy in front, as HTML; who goes on regardless gets 403 for a while. */
const makeLimit = (options: KommoSandboxOptions, clock: () => number): ((key: string) => SandboxAnswer | undefined) => {
  const perSecond = options.requestsPerSecond ?? 7;
  const { refusals, blockMs } = options.abuse ?? { refusals: 50, blockMs: 300_000 };
  const log = makeSlidingLog({ max: perSecond, windowMs: 1_000, clock });
  const refused = makeSlidingLog({ max: refusals, windowMs: 60_000, clock });
  const blockedUntil = new Map<string, number>();
  return (key) => {
    if (perSecond === 0) return undefined;
    if ((blockedUntil.get(key) ?? 0) > clock()) {
      return { status: 403, headers: { "content-type": "text/html" }, body: "<h1>403 Forbidden</h1>" };
    }
    if (log.take(key).allowed) return undefined;
    if (!refused.take(key).allowed) blockedUntil.set(key, clock() + blockMs);
    return { status: 429, headers: { "content-type": "text/html" }, body: "<h1>429 Too Many Requests</h1>" };
  };
};

/** Written from developers.kommo.com and amocrm.ru/developers, not from any client. Serves on loopback until stopped. */
export const startKommoSandbox = async (options: KommoSandboxOptions = {}): Promise<KommoSandbox> => {
  const parts = makeSandboxParts(options);
  const { clock, store, faults, journal, chance } = parts;
  const app = options.app ?? defaultApp;
  const oauth = makeOAuthServer({
    clock,
    apps: [app],
    accessLifeMs: options.accessLifeMs ?? dayMs,
    refreshLifeMs: 90 * dayMs,
    rotation: "single-use",
  });
  const limit = makeLimit(options, clock);

  const api = (request: SandboxRequest, by: Author): SandboxAnswer => {
    const { method } = request;
    const writing = { store, account };
    const [, , , type = "", second, third] = request.path.split("/");
    if (type === "account") return hal(accountModel(request));
    if (type === "events") return events.list(request);
    if (type === "webhooks") return hooks.handle(request);
    if (type === "users")
      return second === undefined
        ? wholeList(request, type, type, reading)
        : readRecord(request, type, second, reading);
    if (type === "leads" && second === "pipelines") {
      return third === undefined ? wholeList(request, "pipelines", "pipelines", reading) : pipeline(third);
    }
    if (second === "custom_fields") {
      return method === "GET" ? pagedFields(request, type, reading) : createFields(request, type, store, by);
    }
    const noteOwner = second === "notes" ? undefined : second;
    if (isLinkedType(type) && (second === "notes" || third === "notes")) {
      const notes = `notes:${type}`;
      if (method === "POST")
        return createRecords(
          request,
          notes,
          writing,
          by,
          noteOwner === undefined ? {} : { entity_id: Number(noteOwner) },
        );
      if (method === "PATCH") return updateRecords(request, notes, writing, by, second === "notes" ? third : undefined);
      if (second === "notes" && third !== undefined) return readRecord(request, notes, third, reading);
      if (noteOwner !== undefined) request.query.append("filter[entity_id][]", noteOwner);
      return listRecords(request, notes, reading);
    }
    // Links of several records at once: each names its `entity_id`.
    if (isLinkedType(type) && (second === "link" || second === "unlink")) {
      const links = JSON.parse(request.body) as readonly { readonly entity_id: number }[];
      const answers = links.map((one) =>
        changeLinks({ ...request, body: JSON.stringify([one]) }, type, String(one.entity_id), writing, by, second),
      );
      return answers.find(({ status }) => status >= 400) ?? answers[0] ?? nothing;
    }
    if (isLinkedType(type) && second !== undefined && third !== undefined) {
      if (third === "links") return readLinks(type, second, writing);
      if (third === "link" || third === "unlink") return changeLinks(request, type, second, writing, by, third);
    }
    if (isLinkedType(type) || type === "tasks") {
      if (method === "POST" && second === undefined) return createRecords(request, type, writing, by);
      if (method === "PATCH") return updateRecords(request, type, writing, by, second);
      if (method === "GET")
        return second === undefined ? listRecords(request, type, reading) : readRecord(request, type, second, reading);
      return problem(405, "Method Not Allowed", `${method} is not offered here.`);
    }
    return problem(404, "Not Found", "Page not found.");
  };
  const pipeline = (id: string): SandboxAnswer => {
    const record = store.get("pipelines", id);
    return record === undefined ? nothing : hal(modelOf(record, store, account));
  };
  const accountModel = (request: SandboxRequest): object => ({
    id: account.id,
    name: account.name,
    subdomain: account.subdomain,
    current_user_id: account.userId,
    country: "RU",
    currency: "RUB",
    currency_symbol: "₽",
    customers_mode: "disabled",
    is_unsorted_on: true,
    ...(/is_api_filter_enabled/u.test(request.query.get("with") ?? "")
      ? { is_api_filter_enabled: account.filtersOn }
      : {}),
    _links: { self: { href: `${account.url}/api/v4/account` } },
  });

  const handle = (request: SandboxRequest): SandboxAnswer => {
    if (request.path === "/oauth") return authorize(request, oauth, account, app.redirectUrl);
    if (request.path === "/oauth2/access_token") return token(request, oauth, clock());
    if (!request.path.startsWith("/api/v4/")) return problem(404, "Not Found", "Page not found.");
    const refusal = limit(account.subdomain);
    if (refusal !== undefined) return refusal;
    const checked = oauth.check(bearerOf(request));
    if (!checked.ok) return problem(401, "Unauthorized", "Неверный логин или пароль");
    if (!account.paid) return problem(402, "Payment Required", "Аккаунт не оплачен");
    return api(request, { kind: "app", clientId: checked.clientId });
  };

  const server = await startSandboxServer({ handle, faults, journal, chance });
  const account: KommoAccount = {
    id: options.accountId ?? 28_000_001,
    subdomain: options.subdomain ?? "sandbox",
    name: "Песочница",
    host: server.host,
    url: server.url,
    userId: 9_001,
    links: makeKommoLinks(),
    paid: true,
    filtersOn: options.filtersOn ?? true,
    searchLagMs: options.searchLagMs ?? 0,
  };
  seedAccount(store, account.userId);
  const reading = { store, account, clock };
  const events = makeEventLog(store, account);
  const hooks = makeKommoWebhooks(store, account, parts.webhooks);
  if (options.webhookUrl !== undefined) hooks.subscribe(options.webhookUrl);
  return { ...parts, url: server.url, account, oauth, app, subscribe: hooks.subscribe, stop: server.stop };
};
