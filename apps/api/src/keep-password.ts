import { passwordPlace } from "@gpt-agent/supabase/document-passwords";
import { z } from "zod";
import type { Ports } from "./ports.ts";

/** PDF allows 127 bytes. */
export const password = z.string().min(1).max(127).describe("Of a protected PDF. It is stored sealed and never shown.");

/** Seals it with the organisation's key, bound to its document. */
export const keepPassword = async (
  { seal, documentPasswords }: Pick<Ports, "seal" | "documentPasswords">,
  document: { readonly orgId: string; readonly documentId: string },
  plaintext: string,
): Promise<void> => {
  const sealed = await seal.seal(passwordPlace(document), plaintext);
  await documentPasswords.set({ ...document, sealed });
};
