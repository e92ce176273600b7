import type { Document } from "@gpt-agent/client";
import { type DragEvent, type ReactNode, useRef, useState } from "react";
import { useClient } from "../session/session.tsx";
import { useTexts } from "../texts/language.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { useGuard } from "../ui/use-loaded.ts";

interface Failure {
  readonly name: string;
  readonly error: unknown;
}

/** Takes files by drag and drop or from a dialog, one after another. */
export const Upload = ({ onAdded }: { readonly onAdded: (document: Document) => void }): ReactNode => {
  const texts = useTexts();
  const client = useClient();
  const guard = useGuard();
  const input = useRef<HTMLInputElement>(null);
  const [waiting, setWaiting] = useState(0);
  const [failures, setFailures] = useState<readonly Failure[]>([]);
  const [isOver, setIsOver] = useState(false);

  const upload = async (files: readonly File[]): Promise<void> => {
    setFailures([]);
    setWaiting((before) => before + files.length);
    for (const file of files) {
      try {
        onAdded(await client.addDocument({ file }));
      } catch (error) {
        const failure = { name: file.name, error: guard(error) };
        setFailures((before) => [...before, failure]);
      }
      setWaiting((before) => before - 1);
    }
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setIsOver(false);
    void upload([...event.dataTransfer.files]);
  };

  return (
    <section
      className={isOver ? "drop over" : "drop"}
      onDragOver={allow(setIsOver)}
      onDragLeave={() => setIsOver(false)}
      onDrop={drop}
    >
      <p>
        {texts.documents.drop}{" "}
        <button type="button" onClick={() => input.current?.click()}>
          {texts.documents.choose}
        </button>
      </p>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={texts.documents.choose}
        onChange={(event) => {
          void upload([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      <p role="status">{waiting > 0 && texts.documents.uploading(waiting)}</p>
      {failures.map(({ name, error }) => (
        <div key={name}>
          <p>{texts.documents.notUploaded(name)}</p>
          <ProblemNote error={error} />
        </div>
      ))}
    </section>
  );
};

/** Without this, a browser opens the file in place of the page. */
const allow =
  (setIsOver: (isOver: boolean) => void) =>
  (event: DragEvent): void => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    setIsOver(true);
  };
