import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface LoadAsk {
  readonly url: string;
  /** Signs a message of about a kilobyte; without it: a plain GET. */
  readonly secret?: string;
  readonly seconds: number;
  /** Sent evenly, whatever the answers; without it: as fast as the connections get their answers. */
  readonly ratePerSecond?: number;
  readonly connections: number;
}

export interface LoadAnswer {
  /** Of those that were answered 200, from when they were due. */
  readonly latenciesMs: readonly number[];
  readonly failed: number;
  readonly seconds: number;
}

/** A process that sends. */
export const startLoad = () => {
  const child = fork(fileURLToPath(new URL("load-process.ts", import.meta.url)), { serialization: "advanced" });
  return {
    /** @throws {Error} where a message was not acknowledged: the figures would mean nothing */
    run: async (ask: LoadAsk): Promise<LoadAnswer> => {
      const answered = once(child, "message");
      child.send(ask);
      const [answer] = (await answered) as [LoadAnswer];
      if (answer.failed > 0) throw new Error(`${answer.failed} of the messages were not acknowledged`);
      return answer;
    },
    stop: () => void child.kill(),
  };
};
