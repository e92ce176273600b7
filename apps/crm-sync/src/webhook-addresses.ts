import type { ProviderWebhooks, WebhookAddress } from "@gpt-agent/crm/provider";
import type { Seal } from "@gpt-agent/crm/sealed-tokens";
import { makeWebhookAddress, secretPlace, type WebhookSources } from "@gpt-agent/supabase/webhook-sources";
import { randomBytes, randomUUID } from "node:crypto";
import type { Connection } from "./ports.ts";

type Scheme = ProviderWebhooks["scheme"];

/** Addresses for a CRM's webhooks. */
export interface WebhookAddresses {
  /** @param mark the address's query, by which it is known again at the CRM */
  open(
    connection: Pick<Connection, "id" | "orgId" | "name">,
    proof: { readonly scheme: Scheme; readonly accountKey: string; readonly mark: string },
  ): Promise<{ readonly sourceId: string; readonly address: WebhookAddress }>;
  close(source: { readonly orgId: string; readonly sourceId: string }): Promise<unknown>;
}

/** What must be true of a message beside its address. */
const optionsFor: Readonly<Record<Scheme, (accountKey: string) => Readonly<Record<string, unknown>>>> = {
  kommo: (id) => ({ account: { id } }),
  bitrix24: (memberId) => ({ memberId, withoutToken: true }),
  pipedrive: () => ({}),
};

export const makeWebhookAddresses = (
  sources: Pick<WebhookSources, "create" | "remove">,
  seal: Seal,
  publicUrl: string,
): WebhookAddresses => ({
  async open({ id: connectionId, orgId, name }, { scheme, accountKey, mark }) {
    const { tokenHash, path } = makeWebhookAddress();
    const secret = { user: "gpt-agent", password: randomBytes(24).toString("base64url") };
    const secretId = randomUUID();
    const place = { orgId, rowId: secretId, ...secretPlace };
    const sealed = { id: secretId, sealed: await seal.seal(place, `${secret.user}:${secret.password}`) };
    const sourceId = randomUUID();
    await sources.create({
      orgId,
      id: sourceId,
      name,
      scheme,
      options: optionsFor[scheme](accountKey),
      tokenHash,
      connectionId,
      forwardEventType: null,
      laneBy: null,
      onPoison: "skip",
      retentionDays: 7,
      secrets: scheme === "pipedrive" ? [sealed] : [],
    });
    return { sourceId, address: { url: `${publicUrl}${path}?${mark}`, secret } };
  },
  close: (source) => sources.remove(source),
});
