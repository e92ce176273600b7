import type { Limit } from "@gpt-agent/limits/limiter";
import type { ConnectProvider, ProviderConnection, ProviderOAuth } from "./connect-provider.ts";
import { connectHubspot } from "./hubspot/connect.ts";
import { hubspotHostSuffixes, hubspotLimits } from "./hubspot/dialect.ts";
import { hubspotOAuth } from "./hubspot/oauth.ts";
import { connectBitrix24 } from "./bitrix24/connect.ts";
import { bitrixHostSuffixes, bitrixLimits } from "./bitrix24/dialect.ts";
import { bitrixOAuth } from "./bitrix24/oauth.ts";
import { connectKommo } from "./kommo/connect.ts";
import { kommoHostSuffixes, kommoLimits } from "./kommo/dialect.ts";
import { kommoOAuth } from "./kommo/oauth.ts";
import { connectPipedrive } from "./pipedrive/connect.ts";
import { pipedriveHostSuffixes, pipedriveLimits } from "./pipedrive/dialect.ts";
import { pipedriveOAuth } from "./pipedrive/oauth.ts";
import type { ProviderName } from "./provider.ts";
import { connectSalesforce } from "./salesforce/connect.ts";
import { salesforceHostSuffixes, salesforceLimits } from "./salesforce/dialect.ts";
import { salesforceOAuth } from "./salesforce/oauth.ts";

/** What limits depend on. */
export type LimitScope = Pick<ProviderConnection, "accountKey" | "clientId" | "plan">;

export interface ProviderEntry {
  readonly connect: ConnectProvider;
  /** Absent: long-lived tokens only. */
  readonly oauth?: ProviderOAuth;
  /** Hosts that its addresses may have: what people type, what callbacks and token answers name. */
  readonly hostSuffixes: readonly string[];
  /** The published limits of one account, as the transport asks them; for people, metrics and measurements. */
  readonly limits: (scope: LimitScope) => readonly Limit[];
}

/** Every CRM there is, by the name that a connection's row has. */
const providers: Readonly<Record<ProviderName, ProviderEntry>> = {
  kommo: {
    connect: connectKommo("kommo"),
    oauth: kommoOAuth("kommo"),
    hostSuffixes: kommoHostSuffixes,
    limits: kommoLimits,
  },
  amocrm: {
    connect: connectKommo("amocrm"),
    oauth: kommoOAuth("amocrm"),
    hostSuffixes: kommoHostSuffixes,
    limits: kommoLimits,
  },
  hubspot: {
    connect: connectHubspot,
    oauth: hubspotOAuth,
    hostSuffixes: hubspotHostSuffixes,
    limits: hubspotLimits,
  },
  pipedrive: {
    connect: connectPipedrive,
    oauth: pipedriveOAuth,
    hostSuffixes: pipedriveHostSuffixes,
    limits: pipedriveLimits,
  },
  salesforce: {
    connect: connectSalesforce,
    oauth: salesforceOAuth,
    hostSuffixes: salesforceHostSuffixes,
    limits: salesforceLimits,
  },
  bitrix24: {
    connect: connectBitrix24,
    oauth: bitrixOAuth,
    hostSuffixes: bitrixHostSuffixes,
    limits: bitrixLimits,
  },
};

export const providerEntry = (name: ProviderName): ProviderEntry => providers[name];
