import { knownProfiles } from "@gpt-agent/ai/profile";
import type { BaseProfiles } from "@gpt-agent/supabase/profile-moves";
import type { KnowledgeBaseRow, Ports } from "../ports.ts";

const rows = knownProfiles().map((profile, index) => ({ ...profile, id: index + 1 }));
const rowOf = (id: number) => {
  const row = rows.find((profile) => profile.id === id);
  if (!row) throw new Error(`there is no profile ${id}`);
  return row;
};

/** Moves of bases in memory: with documents waiting they are under way, without they are done at once. */
export const makeProfileFakes = (bases: Map<string, KnowledgeBaseRow>) => {
  const moves = new Map<string, Partial<BaseProfiles>>();
  const waiting: { documentId: string; generation: number }[] = [];
  const find = (orgId: string, id: string): KnowledgeBaseRow | undefined => {
    const base = bases.get(id);
    return base?.orgId === orgId ? base : undefined;
  };
  const describe = (base: KnowledgeBaseRow): BaseProfiles => ({
    active: rowOf(base.activeProfileId),
    building: null,
    previous: null,
    ...moves.get(base.id),
  });
  const ports: Pick<Ports, "embeddingModels" | "profileMoves"> = {
    embeddingModels: {
      list: () =>
        rows.map((profile) => ({ ...profile, isAvailable: profile.model !== "openai/text-embedding-ada-002" })),
      profileId: async (model) =>
        model === "openai/text-embedding-ada-002" ? undefined : rows.find((profile) => profile.model === model)?.id,
    },
    profileMoves: {
      get: async ({ orgId, knowledgeBaseId }) => {
        const base = find(orgId, knowledgeBaseId);
        return base && describe(base);
      },
      begin: async ({ orgId, knowledgeBaseId, profileId }) => {
        const base = find(orgId, knowledgeBaseId);
        if (!base) throw new Error("no such base");
        const documents = { documents: waiting.length, documentsDone: 0, passagesLeft: waiting.length };
        if (waiting.length > 0) {
          const building = { profile: rowOf(profileId), since: base.createdAt, errorCode: null, errorMessage: null };
          moves.set(base.id, { building: { ...building, ...documents } });
        } else {
          moves.set(base.id, { previous: rowOf(base.activeProfileId) });
          bases.set(base.id, { ...base, activeProfileId: profileId });
        }
        return describe(bases.get(base.id) ?? base);
      },
      waiting: async () => waiting,
      forget: async ({ knowledgeBaseId }) => {
        moves.delete(knowledgeBaseId);
        return 1;
      },
    },
  };
  return { ports, waiting };
};
