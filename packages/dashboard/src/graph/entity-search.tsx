import { type ReactNode, useEffect, useState } from "react";
import { useClient } from "../session/session.tsx";
import { useTexts } from "../texts/language.tsx";
import { useLoaded } from "../ui/use-loaded.ts";

interface EntitySearchProps {
  readonly knowledgeBaseId: string;
  readonly chosen: string | undefined;
  readonly onEntity: (entityId: string) => void;
}

/** Typing pauses before the API is asked. */
const useSettled = (value: string): string => {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), 200);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
};

/** Entities by name; without one, the most mentioned. What the picture shows to eyes, this list gives to everybody. */
export const EntitySearch = ({ knowledgeBaseId, chosen, onEntity }: EntitySearchProps): ReactNode => {
  const texts = useTexts();
  const client = useClient();
  const [typed, setTyped] = useState("");
  const query = useSettled(typed.trim());
  const { data } = useLoaded(
    (signal) => client.listEntities({ knowledgeBaseId, limit: 20, ...(query !== "" && { query }) }, { signal }),
    [client, knowledgeBaseId, query],
  );
  return (
    <section aria-label={texts.graph.results}>
      <input
        type="search"
        aria-label={texts.graph.search}
        placeholder={texts.graph.search}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <ul className="choices" tabIndex={0} aria-label={texts.graph.results}>
        {data?.entities.map(({ id, name, type, mentionCount }) => (
          <li key={id}>
            <button type="button" aria-pressed={id === chosen} onClick={() => onEntity(id)}>
              {name}{" "}
              <span className="quiet">
                {type}, {texts.graph.mentions(mentionCount)}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
};
