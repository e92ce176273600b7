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
const keyRow = row({ orgId: z.string(), connectionId: z.string() });

/** Records that are to be read again, coalesced. They are settled with the page that answers them: `CrmRecords.apply`. */
export interface CrmRefetches {
  request(
    input: Key & { readonly changes: readonly { readonly entity: string; readonly remoteId: string }[] },
  ): Promise<number>;
  /**
   * What a webhook of the installation's app names: every connection to that account that signed in to it, in whatever
   * organisation. Gives those that have to read now.
   */
  requestOfAccount(input: {
    readonly provider: string;
    readonly accountKey: string;
    readonly changes: readonly { readonly entity: string; readonly remoteId: string }[];
  }): Promise<readonly Key[]>;
  /** The oldest, of one entity. */
  due(input: Key & { readonly limit: number }): Promise<readonly DueCrmRefetch[]>;
}

export const makeCrmRefetches = (supabase: Supabase): CrmRefetches => {
  const key = ({ orgId, connectionId }: Key) => ({ p_org_id: orgId, p_connection_id: connectionId });
  const rows = (changes: readonly { readonly entity: string; readonly remoteId: string }[]) =>
    changes.map(({ entity, remoteId }) => ({ entity, remote_id: remoteId }));
  return {
    request: ({ changes, ...connection }) =>
      call(supabase, "request_crm_refetch", { ...key(connection), p_changes: rows(changes) }, z.int()),
    requestOfAccount: ({ provider, accountKey, changes }) =>
      call(
        supabase,
        "request_crm_account_refetch",
        { p_provider: provider, p_account_key: accountKey, p_changes: rows(changes) },
        z.array(keyRow),
      ),
    due: ({ limit, ...connection }) =>
      call(supabase, "due_crm_refetches", { ...key(connection), p_limit: limit }, z.array(dueRow)),
  };
};
