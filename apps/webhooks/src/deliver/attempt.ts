import { redactFields, redactText } from "@gpt-agent/jobs/redact";
import { decide, type Answer } from "./decide.ts";
import type { Attempt, Delivery, DeliverPorts, Sign, Work } from "./ports.ts";

/** Some answers carry dozens of headers of their hosting; these are for a person who looks for a cause. */
const maxHeaders = 30;
const maxHeaderLength = 500;
/** Of all the bodies that are recorded in one call. */
const maxBodyBytes = 1_048_576;

export interface OpenedWork {
  readonly work: Pick<Work, "url" | "probing">;
  readonly headers: Readonly<Record<string, string>>;
  readonly sign: Sign;
}

type Answered = Awaited<ReturnType<DeliverPorts["send"]>>;

/** A refusal of the guarded client carries its code; anything else thrown is a fault of ours. */
const egressCode = (error: unknown): "egress_refused" | "egress_failed" | undefined => {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "egress_refused" || code === "egress_failed" ? code : undefined;
};

/** Makes one attempt: signs, sends, decides. Undefined when `signal` cut it off: whether it arrived is not known. */
export const makeAttempt =
  ({ send, random }: Pick<DeliverPorts, "send" | "random">, opened: OpenedWork, signal: AbortSignal) =>
  async ({ id, messageId, attempt: before, body }: Delivery): Promise<Attempt | undefined> => {
    const startedAtMs = Date.now();
    const headers = {
      ...opened.headers,
      "content-type": "application/json",
      "user-agent": "gpt-agent-webhooks/1",
      ...opened.sign({ id: messageId, sentAtMs: startedAtMs, body }),
    };
    let answered: Answered | undefined;
    let answer: Answer;
    try {
      answered = await send({ method: "POST", url: opened.work.url, headers, body, signal });
      answer = { status: answered.status, retryAfter: answered.headers["retry-after"] };
    } catch (error) {
      if (signal.aborted) return undefined;
      const code = egressCode(error);
      if (code === undefined) throw error;
      answer = { status: null, code };
    }
    const nowMs = Date.now();
    return {
      ...decide({ before, probing: opened.work.probing, answer, nowMs, random: random() }),
      deliveryId: id,
      startedAt: new Date(startedAtMs).toISOString(),
      ms: nowMs - startedAtMs,
      ...capture(answered),
    };
  };

/** What is kept of the answer: nothing that looks like a credential, nothing that Postgres cannot store. */
const capture = (answered: Answered | undefined) => ({
  status: answered?.status ?? null,
  headers: answered ? captureHeaders(answered.headers) : null,
  body: answered ? redactText(answered.body.toString("utf8").replaceAll("\0", "")) : null,
  truncated: answered?.truncated ?? false,
  address: answered?.address ?? null,
});

const captureHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .slice(0, maxHeaders)
      .map(([name, value]) => [name, redactText(String(redactFields(name, value))).slice(0, maxHeaderLength)]),
  );

/** A batch whose endpoint answers with long texts: the first bodies are kept, of later ones their first 500 characters. */
export const fitBodies = (attempts: readonly Attempt[]): readonly Attempt[] => {
  let room = maxBodyBytes;
  return attempts.map((attempt) => {
    const bytes = attempt.body === null ? 0 : Buffer.byteLength(attempt.body);
    room -= bytes;
    return room >= 0 || bytes <= 500 ? attempt : { ...attempt, body: cut(attempt.body ?? "", 500), truncated: true };
  });
};

/** Never half a character. */
const cut = (text: string, length: number): string => text.slice(0, length).replace(/[\ud800-\udbff]$/, "");
