import { ApiError, type Client, makeClient } from "@gpt-agent/client";
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from "react";

/** Goes with the tab, and is never in an address, where histories and logs would keep it. */
const storageName = "gpt-agent.key";

interface Session {
  readonly client: Client;
  readonly signOut: () => void;
}

const Context = createContext<Session | undefined>(undefined);

const clientOf = (apiKey: string): Client => makeClient({ baseUrl: location.origin, apiKey, maxRetries: 2 });

export interface SignInProps {
  /** @returns whether the key is accepted; a key without rights to read documents is still a key */
  readonly signIn: (apiKey: string) => Promise<boolean>;
}

/** Asks for a key, then lends everything below a client that carries it. */
export const SessionProvider = ({
  children,
  ask,
}: {
  readonly children: ReactNode;
  readonly ask: (props: SignInProps) => ReactNode;
}): ReactNode => {
  const [apiKey, setApiKey] = useState(() => sessionStorage.getItem(storageName));
  const signIn = useCallback(async (given: string): Promise<boolean> => {
    try {
      await clientOf(given).listDocuments({ limit: 1 });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401) return false;
      if (error.status !== 403) throw error;
    }
    sessionStorage.setItem(storageName, given);
    setApiKey(given);
    return true;
  }, []);
  const session = useMemo(
    (): Session | undefined =>
      apiKey === null
        ? undefined
        : {
            client: clientOf(apiKey),
            signOut: () => {
              sessionStorage.removeItem(storageName);
              setApiKey(null);
            },
          },
    [apiKey],
  );
  return session ? <Context value={session}>{children}</Context> : ask({ signIn });
};

export const useSession = (): Session => {
  const session = useContext(Context);
  if (!session) throw new Error("SessionProvider is missing");
  return session;
};

export const useClient = (): Client => useSession().client;
