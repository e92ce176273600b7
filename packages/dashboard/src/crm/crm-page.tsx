import type { CrmConnection } from "@gpt-agent/client";
import type { ReactNode } from "react";
import { useClient } from "../session/session.tsx";
import { useLanguage } from "../texts/language.tsx";
import { Badge, type Tone } from "../ui/badge.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { useAction, useLoaded } from "../ui/use-loaded.ts";
import { ConflictList } from "./conflict-list.tsx";
import { ConnectForm, SignInAtCrm } from "./connect-form.tsx";

const tones: Readonly<Record<CrmConnection["state"], Tone>> = {
  connecting: "warn",
  backfilling: "busy",
  live: "good",
  degraded: "warn",
  needs_reauth: "bad",
  suspended: "bad",
  disconnecting: "idle",
};

const CrmPage = (): ReactNode => {
  const { texts } = useLanguage();
  const client = useClient();
  const { data, error, reload } = useLoaded((signal) => client.listCrmConnections({}, { signal }), [client], {
    everyMs: 10_000,
  });
  return (
    <>
      <h1>{texts.crm.title}</h1>
      {error !== undefined && <ProblemNote error={error} retry={reload} />}
      {data?.connections.length === 0 && <p>{texts.crm.none}</p>}
      {data?.connections.map((connection) => (
        <Connection key={connection.id} connection={connection} reload={reload} />
      ))}
      <ConnectForm onCreated={reload} />
    </>
  );
};
export default CrmPage;

const Connection = ({
  connection,
  reload,
}: {
  readonly connection: CrmConnection;
  readonly reload: () => void;
}): ReactNode => {
  const { texts, formats } = useLanguage();
  const client = useClient();
  const { busy, error, run } = useAction();
  const { id: connectionId, state, stateMessage, syncedAt } = connection;
  const isConnected = state !== "connecting" && state !== "needs_reauth";
  return (
    <section className="card" aria-label={connection.name}>
      <h2>
        {connection.name} <Badge tone={tones[state]}>{texts.crm.states[state]}</Badge>
      </h2>
      <p className="place">
        {connection.provider}
        {connection.accountName !== null && ` · ${connection.accountName}`} · {texts.crm.synced}:{" "}
        {syncedAt === null ? texts.crm.never : formats.moment(syncedAt)} · {texts.crm.policies[connection.policy]}
      </p>
      {stateMessage !== null && <p className="note warn">{stateMessage}</p>}
      {isConnected ? (
        <button
          type="button"
          disabled={busy}
          onClick={() =>
            void run(async () => {
              await client.syncCrmConnection({ connectionId });
              reload();
            })
          }
        >
          {texts.crm.sync}
        </button>
      ) : (
        <SignInAtCrm connectionId={connectionId} />
      )}
      {error !== undefined && <ProblemNote error={error} />}
      <ConflictList connectionId={connectionId} />
      <Errors connectionId={connectionId} />
    </section>
  );
};

const Errors = ({ connectionId }: { readonly connectionId: string }): ReactNode => {
  const { texts, formats } = useLanguage();
  const client = useClient();
  const { data } = useLoaded(
    (signal) => client.listCrmErrors({ connectionId, limit: 50 }, { signal }),
    [client, connectionId],
  );
  if (!data || data.errors.length === 0) return null;
  return (
    <details>
      <summary>
        {texts.crm.errors}: {data.errors.length}
      </summary>
      <ul>
        {data.errors.map((one) => (
          <li key={`${one.entity} ${one.subject} ${one.code}`}>
            {one.entity} {one.subject}: {one.message} <code>{one.code}</code> {texts.crm.times(one.occurrences)},{" "}
            {formats.moment(one.lastAt)}
          </li>
        ))}
      </ul>
    </details>
  );
};
