import { randomUUID } from "node:crypto";
import { newKeyPair, newSharedSecret } from "@gpt-agent/signatures/standard-keys";
import { sealedHeadersPlace, sealedSecretPlace } from "@gpt-agent/supabase/webhook-endpoints";
import type { Ports } from "./ports.ts";

/** What signs an endpoint's deliveries after Standard Webhooks: a secret that both have, or a key pair whose private half is ours. */
export type Signing = "hmac" | "ed25519";

/** A new secret: what the receiver gets, and what is stored of it. */
export const makeWebhookSecret = async (seal: Ports["seal"], orgId: string, signing: Signing) => {
  const id = randomUUID();
  const pair = signing === "ed25519" ? newKeyPair() : undefined;
  const ours = pair?.privateKey ?? newSharedSecret();
  const stored = { id, sealed: await seal.seal(sealedSecretPlace(orgId, id), ours) };
  return { secret: pair?.publicKey ?? ours, stored };
};

/** Custom headers as columns: their names for people, the values sealed. In lower case, as the worker sets its own. */
export const sealHeaders = async (
  seal: Ports["seal"],
  { orgId, endpointId }: { readonly orgId: string; readonly endpointId: string },
  headers: Readonly<Record<string, string>>,
) => {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const lowered = Object.fromEntries(entries);
  const headerNames = Object.keys(lowered);
  if (headerNames.length === 0) return { headerNames, sealedHeaders: null };
  const sealedHeaders = await seal.seal(sealedHeadersPlace(orgId, endpointId), JSON.stringify(lowered));
  return { headerNames, sealedHeaders };
};
