import { z } from "zod";
import type { TokenSet } from "./provider.ts";

/** The connection whose tokens they are. */
export interface ConnectionKey {
  readonly orgId: string;
  readonly connectionId: string;
}

/** What seals an organisation's secrets; packages/crypto makes one. */
export interface Seal {
  seal(place: SealPlace, plaintext: string): Promise<string>;
  open(place: SealPlace, sealed: string): Promise<string>;
}

interface SealPlace {
  readonly orgId: string;
  readonly table: string;
  readonly rowId: string;
  readonly column: string;
}

/** A token set as its row holds it. */
export interface SealedTokens {
  readonly sealed: string;
  readonly refreshable: boolean;
  readonly expiresAtMs: number | undefined;
}

const place = ({ orgId, connectionId }: ConnectionKey, column: string): SealPlace => ({
  orgId,
  table: "crm_tokens",
  rowId: connectionId,
  column,
});

const tokenSet = z.object({
  accessToken: z.string(),
  refreshToken: z.string().optional(),
  expiresAtMs: z.number().optional(),
  baseUrl: z.string().optional(),
  accountKey: z.string().optional(),
});

export const sealTokens = async (seal: Seal, connection: ConnectionKey, tokens: TokenSet): Promise<SealedTokens> => ({
  sealed: await seal.seal(place(connection, "tokens"), JSON.stringify(tokens)),
  refreshable: tokens.refreshToken !== undefined,
  expiresAtMs: tokens.expiresAtMs,
});

export const openTokens = async (seal: Seal, connection: ConnectionKey, sealed: string): Promise<TokenSet> => {
  const { accessToken, refreshToken, expiresAtMs, baseUrl, accountKey } = tokenSet.parse(
    JSON.parse(await seal.open(place(connection, "tokens"), sealed)),
  );
  return {
    accessToken,
    ...(refreshToken !== undefined && { refreshToken }),
    ...(expiresAtMs !== undefined && { expiresAtMs }),
    ...(baseUrl !== undefined && { baseUrl }),
    ...(accountKey !== undefined && { accountKey }),
  };
};

/** Of the organisation's own OAuth app. */
export const sealClientSecret = (seal: Seal, connection: ConnectionKey, secret: string): Promise<string> =>
  seal.seal(place(connection, "client_secret"), secret);

export const openClientSecret = (seal: Seal, connection: ConnectionKey, sealed: string): Promise<string> =>
  seal.open(place(connection, "client_secret"), sealed);
