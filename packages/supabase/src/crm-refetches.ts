import { z } from "zod";
import type { Supabase } from "./client.ts";
import { row } from "./rows.ts";
import { call } from "./rpc.ts";

interface Key {
  readonly orgId: string;
  readonly connectionId: string;
}

const dueRow = row({ entity: z.string(), remoteId: z.string(), generation: z.number() });
export type DueCrmRefetch = z.output<typeof dueRow>;

/** Records that are to be read again, coalesced. They are settled with the page that answers them: `CrmRecords.apply`. */
export interface CrmRefetches {
  request(
    input: Key & { readonly changes: readonly { readonly entity: string; readonly remoteId: string }[] },
  ): Promise<number>;
  /** The oldest, of one entity. */
  due(input: Key & { readonly limit: number }): Promise<readonly DueCrmRefetch[]>;
}

export const makeCrmRefetches = (supabase: Supabase): CrmRefetches => {
  const key = ({ orgId, connectionId }: Key) => ({ p_org_id: orgId, p_connection_id: connectionId });
  return {
    request: ({ changes, ...connection }) =>
      call(
        supabase,
        "request_crm_refetch",
        {
          ...key(connection),
          p_changes: changes.map(({ entity, remoteId }) => ({ entity, remote_id: remoteId })),
        },
        z.int(),
      ),
    due: ({ limit, ...connection }) =>
      call(supabase, "due_crm_refetches", { ...key(connection), p_limit: limit }, z.array(dueRow)),
  };
};
