import { PermanentError, RetryLaterError } from "@gpt-agent/jobs/errors";
import { z } from "zod";
import type { CallOptions, CrmEntity, PageCursor, TimeWindow } from "../provider.ts";
import { CrmUnavailableError, tidySaid } from "../transport/errors.ts";
import { parseAnswer } from "../transport/parse-answer.ts";
import type { Transport } from "../transport/transport.ts";
import { kindOfError } from "./dialect.ts";
import { type CommandValue, encodeCommand } from "./encode-command.ts";

export const maxCommands = 50;
/** Rows of a list. */
export const pageSize = 50;

export interface ListRequest {
  readonly entity: CrmEntity;
  readonly window?: TimeWindow;
  readonly cursor?: PageCursor;
}

/** Names the writer: events bound with the same value leave these changes out. */
export const connector = "gpt-agent";

export interface Command {
  readonly method: string;
  readonly params: Readonly<Record<string, CommandValue>>;
}

export interface CommandError {
  readonly code: string;
  readonly said: string;
}

/** What became of one command: its `result`, an error, or neither when the server left it out. */
export interface CommandAnswer {
  readonly result?: unknown;
  readonly error?: CommandError;
  readonly total?: number;
}

// An empty PHP map is an empty list.
const mapOf = <T extends z.ZodType>(value: T) =>
  z.union([
    z.record(z.string(), value),
    z
      .array(z.unknown())
      .max(0)
      .transform((): Record<string, z.output<T>> => ({})),
  ]);

const batchSchema = z.looseObject({
  result: z.looseObject({
    result: mapOf(z.unknown()),
    result_error: mapOf(
      z.union([
        z.looseObject({ error: z.coerce.string(), error_description: z.string().nullish() }),
        z.string().transform((error) => ({ error, error_description: error })),
      ]),
    ),
    result_total: mapOf(z.coerce.number()).optional(),
  }),
});

/** One method by itself. */
export const call = async <T extends z.ZodType>(
  transport: Transport,
  schema: T,
  { method, params }: Command,
  options: CallOptions,
): Promise<z.output<T>> => {
  const request = { method: "POST", path: `/rest/${method}.json`, json: params, effect: "read" } as const;
  const body = await transport.read(z.looseObject({ result: z.unknown() }), request, options);
  return parseAnswer(schema, body.result, `Bitrix24's answer to ${method}`);
};

/** Up to 50 commands in one request; an error of one does not stop the others. Answers in the commands' order. */
export const batch = async (
  transport: Transport,
  commands: readonly Command[],
  effect: "read" | "write",
  options: CallOptions,
): Promise<readonly CommandAnswer[]> => {
  const cmd = Object.fromEntries(
    commands.map(({ method, params }, index) => {
      const marked = effect === "write" ? { ...params, auth_connector: connector } : params;
      return [`c${index}`, encodeCommand(method, marked)];
    }),
  );
  const marked = effect === "write" ? { auth_connector: connector } : {};
  const json = { halt: 0, cmd, ...marked };
  const request = { method: "POST", path: "/rest/batch.json", json, effect, totalTimeoutMs: 65_000 } as const;
  const { result } = await transport.read(batchSchema, request, options);
  return commands.map((_, index) => {
    const key = `c${index}`;
    const error = result.result_error[key];
    const total = result.result_total?.[key];
    return {
      ...(key in result.result ? { result: result.result[key] } : {}),
      ...(error === undefined
        ? {}
        : { error: { code: error.error, said: tidySaid(error.error_description ?? error.error) } }),
      ...(total === undefined ? {} : { total }),
    };
  });
};

/** The error that a failed command of a reading batch means. */
export const commandFailure = (method: string, error: CommandError | undefined): Error => {
  if (error === undefined) return new PermanentError("crm_bad_response", `Bitrix24 left ${method} of a batch out.`);
  const message = `Bitrix24 refused ${method} in a batch: ${error.said}`;
  switch (kindOfError(error.code, error.said)) {
    case "rate_limited":
      return new RetryLaterError(30_000, "crm_rate_limited", message);
    case "unavailable":
      return new CrmUnavailableError(message);
    case "forbidden":
      return new PermanentError("crm_forbidden", message);
    case "payment_required":
      return new PermanentError("crm_payment_required", message);
    case "unauthorized":
      return new PermanentError("crm_unauthorized", message);
    case "not_found":
    case "bad_request":
      return new PermanentError("crm_bad_request", message, { detail: { providerCode: error.code } });
  }
};

/** The result of a reading command, or its failure. */
export const resultOf = <T extends z.ZodType>(
  schema: T,
  method: string,
  answer: CommandAnswer | undefined,
): z.output<T> => {
  if (answer === undefined || answer.error !== undefined || !("result" in answer)) {
    throw commandFailure(method, answer?.error);
  }
  return parseAnswer(schema, answer.result, `Bitrix24's answer to ${method}`);
};
