import { ApiError } from "@gpt-agent/client";
import { type DependencyList, useCallback, useEffect, useState } from "react";
import { useSession } from "../session/session.tsx";

export interface Loaded<T> {
  /** Undefined until the first answer; kept while a newer one is on its way. */
  readonly data: T | undefined;
  readonly error: unknown;
  readonly reload: () => void;
}

export interface LoadOptions {
  /** Reads again after this time, while the page is looked at. */
  readonly everyMs?: number;
}

/** Signs out when the key is no longer accepted; gives every other error back. */
export const useGuard = (): ((error: unknown) => unknown) => {
  const { signOut } = useSession();
  return useCallback(
    (error: unknown) => {
      if (error instanceof ApiError && error.status === 401) signOut();
      return error;
    },
    [signOut],
  );
};

/** What `load` answers, read again when `inputs` change. What an abandoned request answers is dropped. */
export const useLoaded = <T>(
  load: (signal: AbortSignal) => Promise<T>,
  inputs: DependencyList,
  { everyMs }: LoadOptions = {},
): Loaded<T> => {
  const guard = useGuard();
  const [loaded, setLoaded] = useState<{ readonly data?: T; readonly error?: unknown; readonly of?: DependencyList }>(
    {},
  );
  const [round, setRound] = useState(0);
  const reload = useCallback(() => setRound((before) => before + 1), []);

  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = (): void => {
      if (everyMs === undefined || abort.signal.aborted) return;
      timer = setTimeout(() => (document.hidden ? again() : void read()), everyMs);
    };
    const read = async (): Promise<void> => {
      try {
        const data = await load(abort.signal);
        if (!abort.signal.aborted) setLoaded({ data, of: inputs });
      } catch (error) {
        if (!abort.signal.aborted) setLoaded((before) => ({ ...before, error: guard(error) }));
      }
      again();
    };
    void read();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [...inputs, round, everyMs, guard]);

  // Another thing's answer is not shown under this one's name.
  const isOfThese = loaded.of === undefined || loaded.of.every((input, index) => input === inputs[index]);
  return { data: isOfThese ? loaded.data : undefined, error: loaded.error, reload };
};

export interface Action {
  readonly busy: boolean;
  readonly error: unknown;
  /** Resolves in any case; a failure is in `error`. */
  readonly run: (act: () => Promise<unknown>) => Promise<void>;
}

/** One thing at a time that a person asked for. */
export const useAction = (): Action => {
  const guard = useGuard();
  const [state, setState] = useState<{ readonly busy: boolean; readonly error?: unknown }>({ busy: false });
  const run = useCallback(
    async (act: () => Promise<unknown>): Promise<void> => {
      setState({ busy: true });
      try {
        await act();
        setState({ busy: false });
      } catch (error) {
        setState({ busy: false, error: guard(error) });
      }
    },
    [guard],
  );
  return { busy: state.busy, error: state.error, run };
};
