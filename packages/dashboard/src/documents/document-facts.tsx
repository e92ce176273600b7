import type { Document } from "@gpt-agent/client";
import type { ReactNode } from "react";
import { useLanguage } from "../texts/language.tsx";

export const DocumentFacts = ({ document }: { readonly document: Document }): ReactNode => {
  const { texts, formats } = useLanguage();
  const { counts, cost } = document;
  const words = texts.documents;
  const facts: readonly (readonly [string, string | null])[] = [
    [words.size, formats.bytes(document.byteSize)],
    [words.pages, counts.pages === null ? null : formats.count(counts.pages)],
    [words.chunks, formats.count(counts.chunks)],
    [words.embedded, formats.count(counts.embedded)],
    [words.entities, formats.count(counts.entities)],
    [words.edges, formats.count(counts.edges)],
    [words.language, document.language],
    [words.cost, formats.usd(cost.usd)],
    [words.tokens, formats.count(cost.tokens)],
    [words.saved, formats.usd(cost.usdSaved)],
  ];
  return (
    <section aria-label={words.facts}>
      <h2>{words.facts}</h2>
      <dl className="facts">
        {facts
          .filter(([, value]) => value !== null)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </section>
  );
};
