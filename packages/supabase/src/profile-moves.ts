import { z } from "zod";
import type { Supabase } from "./client.ts";
import { type ProfileRow, profileRow } from "./profiles.ts";
import { errorCode, row } from "./rows.ts";
import { call } from "./rpc.ts";

const building = row({
  profile: profileRow,
  /** ISO 8601. */
  since: z.string(),
  /** Why it does not go on; it is tried again by itself. */
  errorCode: errorCode.nullable(),
  errorMessage: z.string().nullable(),
  /** That are searched, and those of them whose passages all have their vector. */
  documents: z.int(),
  documentsDone: z.int(),
  /** In the documents that are counted already: all, but those whose newest version has just come. */
  passagesLeft: z.int(),
});

const baseProfiles = row({
  active: profileRow,
  building: building.nullable(),
  /** Its vectors are kept: the way back. */
  previous: profileRow.nullable(),
});
/** What a knowledge base is searched with, and what it moves to or came from. */
export type BaseProfiles = z.output<typeof baseProfiles>;
export type { ProfileRow };

interface Key {
  readonly orgId: string;
  readonly knowledgeBaseId: string;
}

/** A knowledge base's move to another profile: a shadow build beside what is searched, then one switch. */
export interface ProfileMoves {
  /** Undefined: the organisation has no such base. */
  get(key: Key): Promise<BaseProfiles | undefined>;
  /**
   * Begins the move, takes up one that stopped, or, asked for the active profile, ends the one under way. Vectors that
   * are there count; where none is missing, the base switches at once.
   * @throws {PermanentError} tenant_mismatch
   */
  begin(move: Key & { readonly profileId: number }): Promise<BaseProfiles>;
  /** Documents whose shadow waits, with their live generation: jobs for `embeddings`. The sweep finds them too. */
  waiting(page: Key & { readonly limit: number }): Promise<readonly { documentId: string; generation: number }[]>;
  /** Gives up the way back: removes vectors of other profiles. How many. @throws {PermanentError} tenant_mismatch */
  forget(key: Key): Promise<number>;
}

const waitingRow = row({ id: z.string(), liveGeneration: z.int() }).transform(({ id, liveGeneration }) => ({
  documentId: id,
  generation: liveGeneration,
}));

export const makeProfileMoves = (supabase: Supabase): ProfileMoves => {
  const args = ({ orgId, knowledgeBaseId }: Key) => ({ p_org_id: orgId, p_knowledge_base_id: knowledgeBaseId });
  return {
    async get(key) {
      return (await call(supabase, "describe_profiles", args(key), baseProfiles.nullable())) ?? undefined;
    },
    begin: ({ profileId, ...key }) =>
      call(supabase, "move_to_profile", { ...args(key), p_profile_id: profileId }, baseProfiles),
    waiting: ({ limit, ...key }) =>
      call(supabase, "waiting_shadows", { ...args(key), p_limit: limit }, z.array(waitingRow)),
    forget: (key) => call(supabase, "forget_profiles", args(key), z.int()),
  };
};
