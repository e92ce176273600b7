import type { Document, Passage } from "@gpt-agent/client";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { linkTo } from "../route.ts";
import { useClient } from "../session/session.tsx";
import { useTexts } from "../texts/language.tsx";
import { PassageText, type Range } from "../ui/passage-text.tsx";
import { Place } from "../ui/place.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { useAction, useLoaded } from "../ui/use-loaded.ts";

const pageSize = 20;

/** A range of the document's text, as a passage counts: what of it lies inside. */
const within = ({ charStart, charEnd }: Passage, range: Range | undefined): readonly Range[] =>
  range === undefined || range.charEnd <= charStart || range.charStart >= charEnd
    ? []
    : [{ charStart: Math.max(range.charStart - charStart, 0), charEnd: range.charEnd - charStart }];

/** The text passage by passage, from the beginning or from where something is to be shown. */
export const DocumentText = ({
  document,
  range,
}: {
  readonly document: Document;
  readonly range: Range | undefined;
}): ReactNode => {
  const texts = useTexts();
  const client = useClient();
  const documentId = document.id;
  const fromChar = range?.charStart ?? 0;
  const first = useLoaded(
    (signal) => client.listPassages({ documentId, fromChar, limit: pageSize }, { signal }),
    [client, documentId, fromChar],
  );
  const [further, setFurther] = useState<{
    readonly passages: readonly Passage[];
    readonly cursor?: string | undefined;
  }>();
  const { busy, error, run } = useAction();
  const passages = [...(first.data?.passages ?? []), ...(further?.passages ?? [])];
  const cursor = further ? further.cursor : first.data?.nextCursor;

  const more = (): void =>
    void run(async () => {
      const page = await client.listPassages({ documentId, cursor, limit: pageSize });
      setFurther((before) => ({ passages: [...(before?.passages ?? []), ...page.passages], cursor: page.nextCursor }));
    });

  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    if (range && first.data) section.current?.querySelector("mark")?.scrollIntoView({ block: "center" });
  }, [range?.charStart, first.data]);

  return (
    <section ref={section} aria-label={texts.documents.text}>
      <h2>{texts.documents.text}</h2>
      {fromChar > 0 && <a href={linkTo("documents", documentId)}>{texts.documents.earlier}</a>}
      {(first.error ?? error) !== undefined && <ProblemNote error={first.error ?? error} />}
      {first.data && passages.length === 0 && <p className="quiet">{texts.documents.noText}</p>}
      {passages.map((passage) => {
        const marks = within(passage, range);
        return (
          <article key={passage.id} className={marks.length > 0 ? "card source" : "card"}>
            <Place {...passage} />
            <PassageText text={passage.text} marks={marks} />
          </article>
        );
      })}
      {cursor !== undefined && (
        <button type="button" disabled={busy} onClick={more}>
          {texts.more}
        </button>
      )}
    </section>
  );
};
