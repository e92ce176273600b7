import { randomBytes, randomUUID } from "node:crypto";
import { sealedHeadersPlace, sealedSecretPlace } from "@gpt-agent/supabase/webhook-endpoints";
import type { Ports } from "./ports.ts";

/** A signing secret of Standard Webhooks, and what is stored of it. */
export const makeWebhookSecret = async (seal: Ports["seal"], orgId: string) => {
  const secretId = randomUUID();
  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  return { secret, stored: { id: secretId, sealed: await seal.seal(sealedSecretPlace(orgId, secretId), secret) } };
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
