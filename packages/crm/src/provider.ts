import type { Lane } from "@gpt-agent/limits/limiter";

export const providerNames = ["kommo", "amocrm", "bitrix24", "hubspot", "pipedrive", "salesforce"] as const;
/** `amocrm` and `kommo` are one implementation with two families of hosts. */
export type ProviderName = (typeof providerNames)[number];

export const crmEntities = ["contact", "company", "deal", "note", "task", "pipeline", "user", "field"] as const;
export type CrmEntity = (typeof crmEntities)[number];

export type FieldValue = string | number | boolean | null | readonly string[];

/** A record as the provider holds it, in our terms; `remoteId` is the provider's id as text. */
export interface RemoteRecord {
  readonly entity: CrmEntity;
  readonly remoteId: string;
  /** When the provider last changed it, epoch; undefined where it does not tell. */
  readonly updatedAtMs: number | undefined;
  readonly deleted: boolean;
  /** By our names, see `fields.ts`: name, email, phone, amount, currency, stage, pipeline, responsible, text, dueAt … */
  readonly fields: Readonly<Record<string, FieldValue>>;
  /** By the provider's field id. */
  readonly customFields: Readonly<Record<string, FieldValue>>;
  readonly links: readonly { readonly entity: CrmEntity; readonly remoteId: string }[];
  /** As it came, for what nothing maps yet. */
  readonly raw: unknown;
  /** The provider's own hint at who changed it last. */
  readonly changedBy?: "us" | "other";
  /** Of a pipeline, in their order; `kind` is what reaching the stage means for the deal. */
  readonly stages?: readonly {
    readonly remoteId: string;
    readonly name: string;
    readonly kind: "open" | "won" | "lost";
  }[];
  /** Of a field with fixed choices: what `customFields` hold is the name. */
  readonly options?: readonly { readonly remoteId: string; readonly name: string }[];
}

/** Both ends belong to it. Epoch milliseconds; a provider that counts seconds rounds outwards. */
export interface TimeWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Where a reading stands, as plain JSON; only its provider reads it. It survives a restart and rows that shift. */
export type PageCursor = Readonly<Record<string, string | number | boolean | null>>;

export interface Page {
  readonly records: readonly RemoteRecord[];
  /** Absent: that was the last page. */
  readonly next?: PageCursor;
}

export interface CallOptions {
  readonly signal: AbortSignal;
  readonly lane: Lane;
}

/** One record to write. `fields` are changes only, by our names; `customFields` by the provider's field id. */
export interface WriteOperation {
  readonly entity: CrmEntity;
  /** Absent: create it, under `externalId`. */
  readonly remoteId?: string;
  /** Ours; the same again must never create a second record. */
  readonly externalId: string;
  readonly fields: Readonly<Record<string, FieldValue>>;
  readonly customFields: Readonly<Record<string, FieldValue>>;
  readonly links?: readonly { readonly entity: CrmEntity; readonly remoteId: string }[];
}

export type WriteResult =
  | { readonly state: "written"; readonly remoteId: string; readonly updatedAtMs: number | undefined }
  /** This record is refused as it stands; others of the batch are not touched by it. */
  | { readonly state: "refused"; readonly code: string; readonly message: string }
  /** Nobody knows whether it arrived: search by external id before trying again. */
  | { readonly state: "unclear"; readonly message: string }
  /** Certainly not sent, while others of the batch were: it may be sent again, after this long at the earliest. */
  | { readonly state: "unsent"; readonly message: string; readonly delayMs: number };

/** A message for the people who work on a deal, put where the provider shows messages. */
export interface OutgoingMessage {
  readonly dealId: string;
  readonly channel: "email" | "chat";
  readonly subject?: string;
  readonly body: string;
  /** Shown as links; their bytes are not copied. */
  readonly attachments?: readonly { readonly url: string; readonly name: string }[];
  readonly externalId: string;
  /** When it was first tried, epoch, after an unclear answer: it is looked for before it is sent again. */
  readonly triedSinceMs?: number;
}

export interface AccountInfo {
  /** What webhooks name the account by: subdomain, member id, portal id. Two connections with the same are one scope. */
  readonly accountKey: string;
  readonly name: string;
  /** Where API calls go, already checked against the provider's host suffixes. */
  readonly baseUrl: string;
  /** What limits depend on, to be stored as the connection's `plan`. */
  readonly plan?: Readonly<Record<string, string | number>>;
}

/**
 * One CRM behind one connection. Every method goes through the transport: limiter, token, retry after a refresh,
 * redaction. Methods throw PermanentError (`crm_unauthorized`, `crm_forbidden`, `crm_payment_required`,
 * `crm_bad_request`, `crm_bad_response`), RetryLaterError (`crm_rate_limited`) or a plain Error (network, 5xx).
 */
