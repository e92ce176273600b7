import { connectSeal, type InstallationKeys } from "@gpt-agent/crypto/connect-seal";
import { makeChunks } from "@gpt-agent/supabase/chunks";
import type { Supabase } from "@gpt-agent/supabase/client";
import { makeDataKeys } from "@gpt-agent/supabase/data-keys";
import { makeDocuments } from "@gpt-agent/supabase/documents";
import { makeFiles } from "@gpt-agent/supabase/files";
import { makeKnowledgeBases } from "@gpt-agent/supabase/knowledge-bases";
import { makeDocumentPasswords, passwordPlace } from "@gpt-agent/supabase/document-passwords";
import { makeLimits } from "@gpt-agent/supabase/limits";
import { makeVersions } from "@gpt-agent/supabase/versions";
import type { Passwords } from "./ports.ts";

/** The handler's ports that are rows and stored files. */
export const connectStores = (supabase: Supabase, keys: InstallationKeys) => ({
  documents: makeDocuments(supabase),
  chunks: makeChunks(supabase),
  knowledgeBases: makeKnowledgeBases(supabase),
  files: makeFiles(supabase),
  versions: makeVersions(supabase),
  limits: makeLimits(supabase),
  passwords: connectPasswords(supabase, keys),
});

const connectPasswords = (supabase: Supabase, keys: InstallationKeys): Passwords => {
  const seal = connectSeal(keys, makeDataKeys(supabase));
  const sealedPasswords = makeDocumentPasswords(supabase);
  return {
    get: async (document) => {
      const sealed = await sealedPasswords.get(document);
      return sealed === undefined ? undefined : seal.open(passwordPlace(document), sealed);
    },
  };
};
