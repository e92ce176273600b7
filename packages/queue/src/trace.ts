import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";

/** What follows a request into the jobs that it causes, and theirs: kept in each job, beside its payload. */
export interface Trace {
  /** Of the HTTP request that began it; finds its log line. */
  readonly requestId: string;
  /** W3C Trace Context, as it came with the request or was made for it. */
  readonly traceparent: string;
}

const storage = new AsyncLocalStorage<Trace | undefined>();

/** Jobs that `work` enqueues, however deep, carry the trace. */
export const withTrace = <T>(trace: Trace | undefined, work: () => T): T =>
  trace === undefined ? work() : storage.run(trace, work);

export const currentTrace = (): Trace | undefined => storage.getStore();

const form = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** 128 bits, most of them random. */
const hex = (): string => randomUUID().replaceAll("-", "");

/** The caller's, where it is one; else a new one. */
export const traceparentOf = (given: string | undefined): string =>
  given !== undefined && form.test(given) ? given : `00-${hex()}-${hex().slice(16)}-00`;

/** For log lines. */
export const traceFields = (trace: Trace | undefined): { readonly requestId?: string; readonly traceId?: string } =>
  trace === undefined ? {} : { requestId: trace.requestId, traceId: trace.traceparent.split("-")[1] ?? "" };

/** As it is kept in a job, in the field that BullMQ has for it. */
export const packTrace = (trace: Trace): string => JSON.stringify([trace.requestId, trace.traceparent]);

/** Undefined for a job without one, or with what somebody else's telemetry put there. */
export const unpackTrace = (metadata: string | undefined): Trace | undefined => {
  if (metadata === undefined || !metadata.startsWith("[")) return undefined;
  try {
    const [requestId, traceparent] = JSON.parse(metadata) as readonly unknown[];
    if (typeof requestId !== "string" || typeof traceparent !== "string" || !form.test(traceparent)) return undefined;
    return { requestId: requestId.slice(0, 128), traceparent };
  } catch {
    return undefined;
  }
};
