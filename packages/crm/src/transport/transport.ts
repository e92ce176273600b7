import { EgressError, type EgressReason } from "@gpt-agent/http/egress-error";
import type { GuardedResponse } from "@gpt-agent/http/guarded-request";
import { PermanentError } from "@gpt-agent/jobs/errors";
import type { Limit, Permit } from "@gpt-agent/limits/limiter";
import type { z } from "zod";
import type { AccessToken, ProviderConnection } from "../connect-provider.ts";
import type { CallOptions } from "../provider.ts";
import { addressOf, isPinnedHost } from "./address.ts";
import type { ApiAnswer, ApiRequest, Charge, Dialect, Refusal } from "./api-call.ts";
import {
  CrmUnavailableError,
  refusalByStatus,
  refusalError,
  retryAfterMs,
  tidySaid,
  WriteUnclearError,
} from "./errors.ts";
import { parseAnswer } from "./parse-answer.ts";
import { readBody } from "./read-body.ts";

const defaultTimeoutMs = 30_000;
const defaultMaxBytes = 8 * 1024 * 1024;
/** Nothing was sent before these. */
const notConnected: ReadonlySet<EgressReason> = new Set(["resolver", "unreachable", "connect_timeout"]);

/** The one way to a CRM: limits, token, one retry after a renewal, errors by meaning, nothing secret in them. */
export interface Transport {
  /**
   * Sends once it is its turn.
   * @throws {PermanentError} `crm_unauthorized`, `crm_forbidden`, `crm_payment_required`, `crm_bad_request`, `egress_refused`
   * @throws {RetryLaterError} `crm_rate_limited`
   * @throws {WriteUnclearError} a write whose answer is lost
   * @throws {CrmUnavailableError} a read that failed, or a write that certainly was not sent
   */
  call(request: ApiRequest, options: CallOptions): Promise<ApiAnswer>;
  /**
   * The same, with the body read by a schema.
   * @throws {PermanentError} `crm_bad_response` for a body that does not fit, of a read; `WriteUnclearError` of a write
   */
  read<T extends z.ZodType>(schema: T, request: ApiRequest, options: CallOptions): Promise<z.output<T>>;
}

export interface TransportParts {
  readonly connection: ProviderConnection;
  readonly dialect: Dialect;
  readonly now?: () => number;
}

