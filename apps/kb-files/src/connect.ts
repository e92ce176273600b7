import { makeChunks } from "@gpt-agent/supabase/chunks";
import type { Supabase } from "@gpt-agent/supabase/client";
import { makeDocuments } from "@gpt-agent/supabase/documents";
import { makeFiles } from "@gpt-agent/supabase/files";
import { makeKnowledgeBases } from "@gpt-agent/supabase/knowledge-bases";
import { makeLimits } from "@gpt-agent/supabase/limits";
import { makeVersions } from "@gpt-agent/supabase/versions";

/** The handler's ports that are rows and stored files. */
export const connectStores = (supabase: Supabase) => ({
  documents: makeDocuments(supabase),
  chunks: makeChunks(supabase),
  knowledgeBases: makeKnowledgeBases(supabase),
  files: makeFiles(supabase),
  versions: makeVersions(supabase),
  limits: makeLimits(supabase),
});
