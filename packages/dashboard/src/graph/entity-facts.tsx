import type { Client, Edge, Passage } from "@gpt-agent/client";
import { allPages } from "@gpt-agent/client";
import { type ReactNode, useState } from "react";
import { linkToPlace } from "../route.ts";
import { useClient } from "../session/session.tsx";
import { useLanguage, useTexts } from "../texts/language.tsx";
import { PassageText } from "../ui/passage-text.tsx";
import { Place } from "../ui/place.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { useLoaded } from "../ui/use-loaded.ts";

interface EntityFactsProps {
  readonly entityId: string;
  readonly onEntity: (entityId: string) => void;
}

/** What an entity is connected with; each relation opens its quotes. */
export const EntityFacts = ({ entityId, onEntity }: EntityFactsProps): ReactNode => {
  const { texts, formats } = useLanguage();
  const client = useClient();
  const { data, error } = useLoaded(
    (signal) => client.listNeighbours({ entityId, hops: 1, limit: 50 }, { signal }),
    [client, entityId],
  );
  const [open, setOpen] = useState<string>();
  if (error !== undefined) return <ProblemNote error={error} />;
  if (!data) return <p role="status">{texts.loading}</p>;
  const entities = new Map(data.entities.map((entity) => [entity.id, entity]));
  const self = entities.get(entityId) ?? data.entities[0];
  const facts = data.edges.filter(({ sourceId, targetId }) => sourceId === self?.id || targetId === self?.id);
  return (
    <section aria-label={texts.graph.facts}>
      <h2>
        {self?.name} <span className="quiet">{self?.type}</span>
      </h2>
      {facts.length === 0 && <p className="quiet">{texts.graph.noFacts}</p>}
      <ul className="choices facts-list" tabIndex={0} aria-label={texts.graph.facts}>
        {facts.map((edge) => {
          const other = edge.sourceId === self?.id ? edge.targetId : edge.sourceId;
          return (
            <li key={edge.id}>
              <button type="button" aria-pressed={open === edge.id} onClick={() => setOpen(edge.id)}>
                {entities.get(edge.sourceId)?.name} — {edge.predicate} → {entities.get(edge.targetId)?.name}
                {edge.validTo !== null && (
                  <span className="quiet"> {texts.graph.until(formats.date(edge.validTo))}</span>
                )}
              </button>
              {open === edge.id && (
                <>
                  <Quotes edge={edge} />
                  <button type="button" onClick={() => onEntity(other)}>
                    → {entities.get(other)?.name}
                  </button>
                </>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
};

/** A relation's evidence: each quote in its passage. */
export const Quotes = ({ edge }: { readonly edge: Edge }): ReactNode =>
  edge.evidence.map((evidence) => <Quote key={`${evidence.chunkId}-${evidence.charStart}`} evidence={evidence} />);

/** Evidence names its passage by id alone; the passages before it are gone through. */
const findPassage = async (
  client: Client,
  { documentId, chunkId }: Edge["evidence"][number],
  signal: AbortSignal,
): Promise<Passage | undefined> => {
  const passages = allPages(
    (cursor) => client.listPassages({ documentId, cursor, limit: 200 }, { signal }),
    "passages",
  );
  for await (const passage of passages) if (passage.id === chunkId) return passage;
  return undefined;
};

const Quote = ({ evidence }: { readonly evidence: Edge["evidence"][number] }): ReactNode => {
  const texts = useTexts();
  const client = useClient();
  const { data: passage, error } = useLoaded(
    (signal) => findPassage(client, evidence, signal),
    [client, evidence.chunkId],
  );
  const { documentId, documentName, charStart, charEnd, pageFrom, headingPath } = evidence;
  return (
    <article className="card quote">
      <Place name={documentName} page={pageFrom} headingPath={headingPath} />
      {passage ? <PassageText text={passage.text} marks={[{ charStart, charEnd }]} /> : <q>{evidence.quote}</q>}
      {error !== undefined && <ProblemNote error={error} />}
      {passage && (
        <a href={linkToPlace(documentId, passage.charStart + charStart, passage.charStart + charEnd)}>
          {texts.search.open}
        </a>
      )}
    </article>
  );
};
