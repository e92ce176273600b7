import type { Document } from "@gpt-agent/client";
import type { ReactNode } from "react";
import { useClient } from "../session/session.tsx";
import { useTexts } from "../texts/language.tsx";
import { Place } from "../ui/place.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { useAction, useLoaded } from "../ui/use-loaded.ts";

/** Passages that could not be embedded, each with its reason and a new try. */
export const Quarantine = ({
  document,
  follow,
}: {
  readonly document: Document;
  readonly follow: () => void;
}): ReactNode => {
  const texts = useTexts();
  const client = useClient();
  const { id: documentId, counts, state } = document;
  const { data, error } = useLoaded(
    (signal) => client.listQuarantine({ documentId }, { signal }),
    [client, documentId, counts.quarantined, state],
  );
  const { busy, error: refused, run } = useAction();
  const retry = (chunkId: number): void =>
    void run(async () => {
      await client.retryPassage({ documentId, chunkId });
      follow();
    });
  return (
    <section aria-label={texts.documents.quarantine}>
      <h2>{texts.documents.quarantine}</h2>
      {(error ?? refused) !== undefined && <ProblemNote error={error ?? refused} />}
      {data?.passages.map((passage) => (
        <article key={passage.id} className="card">
          <Place {...passage} />
          <p>
            {passage.message} <code>{passage.code}</code>
          </p>
          <button type="button" disabled={busy} onClick={() => retry(passage.id)}>
            {texts.documents.retry}
          </button>
        </article>
      ))}
    </section>
  );
};
