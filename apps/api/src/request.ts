import { randomUUID } from "node:crypto";
import type { ErrorCode } from "@gpt-agent/jobs/error-codes";
import type { Log } from "@gpt-agent/jobs/handler";
import { type Trace, traceFields, traceparentOf } from "@gpt-agent/queue/trace";
import type { RequestHandler } from "express";
import type { Identity } from "./auth.ts";

declare global {
  // The way Express offers to type `res.locals`.
  namespace Express {
    interface Locals {
      requestId: string;
      /** For the jobs that the request causes. */
      trace: Trace;
      /** Set once the key was accepted. */
      identity?: Identity;
      /** The error code answered with, and for a fault of ours the error behind it. */
      code?: ErrorCode;
      error?: unknown;
    }
  }
}

/** A caller's id is taken over if it is harmless in logs and headers; the answer always carries one. */
const acceptableId = /^[\w.-]{8,128}$/;

/** Asked every few seconds by every platform; interesting only when it fails. */
const isProbe = (path: string): boolean => path === "/health" || path === "/ready";

/** Gives every request an id (`X-Request-Id`) and, once answered, one log line. Query strings stay out of the log. */
export const requestLog =
  (log: Log): RequestHandler =>
  (req, res, next) => {
    const startedAt = performance.now();
    const given = req.get("x-request-id");
    const requestId = given !== undefined && acceptableId.test(given) ? given : randomUUID();
    res.locals.requestId = requestId;
    const trace: Trace = { requestId, traceparent: traceparentOf(req.get("traceparent")) };
    res.locals.trace = trace;
    res.setHeader("x-request-id", requestId);

    const { path } = req;
    res.once("close", () => {
      const { error, code, identity } = res.locals;
      const fields = {
        ...traceFields(trace),
        method: req.method,
        path,
        status: res.statusCode,
        ms: Math.round(performance.now() - startedAt),
        ip: req.ip,
        ...(identity && { orgId: identity.orgId, keyId: identity.keyId }),
        ...(code && { code }),
        ...(!res.writableFinished && { aborted: true }),
        ...(error !== undefined && { error }),
      };
      if (res.statusCode >= 500) log.error("request", fields);
      else if (isProbe(path)) log.debug("request", fields);
      else log.info("request", fields);
    });
    next();
  };

/** What a browser must know about answers that are data, never pages. Bull Board replaces the policy with its own. */
export const securityHeaders: RequestHandler = (_req, res, next) => {
  res.set({
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  });
  next();
};
