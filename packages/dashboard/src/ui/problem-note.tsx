import { ApiError } from "@gpt-agent/client";
import type { ReactNode } from "react";
import { useTexts } from "../texts/language.tsx";

/** A call that failed: the API's own sentence, its code, and the id that finds the log line. */
export const ProblemNote = ({ error, retry }: { readonly error: unknown; readonly retry?: () => void }): ReactNode => {
  const texts = useTexts();
  const message = error instanceof Error ? error.message : String(error);
  return (
    <div className="note bad" role="alert">
      <p>
        <strong>{texts.error}.</strong> {message}
      </p>
      {error instanceof ApiError && (
        <p className="quiet">
          <code>{error.code}</code>
          {error.requestId !== undefined && (
            <>
              {" "}
              · {texts.requestId} <code>{error.requestId}</code>
            </>
          )}
        </p>
      )}
      {retry && (
        <button type="button" onClick={retry}>
          {texts.retry}
        </button>
      )}
    </div>
  );
};
