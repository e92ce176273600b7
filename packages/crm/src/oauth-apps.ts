import { PermanentError } from "@gpt-agent/jobs/errors";
import type { ProviderName } from "./provider.ts";
import { openClientSecret, type ConnectionKey, type Seal } from "./sealed-tokens.ts";

/** OAuth apps of the installation; packages/config reads them. */
export type InstalledApps = Readonly<
  Partial<Record<ProviderName, { readonly clientId: string; readonly clientSecret: { reveal(): string } }>>
>;

export interface OAuthAppOwner extends ConnectionKey {
  readonly provider: ProviderName;
  /** The organisation's own app; null: the installation's. */
  readonly clientId: string | null;
  /** Sealed. */
  readonly clientSecret: string | null;
}

/**
 * The OAuth app that a connection goes by: its organisation's own, or the installation's.
 * @throws {PermanentError} `crm_unauthorized` where there is neither
 */
export const oauthAppOf = async (
  owner: OAuthAppOwner,
  { apps, seal }: { readonly apps: InstalledApps; readonly seal: Seal },
): Promise<{ readonly clientId: string; readonly clientSecret: string }> => {
  const { provider, clientId, clientSecret } = owner;
  if (clientId !== null && clientSecret !== null) {
    return { clientId, clientSecret: await openClientSecret(seal, owner, clientSecret) };
  }
  const app = apps[provider];
  if (app === undefined) {
    const variable = `${provider.toUpperCase()}_CLIENT_ID`;
    throw new PermanentError(
      "crm_unauthorized",
      `There is no OAuth app for ${provider}: set ${variable} and its secret, or give the connection an app of its own.`,
    );
  }
  return { clientId: app.clientId, clientSecret: app.clientSecret.reveal() };
};
