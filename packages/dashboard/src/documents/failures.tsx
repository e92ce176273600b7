import type { Document } from "@gpt-agent/client";
import type { ReactNode, SubmitEvent } from "react";
import { useClient } from "../session/session.tsx";
import { useTexts } from "../texts/language.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { useAction } from "../ui/use-loaded.ts";

/** What went wrong with a document, in search and in the graph, and what a person can do about it. */
export const Failures = ({
  document,
  follow,
}: {
  readonly document: Document;
  readonly follow: () => void;
}): ReactNode => {
  const texts = useTexts();
  const failures = [document.error, document.graphError].filter((failure) => failure !== null);
  return (
    <>
      {failures.map(({ code, message }) => (
        <div key={code} className="note bad">
          <p>
            {message} <code>{code}</code>
          </p>
          <p>
            <strong>{texts.documents.what}:</strong> {texts.documents.advice[code] ?? texts.documents.adviceElse}
          </p>
          {code === "password_required" && <PasswordForm documentId={document.id} follow={follow} />}
        </div>
      ))}
      {document.warnings.length > 0 && (
        <details className="note warn">
          <summary>
            {texts.documents.warnings}: {document.warnings.length}
          </summary>
          <ul>
            {document.warnings.map(({ code, message, page }, index) => (
              <li key={index}>
                {page !== undefined && `${texts.page(page)}: `}
                {message} <code>{code}</code>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
};

const PasswordForm = ({
  documentId,
  follow,
}: {
  readonly documentId: string;
  readonly follow: () => void;
}): ReactNode => {
  const texts = useTexts();
  const client = useClient();
  const { busy, error, run } = useAction();
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const password = new FormData(event.currentTarget).get("password");
    if (typeof password !== "string" || password === "") return;
    void run(async () => {
      await client.setDocumentPassword({ documentId, password });
      follow();
    });
  };
  return (
    <form className="row" onSubmit={submit}>
      <label>
        {texts.documents.password} <input name="password" type="password" autoComplete="off" />
      </label>
      <button type="submit" disabled={busy}>
        {texts.documents.givePassword}
      </button>
      {error !== undefined && <ProblemNote error={error} />}
    </form>
  );
};
