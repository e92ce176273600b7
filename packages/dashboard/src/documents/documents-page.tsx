import { type ReactNode, useEffect, useState, useSyncExternalStore } from "react";
import { useClient } from "../session/session.tsx";
import { useTexts } from "../texts/language.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { DocumentList } from "./document-list.tsx";
import { type DocumentStore, makeDocumentStore, type StateFilter } from "./document-store.ts";
import { Upload } from "./upload.tsx";

/** Started with the page and stopped with it. */
const useDocumentStore = (state: StateFilter): DocumentStore | undefined => {
  const client = useClient();
  const [store, setStore] = useState<DocumentStore>();
  useEffect(() => {
    const made = makeDocumentStore(client, state);
    setStore(made);
    return made.stop;
  }, [client, state]);
  return store;
};

export const DocumentsPage = (): ReactNode => {
  const texts = useTexts();
  const [state, setState] = useState<StateFilter>();
  const store = useDocumentStore(state);
  return (
    <>
      <h1>{texts.documents.title}</h1>
      <Upload onAdded={(document) => store?.add(document)} />
      <div className="row">
        <label>
          {texts.documents.filter}{" "}
          <select value={state ?? ""} onChange={(event) => setState((event.target.value || undefined) as StateFilter)}>
            <option value="">{texts.documents.all}</option>
            {Object.entries(texts.documents.states).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </div>
      {store && <Shown store={store} />}
    </>
  );
};

const Shown = ({ store }: { readonly store: DocumentStore }): ReactNode => {
  const texts = useTexts();
  const { rows, hasMore, error } = useSyncExternalStore(store.subscribe, store.read);
  if (error !== undefined) return <ProblemNote error={error} />;
  if (rows.length === 0) return <p role="status">{hasMore ? texts.loading : texts.documents.empty}</p>;
  return (
    <>
      <p className="quiet">{texts.documents.count(rows.length, hasMore)}</p>
      <DocumentList rows={rows} hasMore={hasMore} loadMore={store.loadMore} />
    </>
  );
};
