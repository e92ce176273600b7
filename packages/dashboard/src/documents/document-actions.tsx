import type { Document } from "@gpt-agent/client";
import { type ReactNode, useRef } from "react";
import { linkTo } from "../route.ts";
import { useClient } from "../session/session.tsx";
import { useTexts } from "../texts/language.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { useAction } from "../ui/use-loaded.ts";

const waitsForMoney: ReadonlySet<string> = new Set(["ai_payment_required", "ai_budget_spent"]);

/** The vectors alone are missing: the file was read. */
const isRetriable = ({ state, counts }: Document): boolean =>
  (state === "failed" || state === "blocked" || state === "ready_partial") && counts.chunks > 0;

/** As a file of its own, never as a page under this address. */
const save = (blob: Blob, name: string): void => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
};

export const DocumentActions = ({
  document,
  follow,
}: {
  readonly document: Document;
  readonly follow: () => void;
}): ReactNode => {
  const texts = useTexts();
  const client = useClient();
  const dialog = useRef<HTMLDialogElement>(null);
  const { busy, error, run } = useAction();
  const { id: documentId, name } = document;
  const act = (start: () => Promise<unknown>) => (): void =>
    void run(async () => {
      await start();
      follow();
    });

  const isGoing = document.state === "deleting";
  return (
    <>
      <div className="row">
        {isRetriable(document) && (
          <button type="button" disabled={busy} onClick={act(() => client.retryDocument({ documentId }))}>
            {texts.documents.retry}
          </button>
        )}
        {document.error && waitsForMoney.has(document.error.code) && (
          <button type="button" disabled={busy} onClick={act(() => client.resumeEmbedding())}>
            {texts.documents.resume}
          </button>
        )}
        <button type="button" disabled={busy || isGoing} onClick={act(() => client.reprocessDocument({ documentId }))}>
          {texts.documents.reprocess}
        </button>
        <button
          type="button"
          disabled={busy || isGoing}
          onClick={() => void run(async () => save(await (await client.downloadDocument({ documentId })).blob(), name))}
        >
          {texts.documents.download}
        </button>
        <button type="button" className="danger" disabled={busy || isGoing} onClick={() => dialog.current?.showModal()}>
          {texts.documents.remove}
        </button>
      </div>
      {error !== undefined && <ProblemNote error={error} />}
      <dialog ref={dialog} aria-label={texts.documents.remove}>
        <p>{texts.documents.removeSure(name)}</p>
        <div className="row">
          <button type="button" autoFocus onClick={() => dialog.current?.close()}>
            {texts.cancel}
          </button>
          <button
            type="button"
            className="danger"
            onClick={() => {
              dialog.current?.close();
              void run(async () => {
                await client.deleteDocument({ documentId });
                location.hash = linkTo("documents");
              });
            }}
          >
            {texts.documents.remove}
          </button>
        </div>
      </dialog>
    </>
  );
};
