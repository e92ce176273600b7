import { z } from "zod";
import type { Supabase } from "./client.ts";
import { call } from "./rpc.ts";

interface Key {
  readonly orgId: string;
  /** The caller's own, at most 200 characters. */
  readonly key: string;
}

const begun = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("run"), lease: z.string() }),
  z.object({ outcome: z.literal("replay"), status: z.int(), answer: z.string() }),
  z.object({ outcome: z.literal("running") }),
  z.object({ outcome: z.literal("conflict") }),
]);
/** `run`: the first with this key. `conflict`: the key came with another request before. */
export type BegunRequest = z.output<typeof begun>;

/** Answers to writes, kept for who repeats them. */
export interface Idempotency {
  /** @param requestSha256 of what makes the request, in hexadecimal */
  begin(input: Key & { readonly requestSha256: string; readonly leaseSeconds: number }): Promise<BegunRequest>;
  /** Keeps the answer, sealed by the caller. */
  end(input: Key & { readonly lease: string; readonly status: number; readonly answer: string }): Promise<boolean>;
  /** Nothing was done: the key is free again. */
  release(input: Key & { readonly lease: string }): Promise<boolean>;
}

const keepSeconds = 24 * 3_600;

export const makeIdempotency = (supabase: Supabase): Idempotency => {
  const end = (orgId: string, key: string, lease: string, status: number | null, answer: string | null) =>
    call(
      supabase,
      "end_idempotent_request",
      { p_org_id: orgId, p_key: key, p_lease: lease, p_status: status, p_answer: answer },
      z.boolean(),
    );
  return {
    begin: ({ orgId, key, requestSha256, leaseSeconds }) =>
      call(
        supabase,
        "begin_idempotent_request",
        {
          p_org_id: orgId,
          p_key: key,
          p_request_sha256: requestSha256,
          p_lease_seconds: leaseSeconds,
          p_keep_seconds: keepSeconds,
        },
        begun,
      ),
    end: ({ orgId, key, lease, status, answer }) => end(orgId, key, lease, status, answer),
    release: ({ orgId, key, lease }) => end(orgId, key, lease, null, null),
  };
};