export const makeTransport = ({ connection, dialect, now = Date.now }: TransportParts): Transport => {
  const { title } = dialect;
  if (!isPinnedHost(connection.baseUrl, dialect.hostSuffixes)) {
    throw new PermanentError("egress_refused", `The connection's address is not one of ${title}'s hosts.`);
  }

  const acquire = async (charges: readonly Charge[], { signal, lane }: CallOptions): Promise<readonly Permit[]> => {
    const permits: Permit[] = [];
    try {
      for (const { limits, cost } of charges) {
        const tenant = connection.connectionId;
        permits.push(await connection.limiter.acquire({ limits, cost, lane, tenant, signal }));
      }
      return permits;
    } catch (error) {
      await Promise.all(permits.map((permit) => permit.done({})));
      throw error;
    }
  };

  /** One request on the wire. Its permits are given back whatever happens. */
  const send = async (request: ApiRequest, token: AccessToken, options: CallOptions): Promise<ApiAnswer> => {
    const charges = dialect.charges(request);
    const charged = charges.flatMap((charge) => charge.limits);
    const permits = await acquire(charges, options);
    const startedMs = now();
    let response: GuardedResponse;
    try {
      response = await connection.send(onTheWire(request, token, options.signal));
    } catch (error) {
      throw lostError(request, error);
    } finally {
      const roundTripMs = now() - startedMs;
      await Promise.all(permits.map((permit) => permit.done({ roundTripMs })));
    }
    const answer = readBody(response);
    const hold = dialect.hold?.(answer, request, now());
    if (hold !== undefined) await connection.limiter.holdBack(hold.limits ?? charged, hold.untilMs);
    const refusal = refusalOf(answer, request, token);
    if (refusal !== undefined) {
      if (refusal.kind === "rate_limited") await holdBack(refusal.limits ?? charged, refusal);
      throw new Refused(refusal, refusalError({ title, status: answer.status, ...request }, refusal));
    }
    if (response.truncated || (answer.unreadable && !request.accept?.includes(answer.status))) {
      const what = response.truncated ? "is larger than allowed" : "is not JSON";
      throw badAnswer(request, `${title}'s answer to ${request.method} ${request.path} ${what}.`);
    }
    return answer;
  };

  const onTheWire = (request: ApiRequest, token: AccessToken, signal: AbortSignal) => {
    const withToken =
      dialect.authorize?.(request, token.value) ??
      ({ ...request, headers: { ...request.headers, authorization: `Bearer ${token.value}` } } satisfies ApiRequest);
    const { method, json, form, headers } = withToken;
    const body =
      form !== undefined ? new URLSearchParams(form).toString() : json === undefined ? undefined : JSON.stringify(json);
    const contentType = form !== undefined ? "application/x-www-form-urlencoded" : "application/json";
    return {
      method,
      url: addressOf(connection.baseUrl, withToken),
      headers: {
        accept: "application/json",
        "user-agent": "gpt-agent-crm-sync/1.0",
        ...(body === undefined ? {} : { "content-type": contentType }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
      signal,
      totalTimeoutMs: request.totalTimeoutMs ?? defaultTimeoutMs,
      maxResponseBytes: request.maxResponseBytes ?? defaultMaxBytes,
      // Loopback is a sandbox's: only EGRESS_ALLOW opens it, and a suffix list would shut it again.
      hostSuffixes: [...dialect.hostSuffixes, new URL(connection.baseUrl).hostname],
    };
  };

  const refusalOf = (answer: ApiAnswer, request: ApiRequest, token: AccessToken): Refusal | undefined => {
    if (request.accept?.includes(answer.status)) return undefined;
    const kind = refusalByStatus(answer.status);
    const refusal = dialect.refusal?.(answer, request) ?? (kind === undefined ? undefined : { kind });
    if (refusal === undefined) return undefined;
    const asked = refusal.retryAfterMs ?? retryAfterMs(answer.headers, now());
    return {
      ...refusal,
      ...(refusal.said === undefined ? {} : { said: tidySaid(refusal.said, [token.value]) }),
      ...(asked === undefined ? {} : { retryAfterMs: asked }),
    };
  };

  const holdBack = async (limits: readonly Limit[], { retryAfterMs = 1_000 }: Refusal): Promise<void> =>
    connection.limiter.holdBack(limits, now() + retryAfterMs);

  /** What a request without an answer means: for a write, that it may have arrived. */
  const lostError = (request: ApiRequest, error: unknown): unknown => {
    const egress = error instanceof EgressError ? error : undefined;
    if (egress?.code === "egress_refused") {
      return new PermanentError("egress_refused", `${title}'s address may not be reached from here.`, { cause: error });
    }
    const message = `${title} gave no answer to ${request.method} ${request.path}.`;
    const neverLeft = egress !== undefined && notConnected.has(egress.reason);
    if (request.effect === "write" && !neverLeft) return new WriteUnclearError(message, { cause: error });
    return egress === undefined ? error : new CrmUnavailableError(message, { cause: error });
  };

  const call = async (request: ApiRequest, options: CallOptions): Promise<ApiAnswer> => {
    const token = await connection.tokens.current(options.signal);
    try {
      return await send(request, token, options);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.refusal.kind !== "unauthorized") throw error.error;
      // A refused token refuses before it stores anything: sending a write again is safe.
      const renewed = await connection.tokens.renewed(token, options.signal);
      return await send(request, renewed, options).catch((again: unknown) => {
        throw again instanceof Refused ? again.error : again;
      });
    }
  };

  return {
    call,
    read: async (schema, request, options) => {
      const answer = await call(request, options);
      const what = `${title}'s answer to ${request.method} ${request.path}`;
      try {
        return parseAnswer(schema, answer.body, what);
      } catch (error) {
        throw request.effect === "write" && error instanceof Error ? badAnswer(request, error.message) : error;
      }
    },
  };
};

/** Inside the transport only: a refusal on its way to either a renewed token or the caller. */
class Refused extends Error {
  readonly refusal: Refusal;
  readonly error: Error;
  constructor(refusal: Refusal, error: Error) {
    super(error.message);
    this.refusal = refusal;
    this.error = error;
  }
}

/** An answer that cannot be read: a write's effect is then unknown. */
const badAnswer = (request: ApiRequest, message: string): Error =>
  request.effect === "write" ? new WriteUnclearError(message) : new PermanentError("crm_bad_response", message);
