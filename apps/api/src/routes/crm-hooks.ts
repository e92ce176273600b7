import { readEvents } from "@gpt-agent/crm/read-events";
import { verifyWebhook } from "@gpt-agent/signatures/verify";
import { type Request, type Response, Router } from "express";
import { wakeCrm } from "../crm-access.ts";
import { readBody, senderAddress } from "../inbound/body.ts";
import type { Ports } from "../ports.ts";
import { Problem } from "../problem.ts";
import type { HookOptions } from "./hooks.ts";

const path = "/hooks/crm/hubspot";
/** Of one message: up to a hundred events. */
const maxBytes = 1024 * 1024;

/**
 * `POST /hooks/crm/hubspot`: the address that the settings of the installation's HubSpot app name, one for all accounts. Signed
 * with the app's secret; each event finds the connections to its account, in whatever organisation. It is a hint, so only
 * what to read again is stored, and that before it is acknowledged: HubSpot repeats what is not.
 */
export const crmHooks = (
  { crm, enqueue, log }: Pick<Ports, "crm" | "enqueue" | "log">,
  { trustedProxyHops }: Pick<HookOptions, "trustedProxyHops">,
): Router => {
  const { publicUrl } = crm;
  const receive = async (req: Request, res: Response): Promise<void> => {
    const app = crm.apps.hubspot;
    if (app === undefined || publicUrl === undefined) {
      throw new Problem("not_found", "There is nothing at this address: HUBSPOT_CLIENT_ID or PUBLIC_URL is not set.");
    }
    const rawBody = await readBody(req, maxBytes);
    const received = {
      method: req.method,
      url: publicUrl + req.originalUrl,
      headers: req.headers,
      rawBody,
      nowMs: Date.now(),
      remoteAddress: senderAddress(req, trustedProxyHops),
    };
    if (!verifyWebhook("hubspot", received, [app.clientSecret.reveal()]).ok) {
      throw new Problem("webhook_signature", "The signature is missing or wrong.");
    }
    for (const { accountKey, events } of readEvents("hubspot", parsed(rawBody))) {
      if (accountKey === undefined || events.length === 0) continue;
      const found = await crm.refetches.requestOfAccount({ provider: "hubspot", accountKey, changes: events });
      for (const key of found) await wakeCrm({ enqueue, log }, { kind: "refetch", ...key });
    }
    res.status(200).end();
  };
  return Router().post(path, receive);
};

const parsed = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new Problem("invalid_request", "The body is not JSON.");
  }
};
