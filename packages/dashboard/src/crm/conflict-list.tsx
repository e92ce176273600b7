import type { CrmConflict } from "@gpt-agent/client";
import type { ReactNode, SubmitEvent } from "react";
import { useClient } from "../session/session.tsx";
import { useTexts } from "../texts/language.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { useAction, useLoaded } from "../ui/use-loaded.ts";

const shown = (value: unknown): string =>
  value === null || value === undefined ? "—" : typeof value === "string" ? value : JSON.stringify(value);

/** Fields that both sides changed and nobody has decided yet. */
export const ConflictList = ({ connectionId }: { readonly connectionId: string }): ReactNode => {
  const texts = useTexts();
  const client = useClient();
  const { data, error, reload } = useLoaded(
    (signal) => client.listCrmConflicts({ connectionId, state: "open", limit: 50 }, { signal }),
    [client, connectionId],
  );
  return (
    <section aria-label={texts.crm.conflicts}>
      <h3>
        {texts.crm.conflicts}
        {data && data.conflicts.length > 0 && `: ${data.conflicts.length}${data.nextCursor === undefined ? "" : "+"}`}
      </h3>
      {error !== undefined && <ProblemNote error={error} retry={reload} />}
      {data?.conflicts.length === 0 && <p className="quiet">{texts.crm.noConflicts}</p>}
      {data?.conflicts.map((conflict) => (
        <Conflict key={conflict.id} connectionId={connectionId} conflict={conflict} onResolved={reload} />
      ))}
    </section>
  );
};

interface ConflictProps {
  readonly connectionId: string;
  readonly conflict: CrmConflict;
  readonly onResolved: () => void;
}

const Conflict = ({ connectionId, conflict, onResolved }: ConflictProps): ReactNode => {
  const texts = useTexts();
  const client = useClient();
  const { busy, error, run } = useAction();
  const { id: conflictId, entity, field, ours, crm, base } = conflict;
  const resolve = (decision: { resolution: "ours" | "crm" } | { resolution: "value"; value: string }): void =>
    void run(async () => {
      await client.resolveCrmConflict({ connectionId, conflictId, ...decision });
      onResolved();
    });
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const value = new FormData(event.currentTarget).get("value");
    if (typeof value === "string") resolve({ resolution: "value", value });
  };
  // A value of another type is not typed in as text.
  const isText = [ours, crm].some((value) => typeof value === "string");
  return (
    <article className="card conflict">
      <p>
        {entity} · <strong>{field}</strong> <span className="quiet">{texts.crm.reasons[conflict.reason]}</span>
      </p>
      <div className="sides">
        <div>
          {texts.crm.ours}
          <pre>{shown(ours)}</pre>
          <button type="button" disabled={busy} onClick={() => resolve({ resolution: "ours" })}>
            {texts.crm.takeOurs}
          </button>
        </div>
        <div>
          {texts.crm.theirs}
          <pre>{shown(crm)}</pre>
          <button type="button" disabled={busy} onClick={() => resolve({ resolution: "crm" })}>
            {texts.crm.takeTheirs}
          </button>
        </div>
        <div>
          {texts.crm.base}
          <pre>{shown(base)}</pre>
          {isText && (
            <form className="row" onSubmit={submit}>
              <input name="value" aria-label={texts.crm.other} placeholder={texts.crm.other} />
              <button type="submit" disabled={busy}>
                {texts.crm.takeOther}
              </button>
            </form>
          )}
        </div>
      </div>
      {error !== undefined && <ProblemNote error={error} />}
    </article>
  );
};