export interface CrmProvider {
  readonly name: ProviderName;
  /** Which entities can be read at all, and which can be read by time of change. */
  readonly readable: readonly CrmEntity[];
  readonly incremental: readonly CrmEntity[];
  readonly writable: readonly CrmEntity[];
  /** Records per write request. */
  readonly maxBatch: number;
  account(options: CallOptions): Promise<AccountInfo>;
  /**
   * A page by keyset: within `window` by (time of change, id), without it by id alone. The caller asserts that every
   * record lies inside the window: filters are silently ignored by some accounts. A record that moves while the pages
   * are read is neither missed nor given twice, unless it changed meanwhile.
   * @throws {PermanentError} `crm_filter_ignored` where the answer shows that window or order were ignored
   */
  list(
    request: { readonly entity: CrmEntity; readonly window?: TimeWindow; readonly cursor?: PageCursor },
    options: CallOptions,
  ): Promise<Page>;
  /** Records by id, in as few requests as the provider allows; those that are gone are named. */
  read(
    request: { readonly entity: CrmEntity; readonly remoteIds: readonly string[] },
    options: CallOptions,
  ): Promise<{ readonly records: readonly RemoteRecord[]; readonly missing: readonly string[] }>;
  /** Ids deleted within the window; undefined where the provider keeps no such list (an id sweep finds them). */
  deleted(
    request: { readonly entity: CrmEntity; readonly window: TimeWindow; readonly cursor?: PageCursor },
    options: CallOptions,
  ): Promise<{ readonly remoteIds: readonly string[]; readonly next?: PageCursor } | undefined>;
  /**
   * One result per operation, in their order. At most `maxBatch`, all of one entity. Throws only while nothing was written:
   * what stops a batch after that leaves the rest `unsent`.
   */
  write(operations: readonly WriteOperation[], options: CallOptions): Promise<readonly WriteResult[]>;
  /**
   * What carries this external id; empty: nothing (yet, where an index lags: see `searchLagMs`). Entities that have no
   * place for such an id (often notes and tasks) are found by `sent`, what was written and when: same links, same text.
   */
  findByExternalId(
    request: {
      readonly entity: CrmEntity;
      readonly externalId: string;
      readonly sent?: { readonly operation: WriteOperation; readonly sinceMs: number };
    },
    options: CallOptions,
  ): Promise<readonly RemoteRecord[]>;
  /** How long a fresh record may be missing from `findByExternalId`. */
  readonly searchLagMs: number;
  /**
   * Makes what our writes need in the account, once, and finds it the next time: fields for our external ids. Its result
   * is stored with the connection as `externalIdFields`. Absent: the provider has such fields by itself.
   */
  prepare?(options: CallOptions): Promise<{ readonly externalIdFields: Readonly<Partial<Record<string, string>>> }>;
  /** `app`: the OAuth app's own settings say where changes are sent. `none`: they are found by reading alone. */
  readonly webhooks: ProviderWebhooks | "app" | "none";
  /** Absent: the provider has no place for messages. */
  sendMessage?(message: OutgoingMessage, options: CallOptions): Promise<WriteResult>;
}

/** An address that is told what changes. */
export interface WebhookAddress {
  readonly url: string;
  /** For providers that prove themselves by HTTP Basic. */
  readonly secret: { readonly user: string; readonly password: string };
}

/** Where the account sends its changes. Subscriptions are known by their address alone. */
export interface ProviderWebhooks {
  /** How what it sends is verified; packages/signatures has the schemes. */
  readonly scheme: "kommo" | "bitrix24" | "pipedrive";
  /** Everything that is subscribed, by us and by others. `works`: completely, and not switched off. */
  subscribed(options: CallOptions): Promise<readonly { readonly url: string; readonly works: boolean }[]>;
  /** To all changes that `readEvents` reads. */
  subscribe(address: WebhookAddress, options: CallOptions): Promise<void>;
  /** One that is gone already is no fault. */
  unsubscribe(url: string, options: CallOptions): Promise<void>;
}

/** One change as a webhook tells it: a hint only, the record is read again. */
export interface RemoteEvent {
  readonly entity: CrmEntity;
  readonly remoteId: string;
  readonly action: "added" | "updated" | "deleted" | "restored";
  readonly changedBy?: "us" | "other";
}

/** What a provider's webhook says of one account. `accountKey` must match the connection's. */
export interface RemoteEvents {
  readonly accountKey: string | undefined;
  readonly events: readonly RemoteEvent[];
}

/** What OAuth gives. `expiresAtMs` epoch; a long-lived token has neither refresh token nor end. */
export interface TokenSet {
  readonly accessToken: string;
  readonly refreshToken?: string;
  readonly expiresAtMs?: number;
  /** The account's API host as the provider names it, already checked against its suffixes. */
  readonly baseUrl?: string;
  /** `AccountInfo.accountKey`, where the token's answer is what tells it. */
  readonly accountKey?: string;
}
