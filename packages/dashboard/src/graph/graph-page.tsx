import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useClient } from "../session/session.tsx";
import { useTexts } from "../texts/language.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { useLoaded } from "../ui/use-loaded.ts";
import { EntityFacts, Quotes } from "./entity-facts.tsx";
import { EntitySearch } from "./entity-search.tsx";
import { type GraphData, mostNodes, readGraph } from "./model.ts";
import { drawPicture, type Picture } from "./picture.ts";

/** What is looked at: an entity with its relations, or one relation with its quotes. */
type Chosen = { readonly entityId: string } | { readonly edgeId: string } | undefined;

const GraphPage = (): ReactNode => {
  const texts = useTexts();
  const client = useClient();
  const bases = useLoaded((signal) => client.listKnowledgeBases({}, { signal }), [client]);
  const [baseId, setBaseId] = useState<string>();
  const chosen = baseId ?? bases.data?.knowledgeBases[0]?.id;
  if (bases.error !== undefined) return <ProblemNote error={bases.error} retry={bases.reload} />;
  return (
    <>
      <h1>{texts.graph.title}</h1>
      {bases.data && bases.data.knowledgeBases.length > 1 && (
        <label>
          {texts.graph.base}{" "}
          <select value={chosen} onChange={(event) => setBaseId(event.target.value)}>
            {bases.data.knowledgeBases.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      {bases.data && chosen === undefined && <p>{texts.graph.empty}</p>}
      {chosen !== undefined && <Explorer key={chosen} knowledgeBaseId={chosen} />}
    </>
  );
};
export default GraphPage;

const Explorer = ({ knowledgeBaseId }: { readonly knowledgeBaseId: string }): ReactNode => {
  const texts = useTexts();
  const client = useClient();
  const [read, setRead] = useState(0);
  const { data, error, reload } = useLoaded(
    (signal) => readGraph(client, knowledgeBaseId, signal, setRead),
    [client, knowledgeBaseId],
  );
  const [chosen, setChosen] = useState<Chosen>();
  const onEntity = useCallback((entityId: string) => setChosen({ entityId }), []);
  const onEdge = useCallback((edgeId: string) => setChosen({ edgeId }), []);
  const edges = useMemo(() => new Map(data?.edges.map((edge) => [edge.id, edge])), [data]);
  const names = useMemo(() => new Map(data?.entities.map(({ id, name }) => [id, name])), [data]);

  if (error !== undefined) return <ProblemNote error={error} retry={reload} />;
  if (!data) return <p role="status">{texts.graph.reading(read)}</p>;
  if (data.entities.length === 0) return <p role="status">{texts.graph.empty}</p>;
  const edge = chosen && "edgeId" in chosen ? edges.get(chosen.edgeId) : undefined;
  const entityId = chosen && "entityId" in chosen ? chosen.entityId : undefined;
  return (
    <div className="graph">
      <PictureFrame data={data} entityId={entityId ?? edge?.sourceId} onEntity={onEntity} onEdge={onEdge} />
      <div className="side">
        <EntitySearch knowledgeBaseId={knowledgeBaseId} chosen={entityId} onEntity={onEntity} />
        {!chosen && <p className="quiet">{texts.graph.choose}</p>}
        {edge && (
          <section aria-label={texts.graph.quotes}>
            <h2>
              {names.get(edge.sourceId)} — {edge.predicate} → {names.get(edge.targetId)}
            </h2>
            <Quotes edge={edge} />
          </section>
        )}
        {entityId !== undefined && <EntityFacts key={entityId} entityId={entityId} onEntity={onEntity} />}
      </div>
    </div>
  );
};

interface FrameProps {
  readonly data: GraphData;
  readonly entityId: string | undefined;
  readonly onEntity: (entityId: string) => void;
  readonly onEdge: (edgeId: string) => void;
}

const PictureFrame = ({ data, entityId, onEntity, onEdge }: FrameProps): ReactNode => {
  const texts = useTexts();
  const frame = useRef<HTMLDivElement>(null);
  const [picture, setPicture] = useState<Picture>();
  const [isArranged, setIsArranged] = useState(false);
  useEffect(() => {
    const container = frame.current;
    if (!container) return;
    const abort = new AbortController();
    const drawing = drawPicture(
      container,
      data,
      { onNode: onEntity, onEdge, onArranged: () => setIsArranged(true) },
      abort.signal,
    );
    void drawing.then((drawn) => (abort.signal.aborted ? drawn.stop() : setPicture(drawn)));
    return () => {
      abort.abort();
      void drawing.then((drawn) => drawn.stop());
    };
  }, [data, onEntity, onEdge]);
  useEffect(() => picture?.focus(entityId), [picture, entityId]);
  return (
    <div>
      <p className="quiet" role="status">
        {texts.graph.size(data.entities.length, data.edges.length)} {!isArranged && texts.graph.arranging}{" "}
        {data.isCut && texts.graph.cut(mostNodes)}
      </p>
      <div ref={frame} className="picture" role="img" aria-label={texts.graph.picture} data-arranged={isArranged} />
    </div>
  );
};
