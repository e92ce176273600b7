import type { Hit } from "@gpt-agent/client";
import { type ReactNode, type SubmitEvent, useState } from "react";
import { linkTo, linkToPlace, useRoute } from "../route.ts";
import { useClient } from "../session/session.tsx";
import { useTexts } from "../texts/language.tsx";
import { PassageText } from "../ui/passage-text.tsx";
import { Place } from "../ui/place.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { useLoaded } from "../ui/use-loaded.ts";

/** The question stands in the address, so that the way back from a source leads to the answers. */
export const SearchPage = (): ReactNode => {
  const texts = useTexts();
  const [, query] = useRoute();
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const asked = new FormData(event.currentTarget).get("query");
    if (typeof asked === "string" && asked.trim() !== "") location.hash = linkTo("search", asked.trim());
  };
  return (
    <>
      <h1>{texts.search.title}</h1>
      <form key={query} className="row ask" role="search" onSubmit={submit}>
        <input
          name="query"
          type="search"
          defaultValue={query}
          aria-label={texts.search.question}
          placeholder={texts.search.placeholder}
          autoFocus={query === undefined}
        />
        <button type="submit" className="primary">
          {texts.search.go}
        </button>
      </form>
      {query !== undefined && <Answers query={query} />}
    </>
  );
};

const Answers = ({ query }: { readonly query: string }): ReactNode => {
  const texts = useTexts();
  const client = useClient();
  const [round, setRound] = useState(0);
  const { data, error } = useLoaded(
    (signal) => client.search({ query, limit: 10, related: 3 }, { signal }),
    [client, query, round],
  );
  if (error !== undefined) return <ProblemNote error={error} retry={() => setRound(round + 1)} />;
  if (!data) return <p role="status">{texts.loading}</p>;
  return (
    <>
      {data.degraded && <p className="note warn">{texts.search.textOnly}</p>}
      <p role="status">{data.hits.length === 0 ? texts.search.none : texts.search.found(data.hits.length)}</p>
      {data.hits.map((hit) => (
        <Answer key={hit.chunkId} hit={hit} />
      ))}
      {data.related && data.related.length > 0 && (
        <section aria-label={texts.search.related}>
          <h2>{texts.search.related}</h2>
          {data.related.map((hit) => (
            <article key={hit.chunkId} className="card">
              <Place {...hit} name={hit.documentName} />
              {hit.because.map((fact) => (
                <p key={fact.edgeId}>
                  {fact.source} — {fact.predicate} → {fact.target}
                  <q>{fact.quote}</q>
                </p>
              ))}
              <a href={linkToPlace(hit.documentId, hit.charStart, hit.charEnd)}>{texts.search.open}</a>
            </article>
          ))}
        </section>
      )}
    </>
  );
};

const Answer = ({ hit }: { readonly hit: Hit }): ReactNode => {
  const texts = useTexts();
  const { snippet } = hit;
  return (
    <article className="card answer">
      <Place {...hit} name={hit.documentName} />
      <PassageText text={snippet?.text ?? hit.text} marks={snippet?.highlights ?? []} />
      <a href={linkToPlace(hit.documentId, hit.charStart, hit.charEnd)}>{texts.search.open}</a>
    </article>
  );
};
