import { randomUUID } from "node:crypto";
import { makeChunks } from "@gpt-agent/supabase/chunks";
import { connectSupabase, type Supabase } from "@gpt-agent/supabase/client";
import { makeDocuments } from "@gpt-agent/supabase/documents";
import { makeKnowledgeBases } from "@gpt-agent/supabase/knowledge-bases";
import { makeProfiles, type NewProfile } from "@gpt-agent/supabase/profiles";
import { inject } from "vitest";
import "./provided-context.ts";

/** The run's Supabase, as a worker sees it. */
export const connect = (): Supabase => {
  const stack = inject("stack");
  return connectSupabase({
    url: stack.SUPABASE_URL,
    serviceRoleKey: { reveal: () => stack.SUPABASE_SERVICE_ROLE_KEY },
  });
};

/**
 * Leaves a document of a new organisation as kb-files does: one chunk for each text, waiting for vectors and graph.
 * @returns the payload of both next jobs, and a way to read the row
 */
export const storeDocument = async (profile: NewProfile, texts: readonly string[]) => {
  const supabase = connect();
  const documents = makeDocuments(supabase);
  const orgId = randomUUID();
  const { id: profileId } = await makeProfiles(supabase).ensure(profile);
  const knowledgeBase = await makeKnowledgeBases(supabase).ensureDefault({ orgId, profileId });
  const { id: documentId, generation } = await documents.create({
    orgId,
    knowledgeBaseId: knowledgeBase.id,
    name: "handbook.txt",
    mime: "text/plain",
    byteSize: 1,
    objectPath: `${orgId}/documents/handbook.txt`,
  });
  const { lease = "" } = await documents.claimProcessing({ orgId, documentId, leaseSeconds: 60 });
  const scope = { orgId, documentId, generation };
  let charStart = 0;
  const chunks = texts.map((content, ordinal) => {
    const charEnd = charStart + Array.from(content).length;
    const place = { charStart, charEnd };
    charStart = charEnd + 1;
    const nowhere = { pageFrom: null, pageTo: null, sheet: null, rowFrom: null, rowTo: null };
    const facts = { kind: "text", language: "simple", headingPath: [], ...nowhere } as const;
    return { ordinal, content, contextHeader: "", tokenCount: content.length, ...place, ...facts };
  });
  await makeChunks(supabase).store({ ...scope, lease, first: true, chunks });
  const counts = {
    chunkCount: texts.length,
    charCount: charStart,
    pageCount: null,
    language: null,
    textSha256: "0".repeat(64),
  };
  await documents.finishProcessing({ ...scope, lease, ...counts });
  const read = async () => {
    const document = await documents.get({ orgId, documentId });
    if (!document) throw new Error(`document ${documentId} is gone`);
    return document;
  };
  return { ...scope, read };
};
