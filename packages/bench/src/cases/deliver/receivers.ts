import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export type ReceiversAsk =
  | { readonly kind: "open"; readonly count: number }
  /** That endpoint never answers any more; -1: all do. */
  | { readonly kind: "hang"; readonly index: number }
  | { readonly kind: "take" };

export interface ReceiversAnswer {
  readonly ports?: readonly number[];
  /** From when a message was handed in until it arrived, of all endpoints but the first. */
  readonly latenciesMs?: readonly number[];
}

/** So many endpoints on loopback in a process of their own. */
export const startReceivers = async (count: number) => {
  const child = fork(fileURLToPath(new URL("receivers-process.ts", import.meta.url)));
  const ask = async (question: ReceiversAsk): Promise<ReceiversAnswer> => {
    const answered = once(child, "message");
    child.send(question);
    const [answer] = (await answered) as [ReceiversAnswer];
    return answer;
  };
  const { ports = [] } = await ask({ kind: "open", count });
  return {
    ports,
    hang: async (index: number) => void (await ask({ kind: "hang", index })),
    takeLatenciesMs: async () => (await ask({ kind: "take" })).latenciesMs ?? [],
    stop: () => void child.kill(),
  };
};
