import type { Document } from "@gpt-agent/client";
import { type ReactNode, useEffect, useState } from "react";
import { linkTo } from "../route.ts";
import { useClient } from "../session/session.tsx";
import { useLanguage } from "../texts/language.tsx";
import type { Range } from "../ui/passage-text.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { ProgressBar } from "../ui/progress-bar.tsx";
import { useGuard } from "../ui/use-loaded.ts";
import { DocumentActions } from "./document-actions.tsx";
import { DocumentFacts } from "./document-facts.tsx";
import { DocumentState, isMoving } from "./document-state.tsx";
import { DocumentText } from "./document-text.tsx";
import { Failures } from "./failures.tsx";
import { Quarantine } from "./quarantine.tsx";
import { Stages } from "./stages.tsx";

/** The document as it changes, until it is settled; `follow` again after something was set going. */
const useFollowed = (documentId: string) => {
  const client = useClient();
  const guard = useGuard();
  const [document, setDocument] = useState<Document>();
  const [error, setError] = useState<unknown>();
  const [round, setRound] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    const follow = async (): Promise<void> => {
      for await (const event of client.watchDocument({ documentId }, { signal: abort.signal })) {
        if (event.event === "deleted") location.hash = linkTo("documents");
        else setDocument(event.data);
      }
    };
    follow().catch((error: unknown) => {
      if (!abort.signal.aborted) setError(guard(error));
    });
    return () => abort.abort();
  }, [client, documentId, round, guard]);
  return { document, error, follow: () => setRound((before) => before + 1) };
};

/** `120-340`: code points of the text. */
const toRange = (place: string | undefined): Range | undefined => {
  const [, from, to] = /^(\d+)-(\d+)$/.exec(place ?? "") ?? [];
  return from === undefined ? undefined : { charStart: Number(from), charEnd: Number(to) };
};

interface DocumentPageProps {
  readonly documentId: string;
  /** Opens the text there. */
  readonly place: string | undefined;
}

export const DocumentPage = ({ documentId, place }: DocumentPageProps): ReactNode => {
  const { texts, formats } = useLanguage();
  const { document, error, follow } = useFollowed(documentId);
  const back = <a href={linkTo("documents")}>← {texts.documents.back}</a>;
  if (error !== undefined) {
    return (
      <>
        {back}
        <ProblemNote error={error} />
      </>
    );
  }
  if (!document) return <p role="status">{texts.loading}</p>;
  const range = toRange(place);
  const text = <DocumentText key={`${document.liveGeneration}`} document={document} range={range} />;
  return (
    <>
      {back}
      <h1>{document.name}</h1>
      <div className="row" role="status">
        <DocumentState state={document.state} />
        <span className="quiet">
          {texts.documents.graph}: {texts.documents.graphStates[document.graphState]}
        </span>
        {isMoving(document) && (
          <>
            <ProgressBar share={document.progress} label={texts.documents.states[document.state]} />
            {document.etaSeconds !== null && document.etaSeconds > 0 && (
              <span className="quiet">{texts.documents.left(formats.duration(document.etaSeconds * 1_000))}</span>
            )}
          </>
        )}
      </div>
      {range && text}
      <Failures document={document} follow={follow} />
      <DocumentActions document={document} follow={follow} />
      <Stages document={document} />
      <DocumentFacts document={document} />
      {document.counts.quarantined > 0 && <Quarantine document={document} follow={follow} />}
      {!range && text}
    </>
  );
};
