import type { Embedder } from "@gpt-agent/ai/embedder";
import type { EmbeddingProfile } from "@gpt-agent/ai/profile";
import type { Log } from "@gpt-agent/jobs/handler";
import type { EmbedQuery } from "./ports.ts";

/** People wait for a search: past this, words alone answer better. */
const answerWithinMs = 5_000;

interface EmbedQueryPorts {
  readonly profiles: { get(profileId: number): Promise<EmbeddingProfile | undefined> };
  readonly makeEmbedder: (profile: EmbeddingProfile) => Embedder;
  readonly log: Log;
}

/**
 * Embeds questions with the profile their answers were embedded with. A profile never changes, so each has one embedder
 * for the life of the process. A provider that fails or dawdles is the log's business; the search goes on without it.
 */
export const makeEmbedQuery = ({ profiles, makeEmbedder, log }: EmbedQueryPorts): EmbedQuery => {
  const embedders = new Map<number, () => Promise<Embedder>>();
  const embedderOf = (profileId: number): Promise<Embedder> => {
    const open =
      embedders.get(profileId) ??
      remember(async () => {
        const profile = await profiles.get(profileId);
        if (!profile) throw new Error(`embedding profile ${profileId} is gone, and a knowledge base still names it`);
        return makeEmbedder(profile);
      });
    embedders.set(profileId, open);
    return open();
  };

  return async (profileId, query, signal) => {
    const embedder = await embedderOf(profileId);
    try {
      const { vectors } = await embedder.embed([query], AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]));
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
