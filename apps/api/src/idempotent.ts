import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { OrgSeal } from "@gpt-agent/crypto/org-seal";
import type { Idempotency } from "@gpt-agent/supabase/idempotency";
import type { Call, Endpoint, Input, Reply, streamed } from "./endpoint.ts";
import { Problem } from "./problem.ts";

export interface IdempotencyPorts {
  readonly idempotency: Idempotency;
  readonly seal: OrgSeal;
}

type AnyInput = Input<
  NonNullable<Endpoint["params"]>,
  NonNullable<Endpoint["query"]>,
  NonNullable<Endpoint["body"]>,
  NonNullable<Endpoint["form"]>
>;
type Answer = Reply | typeof streamed;

/** Longer than a write takes; after it the same key may run again, should this process have died. */
const leaseSeconds = 60;
const keyForm = /^[\x21-\x7e]{1,200}$/;

/** What a write's `Idempotency-Key` is; undefined where none was sent, or the endpoint sees to it itself. */
const keyOf = ({ method, idempotency }: Endpoint, { req }: Call): string | undefined => {
  const key = method === "get" || idempotency === "own" ? undefined : req.get("idempotency-key");
  if (key === undefined || keyForm.test(key)) return key;
  throw new Problem("invalid_request", "An Idempotency-Key has 1 to 200 visible ASCII characters.");
};

/**
 * A write with an `Idempotency-Key` runs once: who repeats it within a day gets the answer that was given. An answer
 * other than success did nothing and is not kept.
 * @throws {Problem} `conflict` for the same key with another request, and while the first is under way
 */
export const makeIdempotent =
  ({ idempotency, seal }: IdempotencyPorts) =>
  async (endpoint: Endpoint, input: AnyInput, call: Call, run: () => Promise<Answer>): Promise<Answer> => {
    const { orgId, log } = call;
    const key = keyOf(endpoint, call);
    if (key === undefined) return run();
    const place = { orgId, table: "idempotency_keys", rowId: key, column: "answer" };

    const begun = await idempotency.begin({ orgId, key, requestSha256: await hashOf(call, input), leaseSeconds });
    if (begun.outcome === "conflict") {
      throw new Problem("conflict", "This Idempotency-Key came with another request before. Use a new one.");
    }
    if (begun.outcome === "running") {
      const headers = { "retry-after": "1" };
      throw new Problem("conflict", "A request with this Idempotency-Key is under way. Ask again.", { headers });
    }
    if (begun.outcome === "replay") {
      const kept = JSON.parse(await seal.open(place, begun.answer)) as Pick<Reply, "body" | "headers">;
      return { status: begun.status, body: kept.body, headers: { ...kept.headers, "idempotent-replayed": "true" } };
    }

    const { lease } = begun;
    try {
      const answer = await run();
      if (typeof answer === "symbol") throw new Error(`${endpoint.operationId} streams its answer: it cannot be kept`);
      const { status, body, headers } = answer;
      const sealed = await seal.seal(place, JSON.stringify({ body, headers }));
      await idempotency.end({ orgId, key, lease, status, answer: sealed });
      return answer;
    } catch (error) {
      await idempotency.release({ orgId, key, lease }).catch((trouble: unknown) => {
        log.warn("an Idempotency-Key could not be given back; it is free in a minute", { error: trouble });
      });
      throw error;
    }
  };

/** Method, address, fields and the file's bytes. */
const hashOf = async ({ req }: Call, { query, body, file }: AnyInput): Promise<string> => {
  const hash = createHash("sha256").update(JSON.stringify([req.method, req.path, query ?? null, body ?? null]));
  if (file) for await (const bytes of createReadStream(file.path)) hash.update(bytes as Buffer);
  return hash.digest("hex");
};
