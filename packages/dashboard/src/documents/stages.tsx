import type { Document } from "@gpt-agent/client";
import { type ReactNode, useEffect, useState } from "react";
import { useClient } from "../session/session.tsx";
import { useLanguage } from "../texts/language.tsx";
import { useLoaded } from "../ui/use-loaded.ts";
import { DocumentState, isMoving } from "./document-state.tsx";

/** The time now, ticking while something is under way. */
const useNow = (isTicking: boolean): number => {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isTicking) return;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [isTicking]);
  return now;
};

/** Where the document has been: each stage with its time; a stage that was entered again says so. */
export const Stages = ({ document }: { readonly document: Document }): ReactNode => {
  const { texts, formats } = useLanguage();
  const client = useClient();
  const { id: documentId, state, graphState, generation } = document;
  const now = useNow(isMoving(document));
  const { data } = useLoaded(
    (signal) => client.listDocumentStages({ documentId }, { signal }),
    [client, documentId, state, graphState, generation],
  );
  const [last, setLast] = useState(data);
  useEffect(() => {
    if (data) setLast(data);
  }, [data]);
  const stages = (data ?? last)?.stages ?? [];
  const entered = new Map<string, number>();
  return (
    <section aria-label={texts.documents.pipeline}>
      <h2>
        {texts.documents.pipeline} {isMoving(document) && <span className="live">{texts.documents.live}</span>}
      </h2>
      <ol className="stages">
        {stages.map((stage, index) => {
          const next = stages[index + 1];
          const before = stages[index - 1];
          const isNewVersion = before?.generation !== stage.generation;
          const isGraphOnly = !isNewVersion && before?.state === stage.state;
          const key = `${stage.generation} ${stage.state}`;
          const tries = isGraphOnly ? (entered.get(key) ?? 1) : (entered.get(key) ?? 0) + 1;
          entered.set(key, tries);
          const until = next ? Date.parse(next.at) : isMoving(document) ? now : undefined;
          return (
            <li key={index}>
              {isNewVersion && <span className="quiet">{texts.documents.generation(stage.generation)}</span>}
              {isGraphOnly ? (
                <span>
                  {texts.documents.graph}: {texts.documents.graphStates[stage.graphState]}
                </span>
              ) : (
                <DocumentState state={stage.state} />
              )}
              {!isGraphOnly && tries > 1 && <span>{texts.documents.tries(tries)}</span>}
              <time dateTime={stage.at}>{formats.moment(stage.at)}</time>
              {until !== undefined && (
                <span className="quiet">
                  {texts.documents.lasted} {formats.duration(until - Date.parse(stage.at))}
                </span>
              )}
              {(stage.errorCode ?? stage.graphErrorCode) !== null && (
                <code>{stage.errorCode ?? stage.graphErrorCode}</code>
              )}
            </li>
          );
        })}
      </ol>
    </section>
  );
};
