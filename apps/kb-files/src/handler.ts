import { PermanentError } from "@gpt-agent/jobs/errors";
import type { Handler, JobContext } from "@gpt-agent/jobs/handler";
import type { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import type { DocumentRef, Ports } from "./ports.ts";
import { makeReadDocument } from "./read-document.ts";
import { makeRemoveDocument } from "./remove-document.ts";

/** `process`: a stored file into text and chunks of a new generation. `delete`: everything of a document removed. */
export const makeHandler = (ports: Ports): Handler<typeof kbFiles> => {
  const read = makeReadDocument(ports);
  const remove = makeRemoveDocument(ports);

  const process = async (ref: DocumentRef, ctx: JobContext): Promise<void> => {
    try {
      await read(ref, ctx);
    } catch (error) {
      // A newer version came while this one was read. Its job was taken for this one's repetition, so go on with it.
      if (!(error instanceof PermanentError && error.code === "superseded")) throw error;
      await ctx.continue({ progressed: true });
    }
  };
  return ({ kind, ...ref }, ctx) => (kind === "process" ? process(ref, ctx) : remove(ref, ctx));
};
