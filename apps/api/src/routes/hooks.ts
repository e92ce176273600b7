import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Request, RequestHandler, Response } from "express";
import type { ReceivedWebhook, RefusalReason } from "@gpt-agent/signatures/scheme";
import { refuseUnknown, verifyWebhook } from "@gpt-agent/signatures/verify";
import { makeAcceptor } from "../inbound/acceptor.ts";
import { readableType, readBody, senderAddress } from "../inbound/body.ts";
import { makeSourceCache } from "../inbound/source-cache.ts";
import { toEvents } from "../inbound/to-events.ts";
import { makeWaker } from "../inbound/waker.ts";
import type { Ports } from "../ports.ts";
import { Problem } from "../problem.ts";

export interface HookOptions {
  /** Proxies of ours in front: which entry of X-Forwarded-For is the client. */
  readonly trustedProxyHops: number;
  /** Under which senders reach us; some of them sign it. */
  readonly publicUrl?: string | undefined;
}

/** Of one message; providers send a few kilobytes. */
const maxBytes = 1024 * 1024;
const logEveryMs = 60_000;

const nothingHere = (): Problem => new Problem("not_found", "There is nothing at this address.");

/**
 * `POST /hooks/:token`: where CRMs, messengers and payment providers send their webhooks. A message is verified over its
 * bytes, stored, and only then acknowledged; handling it is the worker's. No API key: the token finds the source, the
 * signature proves the sender. Mounted before everything else: its path is a secret, and the request log would keep it.
 */
export const hooks = (
  {
    webhookSources,
    inboundEvents,
    seal,
    enqueueMany,
    log,
  }: Pick<Ports, "webhookSources" | "inboundEvents" | "seal" | "enqueueMany" | "log">,
  { trustedProxyHops, publicUrl }: HookOptions,
): RequestHandler => {
  const findSource = makeSourceCache(webhookSources, seal);
  const store = makeAcceptor({ events: inboundEvents, wake: makeWaker(enqueueMany, log) });
  const noteRefusal = logRefusals(log);
  const noteFailure = logFailures(log);

  const receive = async (token: string, req: Request, res: Response): Promise<void> => {
    if (req.method !== "POST") {
      throw new Problem("invalid_request", "Send it with POST.", { status: 405, headers: { allow: "POST" } });
    }
    const contentType = readableType(req);
    if (contentType === undefined) {
      throw new Problem("webhook_media_type", "Send JSON or a form, uncompressed.");
    }
    const received: ReceivedWebhook = {
      method: req.method,
      url: addressOf(req, publicUrl, trustedProxyHops),
      headers: req.headers,
      rawBody: await readBody(req, maxBytes),
      nowMs: Date.now(),
      remoteAddress: senderAddress(req, trustedProxyHops),
    };
    const source = await findSource(token);
    if (!source) {
      refuseUnknown(received);
      throw nothingHere();
    }
    const verified = verifyWebhook(source.scheme, received, source.secrets, source.options);
    if (!verified.ok) {
      noteRefusal(source, verified.reason);
      throw new Problem("webhook_signature", "The signature is missing or wrong.");
    }
    if (!verified.handshake && (await store(toEvents(source, received, verified, contentType))) === "refused") {
      throw nothingHere();
    }
    const { answer } = verified;
    if (answer) res.setHeader("content-type", answer.contentType);
    res.setHeader("x-content-type-options", "nosniff");
    res.statusCode = 200;
    res.end(answer?.body);
  };

  return async (req, res, next) => {
    const token = /^\/hooks\/([\w-]{1,200})\/?(?:\?|$)/.exec(req.url)?.[1];
    if (token === undefined) {
      next();
      return;
    }
    const requestId = randomUUID();
    res.locals.requestId = requestId;
    res.setHeader("x-request-id", requestId);
    try {
      await receive(token, req, res);
    } catch (error) {
      // The sender went away: nobody is there to answer.
      if (req.destroyed && !req.complete) return;
      if (!(error instanceof Problem) || error.status >= 500) noteFailure(requestId, error);
      throw error;
    }
  };
};

/** As the sender was told to call it. Where nobody said, what the request itself says: a wrong one verifies nothing. */
const addressOf = ({ headers, url = "" }: IncomingMessage, publicUrl: string | undefined, hops: number): string => {
  if (publicUrl !== undefined) return publicUrl + url;
  const forwarded = hops > 0 ? [headers["x-forwarded-proto"] ?? []].flat()[0]?.split(",")[0]?.trim() : undefined;
  return `${forwarded ?? "http"}://${headers.host ?? ""}${url}`;
};

/** Why messages are refused, once a minute for each source and reason: an attacker must not fill the log. */
const logRefusals = (log: Ports["log"]) => {
  const counts = new Map<string, { since: number; refused: number }>();
  return ({ id, orgId, scheme }: { id: string; orgId: string; scheme: string }, reason: RefusalReason): void => {
    const key = `${id} ${reason}`;
    const entry = counts.get(key) ?? { since: Number.NEGATIVE_INFINITY, refused: 0 };
    entry.refused += 1;
    counts.set(key, entry);
    if (Date.now() - entry.since < logEveryMs) return;
    log.warn("webhooks refused", { sourceId: id, orgId, scheme, reason, refused: entry.refused });
    entry.since = Date.now();
    entry.refused = 0;
    if (counts.size > 10_000) counts.clear();
  };
};

/** Why messages are not stored, once a minute: while the database is away, every one is. */
const logFailures = (log: Ports["log"]) => {
  let [since, failed] = [Number.NEGATIVE_INFINITY, 0];
  return (requestId: string, error: unknown): void => {
    failed += 1;
    if (Date.now() - since < logEveryMs) return;
    log.error("webhooks could not be stored; their senders were asked to come back", { requestId, failed, error });
    [since, failed] = [Date.now(), 0];
  };
};
