import type { Embedder } from "@gpt-agent/ai/embedder";
import type { EmbeddingProfile } from "@gpt-agent/ai/profile";
import type { Log } from "@gpt-agent/jobs/handler";
import type { Usage } from "@gpt-agent/supabase/usage";
import type { EmbedQuery } from "./ports.ts";

/** People wait for a search: past this, words alone answer better. */
const answerWithinMs = 5_000;

interface EmbedQueryPorts {
  readonly profiles: { get(profileId: number): Promise<EmbeddingProfile | undefined> };
  /** Of an organisation, under the budget that it shares with the workers. */
  readonly embedderFor: (profile: EmbeddingProfile, orgId: string) => Embedder;
  readonly usage: Pick<Usage, "record">;
  readonly log: Log;
}

/**
 * Embeds questions with the profile their answers were embedded with. A profile never changes: its row is read once in
 * the life of the process. A provider that fails or dawdles is the log's business; the search goes on without it.
 */
export const makeEmbedQuery = ({ profiles, embedderFor, usage, log }: EmbedQueryPorts): EmbedQuery => {
  const known = new Map<number, () => Promise<EmbeddingProfile>>();
  const profileOf = (profileId: number): Promise<EmbeddingProfile> => {
    const read =
      known.get(profileId) ??
      remember(async () => {
        const profile = await profiles.get(profileId);
        if (!profile) throw new Error(`embedding profile ${profileId} is gone, and a knowledge base still names it`);
        return profile;
      });
    known.set(profileId, read);
    return read();
  };

  return async ({ orgId, profileId, query }, signal) => {
    const profile = await profileOf(profileId);
    try {
      const { provider, model } = profile;
      const within = AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]);
      const { vectors, requestId, tokens, costUsd } = await embedderFor(profile, orgId).embed([query], within);
      // Nobody waits for the books.
      if (tokens > 0) {
        usage
          .record({ orgId, requestId, purpose: "query", provider, model, tokens, costUsd })
          .catch((error: unknown) => log.warn("a question's cost could not be booked", { requestId, error }));
      }
      return vectors[0];
    } catch (error) {
      signal.throwIfAborted();
      log.warn("a question could not be embedded, searching by words alone", { profileId, error });
      return undefined;
    }
  };
};

/** Loads once and keeps the result; a failure is not kept. */
export const remember = <T>(load: () => Promise<T>): (() => Promise<T>) => {
  let loaded: Promise<T> | undefined;
  return () => {
    loaded ??= load().catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  };
};
